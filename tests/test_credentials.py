"""What an Authorization header says, and to whom; the texts that a command line only points to."""

import contextlib
import os
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.credentials import Logins, authorization, basic, bearer, userinfo
from wsinspect.errors import InspectError
from wsinspect.netrc_file import parse_netrc
from wsinspect.reading import netrc_path, read_text, text_of
from wsinspect.target import parse_target

LOGINS = {"a.example": ("me", "pw"), "me@a.example": ("me", "pw"), "him@a.example": ("him", "2"), "": ("anyone", "x")}


def said(value: str | None) -> str | None:
    return None if value is None else b64decode(value.removeprefix("Basic ")).decode()


@pytest.mark.parametrize(
    ("url", "logins", "login"),
    [
        ("ws://a.example/", {}, None),
        ("ws://me:pw@a.example/", {}, "me:pw"),
        ("ws://me:p%3A%40w:x@a.example/", {}, "me:p:@w:x"),
        ("ws://m%C3%A9@a.example/", {}, "mé:"),
        ("ws://:pw@a.example/", {}, ":pw"),
        ("ws://A.Example:81/", LOGINS, "me:pw"),
        ("ws://b.example/", LOGINS, "anyone:x"),
        ("ws://b.example/", {"a.example": ("me", "pw")}, None),
        # The URL counts more, but one that says who leaves the password to the file.
        ("ws://you:x@a.example/", LOGINS, "you:x"),
        ("ws://you@a.example/", LOGINS, "you:"),
        ("ws://me@a.example/", LOGINS, "me:pw"),
        ("ws://him@a.example/", LOGINS, "him:2"),
        ("ws://me:@a.example/", LOGINS, "me:"),
    ],
)
def test_authorization(url: str, logins: Logins, login: str | None) -> None:
    assert said(authorization(parse_target(url), logins)) == login


@given(st.text(st.characters(codec="utf-8", exclude_characters=":")), st.text(st.characters(codec="utf-8")))
def test_what_goes_into_a_url_comes_out(name: str, password: str) -> None:
    target = parse_target("ws://a/")._replace(userinfo=userinfo(name, password))
    assert authorization(target, {}) == basic(name, password)


def test_bytes_that_are_no_text_go_as_they_are() -> None:
    name = os.fsdecode(b"m\xff")
    target = parse_target("ws://a/")._replace(userinfo=userinfo(name, ""))
    assert b64decode((authorization(target, {}) or "").removeprefix("Basic ")) == b"m\xff:"


@pytest.mark.parametrize(
    ("token", "wrong"),
    [
        ("", "is empty"),
        ("\r\n", "is empty"),
        ("secret\nsecret", "has more than one line"),
        ("secret secret", "holds a space"),
        ("Bearer secret", "holds a space"),
        ("sécret", "holds a space, or what no header carries"),
        ("secret\x00", "holds a space, or what no header carries"),
    ],
)
def test_no_bearer(token: str, wrong: str) -> None:
    with pytest.raises(InspectError, match=f"^the bearer token {wrong}") as refused:
        bearer(token)
    assert "secret" not in refused.value.message + refused.value.hint


def test_bearer() -> None:
    assert bearer("abc.def-~+/==\r\n") == "Bearer abc.def-~+/=="


def test_text_that_is_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xef\xbb\xbfabc\n")
    assert text_of("abc", "the token", {}) == "abc"
    assert text_of("env:TOKEN", "the token", {"TOKEN": "x"}) == "x"
    assert text_of(f"@{tmp_path}/t", "the token", {}) == "abc\n"
    with pytest.raises(InspectError, match="the environment variable `TOKEN` is not set"):
        text_of("env:TOKEN", "the token", {})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none", None, "cannot read the jar {path}: no such file or directory"),
        (".", None, "cannot read the jar {path}: is a directory"),
        ("f", b"secret\n\xff", "{path}:2: the jar is not UTF-8"),
        ("f", b"x" * ((8 << 20) + 1), "the jar in {path} is larger than 8 MiB"),
        ("f\0", None, "cannot read the jar {path}: its name cannot be one"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = os.path.join(tmp_path, name)
    if content is not None:
        Path(path).write_bytes(content)
    with pytest.raises(InspectError) as refused:
        read_text(path, "the jar")
    assert refused.value.message == message.format(path=path)


NETRC = """# mine
machine A.example login me password "p \\"w\\"" # not his
machine b.example
  user you account x
  port 81 password p#w
macdef init
machine in.a.macro

machine a.example login second password 2
machine only.name login me
default login anyone password x"""


def test_netrc() -> None:
    assert parse_netrc(NETRC, "f") == {
        "a.example": ("me", 'p "w"'),
        "me@a.example": ("me", 'p "w"'),
        "b.example": ("you", "p#w"),
        "you@b.example": ("you", "p#w"),
        "second@a.example": ("second", "2"),
        "only.name": ("me", ""),
        "me@only.name": ("me", ""),
        "": ("anyone", "x"),
        "anyone@": ("anyone", "x"),
    }
    assert parse_netrc("", "f") == parse_netrc("# nothing", "f") == parse_netrc("macdef x\nmachine a", "f") == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("secret", 1),
        ("\n\nsecret\n", 3),
        ("machine", 1),
        ("machine a login me\npassword", 2),
        ("login secret", 1),
        ("machine a login me\nsecret x\n", 2),
        ('machine a password "secret\n"', 1),
    ],
)
def test_no_netrc(text: str, line: int) -> None:
    with pytest.raises(InspectError, match=f"^f:{line}: this is no netrc file$") as refused:
        parse_netrc(text, "f")
    assert refused.value.hint.startswith("an entry is written")


NETRC_PIECES = ["machine", "default", "login", "macdef", *' \n"\\#a']


@given(st.lists(st.sampled_from(NETRC_PIECES)).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InspectError):
        parse_netrc(text, "f")


def test_where_a_netrc_file_is() -> None:
    assert netrc_path({"NETRC": "/x"}) == "/x"
    assert netrc_path({}) == os.path.expanduser("~/.netrc")
