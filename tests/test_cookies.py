"""Cookies: the jar's lines, which of them go where, and what a server may set; rows first."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.connecting import Connecting, Cookie
from wsinspect.cookies import cookie_header, joined, kept, parse_jar, received, set_cookie
from wsinspect.errors import InspectError
from wsinspect.target import parse_target

NOW = 1_700_000_000.0

JAR = (
    "# Netscape HTTP Cookie File\r\n"
    "\r\n"
    ".example.com\tTRUE\t/\tTRUE\t1800000000\tsid\tabc=d\r\n"
    "#HttpOnly_app.example.com\tFALSE\t/ws\tFALSE\t0\thidden\tx y\n"
    "# a.example\tFALSE\t/\tFALSE\t0\tcomment\tx\n"
    "Other.Example\tFALSE\t\tfalse\t1700000000.5\tempty\t\n"
    "other.example\tFALSE\t/\tFALSE\t-1\tnone\n"
    ".example.com\tTRUE\t/\tTRUE\t1800000001\tsid\tnew"
)


def test_a_jar() -> None:
    assert parse_jar(JAR) == (
        Cookie("sid", "new", "example.com", "/", True, True, 1800000001.0),
        Cookie("hidden", "x y", "app.example.com", "/ws", False, False, None),
        Cookie("empty", "", "other.example", "/", False, False, 1700000000.5),
        Cookie("none", "", "other.example", "/", False, False, None),
    )
    assert parse_jar("") == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sid=secret", "no cookie of a Netscape cookie jar"),
        ("Set-Cookie: sid=secret", "no cookie of a Netscape cookie jar"),
        ("a.example FALSE / FALSE 0 sid secret", "no cookie of a Netscape cookie jar"),
        ("a\tFALSE\t/\tFALSE\tsecret\tsid\tx", "the fifth field is no time in seconds"),
        ("a\tFALSE\t/\tFALSE\tnan\tsid\tx", "the fifth field is no time in seconds"),
        (".\tFALSE\t/\tFALSE\t0\tsid\tsecret", "the cookie's domain, name or value cannot be one"),
        ("a\tFALSE\t/\tFALSE\t0\t\tsecret", "the cookie's domain, name or value cannot be one"),
        ("a\tFALSE\t/\tFALSE\t0\tsid\tsecret; x=1", "the cookie's domain, name or value cannot be one"),
        ("a\tFALSE\t/\tFALSE\t0\tsid\tsecret\x1b", "the cookie's domain, name or value cannot be one"),
        ("a\tFALSE\t/\tFALSE\t0\tsid\tsecret✓", "the cookie's domain, name or value cannot be one"),
    ],
)
def test_a_mistake_in_a_jar(line: str, words: str) -> None:
    with pytest.raises(InspectError) as refused:
        parse_jar(f"# jar\n{line}\n", "f")
    assert refused.value.message == f"f:2: {words}"
    assert "secret" not in refused.value.hint


def cookie(
    domain: str = "a.example",
    path: str = "/",
    *,
    name: str = "n",
    secure: bool = False,
    subdomains: bool = False,
    expires: float | None = None,
) -> Cookie:
    return Cookie(name, "v", domain, path, secure, subdomains, expires)


@pytest.mark.parametrize(
    ("given", "url", "goes"),
    [
        (cookie(), "ws://a.example/", True),
        (cookie(), "wss://A.Example:444/x?y", True),
        (cookie(), "ws://a.example./", True),
        (cookie(), "ws://b.a.example/", False),
        (cookie(subdomains=True), "ws://b.a.example/", True),
        (cookie(subdomains=True), "ws://a.example/", True),
        (cookie(subdomains=True), "ws://ba.example/", False),
        (cookie(subdomains=True), "ws://example/", False),
        (cookie("0.0.1", subdomains=True), "ws://127.0.0.1/", False),
        (cookie("127.0.0.1"), "ws://127.0.0.1/", True),
        (cookie("::1"), "ws://[::1]/", True),
        # RFC 6265 section 5.1.4
        (cookie(path="/ws"), "ws://a.example/ws", True),
        (cookie(path="/ws"), "ws://a.example/ws?x", True),
        (cookie(path="/ws"), "ws://a.example/ws/1", True),
        (cookie(path="/ws/"), "ws://a.example/ws/1", True),
        (cookie(path="/ws/"), "ws://a.example/ws", False),
        (cookie(path="/ws"), "ws://a.example/wss", False),
        (cookie(path="/ws"), "ws://a.example/", False),
        (cookie(path="/x"), "ws://a.example/?/x", False),
        # Secure
        (cookie(secure=True), "wss://a.example/", True),
        (cookie(secure=True), "ws://a.example/", False),
        (cookie("localhost", secure=True), "ws://localhost/", True),
        # Time
        (cookie(expires=NOW + 1), "ws://a.example/", True),
        (cookie(expires=NOW), "ws://a.example/", False),
    ],
)
def test_where_a_cookie_goes(given: Cookie, url: str, goes: bool) -> None:
    assert cookie_header([given], parse_target(url), NOW) == ("n=v" if goes else "")


def test_longer_paths_come_first() -> None:
    jar = [cookie(name="a"), cookie(name="b", path="/x"), cookie(name="c"), cookie(name="d", path="/x")]
    assert cookie_header(jar, parse_target("ws://a.example/x"), NOW) == "b=v; d=v; a=v; c=v"


@pytest.mark.parametrize(
    ("values", "whole"),
    [
        ([], ""),
        (["a=1"], "a=1"),
        (["a=1;b=2 ;; c"], "a=1; b=2; c"),
        (["a=1; b=2", "b=3; c=4"], "a=1; b=3; c=4"),
        (["a=1; a=2"], "a=1; a=2"),
        (["a=1; a=2", "a=x=y"], "a=x=y"),
    ],
)
def test_one_header_of_several(values: list[str], whole: str) -> None:
    assert joined(values) == whole


URL = "wss://app.example.com/deep/page?x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=b", Cookie("a", "b", "app.example.com", "/deep", False, False, None)),
        (" a = b c ; Path=/ ; HttpOnly", Cookie("a", "b c", "app.example.com", "/", False, False, None)),
        ("a=; path=x; secure", Cookie("a", "", "app.example.com", "/deep", True, False, None)),
        ("a=b; Domain=.Example.com", Cookie("a", "b", "example.com", "/deep", False, True, None)),
        ("a=b; Domain=app.example.com", Cookie("a", "b", "app.example.com", "/deep", False, True, None)),
        ("a=b; Domain=", Cookie("a", "b", "app.example.com", "/deep", False, False, None)),
        ("a=b; Domain=com", None),
        ("a=b; Domain=other.com", None),
        ("a=b; Domain=pp.example.com", None),
        ("a=b; Domain=sub.app.example.com", None),
        ("a=b; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT", cookie_until := Cookie(
            "a", "b", "app.example.com", "/deep", False, False, NOW + 60)),
        ("a=b; max-age=0", cookie_until._replace(expires=0.0)),
        ("a=b; max-age=-1", cookie_until._replace(expires=0.0)),
        ("a=b; max-age=soon", cookie_until._replace(expires=None)),
        ("a=b; Expires=Wed, 21 Oct 2015 07:28:00 GMT", cookie_until._replace(expires=1445412480.0)),
        ("a=b; expires=Wed, 21-Oct-15 07:28:00 GMT", cookie_until._replace(expires=1445412480.0)),
        ("a=b; expires=Wed Oct 21 07:28:00 2015", cookie_until._replace(expires=1445412480.0)),
        ("a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT", cookie_until._replace(expires=0.0)),
        ("a=b; expires=Wed, 99 Oct 2015 07:28:00 GMT", cookie_until._replace(expires=None)),
        ("a=b; expires=never", cookie_until._replace(expires=None)),
        ("=b", None),
        ("a", None),
        ("a b=c", None),
        ("a=b\x07", None),
    ],
)  # fmt: skip
def test_what_a_server_sets(value: str, expected: Cookie | None) -> None:
    assert set_cookie(value, parse_target(URL), NOW) == expected


def test_what_a_server_may_not_set() -> None:
    plain, address = parse_target("ws://a.example.com/"), parse_target("ws://127.0.0.1/")
    assert set_cookie("a=b; Secure", plain, NOW) is None
    assert set_cookie("a=b; Secure", address, NOW) is not None
    assert set_cookie("a=b; Domain=0.0.1", address, NOW) is None


def test_a_server_replaces_and_takes_back() -> None:
    wanted = Connecting(parse_target("ws://a.example/"), jar=(cookie(), cookie(name="m")))
    answer = [("Set-Cookie", "n=new; path=/"), ("X", "y"), ("set-cookie", "m=; path=/; max-age=0"), ("Set-Cookie", "=")]
    after = received(wanted, answer, NOW)
    assert cookie_header(after.jar, wanted.target, NOW) == "n=new"
    assert kept(after.jar, [cookie()])[0] == cookie()


@given(st.text(), st.text(st.sampled_from("ab=;, \t/.:-0123456789 JanOctGMT")))
def test_any_text_is_taken_or_not(jar: str, value: str) -> None:
    with contextlib.suppress(InspectError):
        parse_jar(jar)
    set_cookie(value, parse_target(URL), NOW)
    set_cookie(f"a=b; expires={value}", parse_target(URL), NOW)
