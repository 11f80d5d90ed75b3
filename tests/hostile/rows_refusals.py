"""Servers that refuse, with bodies of every kind and with lies about them, and servers that send elsewhere."""

import gzip
import json
import os
import time
import zlib
from collections.abc import Sequence

from tests.certificates import certificate, server_context
from tests.hostile.kit import Case, turns
from tests.servers import Peer, Step, answer, chunked, close, forever, text

REFUSALS, REDIRECTS = "refusals", "redirects"
on_terminal = turns()

JSON, HTML, BINARY = (f"Content-Type: {kind}" for kind in ("application/json", "text/html", "application/octet-stream"))
ESCAPES = b"\x1b[2J\x1b]0;owned\x07\x1b]52;c;aGk=\x07\xc2\x9b2J \xe2\x80\xae desrever \x08\x08\x7f"
CHUNKED = "Transfer-Encoding: chunked"


def refuses(
    name: str, status: str, *script: Step, says: str | Sequence[str] = (), arguments: Sequence[str] = (), exit: int = 5
) -> Case:
    """Return a case of an answer with a status, of which the steps are the whole."""
    number, _, reason = status.partition(" ")
    wanted = [f"the server answered {number} {reason} instead of 101", *([says] if isinstance(says, str) else says)]
    called = f"{number}, {name}"
    return Case(called, REFUSALS, [Peer.ask, *script], arguments, wanted, exit, terminal=on_terminal(name))


def body(name: str, status: str, content: bytes, *headers: str, says: str | Sequence[str] = ()) -> Case:
    return refuses(name, status, answer(status, content, *headers), says=says)


def lying(
    name: str, status: str, content: bytes, *headers: str, says: str | Sequence[str] = (), keeps: bool = False
) -> Case:
    """Return a case whose headers do not fit the body; ``keeps``: the connection stays open behind it."""
    script: list[Step] = [answer(status, content, *headers, length=False)]
    return refuses(name, status, *script, *[Peer.keep] * keeps, says=says)


def bomb(mebibytes: int) -> bytes:
    """Return gzip of so many MiB of zero bytes: one MiB of them, repeated as it is."""
    stream = zlib.compressobj(9, wbits=-15)
    one = stream.compress(bytes(1 << 20)) + stream.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + one * mebibytes


BOMB = answer("503 No", bomb(1024), "Content-Encoding: gzip")


def drip_body(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 500 No\r\n\r\n")
    while True:
        peer.send(b"x")
        time.sleep(0.1)


FAR = "9" * 30

REFUSED = [
    body("JSON", "401 Unauthorized", json.dumps({"error": "who are you?"}).encode(), JSON, says="who are you?"),
    body(
        "realm with escapes",
        "401 Unauthorized",
        b"",
        'WWW-Authenticate: Basic realm="a\x1b[31mb"',
        says="it wants cred",
    ),
    body(
        "a challenge of 8 KB",
        "401 Unauthorized",
        b"",
        "WWW-Authenticate: " + "Basic realm=x, " * 500,
        says="it wants cred",
    ),
    body(
        "HTML", "403 Forbidden", b"<html><h1>no</h1><script>alert(1)</script>", HTML, says="(the text of 42 B of HTML)"
    ),
    body("empty", "403 Forbidden", b""),
    body("escapes", "404 Not Found", ESCAPES, says="\\x1b[2J"),
    body("escapes in HTML", "404 Not Found", b"<html>" + ESCAPES, HTML, says="\\x1b[2J"),
    body("escapes in JSON", "404 Not Found", json.dumps({"a": ESCAPES.decode("latin-1")}).encode(), JSON),
    body("binary", "500 Internal", bytes(range(256)) * 9, BINARY, says="(2,304 bytes that are not text)"),
    body("binary said to be text", "500 Internal", bytes(range(256)), "Content-Type: text/plain; charset=utf-7"),
    body("an unknown charset", "500 Internal", b"\xff\xfeh\0i\0", "Content-Type: text/plain; charset=x-none"),
    body("nested JSON", "400 Bad", b"[" * 60_000, JSON),
    body("a line of 60 KB", "400 Bad", b"x" * 60_000),
    body("60,000 lines", "400 Bad", b"\n" * 60_000),
    body("carriage returns", "400 Bad", b"one\rtwo\rthree\r\n\r"),
    refuses("body without end", "502 Bad", b"HTTP/1.1 502 Bad\r\n\r\n", forever(b"x" * 65536)),
    refuses("escapes without end", "502 Bad", b"HTTP/1.1 502 Bad\r\n\r\n", forever(ESCAPES * 999)),
    refuses("a body that drips", "500 No", drip_body),
    refuses("headers without end", "500 No", b"HTTP/1.1 500 No\r\n", forever(b"X-A: 1\r\n" * 999)),
    Case(
        "500, headers and no end of them",
        REFUSALS,
        [Peer.ask, b"HTTP/1.1 500 No\r\nX-A: 1\r\n", Peer.keep],
        ["--connect-timeout", "1s"],
        "which begin `HTTP/1.1 500 No`",
        9,
    ),
    refuses(
        "reset within the body", "500 No", answer("500 No", b"half", "Content-Length: 9", length=False), 0.2, Peer.reset
    ),
    # Codings.
    body("gzip", "503 No", gzip.compress(b"come back later"), "Content-Encoding: gzip", says="come back later"),
    body("deflate", "503 No", zlib.compress(b"come back later"), "Content-Encoding: deflate", says="come back later"),
    refuses("1 GiB in gzip", "503 No", BOMB),
    body("gzip in gzip", "503 No", gzip.compress(gzip.compress(bytes(1 << 20))), "Content-Encoding: gzip, gzip"),
    body("gzip cut short", "503 No", gzip.compress(os.urandom(999))[:300], "Content-Encoding: gzip"),
    body("no gzip in it", "503 No", b"plain \x1b[2J words", "Content-Encoding: gzip", says="plain \\x1b[2J words"),
    body("an unknown coding", "503 No", b"\x1b\x03\0\0", "Content-Encoding: br"),
    lying("chunks", "404 No", chunked(b"come ", b"back"), CHUNKED, says="come back"),
    lying("a broken chunk length", "404 No", b"4\r\ncome\r\nzz\r\nback\r\n", CHUNKED, says="come"),
    lying("a chunk of 2^63 bytes", "404 No", b"7fffffffffffffff\r\nabc", CHUNKED, says="abc", keeps=True),
    lying("a chunk of -1 bytes", "404 No", b"-1\r\nabc", CHUNKED),
    lying("a chunk length without end", "404 No", b"1" * 60_000, CHUNKED),
    lying("chunks of a byte", "404 No", chunked(*[b"x"] * 9000), CHUNKED, says="xxxx"),
    lying(
        "chunks of gzip",
        "404 No",
        chunked(gzip.compress(b"come back")),
        CHUNKED,
        "Content-Encoding: gzip",
        says="come back",
    ),
    refuses(
        "chunks without end",
        "404 No",
        f"HTTP/1.1 404 No\r\n{CHUNKED}\r\n\r\n".encode(),
        forever(chunked(b"x" * 999, last=False)),
    ),
    # Lengths.
    Case(
        "404, a body that ends with the connection",
        REFUSALS,
        [Peer.ask, b"HTTP/1.1 404 No\r\n\r\ngone"],
        says="< gone",
        unsaid="did not end",
        exit=5,
    ),
    lying("a length too great", "404 No", b"gone", "Content-Length: 10", says="gone"),
    lying("a length too great, and kept", "404 No", b"gone", "Content-Length: 10", says="gone", keeps=True),
    lying("a length too small", "404 No", b"gone\x1b[2J", "Content-Length: 4", says="gone"),
    lying("a length of letters", "404 No", b"gone", "Content-Length: many", says="gone"),
    lying("a negative length", "404 No", b"gone", "Content-Length: -1", says="gone"),
    lying("a length of 30 digits", "404 No", b"gone", f"Content-Length: {FAR}", says="gone"),
    lying("two lengths", "404 No", b"gone", "Content-Length: 4", "Content-Length: 2", says="go"),
    lying("a length and chunks", "404 No", chunked(b"gone"), "Content-Length: 2", CHUNKED, says="gone"),
    lying("a length in digits of elsewhere", "404 No", b"gone", "Content-Length: \xb2", says="gone"),
    # Reasons and other headers.
    Case(
        "404, reason with escapes",
        REFUSALS,
        [Peer.ask, answer("404 \x1b[2J\x1b]0;x\x07Not\x9b31m")],
        (),
        "answered 404 \\x1b[2J",
        5,
    ),
    Case(
        "404, reason of 60 KB",
        REFUSALS,
        [Peer.ask, answer("404 " + "x" * 60_000)],
        (),
        "more characters instead of 101",
        5,
    ),
    Case("404, no reason", REFUSALS, [Peer.ask, b"HTTP/1.1 404\r\n\r\n"], (), "404 without a reason", 5),
    Case("999, no such status", REFUSALS, [Peer.ask, answer("999 What")], (), "the server answered 999 What", 5),
    Case("000, no such status", REFUSALS, [Peer.ask, answer("000 What")], (), "the server answered 000 What", 5),
    body("headers with escapes", "403 Forbidden", b"", "X-A: \x1b[2J\x1b]52;c;aGk=\x07", "X-\x1b[2J: b"),
    body("no length, no body", "204 No Content", b""),
    body("HTML instead of a socket", "200 OK", b"<html>hi", HTML, says="a plain web page answers here"),
    body("upgrade to what", "426 Upgrade Required", b"", "Upgrade: \x1b[2Jh2c", says="it wants another protocol"),
    body(
        "other versions",
        "426 Upgrade Required",
        b"",
        "Sec-WebSocket-Version: 7, 8, \x1b[2J",
        says="it speaks another version",
    ),
    body("wait for ever", "503 No", b"", f"Retry-After: {FAR}", says="as it asks"),
    body("wait for escapes", "503 No", b"", "Retry-After: \x1b[2J", says="wait and try again"),
    body("wait since the year 1", "503 No", b"", "Retry-After: Mon, 01 Jan 0001 00:00:00 GMT"),
    body("wait to the year 99999", "503 No", b"", "Retry-After: Mon, 01 Jan 99999 00:00:00 GMT"),
    refuses(
        "wait for ever, connect again",
        "503 No",
        answer("503 No", b"", f"Retry-After: {FAR}"),
        arguments=["--reconnect", "--retries", "1", "--retry-max-delay", "100ms"],
    ),
    Case(
        "check: JSON with escapes",
        REFUSALS,
        [Peer.ask, answer("401 No", b'{"a": "\x1b[2J"}', JSON)],
        ["{url}", "--expect-text", "x"],
        "401",
        5,
        command="check",
    ),
    Case(
        "check: body without end",
        REFUSALS,
        [Peer.ask, b"HTTP/1.1 502 Bad\r\n\r\n", forever(b"x" * 65536)],
        ["{url}"],
        "502",
        5,
        command="check",
    ),
    Case("check: 1 GiB in gzip", REFUSALS, [Peer.ask, BOMB], ["{url}"], "503", 5, command="check"),
    Case("ndjson: escapes", REFUSALS, [Peer.ask, answer("404 \x1b[2J", ESCAPES)], ["-f", "ndjson"], "404", 5),
    Case("recorded: escapes", REFUSALS, [Peer.ask, answer("404 \x1b[2J", ESCAPES)], ["--record", "a.ndjson"], "404", 5),
]


def to(location: str) -> Step:
    """Return a step that redirects; `{port}` is this server's."""

    def redirect(peer: Peer) -> None:
        if not peer.request:
            peer.ask()
        port = peer.sock.getsockname()[1]
        peer.send(answer("302 Found", b"", "Location: " + location.replace("{port}", str(port))))

    return redirect


def first_to(location: str) -> Step:
    """Return a step that redirects from the root, and opens and closes anywhere else."""

    def reply(peer: Peer) -> None:
        peer.ask()
        if peer.request.startswith(b"GET / "):
            to(location)(peer)
        else:
            peer.open(glued=text("there") + close())
            peer.until_close()

    return reply


def onwards(peer: Peer) -> None:
    """Redirect to another path each time."""
    peer.ask()
    number = int(b"0" + peer.request.split()[1].strip(b"/"))
    to(f"/{number + 1}")(peer)


def arrives(name: str, location: str, arguments: Sequence[str] = (), says: Sequence[str] = ()) -> Case:
    wanted = ["there", "closed by the server, cleanly", *says]
    return Case(name, REDIRECTS, [first_to(location)], arguments, wanted, terminal=on_terminal(name))


def astray(name: str, *script: Step, says: str | Sequence[str], arguments: Sequence[str] = (), exit: int = 5) -> Case:
    return Case(name, REDIRECTS, script, arguments, says, exit, terminal=on_terminal(name))


def downgraded(peer: Peer) -> None:
    to("ws://localhost:1/plain")(peer)


NOWHERE = "redirects to what is no WebSocket's address"
TRUSTED = ["--cacert", str(certificate("good")[0].with_name("ca.pem"))]

REDIRECTED = [
    astray("itself", to("/"), says="redirected more than 10 times"),
    astray("itself, as http", to("http://127.0.0.1:{port}/"), says="redirected more than 10 times"),
    astray("a path further each time", onwards, says="redirected more than 10 times, at last to `/11`"),
    astray(
        "without a limit, but of time",
        onwards,
        says="within 1 s",
        exit=9,
        arguments=["--max-redirs", "-1", "--connect-timeout", "1s"],
    ),
    astray("one too many", to("/x"), says="redirected more than 1 times", arguments=["--max-redirs", "1"]),
    astray("none wanted", to("/x"), says="302 Found", arguments=["--max-redirs", "0"]),
    arrives("relative", "next/../there?a=b#c"),
    arrives("by scheme only", "//127.0.0.1:{port}/there"),
    arrives("http for ws", "http://127.0.0.1:{port}/there"),
    arrives("with a login", "ws://me:secret@127.0.0.1:{port}/there"),
    arrives("in capitals", "HTTP://127.0.0.1:{port}/there"),
    astray("a file", to("file:///etc/passwd"), says=NOWHERE),
    astray("FTP", to("ftp://127.0.0.1/x"), says=NOWHERE),
    astray("a script", to("javascript:alert(1)"), says=NOWHERE),
    astray("data", to("data:text/html,hi"), says=NOWHERE),
    astray("nonsense", to("http://[::1"), says=NOWHERE),
    astray("a scheme of none", to("://"), says="redirected"),
    astray("no host", to("http:///x"), says="redirect"),
    astray("a port of 99999", to("ws://127.0.0.1:99999/"), says=NOWHERE),
    astray("a port of letters", to("ws://127.0.0.1:x/"), says=NOWHERE),
    astray("a port where nobody is", to("ws://127.0.0.1:1/"), says="refused the connection", exit=3),
    astray("a host of 300 letters", to("ws://" + "x" * 300 + "/"), says="error:", exit=5),
    astray("a host with spaces", to("ws://a b/"), says=NOWHERE),
    astray("escapes", to("ws://\x1b[2J\x1b]0;x\x07/"), says=NOWHERE),
    astray("escapes in the path", to("/\x1b[2J\x9b31m"), says="redirect"),
    astray("nowhere", to(""), says="302 Found"),
    astray("7 KB", to("/" + "x" * 7000), says="redirected more than 10 times"),
    astray(
        "a body without end",
        Peer.ask,
        b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
        forever(b"x" * 65536),
        says="redirected more than 10 times",
        arguments=["--connect-timeout", "9s"],
    ),
    Case(
        "two addresses",
        REDIRECTS,
        [Peer.ask, answer("302 Found", b"", "Location: ws://127.0.0.1:1/", "Location: /")],
        (),
        "refused the connection",
        3,
    ),
    Case("from TLS to none", REDIRECTS, [downgraded], TRUSTED, "`localhost` port 1", 3, tls=server_context),
    Case("check: itself", REDIRECTS, [to("/")], ["{url}"], "redirected more than 10 times", 5, command="check"),
    Case("check: a file", REDIRECTS, [to("file:///etc/passwd")], ["{url}"], NOWHERE, 5, command="check"),
]

ROWS = REFUSED + REDIRECTED
