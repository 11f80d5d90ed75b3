"""``wsinspect stats``: what is shown of real files, and how it ends."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.golden.stats import HOSTILE, Script, account_of, card, scripted, side_by_side
from wsinspect.cli import run
from wsinspect.commands import stats as command
from wsinspect.errors import Exit, Signalled
from wsinspect.events import TEXT, Batch, Moment, alone
from wsinspect.render.charts import ASCII, BLOCKS, bar, column_chart
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.render.palette import COLOUR
from wsinspect.render.stats_json import stats_dict
from wsinspect.render.times import iso
from wsinspect.term.interrupts import interruptible
from wsinspect.term.screen import draws_blocks


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WSINSPECT_CONFIG", "FORCE_COLOR", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


def written(path: Path, batches: Iterable[Batch], tail: str = "") -> str:
    render = ndjson(Look(frames=True))
    path.write_text("".join([str(render(batch)) for batch in batches]) + tail, encoding="utf-8")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["stats", *arguments])
    return (int(code), *capsys.readouterr())


def facts(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = told(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.fixture
def feed(tmp_path: Path) -> str:
    return written(tmp_path / "feed.ndjson", scripted())


def test_a_report(capsys: pytest.CaptureFixture[str], feed: str) -> None:
    code, out, err = told(capsys, feed, "--sequence", "seq", "--by", "channel")
    assert (code, err) == (0, "")
    for part in ("Messages", "Rate", "Sizes", "Between messages", "Pings", "Requests and answers", "Connections"):
        assert f"\n{part}\n" in out
    assert "\nSequence seq by channel\n" in out
    assert "4 missing in 2 gaps" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_the_json_of_a_file_is_that_of_its_batches(capsys: pytest.CaptureFixture[str], feed: str) -> None:
    seen = facts(capsys, feed, "--sequence", "seq", "--by", "channel")
    expected = stats_dict(account_of(scripted(), sequence="seq", by="channel"), feed)
    # A file has microseconds.
    assert json.loads(json.dumps(seen), parse_float=lambda text: round(float(text), 2)) == json.loads(
        json.dumps(expected), parse_float=lambda text: round(float(text), 2)
    )


def test_several_files_have_figures_of_their_own(capsys: pytest.CaptureFixture[str], tmp_path: Path, feed: str) -> None:
    other = written(tmp_path / "three.ndjson", side_by_side())
    assert [one["connections"]["number"] for one in facts(capsys, feed, other)] == [2, 3]
    _, out, _ = told(capsys, feed, other)
    assert [line.split()[-2:] for line in out.splitlines() if " · " in line and "connections" in line] == [
        ["2", "connections"],
        ["3", "connections"],
    ]


def test_one_of_several_connections(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    three = written(tmp_path / "three.ndjson", side_by_side())
    assert facts(capsys, three, "--connection", "2")["traffic"]["received"]["messages"] == 2
    code, out, err = told(capsys, three, "--connection", "4")
    assert (code, out) == (2, "")
    assert "there is no connection 4" in err


@pytest.mark.parametrize(
    ("filter", "received", "sent"),
    [
        (["--type", "binary"], 1, 0),
        (["--where", "channel == 'a'"], 30, 0),
        (["--grep", "quote"], 0, 6),
        (["--type", "text", "--where", "jsonrpc", "--grep", "id"], 6, 8),
    ],
)
def test_filters(capsys: pytest.CaptureFixture[str], feed: str, filter: list[str], received: int, sent: int) -> None:
    traffic = facts(capsys, feed, *filter)["traffic"]
    assert (traffic["received"]["messages"], traffic["sent"]["messages"]) == (received, sent)


def test_a_key_by_expression(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = Script()
    script.says("out", {"head": {"tx": 5}, "op": "buy"})
    script.says("in", {"head": {"tx": 5}}, 0.125)
    (pairs,) = facts(capsys, written(tmp_path / "a", script.batches), "--key", "head.tx")["pairs"]
    assert (pairs["key"], pairs["direction"], pairs["count"], pairs["max"]) == ("head.tx", "out", 1, 0.125)
    assert (pairs["slowest"][0]["name"], pairs["slowest"][0]["rows"]) == ("buy", [0, 1])


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], feed: str) -> None:
    packed = gzip.compress(Path(feed).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed))))
    code, out, _ = told(capsys, "-")
    assert code == 0
    assert out.startswith("standard input")


def test_an_empty_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = written(tmp_path / "empty.ndjson", [])
    code, out, err = told(capsys, file)
    assert (code, err) == (0, f"● {file} is empty\n")
    assert out.split()[-1] == "empty"
    seen = json.loads(told(capsys, file, "--json")[1])
    assert (seen["began"], seen["rows"], seen["complete"]) == (None, 0, True)


def test_a_damaged_recording_is_shown_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, feed: str
) -> None:
    damaged = written(tmp_path / "damaged.ndjson", side_by_side(), "nonsense\n{}\n")
    code, out, err = told(capsys, damaged)
    assert code == Exit.OUTPUT
    assert "3 connections" in out
    assert "\nerror: line 20" in err
    code, out, err = told(capsys, damaged, feed, "--json")
    assert code == Exit.OUTPUT
    assert [one["complete"] for one in json.loads(out)] == [False, True]
    assert "damaged.ndjson: line 20" in err, "of several files, the error says which"


def test_a_torn_line_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, err = told(capsys, written(tmp_path / "torn.ndjson", side_by_side(), '{"type":"TE'))
    assert code == 0
    assert "3 connections" in out
    assert err == "● line 20, the last, was torn off and is left out\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.ndjson"], "cannot read nowhere.ndjson"),
        (["a", "--by", "x"], "--by belongs to --sequence"),
        (["-", "-"], "standard input can be read only once"),
        ([], "missing argument 'FILE...'"),
        (["a", "--key", "a."], "--key"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_ctrl_c_shows_the_figures_so_far(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: list[str]
) -> None:
    def endless(*_: Any, **__: Any) -> Iterable[Batch]:
        yield from side_by_side()
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "batches_of", endless)
    code, out, _ = told(capsys, "-", *as_json)
    assert code == Exit.SIGINT
    assert ('"complete": false' if as_json else "3 connections") in out


def test_ctrl_c_while_a_pipe_says_nothing_more(feed: str) -> None:
    program = [sys.executable, "-m", "wsinspect", "stats", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        # What came first has been counted when the second odd line is told of.
        for lines in (Path(feed).read_bytes() + b'{"type":"ODD"}\n', b'{"type":"MORE"}\n'):
            running.stdin.write(lines)
            running.stdin.flush()
            assert b"is no type known here" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        assert b"2 connections" in running.stdout.read()
        assert running.wait(60) == Exit.SIGINT


def test_signals_are_left_as_they_were() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with interruptible(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with interruptible(), pytest.raises(Signalled, check=lambda stop: stop.exit == Exit.SIGTERM):
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with interruptible():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_before_anything_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def endless(*_: Any, **__: Any) -> Iterable[Batch]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(command, "batches_of", endless)
    assert told(capsys, "-") == (Exit.SIGINT, "", "")


def test_secrets_stay_hidden(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = Script()
    script.opens("wss://me:hunter2@host/?token=abcdef123456")
    script.says("out", {"id": "abcdef123456"})
    script.says("in", {"id": "abcdef123456"})
    file = written(tmp_path / "a", script.batches)
    for options in ([], ["--json"]):
        _, out, _ = told(capsys, file, *options)
        assert "hunter2" not in out
        assert "abcdef123456" not in out
    assert "hunter2" in told(capsys, file, "--show-secrets")[1]


@pytest.mark.parametrize("width", [40, 59, 60, 80, 100, 200])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    script = Script()
    script.opens("wss://" + "host.example.com/" * 20, "x" * 100)
    for number in range(20):
        script.says("out", {"request_id": "漢字" * 100 + str(number), "op": HOSTILE * 20}, 3600.0)
        script.says("in", {"request_id": "漢字" * 100 + str(number % 15), "seq": 7**number, "c": HOSTILE * 9}, 1e-5)
    script.batches.append(alone(script.moment, "in", (TEXT, bytes(9_999_999), 5)))
    script.ends(7)
    account = account_of(script.batches, sequence="seq" + " || seq" * 30, by="c")
    for line in card(account, width=width).splitlines():
        assert len(line) <= min(width, 100), line
        assert line.isprintable()


def test_in_ascii_there_is_nothing_else() -> None:
    assert card(account_of(scripted()), glyphs=ASCII).isascii()
    assert not card(account_of(scripted()), glyphs=BLOCKS).isascii()


def test_colour_carries_no_meaning_of_its_own() -> None:
    import re

    coloured = card(account_of(scripted()), COLOUR)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == card(account_of(scripted()))


@pytest.mark.parametrize("wall", [-1e15, -1.0, 1e15, 1e300])
def test_clocks_may_stand_anywhere(wall: float) -> None:
    batches = [alone(Moment(wall + at, at), "in", (TEXT, b'{"id": 1}', 9)) for at in (0.0, 1.0, 3.0)]
    account = account_of(batches, key="id")
    assert account.seconds == 3.0
    card(account)
    json.dumps(stats_dict(account, "a"), allow_nan=False)


def test_what_a_report_tells_seldom() -> None:
    from wsinspect.events import PING, PONG

    script = Script()
    script.opens("ws://a")
    for number in range(10_050):
        script.says("out", {"id": number, "n": number}, 0.001)
    script.row("in", (PING, b"a", 3), 130.0)
    script.row("out", (PONG, b"a", 7), 150.0)
    script.says("in", {"id": 10_000, "n": 5, "c": "x"}, 7400.0)
    script.says("in", {"id": 10_000, "n": 6, "c": "x"}, 0.1)
    shown = card(account_of(script.batches, sequence="n", by="c"))
    script.says("in", {"n": 7}, 1e8)
    assert " 1,157 d" in card(account_of(script.batches))
    assert "50 requests were given up: too many were open" in shown
    assert "2.5 min" in shown
    assert "2.1 h" in shown
    assert "1 further answer\n" in shown
    assert "no number is missing, comes twice or goes back" in shown


def test_counts_that_were_forgotten_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsinspect.figures.sequences.COUNTS", 2)
    script = Script()
    for number in range(9):
        script.says("in", {"n": 1, "c": number}, 0.1)
    assert "7 counts were forgotten: too many at once" in card(account_of(script.batches, sequence="n", by="c"))


def test_of_many_connections_the_first_are_told() -> None:
    script = Script()
    for number in range(30):
        script.opens(f"ws://host/{number}")
        script.ends(4)
    shown = card(account_of(script.batches))
    assert "ws://host/9\n" in shown
    assert "ws://host/10\n" not in shown
    assert "and 20 more; --connection N takes one" in shown


def test_times_in_json() -> None:
    assert iso(1795349071.207123) == "2026-11-22T12:04:31.207123Z"
    assert iso(float("inf")) is None


@pytest.mark.parametrize(
    ("environment", "blocks"),
    [
        ({}, True),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LANG": "de_AT.utf8"}, True),
        ({"LANG": "de_AT@euro"}, False),
    ],
)
def test_where_blocks_are_drawn(environment: dict[str, str], blocks: bool) -> None:
    assert draws_blocks(environment) is blocks


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ([], ["", ""]),
        ([0, 0], ["  ", "  "]),
        ([0, 1, 2, 1000], ["   █", " ▁▁█"]),
        ([8, 4, 2], ["█  ", "██▄"]),
    ],
)
def test_columns(values: list[float], rows: list[str]) -> None:
    assert column_chart(values, 2, BLOCKS) == rows


@pytest.mark.parametrize(
    ("value", "drawn"), [(0, ""), (0.001, "▏"), (5, "██▌"), (10, "█████"), (9.7, "████▉"), (-1, "")]
)
def test_bars(value: float, drawn: str) -> None:
    assert bar(value, 10, 5, BLOCKS) == drawn
    assert bar(value, 0, 5, BLOCKS) == ""


def test_through_a_pipe_that_closes(feed: str) -> None:
    program = [sys.executable, "-m", "wsinspect", "stats", *[feed] * 3]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) in (0, Exit.SIGPIPE)
