"""What a user types for a server, by rows: the exact URL, or the refusal with its hint."""

import pytest

from wsinspect.errors import Exit, InspectError
from wsinspect.target import Target, is_loopback, parse_target

URLS = [
    ("ws://example.com", "ws://example.com/"),
    ("wss://example.com", "wss://example.com/"),
    ("WSS://Example.COM/Path", "wss://example.com/Path"),
    ("http://example.com/x", "ws://example.com/x"),
    ("https://example.com/x", "wss://example.com/x"),
    ("HTTPS://example.com:443", "wss://example.com/"),
    ("ws://example.com:443/", "ws://example.com:443/"),
    ("wss://example.com:80/", "wss://example.com:80/"),
    ("ws://example.com:00080/", "ws://example.com/"),
    ("ws://example.com?x=1", "ws://example.com/?x=1"),
    ("ws://example.com/?", "ws://example.com/"),
    ("ws://example.com/a?b=?c", "ws://example.com/a?b=?c"),
    ("  ws://example.com/ \n", "ws://example.com/"),
    ("ws://example.com./", "ws://example.com./"),
    ("ws://my_host/", "ws://my_host/"),
    ("ws://me:pw@example.com/", "ws://example.com/"),
    ("ws://me:p@w@example.com/", "ws://example.com/"),
    ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080/"),
    ("ws://[::1]:8080/x", "ws://[::1]:8080/x"),
    ("ws://[2001:DB8::1]", "ws://[2001:db8::1]/"),
    ("wss://[fe80::1%eth0]/", "wss://[fe80::1%eth0]/"),
    # What is not ASCII, or may not stand in a URL.
    ("ws://example.com/ä b".replace(" ", "%20"), "ws://example.com/%C3%A4%20b"),
    ('ws://example.com/{"a"}?q=<b>', "ws://example.com/%7B%22a%22%7D?q=%3Cb%3E"),
    ("ws://example.com/100%/%41", "ws://example.com/100%/%41"),
    ("wss://bücher.example/", "wss://xn--bcher-kva.example/"),
    ("wss://例え.jp", "wss://xn--r8jz45g.jp/"),
    ("ws://example.com/a[1]=b;c,d!$&'()*+@:~", "ws://example.com/a[1]=b;c,d!$&'()*+@:~"),
    # Short forms.
    (":8080", "ws://localhost:8080/"),
    (":8080/x?y=1", "ws://localhost:8080/x?y=1"),
    ("localhost", "ws://localhost/"),
    ("localhost:8080/x", "ws://localhost:8080/x"),
    ("localhost:8080?x", "ws://localhost:8080/?x"),
    ("db:9000", "ws://db:9000/"),
    ("api.localhost:3000", "ws://api.localhost:3000/"),
    ("127.0.0.1", "ws://127.0.0.1/"),
    ("192.168.0.7:8080/x", "ws://192.168.0.7:8080/x"),
    ("[::1]:8080/x", "ws://[::1]:8080/x"),
    ("[::1]", "ws://[::1]/"),
    ("example.com", "wss://example.com/"),
    ("example.com/x", "wss://example.com/x"),
    ("example.com:8443/x", "wss://example.com:8443/x"),
    ("example.com:80/x", "ws://example.com/x"),
    ("me:pw@example.com/x", "wss://example.com/x"),
    ("localhost:8080/login?next=http://a/", "ws://localhost:8080/login?next=http://a/"),
    ("example.com/a:b", "wss://example.com/a:b"),
    ("ws:8080", "ws://ws:8080/"),
]


@pytest.mark.parametrize(("typed", "url"), URLS)
def test_url(typed: str, url: str) -> None:
    assert parse_target(typed).url == url


@pytest.mark.parametrize("url", sorted({url for _, url in URLS}))
def test_exact_url_stays(url: str) -> None:
    assert parse_target(url).url == url


REFUSED = [
    ("", "it is empty"),
    ("   ", "it is empty"),
    ("ws://", "host is missing"),
    ("ws:///path", "host is missing"),
    ("ws://:8080/", "host is missing"),
    ("ws://me@/", "host is missing"),
    ("ws://?x", "host is missing"),
    ("://x", "the scheme is ``"),
    ("ftp://example.com/", "the scheme is `ftp`"),
    ("unix:///tmp/x", "the scheme is `unix`"),
    ("ws:/example.com/", "two slashes"),
    ("wss:example.com/", "two slashes"),
    ("https:", "two slashes"),
    ("mailto:someone", "a URL looks like"),
    ("localhost:80a", "a URL looks like"),
    ("8080", "written with a colon: :8080"),
    (":", "the port is missing"),
    ("ws://example.com:/", "the port is missing"),
    ("ws://[::1]:/", "the port is missing"),
    ("ws://example.com:0/", "from 1 to 65535"),
    ("ws://example.com:65536/", "from 1 to 65535"),
    ("ws://example.com:" + "9" * 5000, "from 1 to 65535"),
    ("ws://example.com:-1/", "not a port"),
    ("ws://example.com:８０/", "not a port"),
    ("ws://example.com:http/", "not a port"),
    ("ws://::1/", "stands in brackets"),
    ("::1", "stands in brackets"),
    ("ws://a:1:2/", "stands in brackets"),
    ("ws://[::1/", "do not hold an IPv6 address"),
    ("ws://::1]/", "do not hold an IPv6 address"),
    ("ws://[example.com]/", "do not hold an IPv6 address"),
    ("ws://[::1]x/", "brackets"),
    ("ws://x[::1]/", "brackets"),
    ("ws://exa mple.com/", "no spaces"),
    ("ws://example.com/a b", "%20"),
    ("ws://example.com/\x1b[31m", "control characters"),
    ("ws://example.com/\u202e", "control characters"),
    ("ws://example.com/\udc80", "control characters"),
    ("ws://example.com/#x", "no #fragment"),
    ("ws://example.com/#", "no #fragment"),
    ("ws://example..com/", "`example..com` cannot be a host name"),
    ("ws://.example.com/", "cannot be a host name"),
    ("ws://exa%41mple.com/", "cannot be a host name"),
    ("ws://" + "a" * 64 + ".com/", "cannot be a host name"),
    ("ws://" + "a." * 127 + "com/", "cannot be a host name"),
    ("ws://ex℀mple.com/", "host"),
    ("ws://bü..cher/", "cannot be a host name"),
    ("ws://<script>/", "cannot be a host name"),
]


@pytest.mark.parametrize(("typed", "hint"), REFUSED)
def test_refused(typed: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        parse_target(typed)
    assert caught.value.exit == Exit.USAGE
    assert caught.value.message.endswith("is not a WebSocket URL")
    assert hint in caught.value.hint


SECRETS = [
    "wss://me:hunter2@host:99999/",
    "wss://me:hunter2/x@host/",
    "wss://me:hunter2?x@host/",
    "wss://me:hunter2#x@host/",
    "wss://me:hunter2@[::1/",
    "wss://me:hunter2@ex℀mple.com/",
    "wss://me:hunter2 @host/",
    "ftp://me:hunter2@host/",
    "me:hunter2@host:80a/",
    "wss:/me:hunter2@host/",
    "wss://host:1x/?token=hunter2",
    "wss://host/#access_token=hunter2",
    "wss://host/?password=hunter2 x",
    "wss://ho st/?a=1;sig=hunter2",
]


@pytest.mark.parametrize("typed", SECRETS)
def test_refusal_keeps_secrets(typed: str) -> None:
    with pytest.raises(InspectError) as caught:
        parse_target(typed)
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_parts() -> None:
    target = parse_target("https://me:p%40ss@[::1]:8443/a/b?c=d")
    assert target == Target("wss", "::1", 8443, "/a/b?c=d", "me:p%40ss")
    assert target.secure
    assert target.authority == "[::1]:8443"
    assert not parse_target("ws://a/").secure


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        *[(host, True) for host in ("localhost", "LOCALHOST.", "a.localhost", "127.9.9.9", "::1")],
        *[(host, False) for host in ("localhost.com", "128.0.0.1", "::2", "", "0.0.0.0")],
    ],
)
def test_loopback(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
