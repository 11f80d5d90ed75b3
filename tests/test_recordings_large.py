"""Large lines of a recording: taken apart while they come, they are read as they would be at once, in little memory."""

import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.common_events import START
from tests.fuzz.recordings import found
from wsinspect.events import BINARY, FRAME, TEXT, Batch, Frame, Row, alone
from wsinspect.recordings import reading
from wsinspect.recordings.large_lines import LargeLine
from wsinspect.registry import EXPORTS
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.render.pieces import bytes_of

MIB = 1 << 20
NEVER = 1 << 40

HEAD = '{"type":"%s","time":"2026-11-22T12:04:31.207123Z","mono":1.5,"dir":"in","size":5,"wire":7,"%s":"'
TEXT_HEAD, BINARY_HEAD = HEAD % ("TEXT", "text"), HEAD % ("BINARY", "base64")
FRAME_HEAD = (
    '{"type":"FRAME","time":"2026-11-22T12:04:31.207123Z","mono":1.5,"dir":"in","fin":true,"rsv":0,"opcode":2,'
    '"mask":null,"header":2,"size":5,"plain":null,"wire":7,"offset":0,"base64":"'
)
HEADS = [
    TEXT_HEAD,
    BINARY_HEAD,
    FRAME_HEAD,
    TEXT_HEAD.replace("TEXT", "PING"),
    TEXT_HEAD.replace("TEXT", "HANDSHAKE"),
    TEXT_HEAD.replace("TEXT", "LATER"),
    TEXT_HEAD.replace("TEXT", "BINARY"),
    BINARY_HEAD.replace("BINARY", "TEXT"),
    TEXT_HEAD.replace("12:04", "32:04"),
    TEXT_HEAD.replace('"wire":7', '"wire":07'),
    TEXT_HEAD.replace('"size"', '"text":"a","size"'),
    TEXT_HEAD.replace('"size"', '"type":"BINARY","base64":"YQ==","size"'),
    TEXT_HEAD.replace("{", "{{"),
    TEXT_HEAD.replace("{", " {"),
    '{"text":"',
]
ENDS = [
    '"}\n',
    '"}\n',
    '"}',
    '"}\r\n',
    '" }\n',
    '","text":"b"}\n',
    '","type":"PING"}\n',
    '"\n',
    "\n",
    "",
    '"}}\n',
    '"},\n',
]
PARTS = [
    *["a", "abcdefghijklmnop", "YWJj" * 5, "YQ==", "YWI=", "=", "é", "漢字", "😀", "\x7f", "\t", "\\", '"', "\\\\" * 9],
    *[
        '\\"',
        "\\n",
        "\\/",
        "\\x",
        "\\u0041",
        "\\u00",
        "\\u12g4",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\u0041",
    ],
]
WHAT = st.lists(st.sampled_from([*[part.encode() for part in PARTS], b"\xe2\x82", b"\xff"]), max_size=12).map(b"".join)
LINES = st.tuples(st.sampled_from(HEADS), WHAT, st.sampled_from(ENDS)).map(
    lambda parts: parts[0].encode() + parts[1] + parts[2].encode()
)
HELLO = (TEXT_HEAD + 'Hello"}\n').encode()


class Trickle(io.BytesIO):
    """Gives so many bytes at a time."""

    most = 1

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(self.most)


def read(data: bytes, most: int, large: int, patch: pytest.MonkeyPatch) -> Any:
    patch.setattr(reading, "LARGE", large)
    stream = Trickle(data)
    stream.most = most
    return found(reading.read, stream)


@given(st.lists(st.one_of(LINES, st.just(HELLO), st.just(b"\n")), max_size=4), st.integers(1, 60), st.integers(0, 300))
@example([(TEXT_HEAD + "\\ud83d").encode() + b'\\ude00"}\n'], len(TEXT_HEAD) + 6, 0)
@example([BINARY_HEAD.encode() + b"\\\\" * 50 + b'"}\n'], 44, 0)
@example([BINARY_HEAD.encode() + b"\\ud83d" * 50 + b'"}\n'], 44, 0)
@example([TEXT_HEAD.encode() + b"\\" * 50 + b'"}\n'], 1, 0)
@example([BINARY_HEAD.encode() + b"YQ==" * 20 + b'"}\n'], 4, 0)
def test_it_does_not_matter_whether_a_line_is_taken_apart(lines: list[bytes], most: int, large: int) -> None:
    data = b"".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        plain = read(data, most, NEVER, patch)
        assert read(data, most, large, patch) == plain


ROWS: list[Row] = [
    *[(TEXT, text.encode(), 9) for text in ('é\x01"\\\u202e😀\ud7ff' * 3, "\\" * 20)],
    *[(BINARY, data, 9) for data in (b"abc" * 9, b"ab" * 10, b"a" * 10)],
    (FRAME, Frame(True, 4, 2, b"abcd", 6, b"ab" * 10, 90, 7), 9),
]


@pytest.mark.parametrize("row", ROWS)
def test_what_we_write_is_taken_apart_wherever_it_is_cut(row: Row) -> None:
    written = b"".join(bytes_of(ndjson(Look(frames=True))(alone(START, "in", row))))
    key = "text" if row[0] == TEXT else "base64"
    wanted = key, row[1].payload if row[0] == FRAME else row[1]
    begin = written.index(f'"{key}":"'.encode()) + len(f'"{key}":"')
    for size in (1, 2, 3, 7, 1000):
        for start in range(begin, len(written)):
            for end in (b"\n", b""):
                line = LargeLine(written[:start])
                cuts = range(start, len(written) - 1, size)
                for at in cuts:
                    line.add(written[at : min(at + size, len(written) - 1)])
                assert line.ended(end) == (written[:begin] + b'"}' + end, wanted)


CONTROLS = b"\x01" * MIB
BYTES = bytes(range(256)) * (MIB >> 8)


@pytest.fixture(scope="module", params=["text", "data"])
def large(request: pytest.FixtureRequest) -> bytes:
    """A recording that holds large messages: a line is six times as long as its text."""
    type, payload = (TEXT, CONTROLS) if request.param == "text" else (BINARY, BYTES)
    batch = Batch(START, "out", [(type, payload, 9)], messages=1, payload=len(payload), wire=9, uniform=True)
    return b"".join(bytes_of(ndjson(Look())(batch)))


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have small lines count as large, and be read in small pieces."""
    monkeypatch.setattr(reading, "LARGE", MIB >> 4)
    monkeypatch.setattr(reading, "PIECE", MIB >> 4)


def peak(made: Callable[[], Iterable[Any]]) -> float:
    """Take all there is; return the most memory in MiB."""
    tracemalloc.start()
    try:
        for _ in made():
            pass
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def batches(data: bytes) -> Iterator[Batch]:
    return reading.read(io.BufferedReader(io.BytesIO(data), 1 << 18))  # type: ignore[type-var]


def test_a_large_line_is_read_in_little_memory(large: bytes) -> None:
    assert peak(lambda: batches(large)) < 2


@pytest.mark.parametrize(("form", "most"), [("csv", 3), ("har", 3), ("sh", 3.5), ("python", 6)])
def test_it_is_exported_in_little_memory(form: str, most: float, large: bytes) -> None:
    export = EXPORTS.load(form)
    assert peak(lambda: export(batches(large), lambda note: None)) < most
