"""``show``: what it makes of a recording is what ``connect`` made of the connection, and files are read as they are."""

import json
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.common_events import HANDSHAKE
from tests.servers import (
    BOUND_S,
    Peer,
    Ran,
    Step,
    answer,
    binary,
    close,
    command,
    ended,
    environment,
    open_,
    opened,
    ping,
    run,
    serving,
    start,
    text,
    together,
)
from wsinspect.close_codes import PLAIN_TONGUE
from wsinspect.conversation.wishes import Wishes
from wsinspect.events import CLOSED, GAP, TEXT, Batch, Closed, Gap, Moment, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.recordings.reading import read
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson
from wsinspect.showing import show as show_module
from wsinspect.showing.show import Showing
from wsinspect.term.writer import Writer
from wsinspect.wire.frames import CONTINUATION, PONG, write_frame

FEED = text("hä") + binary(b"\x00\n\xff") + ping(b"p") + write_frame(b"q", PONG) + text("") + text("l1\nl2\x1b[31m")
JSON = text('{"op": "error", "n": [1, 2], "s": "\u202e"}') + text('{"op": "x", "n": 7}') + text("9" * 3000)
PARTS = write_frame(b"Hel", 1, fin=False) + ping(b"beat") + write_frame(b"lo", CONTINUATION) + text("skip")

SCRIPTS: dict[str, list[Step]] = {
    "feed": [open_, FEED + JSON, Peer.frame, close(1001, "bye"), Peer.until_close],
    "frames": [open_, PARTS, Peer.frame, close(1000), Peer.until_close],
    "dialect": [
        opened("Sec-WebSocket-Protocol: graphql-transport-ws"),
        text("a") + close(4400, "no"),
        Peer.until_close,
    ],
    "lost": [open_, text("a")],
    "violation": [open_, text("a") + b"\x83\x05Hello", Peer.until_close],
    "refused": [answer("403 Forbidden", b"", "X-Why: who knows")],
}

ROWS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # the script, what both are told, what connect alone is told
    *[("feed", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("feed", ("--raw", "-0"), ()),
    ("feed", ("--raw", "--no-newline"), ()),
    ("feed", ("-f", "pretty", "--color", "always", "--json-indent", "2", "--width", "80"), ()),
    ("feed", ("-f", "plain", "--max-payload", "10", "--time", "delta"), ()),
    ("feed", ("-f", "pretty", "--full", "--width", "60", "--time", "epoch"), ()),
    ("feed", ("-f", "plain", "--time", "utc", "--type", "text,ping"), ()),
    ("feed", ("--where", "n[0] == `1` || n == `7`", "--time", "none"), ()),
    ("feed", ("--grep", "^l", "--format", "ndjson"), ()),
    ("feed", ("--select", "n", "--raw"), ()),
    ("feed", ("-q", "--time", "none"), ()),
    ("feed", ("-v", "--time", "none"), ()),
    ("feed", ("--summary", "json", "--time", "none"), ()),
    ("feed", ("--dialect", "discord", "--time", "none"), ()),
    *[("frames", ("--frames", "--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("frames", ("--frames", "--time", "none", "--where", ":text == 'Hello'"), ()),
    ("frames", ("--type", "frame", "--time", "none"), ()),
    *[("dialect", ("--format", format), ("-s", "graphql-transport-ws")) for format in ("pretty", "plain", "ndjson")],
    ("dialect", ("--summary", "json", "--time", "none"), ("-s", "graphql-transport-ws")),
    *[("lost", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    *[("violation", ("--format", format), ()) for format in ("pretty", "plain", "ndjson")],
    *[("refused", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("refused", ("-v", "--time", "none"), ()),
    (
        "refused",
        (
            "--summary",
            "json",
        ),
        (),
    ),
]


def untimed(said: str) -> str:
    """Return what does not depend on the clock, the port, or a nonce."""
    for pattern, instead in (
        (r"127\.0\.0\.1:\d+|localhost:\d+", "PLACE"),
        (r"(?m)^(\x1b\[\d*m)*\s*\d\d:\d\d:\d\d\.\d+|^(\x1b\[\d*m)*\d{9,}\.\d+|^ *\+\d+\.\d+|^ +\d+\.\d+(?= )", "TIME"),
        (r'"time":"[^"]*","mono":[\d.]+', "STAMP"),
        (r'"(seconds|rtt)":[\d.]+', r'"\1":S'),
        (r'\["(resolve|connect|upgrade)",[\d.]+', r'["\1",S'),
        (r'"(received|sent)":\d+\.\d+', r'"\1":S'),
        (r" *\b[\d.]+ m?s\b", " DURATION"),
        (r"Sec-WebSocket-(Key|Accept)(: |\",\")[A-Za-z0-9+/=]+", "NONCE"),
        (r"(mask |\"mask\":\")[0-9a-f]{8}", "MASK"),
    ):
        said = re.sub(pattern, instead, said)
    return said


def test_it_shows_what_connect_showed(tmp_path: Path) -> None:
    def both(row: tuple[str, tuple[str, ...], tuple[str, ...]]) -> tuple[Ran, Ran]:
        script, arguments, own = row
        recording = tmp_path / f"{ROWS.index(row)}.ndjson"
        frames = ("--frames",) if script == "frames" else ()
        with serving(*SCRIPTS[script]) as served:
            recorded = run("connect", served.url, "-n", "-f", "ndjson", *frames, *own)
            recording.write_bytes(recorded.out.encode("utf-8", "surrogateescape"))
        with serving(*SCRIPTS[script]) as served:
            live = run("connect", served.url, "-n", *arguments, *own)
        return live, run("show", str(recording), *arguments)

    for row, (live, shown) in zip(ROWS, together(both, ROWS, at_once=4), strict=True):
        script, arguments, _ = row
        assert untimed(shown.out) == untimed(live.out), row
        assert shown.exit == 0, (row, shown.err)
        said, heard = untimed(shown.err), untimed(live.err)
        if script == "refused":
            # What stopped connect is its error; here it is how the recorded try ended.
            heard = re.sub(
                r"error: (.*)\n(hint: .*\n)?", r"● not connected: \1\n" if "json" not in arguments else "", heard
            )
        if script == "violation":
            # Bytes that made no message are not recorded.
            said, heard = (re.sub(r"\([\d.]+ B on the wire\)", "", text) for text in (said, heard))
        assert said == heard, row


# Recordings made by hand: several connections, torn ends, and how it ends.

RENDER = ndjson(Look(frames=True))
GOOD = Closed("peer", True, 1000, "", 1000, "", 0)


def at(seconds: float) -> Moment:
    return Moment(1795349071.0 + seconds, 100.0 + seconds)


def begun(number: int = 0, seconds: float = 0.0, **changed: Any) -> str:
    seen = HANDSHAKE._replace(at=at(seconds), url=f"ws://host/{number}", request=[], **changed)
    return str(RENDER(alone(seen.at, "in", (BEGINS, seen, 0), number)))


def came(word: str, number: int = 0, seconds: float = 1.0) -> str:
    return str(RENDER(alone(at(seconds), "in", (TEXT, word.encode(), len(word) + 2), number)))


def over(number: int = 0, seconds: float = 2.0, closed: Closed = GOOD) -> str:
    return str(RENDER(alone(at(seconds), "in", (CLOSED, closed, 0), number)))


def show(given: str | bytes, *arguments: str, **options: Any) -> Ran:
    data = given if isinstance(given, bytes) else given.encode()
    return run("show", "-", "--time", "none", *arguments, given=data, **options)


def words(ran: Ran) -> list[str]:
    return [line.split("  ")[-1] for line in ran.out.splitlines()]


def test_connections_side_by_side_have_a_view_each() -> None:
    recording = begun(1) + came("a", 1) + begun(2) + came("b", 2) + came("c", 1) + over(1) + came("d", 2) + over(2)
    ran = show(recording)
    assert words(ran) == [
        "a",
        "==> connection 2 · ws://host/2 <==",
        "b",
        "==> connection 1 · ws://host/1 <==",
        "c",
        "==> connection 2 · ws://host/2 <==",
        "d",
    ]
    said = ran.err.splitlines()
    assert [line.split("  ")[0] for line in said] == [
        "● connected",
        "#2 ● connected",
        "#1 ● closed by the server, cleanly · 2.0 s · 2 received, 0 sent · 2 B (6 B on the wire)",
        "#2 ● closed by the server, cleanly · 2.0 s · 2 received, 0 sent · 2 B (6 B on the wire)",
    ]
    assert show(recording, "--raw").out == "a\nb\nc\nd\n"
    assert show(recording, "-f", "ndjson").out == recording
    assert words(show(recording, "--connection", "2")) == ["==> connection 2 · ws://host/2 <==", "b", "d"]
    summaries = show(recording, "-q", "--summary", "json").err.splitlines()
    assert [json.loads(line)["conn"] for line in summaries] == [1, 2]
    # Deltas are those of the connection, and so is what a filter compares with.
    spread = begun(1) + begun(2) + came("a", 1, 1) + came("b", 2, 5) + came("c", 1, 6)
    assert words(show(spread, "--where", ":gap > 4"))[-1] == "c"


def test_one_connection_alone_needs_no_line() -> None:
    assert words(show(begun(1) + came("a", 1) + over(1))) == ["a"]


def test_what_is_closed_is_forgotten() -> None:
    out = Writer(os.open(os.devnull, os.O_WRONLY))
    showing = Showing(Wishes("raw", Look(), Look(), quiet=True), lambda subprotocol: PLAIN_TONGUE, out)
    for number in range(1, 200):
        for line in (begun(number), came("a", number), over(number)):
            for batch in read([line]):
                showing._show(batch)
    assert not showing._connections


def test_what_is_never_closed_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show_module, "MOST_OPEN", 10)
    out = Writer(os.open(os.devnull, os.O_WRONLY))
    showing = Showing(Wishes("raw", Look(), Look(), quiet=True), lambda subprotocol: PLAIN_TONGUE, out)
    for number in range(1, 50):
        for batch in read([begun(number)]):
            showing._show(batch)
    assert list(showing._connections) == list(range(40, 50))


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text(begun() + came(name) + over())
    ran = run("show", "a", "none", "b", "--time", "none", cwd=tmp_path)
    assert words(ran) == ["==> a <==", "a", "==> none <==", "==> b <==", "b"]
    assert ran.exit == 2
    assert ran.err.endswith("error: cannot read none: no such file or directory\n")
    assert run("show", "a", "b", "--raw", cwd=tmp_path).out == "a\nb\n"
    ran = run("show", "a", "b", "--follow", cwd=tmp_path)
    assert (ran.exit, ran.err) == (2, "error: --follow follows one file\nhint: see `wsinspect show --help`\n")


def test_it_stops_where_it_is_enough() -> None:
    recording = begun() + "".join([came(word) for word in "abcde"]) + over()
    for arguments, shown in (
        (("--count", "2"), "a\nb\n"),
        (("--until", ":text == 'c'"), "a\nb\nc\n"),
        (("--count", "1", "--grep", "[de]"), "d\n"),
    ):
        ran = show(recording, "--raw", *arguments)
        assert (ran.exit, ran.out) == (0, shown)
    ran = show(recording, "--raw", "--count", "9")
    assert (ran.exit, ran.out) == (1, "a\nb\nc\nd\ne\n")
    assert ran.err.endswith("error: 9 messages were wanted, but 4 of them did not come\n")
    assert show(recording, "--until", ":text == 'z'").exit == 1
    # It counts over all connections.
    both = begun(1) + came("a", 1) + begun(2) + came("b", 2) + came("c", 1)
    assert show(both, "--raw", "--count", "2").out == "a\nb\n"
    assert "1 of them did not" in show(both, "--raw", "--count", "4").err


def test_however_the_session_ended_it_is_a_success() -> None:
    lost = Closed("nobody", False, 1006, "", None, "the connection was reset", 7)
    for quiet in ((), ("-q",)):
        ran = show(begun() + came("a") + over(closed=lost), *quiet)
        assert ran.exit == 0
        assert ("● connection lost: the connection was reset" in ran.err) is not bool(quiet)


def test_an_end_that_is_not_recorded_is_told() -> None:
    for rest in ("", came("b")[:30]):
        ran = show(begun() + came("a", seconds=1.5) + rest)
        assert ran.exit == 0
        assert "● its end is not recorded · 1.5 s · 1 received, 0 sent" in ran.err
    told = json.loads(show(begun() + came("a", seconds=1.5), "-q", "--summary", "json").err)
    assert (told["by"], told["exit"], told["cause"]) == (None, None, "its end is not recorded")
    assert told["seconds"] == 1.5
    assert told["traffic"]["received"]["messages"] == 1
    # Nor is a beginning.
    ran = show(came("a", seconds=1) + over(seconds=3))
    assert ran.err == "● closed by the server, cleanly · 2.0 s · 1 received, 0 sent · 1 B (3 B on the wire)\n"


def test_a_connection_opened_again_follows_its_gap() -> None:
    gap = str(RENDER(Batch(at(5), "in", [(GAP, Gap(3.0, 2, 1006), 0)])))
    ran = show(begun() + came("a") + over() + gap + begun(seconds=5) + came("b", seconds=6) + over(seconds=7))
    assert words(ran)[:1] + words(ran)[-1:] == ["a", "b"]
    assert "✕ GAP" in ran.out
    assert ran.err.count("● connected") == 2
    assert words(show(begun() + came("a") + gap))[-1] != "a"


def test_a_try_that_failed_is_told() -> None:
    failed = Closed("nobody", False, 1006, "", None, "cannot resolve `x.invalid`", 3)
    ran = show(over(closed=failed))
    assert (ran.exit, ran.out, ran.err) == (0, "", "● not connected: cannot resolve `x.invalid`\n")
    assert show(over(closed=failed), "-f", "ndjson", "-q").out == over(closed=failed)
    assert json.loads(show(over(closed=failed), "--summary", "json").err)["exit"] == 3


def test_frames_that_are_not_recorded_are_told() -> None:
    ran = show(begun() + came("a") + over(), "--frames")
    assert ran.err.endswith("● no frames are recorded here: they are by connect --record-frames\n")


def test_damage_is_told_behind_what_can_be_read() -> None:
    ran = show(begun() + came("a") + "{broken\n" + came("b"))
    assert (ran.exit, words(ran)) == (11, ["a", "b"])
    assert "● line 3 is damaged and left out: it is not JSON\n" in ran.err
    assert "error: line 3 of the recording is damaged: it is not JSON (at byte " in ran.err


def test_what_a_recording_holds_does_not_reach_the_terminal() -> None:
    evil = Closed("nobody", False, 1006, "\x1b[31m", None, "\x1b]0;x\x07", 7)
    seen = begun(2, subprotocol="\x1b[2J").replace("ws://host/2", "ws://host/\\u001b[31m\\u202e")
    ran = show(begun(1) + seen + came("\x1b[31m", 2) + over(2, closed=evil), "-v")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ran.out + ran.err)


# As others run it.


def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_text(begun() + came("a") * 100_000)
    process = start("show", str(path), "-q", "--raw")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    ran = ended(process)
    assert (ran.exit, ran.err) == (141, "")
    # Also while nothing more comes.
    process = start("show", str(path), "-q", "--raw", "--follow")
    assert process.stdout is not None
    for _ in range(100_000):
        process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert ended(process).exit == 141


def test_a_full_disk_is_told() -> None:
    with open("/dev/full", "w") as full:
        ran = show(begun() + came("a") + over(), stdout=full)
    assert ran.exit == 11
    assert ran.err.splitlines()[1:] == ["error: cannot write the output: No space left on device"]


def test_it_follows_until_it_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "r"
    process = start("show", str(path), "--raw", "-F")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stderr.readline().decode() == f"● waiting for {path}\n"
    with path.open("w") as file:
        for word in ("first", "second"):
            file.write((begun() if word == "first" else "") + came(word)[:40])
            file.flush()
            file.write(came(word)[40:])
            file.flush()
            assert process.stdout.readline() == f"{word}\n".encode()
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert ran.exit == 130
    assert run("show", str(path), "--raw", "-F", "--count", "2").exit == 0


@pytest.mark.parametrize(("number", "exit"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_other_signals_end_it_with_their_exit_code(number: int, exit: int) -> None:
    process = start("show", "-", "--raw", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write((begun() + came("a")).encode())
    process.stdin.flush()
    assert process.stdout.readline() == b"a\n"
    process.send_signal(number)
    assert ended(process).exit == exit


def test_a_pipe_is_shown_as_it_comes() -> None:
    process = start("show", "-", "--raw", stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for word in ("first", "second"):
        process.stdin.write((begun() if word == "first" else "").encode() + came(word).encode())
        process.stdin.flush()
        assert process.stdout.readline() == f"{word}\n".encode()
    process.send_signal(signal.SIGINT)
    assert ended(process).exit == 130


def test_it_needs_no_locale(tmp_path: Path) -> None:
    ran = show(begun() + came("hä") + over(), env={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"})
    assert words(ran) == ["hä"]
    assert "● connected" in ran.err


def test_streams_that_are_closed() -> None:
    line = f"exec {' '.join(map(shlex.quote, command('show', '-')))}"
    ran = subprocess.run(["sh", "-c", f"{line} <&-"], capture_output=True, env=environment(), timeout=BOUND_S)
    assert (ran.returncode, ran.stderr) == (2, b"error: cannot read standard input: it is closed\n")
    given = (begun() + came("a")).encode()
    ran = subprocess.run(["sh", "-c", f"{line} -q >&-"], input=given, stderr=subprocess.PIPE, env=environment())
    assert ran.returncode == 11
    assert b"cannot write the output" in ran.stderr
