"""Recordings as they are written to the disk: names, packing, parts; and the lines that reach them."""

import gzip
import json
import os
import stat
import sys
import threading
import zlib
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE, START, batches
from wsinspect.close_codes import Tongue
from wsinspect.errors import Exit, InspectError
from wsinspect.events import CLOSED, PING, PONG, TEXT, Batch, Closed, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.recorder import packing
from wsinspect.recorder.packing import Zstd, packer_for
from wsinspect.recorder.parts import SYNC_S, Parts
from wsinspect.recorder.place import Place
from wsinspect.recordings.hiding import Hiding
from wsinspect.recordings.reading import read
from wsinspect.recordings.repeats import without_repeats
from wsinspect.recordings.writing import Lines
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson
from wsinspect.render.pieces import LARGE, text_of

HEAD = handshake_line(HANDSHAKE).encode()
END = ndjson(Look())(alone(START, "in", (CLOSED, Closed("peer", True, 1000, "", 1000, "", 0), 0)))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def parts_at(path: Path, largest: int | None = None, *, force: bool = False, clock: Clock | None = None) -> Parts:
    place = Place(str(path), force)
    descriptor = place.opened(in_parts=largest is not None)
    return Parts(place, descriptor, packer_for(str(path)), largest, clock or Clock())


def line(number: int, size: int = 40) -> bytes:
    return b'{"type":"TEXT","number":%d,"pad":"%s"}\n' % (number, b"x" * size)


def unpacked(path: Path) -> bytes:
    """Read what can be read of a file, whole or not."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return zlib.decompressobj(31).decompress(data)
    if path.suffix == ".zst":
        found: bytes = pytest.importorskip("zstandard").ZstdDecompressor().decompressobj().decompress(data)
        return found
    return data


# Names and files.


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("session.ndjson", "session.0012.ndjson"),
        ("session.ndjson.gz", "session.0012.ndjson.gz"),
        ("/tmp/a.b/s.x.json.zst", "/tmp/a.b/s.x.0012.json.zst"),
        ("a.b/session", "a.b/session.0012"),
        ("x.gz", "x.0012.gz"),
        (".hidden", ".hidden.0012"),
    ],
)
def test_the_name_of_a_part(path: str, part: str) -> None:
    assert Place(path).part(12) == part


def test_a_new_file_is_for_the_user_alone_and_never_another(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    os.close(Place(str(path)).opened())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("mine")
    with pytest.raises(InspectError, match=r"a\.ndjson` is there already") as caught:
        Place(str(path)).opened()
    assert (caught.value.exit, caught.value.hint) == (Exit.OUTPUT, "--force overwrites it")
    assert path.read_text() == "mine"


def test_force_takes_what_was_there_and_closes_it_to_others(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("old and long")
    path.chmod(0o644)
    descriptor = Place(str(path), force=True).opened()
    os.write(descriptor, b"new")
    os.close(descriptor)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_another_one_is_recording_in_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    first = parts_at(path, 1000)
    first.write(HEAD + str(END).encode() * 5)
    # The next part is its own, too.
    assert first.moved == 1
    with pytest.raises(InspectError, match="another wsinspect is recording in") as caught:
        Place(str(path), force=True).opened()
    assert caught.value.exit == Exit.OUTPUT
    first.close()
    assert path.read_bytes().endswith(str(END).encode())
    os.close(Place(str(path), force=True).opened())
    assert not path.read_bytes()


@pytest.mark.parametrize("force", [False, True])
def test_what_cannot_be_written_is_told(tmp_path: Path, force: bool) -> None:
    for path, told in [(tmp_path, "is a directory"), (tmp_path / "no" / "x", "no such file"), ("a\0b", "null")]:
        with pytest.raises(InspectError, match=f"cannot write .*: .*{told}") as caught:
            Place(str(path), force).opened()
        assert caught.value.exit == Exit.OUTPUT


def test_a_file_that_cannot_be_closed_to_others_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "theirs"
    path.write_text("kept")
    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(InspectError, match="operation not permitted"):
        Place(str(path), force=True).opened()
    assert path.read_text() == "kept"


def test_a_device_is_no_file_to_be_overwritten(tmp_path: Path) -> None:
    os.close(Place("/dev/null").opened())
    with pytest.raises(InspectError, match="cannot be written in parts"):
        Place("/dev/null").opened(in_parts=True)


def test_older_parts_are_in_the_way_unless_forced(tmp_path: Path) -> None:
    path, part, other = tmp_path / "a.ndjson", tmp_path / "a.0001.ndjson", tmp_path / "a.0003.ndjson"
    part.write_text("older")
    other.write_text("of somebody else")
    with pytest.raises(InspectError, match=r"a\.0001\.ndjson` is there already"):
        Place(str(path)).opened(in_parts=True)
    assert not path.exists()
    os.close(Place(str(path), force=True).opened(in_parts=True))
    assert not part.exists()
    assert other.read_text() == "of somebody else"


def test_a_part_that_cannot_be_removed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.0001.ndjson").mkdir()
    with pytest.raises(InspectError, match=r"cannot remove .*a\.0001"):
        Place(str(tmp_path / "a.ndjson"), force=True).opened(in_parts=True)


# Packing.


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.ndjson.zst"])
def test_what_was_written_can_be_read_at_once_and_at_the_end(tmp_path: Path, name: str) -> None:
    clock = Clock()
    parts = parts_at(tmp_path / name, clock=clock)
    parts.write(line(1))
    if parts.due_s() is not None:
        assert parts.due_s() == SYNC_S
        clock.now = SYNC_S / 2
        parts.write(line(2))
        assert parts.due_s() == pytest.approx(SYNC_S / 2)
        assert line(1) not in unpacked(tmp_path / name)
        # It was said too late, or a write came in time: either brings all of it.
        clock.now = SYNC_S * 2
        parts.write(line(3))
    else:
        parts.write(line(2) + line(3))
    assert unpacked(tmp_path / name) == line(1) + line(2) + line(3)
    parts.settle()
    parts.write(line(4))
    parts.settle()
    assert parts.due_s() is None
    assert unpacked(tmp_path / name) == b"".join(map(line, range(1, 5)))
    parts.close()
    parts.close()
    assert unpacked(tmp_path / name) == b"".join(map(line, range(1, 5)))
    assert parts.size == (tmp_path / name).stat().st_size
    if name.endswith(".gz"):
        assert gzip.open(tmp_path / name).read() == b"".join(map(line, range(1, 5)))


def test_without_zstandard_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("zstandard", "compression", "compression.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InspectError, match="needs Zstandard") as caught:
        packer_for("x.zst")
    assert "pip install 'wsinspect[zstd]'" in caught.value.hint


def test_zstandard_of_python_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in, since few Pythons have it: what is asked of it is what its documentation names."""

    class Compressor:
        FLUSH_BLOCK, FLUSH_FRAME = 1, 2

        def __init__(self, level: int) -> None:
            self.level = level

        def compress(self, data: bytes) -> bytes:
            return data

        def flush(self, mode: int) -> bytes:
            return b"<%d>" % mode

    class Module:
        ZstdCompressor = Compressor

    class Package:
        zstd = Module

    monkeypatch.setitem(sys.modules, "compression", Package)
    packer = packer_for("x.zst")
    assert packer is not None
    made = packer()
    assert isinstance(made, Zstd)
    assert (made.pack(b"a"), made.sync(), made.end()) == (b"a", b"<1>", b"<2>")
    assert made._packer.level == packing.ZSTD_LEVEL


# Parts.


def files_of(folder: Path) -> list[Path]:
    """Return the parts as a shell lists them."""
    return sorted(folder.iterdir())


@pytest.mark.parametrize("ending", [".ndjson", ".ndjson.gz", ".ndjson.zst"])
@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_parts_are_whole_alone_and_together(tmp_path: Path, ending: str, at_once: int) -> None:
    noise = [os.urandom(400).hex().encode() for _ in range(600)]
    lines = [HEAD, *[b'{"type":"TEXT","text":"%s"}\n' % text for text in noise]]
    parts = parts_at(tmp_path / f"s{ending}", 60_000)
    for start in range(0, len(lines), at_once):
        parts.write(b"".join(lines[start : start + at_once]))
    parts.write(END.encode())
    parts.close()
    files = files_of(tmp_path)
    assert files[-1].name == f"s{ending}"
    assert files[0].name == f"s.0001{ending}"
    assert len(files) == parts.moved + 1 > 3
    assert sum(file.stat().st_size for file in files) == parts.size
    found = []
    for number, file in enumerate(files):
        held = unpacked(file).splitlines(keepends=True)
        assert held[0] == HEAD
        found += held[1:] if number else held
        assert file.stat().st_size <= 60_000 + (0 if ending == ".ndjson" else 64 << 10)
    assert found == [*lines, END.encode()]


def test_a_line_longer_than_a_part_stands_alone(tmp_path: Path) -> None:
    parts = parts_at(tmp_path / "s", 1000)
    for data in (HEAD, line(1), line(2, 5000), line(3), line(4)):
        parts.write(data)
    parts.close()
    held = [file.read_bytes().splitlines(keepends=True) for file in files_of(tmp_path)]
    # The one that is written sorts first where it has no ending.
    assert sorted(held) == sorted([[HEAD, line(1)], [HEAD, line(2, 5000)], [HEAD, line(3), line(4)]])


def test_behind_the_end_of_a_connection_nothing_is_repeated(tmp_path: Path) -> None:
    gap = b'{"type":"GAP"}\n'
    other = HEAD.replace(b"2026-11-22", b"2026-11-23")
    parts = parts_at(tmp_path / "s.ndjson", 1000)
    parts.write(HEAD + line(1) + END.encode())
    parts.write(gap + other + line(2, 600))
    parts.close()
    held = [file.read_bytes().splitlines(keepends=True) for file in files_of(tmp_path)]
    assert list(chain(*held))[:3] == [HEAD, line(1), END.encode()]
    assert held[-1] == [other, line(2, 600)]
    assert sum(text.count(b"HANDSHAKE") for text in chain(*held)) == 2


def test_a_part_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    parts = parts_at(tmp_path / "s.ndjson", 500)
    (tmp_path / "s.0001.ndjson").write_text("mine")
    for number in range(30):
        parts.write(line(number))
    parts.close()
    assert (tmp_path / "s.0001.ndjson").read_text() == "mine"
    assert parts.moved == len(files_of(tmp_path)) - 2 > 2


def test_parts_read_in_their_order_tell_everything_once(tmp_path: Path) -> None:
    lines = Lines(Hiding(shows_asked=True), frames=True)
    begins = alone(START, "in", (BEGINS, HANDSHAKE, 0))
    told = [batch for _, batch in batches() if batch.rows[0][0] != CLOSED]
    parts = parts_at(tmp_path / "s.ndjson", 3000)
    for batch in [begins, *told]:
        parts.write(text_of(lines(batch)).encode())
    parts.close()
    files = files_of(tmp_path)
    assert len(files) > 5
    together = b"".join(file.read_bytes() for file in files).splitlines(keepends=True)
    alone_each = [list(read(file.read_bytes().splitlines(keepends=True))) for file in files]
    rows = [row for batch in [begins, *told] for row in batch.rows]
    assert [row for batch in read(together) for row in batch.rows][1:] == rows[1:]
    assert [row for batch in without_repeats(chain(*alone_each)) for row in batch.rows][1:] == rows[1:]
    assert all(part[0].rows[0][0] == BEGINS for part in alone_each)


def test_the_same_handshake_after_an_end_is_another_connection() -> None:
    begins = alone(START, "in", (BEGINS, HANDSHAKE, 0))
    ends = alone(START, "in", (CLOSED, Closed("peer", True, 1000, "", 1000, "", 0), 0))
    assert list(without_repeats([begins, begins, ends, begins])) == [begins, ends, begins]
    one, two = (alone(START, "in", (BEGINS, HANDSHAKE, 0), number) for number in (1, 2))
    assert list(without_repeats([one, two, one, two])) == [one, two, one, two]


@given(st.lists(st.integers(1, 3000), max_size=40), st.integers(1000, 4000), st.data())
def test_however_lines_come_none_is_lost_or_cut(
    tmp_path_factory: Any, sizes: list[int], largest: int, data: Any
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    parts = parts_at(folder / "s.ndjson", largest)
    lines = [line(number, size) for number, size in enumerate(sizes)]
    rest = lines
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        parts.write(b"".join(rest[:count]))
        rest = rest[count:]
    parts.close()
    held = [file.read_bytes() for file in files_of(folder)]
    assert b"".join(held) == b"".join(lines)
    assert all(len(text) <= largest or text.count(b"\n") == 1 for text in held)


@pytest.mark.parametrize("ending", ["", ".gz"])
@given(st.lists(st.integers(1, 3000), max_size=40), st.integers(1000, 4000), st.data())
def test_lines_that_come_in_pieces_end_up_as_whole_ones_do(
    tmp_path_factory: Any, ending: str, sizes: list[int], largest: int, data: Any
) -> None:
    folder, other = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("parts")
    lines = [line(number, size) for number, size in enumerate(sizes)]
    parts, whole = parts_at(folder / f"s.ndjson{ending}", largest), parts_at(other / f"s.ndjson{ending}", largest)
    begin = 0
    for text in lines:
        whole.write(text)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3)))
        pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)]) if a < b]
        parts.expect(begin, pieces)
        for piece in pieces:
            parts.write(piece)
        begin += len(text)
    for one in (parts, whole):
        one.close()
    held = [unpacked(file) for file in files_of(folder)]
    assert b"".join(held) == b"".join(lines)
    if not ending:
        assert held == [unpacked(file) for file in files_of(other)]
    assert all(text.endswith(b"\n") for text in held if text)


def test_long_lines_are_expected_while_others_are_written(tmp_path: Path) -> None:
    parts = parts_at(tmp_path / "s.ndjson", 1 << 30)
    expecting = threading.Thread(
        target=lambda: [parts.expect(begin, [b"x\n"]) for begin in range(1 << 40, (1 << 40) + 20_000)]
    )
    expecting.start()
    while expecting.is_alive():
        parts.write(b"x\n")
    parts.close()


# Lines.


def test_lines_are_those_of_ndjson_and_may_be_borrowed() -> None:
    lines, render = Lines(Hiding(), frames=True), ndjson(Look(frames=True))
    calls = []

    def other(batch: Batch) -> str | bytes:
        calls.append(batch)
        return "other"

    shown = lines.instead_of(other)
    for _, batch in batches():
        text = lines(batch)
        assert text_of(text) == text_of(render(batch))
        assert shown(batch) == (text if batch.uniform and isinstance(text, str) else "other")
    # What is large is not kept for anybody.
    assert all(not batch.uniform or batch.payload > LARGE for batch in calls)
    # Another batch of the same rows is another batch.
    first = batches()[0][1]
    assert shown(first) == "other"


def test_lines_in_pieces_may_be_made_twice() -> None:
    lines = Lines(Hiding())
    lines(alone(START, "out", (PING, b"beat", 10)))
    shown = lines(Batch(START, "in", []).holding([(TEXT, b"a" * (LARGE + 1), 9), (PONG, b"beat", 6)]))
    assert not isinstance(shown, str)
    assert text_of(shown) == text_of(shown)
    assert text_of(shown).endswith(',"rtt":0.000000}\n')


def test_what_is_hidden_is_not_borrowed() -> None:
    lines = Lines(Hiding(["sesame-42"]))
    batch = alone(START, "in", (TEXT, b"open sesame-42", 16))
    assert b"sesame" not in str(lines(batch)).encode()
    assert lines.instead_of(lambda batch: "shown")(batch) == "shown"


def test_codes_are_called_as_the_tongue_calls_them() -> None:
    lines = Lines(Hiding())
    closed = alone(START, "in", (CLOSED, Closed("peer", True, 4400, "", 4400, "", 6), 0))
    assert json.loads(lines(closed))["name"] is None
    lines.read_codes_in(Tongue("graphql-transport-ws"))
    lines.read_codes_in(Tongue("graphql-transport-ws"))
    assert json.loads(lines(closed))["name"]
