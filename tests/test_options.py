"""The kinds of values that options take."""

import math

import click
import pytest

from wsinspect.options.values import OURS, Duration, Header, Size, Subprotocol


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


@pytest.mark.parametrize("text", ["", "a b", "a,b", '"a"', "ä", "a\n"])
def test_no_subprotocol(text: str) -> None:
    with pytest.raises(click.BadParameter) as refused:
        Subprotocol().convert(text, None, None)
    assert refused.value.message == "a subprotocol is a name without spaces, commas or quotes"
    assert Subprotocol().convert("graphql-transport-ws", None, None) == "graphql-transport-ws"


@pytest.mark.parametrize("name", sorted(OURS))
def test_headers_that_are_ours(name: str) -> None:
    with pytest.raises(click.BadParameter, match="is ours to send"):
        Header().convert(f"{name.title()}: x", None, None)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Name: value", ("Name", "value")),
        ("Name:value:more", ("Name", "value:more")),
        (" Name : ", ("Name", "")),
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
def test_header(text: str | tuple[str, str], pair: tuple[str, str] | None) -> None:
    if pair is not None:
        assert Header().convert(text, None, None) == pair
        return
    with pytest.raises(click.BadParameter) as refused:
        Header().convert(text, None, None)
    # The value stays untold: it may be a secret.
    assert "value" not in refused.value.message.replace("'Name: value'", "").replace("the value of", "")
