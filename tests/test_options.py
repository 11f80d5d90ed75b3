"""The kinds of values that options take."""

import math

import click
import pytest

from wsinspect.errors import InspectError
from wsinspect.headers import OURS, parse_headers
from wsinspect.options.values import Duration, Header, HeaderValue, Origin, Size, Subprotocols


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("30s", 30),
        ("500ms", 0.5),
        ("1.5m", 90),
        ("2H", 7200),
        (".5s", 0.5),
        ("1.", 1),
        (" 1 s ", 1),
        ("0", 0),
        (3, 3),
        (2.5, 2.5),
    ],
)
def test_duration(text: str | float, seconds: float) -> None:
    assert Duration().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-1", "1d", "1 2", "1e3", "ever", "inf", "nan", "1,5s"])
def test_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a time"):
        Duration().convert(text, None, None)


def test_endless() -> None:
    assert Duration(endless=True).convert("INF", None, None) == math.inf
    with pytest.raises(click.BadParameter, match="2m or inf"):
        Duration(endless=True).convert("ever", None, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1000", 1000),
        ("16MiB", 16 << 20),
        ("10MB", 10_000_000),
        ("64k", 64_000),
        ("1 GiB", 1 << 30),
        ("1.5kib", 1536),
        ("7b", 7),
        ("none", None),
        ("INF", None),
        (5, 5),
        (None, None),
    ],
)
def test_size(text: str | int | None, size: int | None) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "MiB", "-1", "1tb", "much"])
def test_no_size(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a size"):
        Size().convert(text, None, None)


def test_too_large_a_size() -> None:
    assert Size().convert("1024GiB", None, None) == 1 << 40
    with pytest.raises(click.BadParameter, match="more than 1 TiB"):
        Size().convert("1025GiB", None, None)


@pytest.mark.parametrize("text", ["", "a b", "a,,b", ",", '"a"', "ä", "a\nb"])
def test_no_subprotocols(text: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        Subprotocols().convert(text, None, None)
    assert refused.value.message == "subprotocols are names without spaces or quotes, with commas between them"


def test_subprotocols() -> None:
    assert Subprotocols().convert("graphql-transport-ws", None, None) == ("graphql-transport-ws",)
    assert Subprotocols().convert("a, b,c", None, None) == ("a", "b", "c")


@pytest.mark.parametrize(
    "text", ["https://example.com", "http://a:81", "null", "chrome-extension://abc", "file://", "http://[::1]:8"]
)
def test_origin(text: str) -> None:
    assert Origin().convert(f" {text} ", None, None) == text


@pytest.mark.parametrize(
    "text", ["", "example.com", "https://a/", "https://a/b", "https://a?x", "http://ä", "http://a b"]
)
def test_no_origin(text: str) -> None:
    with pytest.raises(click.BadParameter, match="an origin is a scheme and a host alone"):
        Origin().convert(text, None, None)


def test_header_value() -> None:
    assert HeaderValue().convert(" a b ", None, None) == "a b"
    with pytest.raises(click.BadParameter) as refused:
        HeaderValue().convert("secret\r\nX: 1", None, None)
    assert "secret" not in refused.value.message


@pytest.mark.parametrize("name", sorted(OURS))
def test_headers_that_are_ours(name: str) -> None:
    with pytest.raises(click.BadParameter, match="is ours to send"):
        Header().convert(f"{name.title()}: x", None, None)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Name: value", ("Name", "value")),
        ("Name:value:more", ("Name", "value:more")),
        (" Name : ", ("Name", None)),
        ("Name:", ("Name", None)),
        ("Name;", ("Name", "")),
        ("Name ; ", ("Name", "")),
        ("Name: a;", ("Name", "a;")),
        ("Name: a\tb", ("Name", "a\tb")),
        ("Name; x", None),
        ("two words;", None),
        ("X-Ä:1", None),
        ("X: Ä", ("X", "Ä")),
        ("X: ✓", None),
        ("X: a\r\nY: b", None),
        (": value", None),
        ("two words: value", None),
        ("none", None),
        (("X", "1"), ("X", "1")),
    ],
)
def test_header(text: str | tuple[str, str], pair: tuple[str, str | None] | None) -> None:
    if pair is not None:
        assert Header().convert(text, None, None) == pair
        return
    with pytest.raises(click.BadParameter) as refused:
        Header().convert(text, None, None)
    # The value stays untold: it may be a secret.
    assert "value" not in refused.value.message.replace("'Name: value'", "").replace("the value of", "")


def test_headers_of_a_file() -> None:
    text = "# mine\r\nX-One: 1\r\n\n  \nX-Two;\nAccept:\n"
    assert parse_headers(text, "f") == (("X-One", "1"), ("X-Two", ""), ("Accept", None))
    assert parse_headers("", "f") == ()


def test_a_mistake_in_a_file_of_headers() -> None:
    with pytest.raises(InspectError, match=r"^f:3: a header is written 'Name: value'$"):
        parse_headers("X: 1\n\nthe secret\n", "f")
    with pytest.raises(InspectError, match=r"^f:1: the value of `X` holds what a header cannot carry$"):
        parse_headers("X: secret\x07\n", "f")


def test_a_file_of_headers_stays_a_name() -> None:
    assert Header().convert("@file", None, None) == "@file"
    assert Header.key(("X-Mine", "1")) == "x-mine"
