"""Which proxy a connection goes through, as rows: what was asked for, what the environment says, and NO_PROXY."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.connecting import Network
from wsinspect.errors import Exit, InspectError
from wsinspect.pins import parse_pin
from wsinspect.proxies import DEFAULT_PORTS, Proxy, is_bypassed, parse_proxy, proxy_of
from wsinspect.target import parse_target

PROXIES = [
    ("proxy.example:3128", Proxy("http", "proxy.example", 3128)),
    ("proxy.example", Proxy("http", "proxy.example", 1080)),
    (" HTTP://Proxy.Example:80/ ", Proxy("http", "proxy.example", 80)),
    ("https://proxy", Proxy("https", "proxy", 443)),
    ("socks4://proxy", Proxy("socks4", "proxy", 1080)),
    ("socks4a://proxy:9050", Proxy("socks4a", "proxy", 9050)),
    ("socks5://[::1]:9050", Proxy("socks5", "::1", 9050)),
    ("socks5h://[::1]", Proxy("socks5h", "::1", 1080)),
    ("socks://proxy", Proxy("socks5h", "proxy", 1080)),
    ("http://me:pw@proxy:1", Proxy("http", "proxy", 1, "me", "pw")),
    ("me:pw@proxy:1", Proxy("http", "proxy", 1, "me", "pw")),
    ("http://m%40e:p%3Aw%2F@proxy:1", Proxy("http", "proxy", 1, "m@e", "p:w/")),
    ("http://me@corp:p@w@proxy:1", Proxy("http", "proxy", 1, "me@corp", "p@w")),
    ("socks4://me@proxy", Proxy("socks4", "proxy", 1080, "me")),
    ("http://:@proxy", Proxy("http", "proxy", 1080, "", "")),
    ("http://bücher.example:8080", Proxy("http", "xn--bcher-kva.example", 8080)),
]


@pytest.mark.parametrize(("typed", "proxy"), PROXIES)
def test_proxies(typed: str, proxy: Proxy) -> None:
    assert parse_proxy(typed) == proxy
    assert "pw" not in proxy.name
    assert parse_proxy(proxy.name) == proxy._replace(user=None, password="")


NO_PROXIES = [
    ("", "the host is missing"),
    ("http://", "the host is missing"),
    ("http://me:hunter2@", "the host is missing"),
    ("ftp://proxy", "known are"),
    ("gopher://me:hunter2@proxy", "known are: http, https, socks4"),
    ("sock5://proxy", "did you mean `socks5://`?"),
    ("http://proxy:port", "what follows the colon is not a port"),
    ("http://proxy:70000", "ports are numbers"),
    ("http://me:hun/ter2@proxy", "not a port; in a password"),
    ("http://me:hunter2@::1:80", "brackets"),
    ("http://proxy/proxy.pac", "PAC"),
    ("http://me:hunter2@proxy?x", "nothing may follow"),
    ("http://pro xy:1", "spaces"),
    ("http://pro\nxy:1", "spaces"),
]


@pytest.mark.parametrize(("typed", "hint"), NO_PROXIES)
def test_what_is_no_proxy(typed: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        parse_proxy(typed, "HTTPS_PROXY")
    error = caught.value
    assert error.message.startswith("HTTPS_PROXY: `")
    assert error.message.endswith("` is not a proxy's URL")
    assert hint in error.hint
    assert error.exit == Exit.USAGE
    assert "hunter2" not in error.message + error.hint
    assert "ter2" not in error.message + error.hint


@given(st.text(max_size=60) | st.from_regex(r"(socks5h?|https?)://[a-z:@%/\[\]0-9.]{0,30}", fullmatch=True))
def test_any_proxy_is_understood_or_refused(typed: str) -> None:
    try:
        proxy = parse_proxy(typed)
    except InspectError:
        return
    assert proxy.scheme in DEFAULT_PORTS
    assert 0 < proxy.port < 65536
    assert proxy.host


def chosen(url: str, environment: dict[str, str], **more: object) -> str | None:
    proxy = proxy_of(parse_target(url), Network(environment=environment, **more))  # type: ignore[arg-type]
    return proxy.name if proxy else None


ENVIRONMENTS = [
    ("ws://host/", {}, None),
    ("ws://host/", {"http_proxy": "a:1"}, "http://a:1"),
    ("ws://host/", {"HTTP_PROXY": "a:1"}, "http://a:1"),
    ("ws://host/", {"HTTP_PROXY": "a:1", "http_proxy": "b:1"}, "http://b:1"),
    ("ws://host/", {"HTTP_PROXY": "a:1", "http_proxy": ""}, "http://a:1"),
    ("ws://host/", {"https_proxy": "a:1"}, None),
    ("ws://host/", {"all_proxy": "socks5://a"}, "socks5://a:1080"),
    ("ws://host/", {"ALL_PROXY": "socks5://a", "http_proxy": "b:1"}, "http://b:1"),
    ("ws://host/", {"ws_proxy": "a:1", "http_proxy": "b:1"}, "http://a:1"),
    ("ws://host/", {"WS_PROXY": "a:1", "http_proxy": "b:1"}, "http://a:1"),
    ("wss://host/", {"http_proxy": "a:1"}, None),
    ("wss://host/", {"https_proxy": "a:1"}, "http://a:1"),
    ("wss://host/", {"HTTPS_PROXY": "https://a"}, "https://a:443"),
    ("wss://host/", {"ALL_PROXY": "a:1"}, "http://a:1"),
    ("wss://host/", {"wss_proxy": "b:1", "https_proxy": "a:1"}, "http://b:1"),
    # A request's `Proxy` header arrives in a CGI program as HTTP_PROXY.
    ("ws://host/", {"HTTP_PROXY": "a:1", "REQUEST_METHOD": "GET"}, None),
    ("ws://host/", {"HTTP_PROXY": "a:1", "http_proxy": "b:1", "REQUEST_METHOD": "GET"}, "http://b:1"),
    ("wss://host/", {"HTTPS_PROXY": "a:1", "REQUEST_METHOD": "GET"}, "http://a:1"),
    # This machine's own.
    ("ws://localhost:80/", {"ALL_PROXY": "a:1"}, None),
    ("ws://x.localhost/", {"ALL_PROXY": "a:1"}, None),
    ("ws://127.1.2.3/", {"ALL_PROXY": "a:1"}, None),
    ("ws://[::1]/", {"ALL_PROXY": "a:1"}, None),
    ("ws://10.0.0.1/", {"ALL_PROXY": "a:1"}, "http://a:1"),
    # Exceptions.
    ("ws://host/", {"ALL_PROXY": "a:1", "no_proxy": "host"}, None),
    ("ws://host/", {"ALL_PROXY": "a:1", "NO_PROXY": "host"}, None),
    ("ws://host/", {"ALL_PROXY": "a:1", "NO_PROXY": "host", "no_proxy": "other"}, "http://a:1"),
    ("ws://host/", {"ALL_PROXY": "a:1", "NO_PROXY": "host", "no_proxy": ""}, None),
    ("ws://host/", {"ALL_PROXY": "a:1", "NO_PROXY": "*"}, None),
]


@pytest.mark.parametrize(("url", "environment", "name"), ENVIRONMENTS)
def test_the_environment_chooses(url: str, environment: dict[str, str], name: str | None) -> None:
    assert chosen(url, environment) == name


def test_what_is_asked_for_comes_first() -> None:
    environment = {"ALL_PROXY": "a:1", "NO_PROXY": "*"}
    assert chosen("ws://host/", environment, proxy="b:1") == "http://b:1"
    assert chosen("ws://host/", environment, proxy="b:1", no_proxy="host") is None
    assert chosen("ws://host/", environment, no_proxy="") == "http://a:1"
    assert chosen("ws://host/", environment, no_proxy="other") == "http://a:1"
    assert chosen("ws://host/", {"ALL_PROXY": "a:1"}, no_proxy="other host") is None
    assert chosen("ws://host/", {"ALL_PROXY": "a:1"}, proxy="") is None
    assert chosen("ws://host/", {"ALL_PROXY": "a:1"}, unix_socket="/x") is None
    # What debugs goes through a proxy of its own, on this machine.
    assert chosen("ws://localhost/", {}, proxy="b:1") == "http://b:1"
    assert chosen("ws://localhost/", {}, proxy="b:1", no_proxy="localhost") is None


def test_pinned_to_this_machine() -> None:
    """A name that leads here is this machine's own, whatever it is."""
    for addresses, name in [(("127.0.0.1", "::1"), None), (("127.0.0.1", "10.0.0.1"), "http://a:1")]:
        for key in ("host", "*"):
            pinned = {(key, 80): addresses}
            assert chosen("ws://host/", {"ALL_PROXY": "a:1"}, pinned=pinned) == name
    assert chosen("ws://host:81/", {"ALL_PROXY": "a:1"}, pinned={("host", 80): ("::1",)}) == "http://a:1"


def test_a_variable_that_holds_no_proxy_is_named() -> None:
    with pytest.raises(InspectError, match=re.escape("HTTPS_PROXY: `http://***@` is not a proxy's URL")):
        chosen("wss://host/", {"HTTPS_PROXY": "http://me:hunter2@"})


BYPASSED = [
    ("host", "host", True),
    ("host", "HOST", True),
    ("host", "ost", False),
    ("host", "host.example", False),
    ("host", "", False),
    ("host", " , ,", False),
    ("host", ".", False),
    ("host", "*", True),
    ("10.0.0.1", "*", True),
    ("a.example", "example", True),
    ("a.example", ".example", True),
    ("a.example", "*.example", True),
    ("example", ".example", True),
    ("aexample", ".example", False),
    ("a.example", "b.example", False),
    ("b.a.example", "x, a.example.  y", True),
    ("a.example.", "a.example", True),
    ("xn--bcher-kva.example", "bücher.example", True),
    ("host", "ü" * 80, False),
    ("10.1.2.3", "10.1.2.3", True),
    ("10.1.2.3", "2.3", False),
    ("10.1.2.3", "10.0.0.0/8", True),
    ("10.1.2.3", "10.1.2.3/8", True),
    ("11.1.2.3", "10.0.0.0/8", False),
    ("10.1.2.3", "10.0.0.0/99", False),
    ("10.1.2.3", "fe80::/10", False),
    ("host", "10.0.0.0/8", False),
    ("fe80::1", "fe80::/10", True),
    ("fe80::1%eth0", "fe80::1", True),
    ("fe80::1", "[FE80::1]", True),
    ("fe80::1", "fe80:0::1", True),
    ("fe80::2", "fe80::1", False),
    ("host", "host:80", True),
    ("host", "host:81", False),
    ("a.host", ".host:80", True),
    ("10.1.2.3", "10.1.2.3:80", True),
    ("10.1.2.3", "10.1.2.3:8080", False),
    ("fe80::1", "[fe80::1]:80", True),
    ("fe80::1", "[fe80::1]:81", False),
]


@pytest.mark.parametrize(("host", "entries", "spared"), BYPASSED)
def test_exceptions(host: str, entries: str, spared: bool) -> None:
    assert is_bypassed(host, 80, entries) is spared


@given(st.text(max_size=60), st.sampled_from(["host", "a.example", "10.0.0.1", "::1"]))
def test_any_list_of_exceptions_is_taken(entries: str, host: str) -> None:
    assert is_bypassed(host, 80, entries) in (True, False)
    assert is_bypassed(host, 80, f"{entries},{host}")


PINS = [
    ("example.com:443:127.0.0.1", ("example.com", 443), ("127.0.0.1",)),
    ("Example.com.:443:127.0.0.1", ("example.com", 443), ("127.0.0.1",)),
    ("+example.com:80:10.0.0.1,10.0.0.2", ("example.com", 80), ("10.0.0.1", "10.0.0.2")),
    ("example.com:80:[::1],127.0.0.1", ("example.com", 80), ("::1", "127.0.0.1")),
    ("example.com:80:::1", ("example.com", 80), ("::1",)),
    ("example.com:80:FE80:0::1%eth0", ("example.com", 80), ("fe80::1%eth0",)),
    ("*:00000080:127.0.0.1", ("*", 80), ("127.0.0.1",)),
    ("[::2]:80:127.0.0.1", ("::2", 80), ("127.0.0.1",)),
    ("bücher.example:80:127.0.0.1", ("xn--bcher-kva.example", 80), ("127.0.0.1",)),
]


@pytest.mark.parametrize(("typed", "place", "addresses"), PINS)
def test_pins(typed: str, place: tuple[str, int], addresses: tuple[str, ...]) -> None:
    assert parse_pin(typed) == (place, addresses)


NO_PINS = [
    ("", "the form is"),
    ("host", "the form is"),
    ("host:80", "the form is"),
    ("host:80:", "the form is"),
    ("host:x:127.0.0.1", "the form is"),
    (":80:127.0.0.1", "the form is"),
    ("[::2]80:127.0.0.1", "the form is"),
    ("host:80:127.0.0.1,", "`` is no IP address"),
    ("host:80:elsewhere", "`elsewhere` is no IP address"),
    ("host:80:127.0.0.1:81", "`127.0.0.1:81` is no IP address"),
    ("host:99999:127.0.0.1", "ports are numbers"),
    ("*:0:127.0.0.1", "ports are numbers"),
    ("-host:80", "nothing to take out"),
    ("a b:80:127.0.0.1", "spaces"),
]


@pytest.mark.parametrize(("typed", "why"), NO_PINS)
def test_what_pins_nothing(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        parse_pin(typed)


@given(st.text(max_size=60) | st.from_regex(r"[a-z*\[\]:]{0,6}:[0-9]{0,6}:[0-9a-f:.,\[\]%]{0,30}", fullmatch=True))
def test_any_pin_is_understood_or_refused(typed: str) -> None:
    try:
        (host, port), addresses = parse_pin(typed)
    except ValueError:
        return
    assert host
    assert 0 < port < 65536
    assert addresses
