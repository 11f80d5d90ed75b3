"""What ``connect`` writes, and where: formats, the two streams, and streams that are closed, full or stand still."""

import json
import os
import re
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.servers import (
    BOUND_S,
    Peer,
    Ran,
    Step,
    binary,
    close,
    command,
    ended,
    environment,
    forever,
    open_,
    opened,
    ping,
    ran_on,
    run,
    serving,
    start,
    text,
    together,
)
from wsinspect.wire.frames import PONG, TEXT, write_frame

FEED = text("hä") + binary(b"\x00\n\xff") + ping(b"p") + write_frame(b"q", PONG) + text("") + text("l1\nl2\x1b[31m")
SCRIPT: list[Step] = [open_, FEED + close(1001, "bye"), Peer.until_close]
SESSION = re.compile(
    r"● connected  ws://127\.0\.0\.1:\d+/  101 in \S+ ms\n"
    r'● closed by the server with 1001 GOING_AWAY(?: "bye")?, cleanly · \S+ m?s · 4 received, 0 sent · .* wire\)\n'
)


def bytes_of(ran: Ran) -> bytes:
    return ran.out.encode("utf-8", "surrogateescape")


def untimed(out: str) -> str:
    return re.sub(r"^\d\d:\d\d:\d\d\.\d{3}  ", "", out, flags=re.MULTILINE)


# Formats.


def test_raw_is_nothing_but_payloads() -> None:
    payloads = ["hä".encode(), b"\x00\n\xff", b"", b"l1\nl2\x1b[31m"]
    cases = {
        ("--raw",): b"\n",
        ("-f", "raw"): b"\n",
        ("-r", "--null"): b"\0",
        ("-r", "-0"): b"\0",
        ("-r", "--no-newline"): b"",
        ("-r", "--frames"): b"\n",
    }
    for arguments, ran in zip(cases, together(lambda case: ran_on(SCRIPT, *case), list(cases)), strict=True):
        assert bytes_of(ran) == b"".join(payload + cases[arguments] for payload in payloads), arguments
        assert SESSION.fullmatch(ran.err)


def test_plain_is_the_default_off_a_terminal() -> None:
    default, plain = together(lambda case: ran_on(SCRIPT, *case), [(), ("-f", "plain")])
    assert untimed(default.out) == untimed(plain.out)
    assert "\x1b" not in default.out
    lines = untimed(default.out).splitlines()
    assert lines[:6] == [
        "↓ TEXT        3 B  hä",
        "↓ BINARY      3 B  00 0a ff  |...|",
        '↓ PING        1 B  "p"',
        '↓ PONG        1 B  "q"',
        "↓ TEXT        0 B",
        "↓ TEXT       10 B  l1\\nl2\\x1b[31m",
    ]
    assert [line[:9] for line in lines[6:]] == ["↓ CLOSE  ", "↑ PONG   ", "↑ CLOSING"]
    assert SESSION.fullmatch(default.err)


def test_colour() -> None:
    cases: list[tuple[tuple[str, ...], dict[str, str], bool]] = [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
    ]
    runs = together(lambda case: ran_on(SCRIPT, "-f", "pretty", *case[0], env=case[1]), cases)
    for (arguments, env, coloured), ran in zip(cases, runs, strict=True):
        assert ("\x1b[" in ran.out) is coloured, (arguments, env)
        assert ("\x1b[" in ran.err) is coloured, (arguments, env)
        assert "l2\x1b[31m" not in ran.out


def test_quiet_and_json_summary() -> None:
    quiet, summary, both = together(
        lambda case: ran_on(SCRIPT, "-r", *case), [("-q",), ("--summary", "json"), ("-q", "--summary", "json")]
    )
    assert quiet.err == ""
    assert quiet.out == summary.out == both.out
    assert summary.err.startswith("● connected")
    for ran in (summary, both):
        told = json.loads(ran.err.splitlines()[-1])
        assert {"by": "peer", "clean": True, "code": 1001, "reason": "bye", "exit": 0}.items() <= told.items()
        assert told["traffic"]["received"] == {"messages": 4, "payload": 16, "wire": 37}
    assert len(both.err.splitlines()) == 1


USAGE = [
    ("-r", "-f", "plain"),
    ("-0",),
    ("--no-newline", "-f", "ndjson"),
    ("-f", "xml"),
    ("--color", "sometimes"),
    ("--max-size", "big"),
    ("-H", "no colon"),
    ("-H", "X: a\r\nY: b"),
    ("--nonsense",),
]


def test_usage_errors() -> None:
    for arguments, ran in zip(USAGE, together(lambda case: run("connect", ":1", *case), USAGE), strict=True):
        assert (ran.exit, ran.out) == (2, ""), arguments
        assert ran.err.startswith("error: "), arguments
        assert "\nhint: " in ran.err, arguments


# NDJSON.


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_ndjson_has_one_shape() -> None:
    ran = ran_on(SCRIPT, "-f", "ndjson")
    made = rows(ran.out)
    types = [row["type"] for row in made]
    assert types[0] == "HANDSHAKE"
    assert types[-1] == "CLOSED"
    assert types[1:7] == ["TEXT", "BINARY", "PING", "PONG", "TEXT", "TEXT"]
    assert [row["dir"] for row in made[1:7]] == ["in"] * 6
    assert [row["text"] for row in made if row["type"] == "TEXT"] == ["hä", "", "l1\nl2\x1b[31m"]
    assert {"by": "peer", "clean": True, "code": 1001, "reason": "bye", "sent": 1001, "exit": 0}.items() <= made[
        -1
    ].items()
    monos = [row["mono"] for row in made[1:]]
    assert monos == sorted(monos)


def test_time_never_runs_backwards() -> None:
    ran = ran_on([opened(glued=FEED + close()), Peer.until_close], "-f", "ndjson")
    monos = [row["mono"] for row in rows(ran.out)]
    assert monos == sorted(monos)


def test_ndjson_is_a_line_for_every_reader() -> None:
    hostile = "a\u2028b\u2029c\u0085d\r\ne\x0bf\x0cg\x1ch\ufeffi\x00j"
    ran = ran_on([open_, text(hostile), close(4000, hostile), Peer.until_close], "-f", "ndjson")
    assert len(ran.out.splitlines()) == ran.out.count("\n")
    assert [row.get("text", row.get("reason")) for row in rows(ran.out)[1:3]] == [hostile, hostile]
    assert all(character.isprintable() or character == "\n" for character in ran.out)


def test_ndjson_with_frames() -> None:
    parts = write_frame(b"a", TEXT, fin=False) + ping() + write_frame(b"b", 0)
    ran = ran_on([open_, parts, close(None), Peer.until_close], "-f", "ndjson", "--frames")
    received = [row for row in rows(ran.out)[1:-1] if row["dir"] == "in"]
    assert [row["type"] for row in received] == ["FRAME", "FRAME", "PING", "FRAME", "TEXT", "FRAME", "CLOSE"]
    assert [(row["opcode"], row["fin"], row["offset"]) for row in received if row["type"] == "FRAME"] == [
        (1, False, 0),
        (9, True, 3),
        (0, True, 5),
        (8, True, 8),
    ]
    sent = [row for row in rows(ran.out)[1:-1] if row["dir"] == "out"]
    assert [row["type"] for row in sent] == ["FRAME", "PONG", "FRAME", "CLOSING"]
    assert all(row["mask"] for row in sent if row["type"] == "FRAME")


def test_frames_of_a_compressed_message() -> None:
    sent = write_frame(bytes.fromhex("f248cdc9c90700"), TEXT, rsv=4)
    script: list[Step] = [opened("Sec-WebSocket-Extensions: permessage-deflate"), sent, close(), Peer.until_close]
    frame, message = rows(ran_on(script, "-f", "ndjson", "--frames").out)[1:3]
    assert (frame["rsv"], frame["size"], frame["plain"], frame["wire"]) == (4, 7, 5, 9)
    assert (message["text"], message["size"], message["wire"]) == ("Hello", 5, 9)
    plain = ran_on(script, "--frames")
    assert "↓ frame       7 B" in plain.out
    assert "RSV1" in plain.out


# Streams that are closed, full, or stand still.


def shell(line: str, script: list[Step], *arguments: str) -> Ran:
    """Run a shell's line; ``PROGRAM`` in it stands for the program on a server that plays the script."""
    with serving(*script) as served:
        program = " ".join(command("connect", served.url, *arguments))
        process = subprocess.Popen(
            ["bash", "-c", "set -o pipefail; " + line.replace("PROGRAM", program)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        ran = ended(process)
        assert "Traceback" not in ran.err
        return ran


def test_reader_that_leaves() -> None:
    """``| head -1`` ends it quietly, whether the feed goes on or falls quiet."""

    def fast(peer: Peer) -> None:
        for number in range(40):
            peer.send(text(str(number)) * 50)
            time.sleep(0.02)
        peer.answer_close()

    quiet: list[Step] = [open_, text("a") + text("b"), Peer.answer_close]
    cases = [(format, script) for format in ("pretty", "plain", "ndjson", "raw") for script in (quiet, [open_, fast])]
    for ran in together(lambda case: shell(f"PROGRAM -f {case[0]} | head -1", case[1]), cases):
        assert ran.exit == 141
        assert len(ran.out.splitlines()) == 1
        assert "error" not in ran.err
        assert "closed" not in ran.err


def test_closed_streams() -> None:
    cases = {
        "PROGRAM >&-": (11, "cannot write the output"),
        "PROGRAM 2>&-": (0, ""),
        "PROGRAM -f ndjson >&-": (11, "cannot write the output"),
        "PROGRAM >/dev/full": (11, "cannot write the output: No space left on device"),
        "PROGRAM -r >/dev/full": (11, "cannot write the output: No space left on device"),
        "PROGRAM -f ndjson >/dev/full": (11, "cannot write the output: No space left on device"),
        "PROGRAM 2>/dev/full": (0, ""),
        "PROGRAM <&- 2>&1": (0, ""),
        "PROGRAM -r </dev/null 2>/dev/null": (0, ""),
    }
    for line, ran in zip(cases, together(lambda line: shell(line, SCRIPT), list(cases)), strict=True):
        exit, words = cases[line]
        assert (ran.exit, words in ran.err) == (exit, True), (line, ran)


def test_full_disk_ends_a_long_feed() -> None:
    ran = shell("PROGRAM -r >/dev/full", [open_, text("a"), Peer.answer_close])
    assert ran.exit == 11
    assert ran.err.count("No space left on device") >= 1


def test_pongs_while_nobody_reads_the_output() -> None:
    """Far more than a pipe holds; the answers to pings come all the same."""

    def pinging(peer: Peer) -> None:
        peer.send(text("x" * 1000) * 400)
        for number in range(20):
            peer.send(ping(str(number).encode()))
            assert peer.frame() == (PONG, str(number).encode())
        peer.send(close())
        peer.until_close()

    with serving(open_, pinging) as served:
        process = start("connect", served.url, "-r")
        served_all = time.monotonic() + BOUND_S
        while (not served.peers or len(served.peers[0].received) < 20) and time.monotonic() < served_all:
            time.sleep(0.02)
        assert process.poll() is None, "what is not read yet is not lost"
        ran = ended(process)
    assert (ran.exit, len(ran.out)) == (0, 400 * 1001)


def test_memory_is_bounded_while_nobody_reads() -> None:
    """A feed of 200 MB is not taken in: the way back tells the server to wait."""

    def flood(peer: Peer) -> None:
        peer.sock.settimeout(1)
        sent = 0
        try:
            while sent < 200_000_000:
                peer.send(text("x" * 60_000) * 10)
                sent += 600_000
        except TimeoutError:
            pass
        taken.append(sent)

    taken: list[int] = []
    with serving(open_, flood, Peer.keep) as served:
        process = start("connect", served.url, "-r")
        while not taken:
            time.sleep(0.05)
        resident = memory(process.pid)
        process.kill()
        process.communicate()
    assert taken[0] < 40_000_000
    assert resident < 200_000_000


def memory(pid: int) -> int:
    """Return the resident memory of a process, or 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def test_ctrl_c_while_nobody_reads() -> None:
    """What cannot be written is given up after 2 s."""
    with serving(open_, forever(text("x" * 60_000))) as served:
        process = start("connect", served.url, "-r")
        assert process.stdout is not None
        assert process.stdout.read(1)  # it is connected, however slow the machine
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(BOUND_S) == 130
        process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, None])
def test_an_end_while_nobody_reads_what_is_left_of_a_closed_connection(stop: signal.Signals | None) -> None:
    """What is left is given up by the signal, or by the limit in time, and the exit code is theirs."""
    with serving(open_, text("x" * 10_000) * 40 + close(1000), Peer.until_close) as served:
        process = start("connect", served.url, "-r", *([] if stop else ["--max-time", "500ms"]))
        assert process.stdout is not None
        assert process.stdout.read(1)
        time.sleep(0.5)
        if stop:
            process.send_signal(stop)
        exit = process.wait(BOUND_S)
        error = process.communicate()[1].decode()
    assert exit == {signal.SIGINT: 130, signal.SIGTERM: 143, None: 9}[stop]
    assert "what was left of the output was given up" in error
    assert ("--max-time of 0.5 s is over" in error) is (stop is None)
