"""The parts of the prompt, without a terminal: what waits, what is kept, the bottom line, commands, the history."""

import asyncio
import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.conversation.board import MOST, Board
from wsinspect.conversation.figures import Figures
from wsinspect.conversation.kept import Kept
from wsinspect.conversation.pending import Missing, Pending
from wsinspect.conversation.slash import (
    ALL,
    COMMANDS,
    FIRST_COLUMN,
    Repeat,
    Slash,
    choices,
    help_text,
    json_objection,
    on_or_off,
    repeat_of,
    slash,
)
from wsinspect.errors import InspectError
from wsinspect.events import Batch, Closed, Direction, Frame, Moment, Row
from wsinspect.render.cells import cells
from wsinspect.render.look import Look
from wsinspect.render.pieces import Pieces, Shown, pieces_of
from wsinspect.render.raw import raw
from wsinspect.render.status import BARS, SECONDS, Pace, Status, sparkline, status_line
from wsinspect.term.history import KEPT, LARGEST, LONGEST, HistoryFile, may_be_kept
from wsinspect.term.named_files import files_like, new_file, read_whole
from wsinspect.vocabulary import WSMsgType

TEXT, PING, PONG = int(WSMsgType.TEXT), int(WSMsgType.PING), int(WSMsgType.PONG)
CLOSED_ROW = (int(WSMsgType.CLOSED), Closed("peer", True, 1000, "", 1000, "", 0), 0)
FRAME_ROW = (0x200, Frame(True, 0, 1, None, 2, b"x", None, 0), 3)


def batch(*payloads: bytes, at: float = 0.0, direction: Direction = "in") -> Batch:
    rows: list[Row] = [(TEXT, payload, len(payload) + 2) for payload in payloads]
    size = sum(map(len, payloads))
    moment = Moment(at, at)
    return Batch(moment, direction, rows, messages=len(rows), payload=size, wire=size + 2 * len(rows), uniform=True)


def numbered(first: int, last: int) -> Batch:
    return batch(*[b"%d" % number for number in range(first, last)])


def mixed(*rows: Row) -> Batch:
    return Batch(Moment(0, 0), "in", list(rows))


def drawn(pending: Pending, rows: int = 3) -> list[object]:
    """Return what comes out: payloads, texts, and the numbers of what is missing."""
    out: list[object] = []
    while (item := pending.take(rows)) is not None:
        if isinstance(item, Batch):
            assert len(item.rows) <= rows
            out += [row[1] for row in item.rows]
        else:
            out.append(item)
    assert not pending
    assert pending.messages == 0
    return out


class Drawing:
    """A terminal: what is done with it, in order; of what is written in pieces, the longest."""

    waiting, failure = 0, None

    def __init__(self) -> None:
        self.done: list[str] = []
        self.longest = 0
        render = raw(Look(neutral=True, separator=b""))
        viewer: Any = SimpleNamespace(look=Look(), render=render)
        sink: Any = self
        self.board = Board(
            viewer, sink, lambda: Moment(0, 0), self.done.append, lambda: self.did("drawn"), lambda: self.did("cleared")
        )

    def did(self, what: str) -> None:
        if self.done[-1:] != ["drawn"] or what != "drawn":
            self.done.append(what)

    async def write(self, shown: Shown) -> None:
        assert isinstance(shown, Pieces)
        pieces = [piece for piece in pieces_of(shown) if isinstance(piece, str)]
        self.longest = max(map(len, pieces))
        self.done.append("".join(pieces))


def test_what_is_large_is_drawn_in_pieces_and_in_its_place() -> None:
    async def draw() -> Drawing:
        drawing = Drawing()
        for payload in (b"before", b"x" * (MOST + 1), b"y" * MOST, b"behind"):
            drawing.board.put(batch(payload))
        drawing.board.say("said")
        running = asyncio.create_task(drawing.board.run())
        await drawing.board.drained()
        running.cancel()
        return drawing

    drawing = asyncio.run(draw())
    wanted = ["before\n", "cleared", "x" * (MOST + 1) + "\n", "drawn", "y" * MOST + "\n", "behindsaid\n"]
    assert [done for done in drawing.done if done] == wanted
    assert drawing.longest < MOST


# What waits.


def test_what_waits_comes_out_in_order() -> None:
    pending = Pending(100, 1 << 20)
    pending.put(numbered(0, 5))
    pending.say("said")
    pending.put(numbered(5, 7))
    assert pending.messages == 7
    assert drawn(pending) == [b"0", b"1", b"2", b"3", b"4", "said", b"5", b"6"]


def test_the_oldest_give_way_and_are_counted() -> None:
    pending = Pending(4, 1 << 20)
    pending.put(numbered(0, 3))
    pending.say("said")
    pending.put(mixed(CLOSED_ROW))
    pending.put(numbered(3, 8))
    assert pending.messages == 4
    assert drawn(pending) == [Missing(4), "said", CLOSED_ROW[1], b"4", b"5", b"6", b"7"]


def test_frames_give_way_with_their_messages() -> None:
    pending = Pending(1, 1 << 20)
    pending.put(mixed(FRAME_ROW, (TEXT, b"1", 3), FRAME_ROW, (TEXT, b"2", 3)))
    assert drawn(pending) == [Missing(1), FRAME_ROW[1], b"2"]


def test_bytes_are_bounded_too() -> None:
    pending = Pending(100, 1000)
    for letter in b"abc":
        pending.put(batch(bytes([letter]) * 900))
    assert drawn(pending) == [Missing(2), b"c" * 900], "one that is too large alone is shown all the same"


def test_drop() -> None:
    pending = Pending(100, 1 << 20)
    pending.put(numbered(0, 5))
    pending.put(mixed((PING, b"", 2), CLOSED_ROW))
    pending.drop()
    assert drawn(pending) == [Missing(6), CLOSED_ROW[1]]


def test_queues_are_joined() -> None:
    first, later = Pending(3, 1 << 20), Pending(3, 1 << 20)
    first.put(numbered(0, 3))
    later.put(numbered(3, 5))
    later.say("said")
    first.widen(4)
    first.append(later)
    assert drawn(first) == [Missing(1), b"1", b"2", b"3", b"4", "said"]


@given(st.lists(st.one_of(st.integers(1, 12), st.just("said"), st.just("take")), max_size=40), st.integers(1, 9))
def test_every_message_is_drawn_or_counted(steps: list[int | str], most: int) -> None:
    pending = Pending(most, 1 << 20)
    put, out = 0, []
    for step in steps:
        if isinstance(step, int):
            pending.put(numbered(put, put + step))
            put += step
        elif step == "said":
            pending.say("said")
        elif (item := pending.take(2)) is not None:
            out += [row[1] for row in item.rows] if isinstance(item, Batch) else [item]
        assert pending.messages <= most
    out += drawn(pending)
    shown = [int(item) for item in out if isinstance(item, bytes)]
    assert shown == sorted(shown)
    assert len(shown) + sum(item.messages for item in out if isinstance(item, Missing)) == put
    assert shown[-1:] == ([put - 1] if put else [])


# What is kept.


def test_kept_is_bounded_and_begins_with_a_handshake() -> None:
    kept = Kept(2000)
    handshake = Batch(Moment(0, 0), "in", [(0x201, "handshake", 0)])
    kept.add(handshake)
    for number in range(10):
        kept.add(batch(b"%d" % number * 400))
    batches = kept.batches()
    assert batches[0] is handshake
    assert kept.missing == 11 - len(batches)
    assert batches[-1].rows[0][1] == b"9" * 400


# Figures.


def test_pace() -> None:
    pace = Pace(100.0)
    pace.add(5, 100.5)
    assert pace.counts(100.9) == [0] * SECONDS, "the second that runs does not count yet"
    assert pace.counts(101.0) == [0] * (SECONDS - 1) + [5]
    pace.add(7, 101.5)
    assert pace.counts(103.0)[-3:] == [5, 7, 0]
    assert pace.rate(103.0) == 4.0
    assert pace.most == 7
    assert pace.counts(1000.0) == [0] * SECONDS


def test_figures() -> None:
    figures = Figures(0.0)
    figures.add(batch(b"hello", b"you", at=0.5))
    figures.add(Batch(Moment(1, 1), "out", [(PING, b"a", 7)]))
    figures.add(Batch(Moment(1.25, 1.25), "in", [(PONG, b"a", 3)]))
    assert figures.ping_s == 0.25
    rows = dict(figures.report(2.0, 12))
    assert rows["received"] == "2 messages, 8 B (12 B on the wire)"
    assert rows["ping"] == "last 250 ms, p50 250 ms, p99 250 ms, most 250 ms (1 answered)"
    assert rows["not shown"].startswith("12 ")
    assert rows["sizes ↓"] == "p50 3 B, p99 5 B, most 5 B"
    assert rows["between ↓"] == "p50 0.0 ms, p99 0.0 ms, most 0.0 ms"
    assert "answers" not in rows


def test_figures_of_answers_and_silences() -> None:
    figures = Figures(0.0)
    assert dict(figures.report(0.0, 0))["ping"] == "none sent"
    for at, way, payload in [(1.0, "out", b'{"id": 1}'), (1.5, "in", b'{"id": 1}'), (2.0, "out", b'{"id": 2}')]:
        figures.add(Batch(Moment(at, at), way, [(TEXT, payload, 15)], messages=1, payload=9, uniform=True))
    figures.add(Batch(Moment(3, 3), "out", [(PING, b"a", 7)]))
    rows = dict(figures.report(4.0, 0))
    assert rows["answers"] == "last 500 ms, p50 500 ms, p99 500 ms, most 500 ms (1 answered), 1 waiting"
    assert rows["silence"] == "500 ms the longest"
    assert rows["ping"] == "1 unanswered"


@pytest.mark.parametrize(
    ("counts", "bars"), [([], ""), ([0, 0], "▁▁"), ([0, 1, 1000], "▁▂█"), ([4, 4], "██"), ([7, 3, 1], "█▄▂")]
)
def test_sparkline(counts: list[int], bars: str) -> None:
    assert sparkline(counts) == bars


STATUS = Status("● open", 1204, 3, 1_200_000, (0,) * 10 + (5,) * 10, 812.0, 0.0121, None, ("filter a",))


def test_status_line() -> None:
    line = status_line(STATUS, 200)
    assert line == f"● open  ↓ 1,204  ↑ 3  1.2 MB  {BARS[0] * 10}{BARS[-1] * 10} 812/s  ping 12.1 ms  filter a"
    assert status_line(STATUS._replace(waiting=7), 40) == "● open  paused, 7 waiting  ↓ 1,204  ↑ 3"


@given(st.integers(1, 120), st.integers(0, 10**9), st.integers(0, 10**7))
def test_status_line_fits(columns: int, received: int, waiting: int) -> None:
    status = STATUS._replace(received=received, waiting=waiting)
    assert cells(status_line(status, columns)) <= columns


# Slash commands.


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hello", None),
        ("//help", None),
        ("/ping", None),
        ("/text x", None),
        ("/help", Slash("help", "")),
        ("/filter  a > `1` ", Slash("filter", "a > `1`")),
        ("/save a file", Slash("save", "a file")),
    ],
)
def test_slash(typed: str, meant: Slash | None) -> None:
    assert slash(typed) == meant


@pytest.mark.parametrize("typed", ["/", "/hepl", "/help me", "/ ping", "/wait a", "/quit now"])
def test_wrong_slash(typed: str) -> None:
    with pytest.raises(InspectError):
        slash(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("3", Repeat(3, 1.0)), ("3 200ms", Repeat(3, 0.2)), ("3 every 2s", Repeat(3, 2.0)), ("off", None)],
)
def test_repeat(typed: str, meant: Repeat | None) -> None:
    assert repeat_of(typed) == meant


@pytest.mark.parametrize("typed", ["", "0", "-1", "x", "3 soon", "3 1s 2s", "off now", "9" * 30, "٣"])
def test_wrong_repeat(typed: str) -> None:
    with pytest.raises(InspectError):
        repeat_of(typed)


def test_on_or_off() -> None:
    assert on_or_off("on")
    assert not on_or_off("off")
    with pytest.raises(InspectError):
        on_or_off("")


@pytest.mark.parametrize(
    ("text", "position"),
    [('{"a": 1', 7), (" [1,,2]", 4), ('{\n  "a": x\n}', 9), ("{}", None), ("hello {", None), ("12x", None), ("", None)],
)
def test_json_objection(text: str, position: int | None) -> None:
    objection = json_objection(text)
    assert (objection and objection[1]) == position


def no_files(typed: str) -> list[str]:
    return []


def test_choices() -> None:
    assert [choice.text for choice in choices("/p", no_files)] == ["/pause", "/ping", "/pong"]
    assert [choice.text for choice in choices("/", no_files)] == sorted(f"/{name}" for name in ALL)
    assert [choice.text for choice in choices("/frames o", no_files)] == ["on", "off"]
    assert not list(choices("//p", no_files))
    assert not list(choices("hello /p", no_files))


@pytest.mark.parametrize("before", ["@a/or", "/text @a/or", "/binary @a/or", "/save a/or"])
def test_choices_of_files(before: str) -> None:
    asked = []

    def files(typed: str) -> list[str]:
        asked.append(typed)
        return ["a/order.json", "a/orders/"]

    found = list(choices(before, files))
    assert asked == ["a/or"]
    assert [(choice.text, choice.typed, choice.shown) for choice in found] == [
        ("a/order.json", 4, "order.json"),
        ("a/orders/", 4, "orders/"),
    ]


def test_help() -> None:
    lines = help_text(Look(width=80)).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert all(command.help in " ".join(" ".join(lines).split()) for command in COMMANDS.values())
    assert all(line[2] != " " or line[:FIRST_COLUMN].isspace() for line in lines if line)


# The history.


@pytest.mark.parametrize(
    "text",
    [
        '{"op": "login", "password": "x"}',
        '{"apiKey":"x"}',
        "token=x",
        "api_key: x",
        "Authorization: Bearer abc123def",
        "wss://user:pass@example.com/",
        "see https://example.com/?access_token=1",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "/binary 0123456789abcdef0123456789abcdef",
        '{"\\u0070assword": "x"}',
        '{"credentials": {"user": "a"}}',
        '"{\\"token\\": \\"x\\"}"',
        "AUTH hunter",
        "NICK me\nPASS hunter",
        "/text login me hunter",
        "password hunter",
        "Bearer hunter",
        "Authorization Bearer hunter",
        "CONNECT\npasscode:hunter\n\n",
        '{"passcode": "hunter"}',
    ],
)
def test_secrets_are_not_kept(text: str, tmp_path: Path) -> None:
    history = HistoryFile(str(tmp_path / "history"))
    history.add(text)
    assert history.load() == []


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "bearer of news is here",
        "a token of mine",
        "PASS",
        '{"op": "auth"}',
        '{"op": "subscribe", "channel": "tokens"}',
        "/close 4001 bye",
        "a\nb\ttab",
        "é\u202e\x1b[2J\udcff",
    ],
)
def test_other_texts_are_kept(text: str, tmp_path: Path) -> None:
    assert may_be_kept(text)
    path = tmp_path / "new" / "wsinspect" / "history"
    HistoryFile(str(path)).add(text)
    assert HistoryFile(str(path)).load() == [text]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_history_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text('"old"\n')
    path.chmod(0o644)
    HistoryFile(str(path)).add("new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert HistoryFile(str(path)).load() == ["old", "new"]


def test_a_damaged_history_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(b'"a"\n{"not": "a text"}\n"half\n\xff\n' + b"[" * 5000 + b'\n"b"\n')
    assert HistoryFile(str(path)).load() == ["a", "b"]


def test_the_history_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f'"{number}"\n' for number in range(3 * KEPT)))
    assert HistoryFile(str(path)).load() == [str(number) for number in range(2 * KEPT, 3 * KEPT)]
    assert len(path.read_text().splitlines()) == KEPT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"x" * (LARGEST + 10) + b'\n"last"\n')
    assert HistoryFile(str(path)).load() == ["last"]
    HistoryFile(str(path)).add("y " * LONGEST)
    assert HistoryFile(str(path)).load() == ["last"]


def test_without_a_place_there_is_no_history(tmp_path: Path) -> None:
    for path in (None, str(tmp_path), "/dev/null/history"):
        HistoryFile(path).add("text")
        assert HistoryFile(path).load() == []


# Files.


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b[1].json").write_text("x")
    (tmp_path / "a folder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert files_like("a") == ["a b[1].json", "a folder/"]
    assert files_like("a b[") == ["a b[1].json"]
    assert files_like(f"{tmp_path}/a f") == [f"{tmp_path}/a folder/"]
    assert read_whole("a b[1].json") == b"x"
    os.mkfifo("endless")
    with pytest.raises(InspectError, match="no file"):
        read_whole("endless")
    descriptor = new_file("fresh")
    os.close(descriptor)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o600
    for path in ("fresh", "no/such/folder", "nul\0"):
        with pytest.raises(InspectError):
            new_file(path)
