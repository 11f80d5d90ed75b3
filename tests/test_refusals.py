"""What an answer other than 101 probably means: rows of answers, as real servers and proxies give them."""

import pytest

from tests.common_events import HANDSHAKE
from tests.servers import answer
from wsinspect.events import Handshake
from wsinspect.net.answer import Challenge, challenges, read_answer
from wsinspect.net.refusals import CAUSES, FRONTS, SIGNS, cause_of

NGINX = b"<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx/1.25.3</center>\r\n</body>\r\n</html>\r\n"  # noqa: E501
APP = b'<!doctype html><html><head><title>Shop</title></head><body><div id="root"></div></body></html>'
HTML = "Content-Type: text/html; charset=utf-8"
JSON = "Content-Type: application/json"

# What came, and a part of what is made of it.
ROWS: list[tuple[str, bytes, str]] = [
    ("page", answer("200 OK", b"<html>hi", HTML), "a plain web page answers here: the path is probably wrong"),
    ("app", answer("200 OK", APP, HTML), "that of a single-page app"),
    ("app behind nginx", answer("200 OK", APP, HTML, "Server: nginx"), "or nginx does not hand on the Upgrade header"),
    ("API", answer("200 OK", b'{"status": "ok"}', JSON), "an HTTP interface answers here"),
    ("words", answer("200 OK", b"fine"), "plain HTTP is spoken here"),
    ("SockJS", answer("200 OK", b"Welcome to SockJS!\n"), "with /websocket behind it"),
    ("MongoDB", answer("200 OK", b"It looks like you are trying to access MongoDB over HTTP"), "MongoDB's own port"),
    ("Socket.IO", answer("400 Bad Request", b'{"code":0,"message":"Transport unknown"}', JSON), "?EIO=4"),
    ("SignalR", answer("400 Bad Request", b"Connection ID required"), "/negotiate"),
    ("to https", answer("301 Moved", b"", "Location: https://h/x?token=abc"), "it wants TLS; try the address"),
    ("its secrets", answer("301 Moved", b"", "Location: https://me:pw@h/x?token=abc"), "https://***@h/x?token=***"),
    ("elsewhere", answer("302 Found", b"", "Location: /login"), "try the address it points to: /login"),
    ("nowhere", answer("302 Found"), "names no address"),
    ("400", answer("400 Bad Request"), "a proxy may have taken out the Upgrade header"),
    ("400 nginx", answer("400 Bad Request", NGINX % (b"400", b"400")), "nginx does not hand on the Upgrade header"),
    ("gorilla", answer("400 Bad Request", b"Bad Request\n", "Sec-Websocket-Version: 13"), "it saw no Upgrade header"),
    (
        "gorilla behind Envoy",
        answer("400 Bad Request", b"Bad Request\n", "Sec-Websocket-Version: 13", "server: envoy"),
        "it saw no Upgrade header: probably Envoy does not hand on the Upgrade header (Envoy wants upgrade_configs",
    ),
    ("tornado", answer("400 Bad Request", b'Can "Upgrade" only to "WebSocket".'), "it saw no Upgrade header"),
    ("ws", answer("400 Bad Request", b"Missing or invalid Sec-WebSocket-Key header"), "it saw no Upgrade header"),
    ("ws 426", answer("426 Upgrade Required", b"Upgrade Required"), "it saw no Upgrade header"),
    (
        "websockets",
        answer("426 Upgrade Required", b"You cannot access a WebSocket server directly with a browser. You need a "
               b"WebSocket client.\n", "Upgrade: websocket"),
        "it saw no Upgrade header",
    ),
    (
        "nginx by default",
        answer("505 No", b"Failed to open a connection: unsupported HTTP version: HTTP/1.0.", "Server: nginx"),
        "asked in HTTP/1.0: nginx does not hand on the Upgrade header (nginx wants proxy_http_version 1.1",
    ),
    ("no version", answer("400 No", b"invalid Sec-WebSocket-Version header: 8."), "it does not take version 13 of"),
    ("426 8", answer("426 Upgrade Required", b"", "Sec-WebSocket-Version: 7, 8"), "Version: 7, 8; --version-header"),
    ("426 13", answer("426 Upgrade Required", b"", "Sec-WebSocket-Version: 13, 8", "Via: 1.1 x"), "a proxy does not"),
    ("426 h2c", answer("426 Upgrade Required", b"", "Upgrade: h2c"), "it wants another protocol: Upgrade: h2c"),
    ("426 nginx", answer("426 Upgrade Required", b"", "Server: nginx"), "it wants an Upgrade and saw none: prob"),
    ("401", answer("401 No"), "it wants credentials; send them with -u, --bearer or -H"),
    ("401 Basic", answer("401 No", b"", 'WWW-Authenticate: Basic realm="a\x1b[31mb"'), "for “a\\x1b[31mb”; send them"),
    ("401 Bearer", answer("401 No", b"", "WWW-Authenticate: Bearer"), "send them with --bearer TOKEN"),
    (
        "401 both",
        answer("401 No", b"", "WWW-Authenticate: Digest realm=x, nonce=y", "WWW-Authenticate: Basic realm=x"),
        "for “x”; send them with -H 'Authorization: Digest ...' or -u NAME:PASSWORD",
    ),
    ("403", answer("403 Forbidden"), "set one with --origin"),
    ("403 origin", answer("403 Forbidden", b"websocket: request origin not allowed by Upgrader.CheckOrigin"),
     "it does not let this Origin in"),
    ("403 browser", answer("403 Forbidden", b"<title>Just a moment...</title>", "Server: cloudflare"),
     "Cloudflare wants to see a browser first"),
    ("404", answer("404 Not Found"), "nothing is at this path; check it"),
    ("404 nginx", answer("404 Not Found", NGINX % (b"404", b"404")), "and where nginx sends it"),
    ("405", answer("405 Method Not Allowed"), "other methods"),
    ("429", answer("429 Too Many Requests", b"", "Retry-After: 30"), "wait 30.0 s, as it asks (Retry-After: 30)"),
    ("503 date", answer("503 No", b"", "Retry-After: Sun, 22 Nov 2026 12:06:31 GMT"), "wait 119.8 s, as it asks"),
    ("503 past", answer("503 No", b"", "Retry-After: Sun, 22 Nov 2020 12:06:31 GMT"), "try again at once, as it asks"),
    ("503 odd", answer("503 No", b"", "Retry-After: soon"), "not available now; wait and try again"),
    ("503 HAProxy", answer("503 No", b"<h1>503</h1>\nNo server is available to handle this request.\n"),
     "HAProxy has no server behind it that is ready"),
    ("502", answer("502 Bad Gateway"), "a proxy could not reach the server behind it"),
    ("502 nginx", answer("502 Bad Gateway", NGINX % (b"502", b"502")), "nginx could not reach the server behind it"),
    ("502 Traefik", answer("502 Bad Gateway", b"Bad Gateway"), "Traefik could not reach"),
    ("502 CloudFront", answer("502 Bad Gateway", b"", "Via: 1.1 abc.cloudfront.net (CloudFront)"), "CloudFront could"),
    ("504 load balancer", answer("504 Timeout", b"", "Server: awselb/2.0"), "AWS' load balancer waited in vain"),
    ("521", answer("521 Web Server Is Down", b"", "Server: cloudflare"), "Cloudflare could not reach"),
    ("526", answer("526 Invalid Certificate", b"", "Server: cloudflare"), "Cloudflare could not agree on TLS"),
    ("464", answer("464 Incompatible", b"", "Server: awselb/2.0"), "another version of HTTP"),
    ("TLS port", answer("400 Bad Request", b"Client sent an HTTP request to an HTTPS server.\n"), "use wss://"),
    ("teapot", answer("418 Teapot"), "its headers and body may tell more"),
    ("not a redirect", answer("300 Choose"), "its headers and body may tell more"),
]  # fmt: skip

ASKED = HANDSHAKE._replace(request=[("Host", "h"), ("Sec-WebSocket-Version", "13")])


def cause(sent: bytes, *request: tuple[str, str], handshake: Handshake = ASKED) -> str:
    read = read_answer(sent)
    assert read is not None
    return cause_of(read, handshake._replace(request=[*handshake.request, *request]))


@pytest.mark.parametrize(("sent", "words"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_cause(sent: bytes, words: str) -> None:
    assert words in cause(sent)


def test_what_was_asked_counts() -> None:
    with_login = cause(answer("401 No", b"", 'WWW-Authenticate: Bearer realm="api"'), ("Authorization", "Bearer x"))
    assert with_login == "the credentials were not accepted; it asks for Bearer for “api”"
    with_origin = cause(answer("403 No"), ("Origin", "https://a.example"))
    assert with_origin == "credentials lack the right, or it wants another Origin than https://a.example"
    other = ASKED._replace(request=[("Sec-WebSocket-Version", "99")])
    refused = cause(answer("400 Bad Request", b"", "Sec-WebSocket-Version: 13"), handshake=other)
    assert refused == "it speaks another version, Sec-WebSocket-Version: 13; --version-header N asks for one"
    secure = ASKED._replace(url="wss://host/")
    assert "TLS" not in cause(answer("301 Moved", b"", "Location: https://h/"), handshake=secure)


def test_every_row_can_be_reached() -> None:
    """A row stands before the more general ones that would hide it, and asks for signs that something shows."""
    known = {sign for sign, _, _ in SIGNS}
    known |= {"front", "to https", "location", "other version", "upgrade", "with credentials", "with origin"}
    for index, row in enumerate(CAUSES):
        assert row.signs <= known
        for before in CAUSES[:index]:
            hides = set(row.statuses or [0]) <= set(before.statuses or row.statuses or [0])
            assert not (hides and before.signs <= row.signs), (before, row)
    assert CAUSES[-1].statuses == ()
    assert not CAUSES[-1].signs


def test_fronts_have_remedies_that_read_on() -> None:
    assert not [front for front in FRONTS if front.remedy.endswith(".")]


CHALLENGES = [
    ("", []),
    ("===", []),
    ("Bearer", [("Bearer", "")]),
    ("Negotiate, NTLM", [("Negotiate", ""), ("NTLM", "")]),
    ("Negotiate YII=", [("Negotiate", "")]),
    ('Basic realm="a \\"b\\", c", charset="UTF-8"', [("Basic", 'a "b", c')]),
    ('Digest realm=x, nonce="Negotiate , q", Bearer realm = "api"', [("Digest", "x"), ("Bearer", "api")]),
    ('Basic realm="open', [("Basic", "")]),
    ('realm="x"', []),
]


@pytest.mark.parametrize(("value", "expected"), CHALLENGES)
def test_challenges(value: str, expected: list[tuple[str, str]]) -> None:
    assert challenges(value) == [Challenge(*pair) for pair in expected]


@pytest.mark.parametrize("unit", ["a", "a ", 'a="', "a=,", '"\\', " ", ", ", "a, "])
def test_long_headers_and_bodies_take_no_time(unit: str) -> None:
    sent = answer("401 No", (unit * 60000)[:60000].encode(), f"WWW-Authenticate: {(unit * 60000)[:60000].strip()}")
    assert cause(sent)
