"""JSON read piece by piece: the same as Python's own reading at once, and every fault with its byte."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.recordings import json_stream
from wsinspect.recordings.json_stream import Broken, JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Dripping(io.BytesIO):
    """A stream that gives so many bytes at a time, whatever is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self.size)


def walked(stream: JsonStream) -> Any:
    """Return a value that is read by its parts."""
    first = stream.peek()
    if first == "{":
        return {key: walked(stream) for key in stream.members()}
    if first == "[":
        return [walked(stream) for _ in stream.items()]
    return stream.value()


def encoded(value: Any, ascii: bool, indent: int | None) -> bytes:
    return json.dumps(value, ensure_ascii=ascii, indent=indent).encode("utf-8", "surrogatepass")


@given(VALUES, st.booleans(), st.sampled_from([None, 1]), st.integers(1, 9))
def test_it_reads_what_python_reads(value: Any, ascii: bool, indent: int | None, size: int) -> None:
    data = encoded(value, ascii, indent)
    for read in (walked, JsonStream.value):
        stream = JsonStream(Dripping(data, size))
        assert read(stream) == value
        stream.end()
        assert stream.offset == len(data)


@given(VALUES, st.integers(1, 9))
def test_what_is_passed_over_ends_where_the_value_ends(value: Any, size: int) -> None:
    data = b'{"a":' + encoded(value, True, None) + b',"b":7}'
    stream = JsonStream(Dripping(data, size))
    members = stream.members()
    assert next(members) == "a"
    stream.skip()
    assert next(members) == "b"
    assert stream.value() == 7
    assert next(members, None) is None
    stream.end()


@given(VALUES, st.integers(1, 9), st.data())
def test_a_text_that_stops_is_told_so_with_its_length(value: Any, size: int, data: st.DataObject) -> None:
    whole = b"[" + encoded(value, True, None) + b"]"
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    for read in (walked, JsonStream.value, JsonStream.skip):
        stream = JsonStream(Dripping(cut, size))
        with pytest.raises(Broken, match="it ends too early") as raised:
            read(stream)
        assert raised.value.offset == len(cut)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"[1 2]", 3),
        (b'{"a" 1}', 5),
        (b'{"\xc3\xa4" 1}', 6),
        (b'\xef\xbb\xbf{"a" 1}', 8),
        (b"{1: 2}", 1),
        (b"[1,, 2]", 3),
        (b"[nonsense and more than that]", 1),
        (b'["\\x and more than sixteen characters"]', 2),
        (b'[{"a": 1, 2: 3, "and": "more than sixteen"}]', 10),
    ],
)
def test_a_fault_is_told_with_its_byte(data: bytes, offset: int) -> None:
    with pytest.raises(Broken, match="it is not JSON") as raised:
        walked(JsonStream(io.BytesIO(data))) if b'"a": 1' not in data else JsonStream(io.BytesIO(data)).value()
    assert raised.value.offset == offset


def test_what_follows_is_a_fault() -> None:
    stream = JsonStream(io.BytesIO(b"[] x"))
    stream.value()
    with pytest.raises(Broken, match="the end should stand there") as raised:
        stream.end()
    assert raised.value.offset == 3


def test_what_others_stumble_over_is_read() -> None:
    data = b'["a\\udce9b", "\\ud800", "\xff", 1e999, NaN, ' + b"9" * 30 + b", " + b"9" * 5000 + b', "\x01"]'
    low, high, raw, *numbers, control = JsonStream(io.BytesIO(data)).value()
    assert (low, high, raw, control) == ("a\udce9b", "\ud800", "\udcff", "\x01")
    assert numbers[0] == float("inf")
    assert numbers[2:] == [1e30, float("inf")]


def test_depth_is_a_fault_only_where_it_is_asked_for() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(Broken, match="it is nested too deep"):
        JsonStream(io.BytesIO(deep)).value()
    stream = JsonStream(io.BytesIO(deep))
    stream.skip()
    stream.end()


def test_a_value_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST", 1 << 17)
    data = b'"' + b"x" * (1 << 20) + b'"'
    with pytest.raises(Broken, match="a value is longer than 0 MiB"):
        JsonStream(io.BytesIO(data)).value()
    JsonStream(io.BytesIO(data)).skip()
