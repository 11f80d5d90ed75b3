"""Recordings as files: told by their content, packed or not, torn, damaged, growing. In-process, on real files."""

import bz2
import contextlib
import gzip
import io
import os
import re
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE, START, batches
from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import FRAME, TEXT, Batch, Frame, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.recording_files import batches_of
from wsinspect.recording_streams import Stream, Unpacked, packing_of, patient
from wsinspect.recordings import reading
from wsinspect.recordings.reading import read
from wsinspect.registry import EXPORTS
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson

zstandard = pytest.importorskip("zstandard", reason="the extra `zstd` is not installed")

AT_ONCE = 1 << 30
RENDER = ndjson(Look(frames=True), AT_ONCE)
HELLO = '{"type":"TEXT","time":"2026-11-22T12:04:31.207123Z","mono":1.5,"dir":"in","size":5,"wire":7,"text":"Hello"}\n'
LINES = handshake_line(HANDSHAKE._replace(request=[])) + "".join(str(RENDER(batch)) for _, batch in batches())
PLAIN = LINES.encode()


def told(path: Path, **options: Any) -> tuple[list[Batch], list[str]]:
    notes: list[str] = []
    return list(batches_of(str(path), notes.append, **options)), notes


def until_damage(batches: Iterator[Batch], error: type[BaseException] = InspectError) -> tuple[list[Batch], Any]:
    """Return what is yielded before an error, and that."""
    found: list[Batch] = []
    try:
        for batch in batches:
            found.append(batch)
    except error as raised:
        return found, raised
    raise AssertionError("there was no error")


def rows(found: list[Batch]) -> list[Any]:
    return [row for batch in found for row in batch.rows]


def file(folder: Path, data: bytes) -> Path:
    path = folder / "session"
    path.write_bytes(data)
    return path


PACKED = {
    "plain": PLAIN,
    "gzip": gzip.compress(PLAIN),
    "gzip, two members": gzip.compress(PLAIN[:5000]) + gzip.compress(PLAIN[5000:]),
    "gzip, filled up": gzip.compress(PLAIN) + bytes(512),
    "zstd": zstandard.compress(PLAIN),
    "zstd, two frames": zstandard.compress(PLAIN[:5000]) + zstandard.compress(PLAIN[5000:]),
    "a mark in front": b"\xef\xbb\xbf" + PLAIN,
    "space in front": b"\n\n" + PLAIN,
}


@pytest.mark.parametrize("name", PACKED)
def test_it_is_told_by_its_content(name: str, tmp_path: Path) -> None:
    found, notes = told(file(tmp_path, PACKED[name]))
    assert not notes
    assert rows(found) == rows(list(read(LINES.splitlines(keepends=True))))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_what_was_cut_off_is_read_as_far_as_it_goes(pack: Any, tmp_path: Path) -> None:
    packed = pack((HELLO * 3 + LINES).encode())
    found, notes = told(file(tmp_path, packed[: len(packed) * 2 // 3]))
    assert rows(found)[:3] == [(TEXT, b"Hello", 7)] * 3
    name = "gzip" if pack is gzip.compress else "zstd"
    assert notes[0] == f"the {name} data was cut off at byte {len(packed) * 2 // 3:,}"


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
@pytest.mark.parametrize("size", [1, 3, 11])
def test_what_was_cut_off_at_once_is_not_taken_for_something_else(
    pack: Any, name: str, size: int, tmp_path: Path
) -> None:
    path = file(tmp_path, pack(PLAIN)[:size])
    assert told(path) == ([], [f"the {name} data was cut off at byte {size}", f"{path} is empty"])


@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_was_cut_off_comes_to_its_last_byte(size: int) -> None:
    cut = gzip.compress(bytes(100_000))[:-20]
    source = io.BytesIO(cut)
    unpacked = Unpacked(lambda _: source.read(size), packing_of(cut), lambda note: None)
    found = b"".join(iter(lambda: unpacked.read(1000), b""))
    assert len(found) == len(zlib.decompressobj(31).decompress(cut))


def test_damage_in_packed_data_is_told_with_its_place(tmp_path: Path) -> None:
    lines = "".join(HELLO.replace("Hello", f"{number * 7919:05}"[:5]) for number in range(20_000)).encode()
    packed = bytearray(gzip.compress(lines))
    half = len(packed) // 2
    packed[half : half + 40] = bytes(40)
    found, error = until_damage(batches_of(str(file(tmp_path, bytes(packed))), lambda note: None))
    assert error.exit == Exit.OUTPUT
    place = int(
        re.fullmatch(r"the recording is damaged at byte ([\d,]+) of its gzip data", error.message)[1].replace(",", "")
    )
    assert half <= place < len(packed)
    assert len(rows(found)) > 5000


def test_a_wrong_checksum_is_damage(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(PLAIN))
    packed[-8] ^= 1
    found, error = until_damage(batches_of(str(file(tmp_path, bytes(packed))), lambda note: None))
    assert "damaged at byte" in error.message
    assert rows(found) == rows(list(read(LINES.splitlines(keepends=True))))


def test_damage_in_zstd_is_told_with_a_byte_behind_it(tmp_path: Path) -> None:
    block = zstandard.ZstdCompressor(write_content_size=False).compress(LINES.encode())
    packed = bytearray(block * (200_000 // len(block)))
    half = len(packed) // 2 // len(block) * len(block)
    packed[half + 4 : half + 12] = b"\xff" * 8
    found, error = until_damage(batches_of(str(file(tmp_path, bytes(packed))), lambda note: None))
    told = re.fullmatch(r"the recording is damaged before byte ([\d,]+) of its zstd data", error.message)
    assert told is not None
    assert half < int(told[1].replace(",", "")) < half + 8192
    assert found


def test_damage_in_zstd_is_told(tmp_path: Path) -> None:
    packed = bytearray(zstandard.compress(os.urandom(300_000).hex().encode()))
    with pytest.raises(InspectError, match="no recording"):
        told(file(tmp_path, bytes(packed)))
    packed = bytearray(zstandard.compress(HELLO.encode() + os.urandom(300_000).hex().encode() + b"\n"))
    packed[-1000] ^= 255
    packed[-900:-800] = bytes(100)
    with pytest.raises(InspectError, match=r"damaged"):
        told(file(tmp_path, bytes(packed)))


def test_what_follows_packed_data_is_left_out(tmp_path: Path) -> None:
    found, notes = told(file(tmp_path, gzip.compress(HELLO.encode()) + b"junk"))
    assert rows(found) == [(TEXT, b"Hello", 7)]
    assert notes == ["what stands behind the gzip data is left out"]


def test_without_the_extra_zstd_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(InspectError, match="packed with Zstandard") as raised:
        told(file(tmp_path, zstandard.compress(PLAIN)))
    assert raised.value.exit == Exit.USAGE
    assert "wsinspect[zstd]" in raised.value.hint


@pytest.mark.parametrize("data", [b"", b"\n \n", gzip.compress(b"")], ids=["nothing", "space", "gzip"])
def test_an_empty_file_is_noted(data: bytes, tmp_path: Path) -> None:
    found, notes = told(file(tmp_path, data))
    assert not found
    assert notes == [f"{tmp_path / 'session'} is empty"]


@pytest.mark.parametrize(
    "data", [b"hello\n", b"[1]", bz2.compress(b"{"), b"\x1e", gzip.compress(b"no", mtime=0), b"\xff\xfe{\0"]
)
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(InspectError, match="no recording that is known") as raised:
        told(file(tmp_path, data))
    assert raised.value.exit == Exit.USAGE


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "is a directory"), (tmp_path / "none", "no such file"), ("a\0b", "its name cannot")):
        with pytest.raises(InspectError, match=why) as raised:
            list(batches_of(str(path), print))
        assert raised.value.exit == Exit.USAGE


def test_what_cannot_be_read_on_is_told() -> None:
    def broken(size: int) -> bytes:
        raise OSError(5, "Input/output error")

    with pytest.raises(InspectError, match="cannot read the recording beyond byte 0: input/output error") as raised:
        Stream(patient(broken, lambda: None)).head()
    assert raised.value.exit == Exit.OUTPUT


def test_a_frame_before_a_failure_is_not_lost() -> None:
    frame = Frame(True, 0, 1, None, 2, b"Hello", None, 0)
    line = str(RENDER(alone(START, "in", (FRAME, frame, 7)))).encode()
    pieces = [line]

    def failing(size: int) -> bytes:
        if pieces:
            return pieces.pop()
        raise Unreadable("the disk fails")

    found, raised = until_damage(read(io.BufferedReader(Stream(failing))))
    assert rows(found) == [(FRAME, frame, 7)]
    assert raised.message == "the disk fails"


@pytest.mark.parametrize("form", ["ndjson", "har", "pcapng"])
def test_who_reads_no_more_is_no_damage(form: str, tmp_path: Path) -> None:
    many = [batch for _, batch in batches() if batch.payload < 1000 for _ in range(500)]
    written: list[bytes] = list(EXPORTS.load(form)(many, lambda sentence: None))
    waited = 0

    def waits() -> None:
        nonlocal waited
        waited += 1
        if waited > 2:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        list(batches_of(str(file(tmp_path, b"".join(written))), lambda note: None, waits=waits))


def test_a_pipe_that_does_not_block_is_waited_for() -> None:
    pieces = iter([None, b"", b"rest"])
    assert patient(lambda size: next(pieces), lambda: None)(5) == b""


def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(gzip.compress(PLAIN),))
    writer.start()
    found, notes = told(path, follow=True)
    writer.join()
    assert not notes
    assert len(rows(found)) == len(batches()) + 1


def test_secrets_are_hidden_unless_they_are_asked_for(tmp_path: Path) -> None:
    seen = HANDSHAKE._replace(request=[("Authorization", "Bearer s3cr3t-t0ken")])
    path = file(tmp_path, (handshake_line(seen) + HELLO.replace("Hello", "s3cr3t-t0ken")).encode())
    assert rows(told(path)[0])[1][1] == b"***"
    assert rows(told(path, show_secrets=True)[0])[1][1] == b"s3cr3t-t0ken"


# Pieces: what comes together is a batch, and nothing waits for what has not come.


class Pieces(io.RawIOBase):
    """Hands out bytes in the pieces that it is given."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self._pieces, b"")
        buffer[: len(piece)] = piece
        return len(piece)


def in_pieces(data: bytes, size: int) -> list[Batch]:
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return list(read(io.BufferedReader(Pieces(pieces), 1 << 18), lambda note: None))


@pytest.mark.parametrize("size", [1, 7, 100, 4096, 1 << 18])
def test_pieces_of_any_size_come_to_the_same(size: int) -> None:
    data = PLAIN if size > 50 else PLAIN[: PLAIN.index(b"long JSON") if b"long JSON" in PLAIN else 9000]
    whole = rows(list(read(data.decode("utf-8", "ignore").splitlines(keepends=True), lambda note: None)))
    assert rows(in_pieces(data, size)) == whole


def test_lines_of_one_moment_are_one_batch() -> None:
    (one,) = in_pieces(HELLO.encode() * 5, 1 << 18)
    assert (len(one.rows), one.messages, one.payload, one.wire, one.uniform) == (5, 5, 25, 35, True)
    other = HELLO.replace('"in"', '"out"') + HELLO.replace("1.5", "1.6") + HELLO.replace('"dir"', '"conn":7,"dir"')
    found = in_pieces((HELLO + other).encode(), 1 << 18)
    assert [(batch.direction, batch.at.mono, batch.connection) for batch in found] == [
        ("in", 1.5, 0),
        ("out", 1.5, 0),
        ("in", 1.6, 0),
        ("in", 1.5, 7),
    ]


def test_what_has_come_is_not_held_back() -> None:
    asked = []

    def pieces() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield HELLO.encode()

    batches = read(io.BufferedReader(Pieces(pieces()), 1 << 18), lambda note: None)
    next(batches)
    assert asked == [0]


def test_a_batch_that_is_joined_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    assert [len(batch.rows) for batch in in_pieces(HELLO.encode() * 25, 1 << 18)] == [10, 10, 5]


def test_an_endless_line_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 1000)
    long = b'{"type":"TEXT","text":"' + b"a" * 5000
    notes: list[str] = []
    for data, kept in ((HELLO.encode() + long + b'"}\n' + HELLO.encode() * 2, 3), (HELLO.encode() + long, 1)):
        source = io.BufferedReader(Pieces(data[at : at + 300] for at in range(0, len(data), 300)), 1 << 18)
        found, error = until_damage(read(source, notes.append))
        assert "line 2 " in error.message
        assert "it is longer than 0 MiB" in error.message
        assert error.exit == Exit.OUTPUT
        assert len(rows(found)) == kept


# Damage.


def test_behind_a_damaged_line_it_goes_on() -> None:
    notes: list[str] = []
    lines = [HELLO, "{nonsense\n", HELLO, "\xe9\n".encode("latin-1"), HELLO, '{"type":"TEXT"}\n', HELLO]
    data = b"".join(line.encode() if isinstance(line, str) else line for line in lines)
    found, error = until_damage(read(io.BufferedReader(io.BytesIO(data)), notes.append))  # type: ignore[arg-type]
    place = f"at byte {len(HELLO)}"
    assert error.message == f"line 2 of the recording is damaged: it is not JSON ({place}); so are 2 more lines"
    assert rows(found) == [(TEXT, b"Hello", 7)] * 4
    assert [note.partition(":")[0] for note in notes] == [f"line {n} is damaged and left out" for n in (2, 4, 6)]


def test_what_is_no_recording_is_given_up() -> None:
    seen = 0

    def pieces() -> Iterator[bytes]:
        nonlocal seen
        while True:
            seen += 1
            yield b'{"level": "info"}\n' * 10

    with pytest.raises(InspectError, match=r"line 1 .* `type` is missing .* so are 100 more lines"):
        list(read(io.BufferedReader(Pieces(pieces()), 1 << 18), lambda note: None))
    assert seen < 20


QUICKLY = [
    HELLO,
    HELLO.replace("Hello", r"a\"b\\\u00e9\ud83d\ude00"),
    HELLO.replace("Hello", r"\ud800"),
    HELLO.replace('"wire":7', '"wire":07'),
    HELLO.replace('"mono":1.5', '"mono":01.5'),
    HELLO.replace('"mono":1.5', '"mono":1.5.2'),
    HELLO.replace("12:04", "32:04"),
    HELLO.replace("123Z", "123+01:00"),
    HELLO.replace("207123Z", "207Z"),
    HELLO.replace('"TEXT"', '"BINARY"'),
    HELLO.replace('"text":"Hello"', '"base64":"SGVsbG8="'),
    HELLO.replace('"TEXT"', '"BINARY"').replace('"text":"Hello"', '"base64":"SGVsbG8="'),
    HELLO.replace('"TEXT"', '"BINARY"').replace('"text":"Hello"', '"base64":"SGVsbG8"'),
    HELLO.replace("Hello", "tab\there"),
    HELLO.replace("}", ',"tag":1}'),
    HELLO.replace('"dir"', '"conn":3,"dir"'),
    HELLO.replace('"dir"', '"conn":0,"dir"'),
    HELLO.replace("}\n", "}\r\n"),
    HELLO.replace('"}\n', '"\n'),
]


def outcome(lines: str, monkeypatch: pytest.MonkeyPatch, *, quick: bool) -> Any:
    with monkeypatch.context() as patch:
        if not quick:
            patch.setattr(reading, "QUICK", re.compile(r"(?!)"))
        found, notes = [], []
        try:
            for batch in read(lines.splitlines(keepends=True), notes.append):
                found.append((batch.at, batch.direction, batch.connection, batch.rows, batch.wire, batch.uniform))
        except InspectError as error:
            notes.append(error.message)
    return found, notes


@pytest.mark.parametrize("line", QUICKLY)
def test_the_quick_way_reads_what_the_careful_one_does(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = HELLO + line + HELLO
    assert outcome(lines, monkeypatch, quick=True) == outcome(lines, monkeypatch, quick=False)


@given(
    st.lists(st.one_of(st.sampled_from([HELLO.encode(), b"\n", PLAIN[:700]]), st.binary(max_size=80)), max_size=6),
    st.sampled_from([None, gzip.compress, zstandard.compress]),
    st.integers(1, 200),
    st.booleans(),
)
def test_whatever_a_file_holds_is_read_or_told(pieces: list[bytes], pack: Any, size: int, torn: bool) -> None:
    data = b"".join(pieces)
    if pack is not None:
        data = pack(data)
    if torn:
        data = data[: len(data) * 2 // 3]
    from wsinspect.recording_files import _batches, _Source

    cut = iter([data[at : at + size] for at in range(0, len(data), size)])
    source = _Source("x", lambda note: None, lambda: None)
    with contextlib.suppress(InspectError):
        for batch in _batches(source, lambda most: next(cut, b"")[:most]):
            RENDER(batch)


# Growing files.


class Steps:
    """Is called where a file is waited for, and does something to it, a step a time; then it is enough."""

    def __init__(self, *steps: Any) -> None:
        self._steps = list(steps)

    def __call__(self) -> None:
        if not self._steps:
            raise KeyboardInterrupt
        step = self._steps.pop(0)
        if step is not None:
            step()


def followed(path: Path, *steps: Any) -> tuple[list[Any], list[str]]:
    notes: list[str] = []
    batches = batches_of(str(path), notes.append, follow=True, waits=Steps(*steps))
    found, _ = until_damage(batches, KeyboardInterrupt)
    return [row[1] for row in rows(found)], notes


def appending(path: Path, data: str) -> Any:
    def append() -> None:
        with path.open("a") as file:
            file.write(data)

    return append


def line(word: str) -> str:
    return HELLO.replace("Hello", word)


def test_a_file_is_followed_as_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(line("1") + line("2")[:50])
    found, notes = followed(path, None, None, appending(path, line("2")[50:]), None, appending(path, line("3")), None)
    assert found == [b"1", b"2", b"3"]
    assert not notes


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "log"
    found, notes = followed(path, None, None, appending(path, line("1")), None, None)
    assert found == [b"1"]
    assert notes == [f"waiting for {path}"]


def test_a_file_that_is_replaced_is_followed_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(line("1"))

    def rotate() -> None:
        path.rename(tmp_path / "log.1")

    late = appending(tmp_path / "log.1", line("2"))
    new = appending(path, line("3"))
    found, notes = followed(path, None, None, rotate, None, new, None, None, None, None)
    assert found == [b"1", b"3"]
    assert notes == [f"{path} was replaced: what it holds now is shown from its beginning"]
    path.write_text(line("1"))
    # What the old one still got is not lost.
    (tmp_path / "log.1").unlink()
    found, _ = followed(path, None, None, rotate, lambda: (late(), new()), None, None, None, None)
    assert found == [b"1", b"2", b"3"]


def test_parts_that_were_moved_aside_meanwhile_are_read_first(tmp_path: Path) -> None:
    path = tmp_path / "log.ndjson"
    path.write_text(line("1"))

    def rotate(number: int, word: str) -> None:
        path.rename(tmp_path / f"log.{number:04}.ndjson")
        appending(path, line(word))()

    def thrice() -> None:
        for number in (1, 2, 3):
            rotate(number, str(number + 1))

    found, notes = followed(path, None, None, thrice, *[None] * 12, lambda: rotate(4, "5"), *[None] * 9)
    assert found == [b"1", b"2", b"3", b"4", b"5"]
    assert not notes


def test_a_file_that_is_cut_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(line("1") * 3)
    found, notes = followed(path, None, None, lambda: path.write_text(line("2")), None, None, None, None)
    assert found == [b"1", b"1", b"1", b"2"]
    assert notes == [f"{path} was cut: what it holds now is shown from its beginning"]


def test_a_folder_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(InspectError, match="is a directory"):
        list(batches_of(str(tmp_path), print, follow=True))


def test_connections_closed_leave_nothing_behind() -> None:
    from wsinspect.events import CLOSED, Closed
    from wsinspect.recordings.hiding import Hiding

    hide = Hiding()
    seen = HANDSHAKE._replace(request=[("Authorization", "Bearer s3cr3t-t0ken")])
    for number in range(1, 100):
        hide(alone(START, "in", (BEGINS, seen, 0), number))
        assert hide(alone(START, "in", (TEXT, b"s3cr3t-t0ken", 9), number)).rows[0][1] == b"***"
        hide(alone(START, "in", (CLOSED, Closed("peer", True, 1000, "", 1000, "", 0), 0), number))
    assert not hide._asked
