"""How a connection of ``connect`` ends: exit codes, what is said, and that no peer holds us for long."""

import signal
import subprocess
import time
import zlib
from collections.abc import Sequence

import pytest

from tests.certificates import server_context
from tests.servers import (
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
from wsinspect.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, write_frame

PROMISED_S = 10.0
"""Two seconds, a start, and much room for a busy machine; held, it would be 15."""


def close_sent(peer: Peer) -> int | None:
    """Return the code of the client's close frame; 1005 if it had none, None if there was no frame."""
    bodies = [payload for opcode, payload in peer.received if opcode == CLOSE]
    assert len(bodies) < 2, "one close frame at most"
    return None if not bodies else int.from_bytes(bodies[0][:2], "big") if bodies[0] else 1005


# The peer closes: its code, the exit, and how the line and the summary call it.
CLOSES: list[tuple[int | None, int, str, str]] = [
    (1000, 0, "1000  OK", "closed by the server, cleanly"),
    (1001, 0, "1001  GOING_AWAY", "closed by the server with 1001 GOING_AWAY, cleanly"),
    (None, 0, "1005  NO_STATUS_RCVD", "closed by the server, cleanly"),
    (1002, 6, "1002  PROTOCOL_ERROR", "closed by the server with 1002"),
    (1008, 6, "1008  POLICY_VIOLATION", "closed by the server with 1008"),
    (1009, 6, "1009  MESSAGE_TOO_BIG", "closed by the server with 1009"),
    (1011, 6, "1011  INTERNAL_ERROR", "closed by the server with 1011"),
    (1012, 6, "1012  SERVICE_RESTART", "closed by the server with 1012"),
    (3000, 6, "3000", "closed by the server with 3000"),
    (4001, 6, "4001", "closed by the server with 4001"),
]


def test_closes_of_the_peer() -> None:
    def case(code: int | None) -> tuple[Ran, int | None]:
        with serving(open_, text("hi"), close(code), Peer.until_close) as served:
            ran = run("connect", served.url)
        return ran, close_sent(served.peers[0])

    for (code, exit, line, summary), (ran, sent) in zip(
        CLOSES, together(case, [row[0] for row in CLOSES]), strict=True
    ):
        assert ran.exit == exit, code
        assert f"↓ CLOSE      {line}" in ran.out, code
        assert f"● {summary}" in ran.err, code
        assert "1 received, 0 sent · 2 B (" in ran.err
        assert sent == (code or 1005), "the close is echoed"


def test_reason_is_shown_and_neutral() -> None:
    ran = ran_on([open_, close(4001, "go \x1b[31maway\u202e"), Peer.until_close])
    assert '"go \\x1b[31maway\\u202e"' in ran.out
    assert '"go \\x1b[31maway\\u202e"' in ran.err


# The peer breaks rules: what it sends, the code it gets back, and the exit.
UNFINISHED = write_frame(b"a", TEXT, fin=False)
BREACHES: list[tuple[str, bytes, int, int, str]] = [
    ("reserved opcode", write_frame(b"", 3), 1002, 8, "opcode 0x3 is reserved"),
    ("masked", write_frame(b"hi", TEXT, mask=b"\1\2\3\4"), 1002, 8, "masked a frame"),
    ("RSV", write_frame(b"hi", TEXT, rsv=2), 1002, 8, "RSV2"),
    ("long ping", write_frame(b"x" * 126, PING), 1002, 8, "125 bytes"),
    ("ping in parts", write_frame(b"x", PING, fin=False), 1002, 8, "fragmented"),
    ("stray continuation", write_frame(b"x", CONTINUATION), 1002, 8, "continuation"),
    ("text within text", UNFINISHED + text("b"), 1002, 8, "unfinished message"),
    ("length", write_frame(b"x", TEXT, length_bits=16), 1002, 8, "more than it needs"),
    ("bad UTF-8", text(b"\xff"), 1007, 8, "not valid UTF-8"),
    ("bad UTF-8, early", write_frame(b"\xff", TEXT, fin=False), 1007, 8, "not valid UTF-8"),
    ("close of one byte", write_frame(b"\x03", CLOSE), 1002, 8, "single byte"),
    ("close with 1006", close(1006), 1002, 8, "1006"),
    ("close with bad UTF-8", write_frame(b"\x03\xe8\xff", CLOSE), 1007, 8, "reason"),
    ("too big", binary(bytes(1001)), 1009, 10, "larger than the limit of 1000 bytes"),
    ("too big in parts", write_frame(bytes(600), BINARY, fin=False) + write_frame(bytes(600), 0), 1009, 10, "larger"),
    ("too big, only claimed", write_frame(b"", BINARY, claimed=1 << 40), 1009, 10, "larger than the limit"),
]


def test_breaches() -> None:
    def case(sent: bytes) -> tuple[Ran, int | None]:
        with serving(open_, text("hi") + sent, Peer.until_close) as served:
            ran = run("connect", served.url, "--max-size", "1000")
        return ran, close_sent(served.peers[0])

    for (name, _, code, exit, words), (ran, sent) in zip(
        BREACHES, together(case, [row[1] for row in BREACHES]), strict=True
    ):
        assert (ran.exit, sent) == (exit, code), name
        assert "↓ TEXT        2 B  hi" in ran.out, "what came before is shown"
        assert words in ran.out, name
        assert words in ran.err, name
        assert f"closed by us with {code}" in ran.err


def test_compressed_too_big() -> None:
    """The limit counts what comes out."""
    bomb = zlib.compressobj(wbits=-15)
    payload = (bomb.compress(bytes(1 << 20)) + bomb.flush(zlib.Z_SYNC_FLUSH)).removesuffix(b"\0\0\xff\xff")
    script = [opened("Sec-WebSocket-Extensions: permessage-deflate"), write_frame(payload, BINARY, rsv=4)]
    small = ran_on([*script, Peer.until_close], "--max-size", "1000000", "-r")
    enough = ran_on([*script, close(1000), Peer.until_close], "--max-size", "1MiB", "-r")
    assert (small.exit, small.out) == (10, "")
    assert (enough.exit, len(enough.out)) == (0, (1 << 20) + 1)


LOST: list[tuple[str, list[Step], str]] = [
    ("end", [open_], "without a close frame"),
    ("end after a message", [open_, text("hi")], "without a close frame"),
    ("reset", [open_, text("hi"), 0.2, Peer.reset], "reset"),
    ("half-closed", [open_, text("hi"), Peer.half_close, Peer.keep], "without a close frame"),
    ("inside a header", [open_, b"\x81"], "inside the header of a frame"),
    ("inside a frame", [open_, text("hello")[:4]], "inside a TEXT frame, 2 of 5 payload bytes"),
    ("inside a message", [open_, UNFINISHED], "inside a fragmented message"),
]


def test_lost() -> None:
    for (name, _, words), ran in zip(LOST, together(ran_on, [row[1] for row in LOST]), strict=True):
        assert ran.exit == 7, name
        assert words in ran.err, name
        assert "connection lost" in ran.err, name


# Peers that keep the TCP connection.

SOON = ("--for", "200ms")
STUBBORN: list[tuple[str, list[Step], tuple[str, ...], int, str]] = [
    ("after its close", [open_, close(1001), Peer.keep], (), 0, "kept the TCP connection open for 2 s"),
    ("after its bad close", [open_, close(1011), Peer.keep], (), 6, "kept the TCP connection open for 2 s"),
    ("after a breach", [open_, b"\x83\x00", Peer.keep], (), 8, "opcode 0x3 is reserved"),
    ("after our close", [open_, Peer.keep], SOON, 0, "did not answer our close within 2 s"),
    ("after a limit", [open_, Peer.keep], ("-m", "500ms"), 9, "--max-time of 0.5 s is over"),
    (
        "answers, keeps",
        [open_, lambda peer: (peer.until_close(), peer.send(close(1000)), peer.keep())],
        SOON,
        0,
        "kept",
    ),
    ("floods after a breach", [open_, b"\x83\x00", forever(text("x" * 9999))], (), 8, "opcode 0x3"),
    ("floods on", [open_, forever(text("x" * 100))], SOON, 0, "did not answer our close"),
    ("floods, reads no echo", [open_, forever(text("x" * 9999))], ("--echo", "-m", "500ms"), 9, "--max-time"),
    ("reads nothing", [open_, Peer.keep], ("-m", "500ms"), 9, "--max-time"),
]


def test_stubborn_peers() -> None:
    def case(row: tuple[str, list[Step], tuple[str, ...], int, str]) -> tuple[Ran, float]:
        with serving(*row[1]) as served:
            began = time.monotonic()
            given = b"x" * 20_000_000 if row[0] == "reads nothing" else None
            ran = run("connect", served.url, "-r", *row[2], given=given)
            return ran, time.monotonic() - began

    for (name, _, _, exit, words), (ran, took) in zip(STUBBORN, together(case, STUBBORN, at_once=10), strict=True):
        assert ran.exit == exit, name
        assert words in ran.err, name
        assert took < PROMISED_S, name


def test_ping_flood() -> None:
    """A chunk of 256 KiB may hold 80,000 pings, each of which is answered before a timer is looked at."""
    ran = ran_on([open_, ping(b"x") * 60_000, Peer.keep], "-r", *SOON)
    assert ran.exit == 0
    assert "did not answer our close" in ran.err


def test_stubborn_peers_over_tls() -> None:
    def case(script: Sequence[Step]) -> tuple[Ran, float]:
        with serving(*script, tls=server_context()) as served:
            began = time.monotonic()
            ran = run("connect", served.url, "-k")
            return ran, time.monotonic() - began

    (closed, _), (broken, _) = ends = together(case, [[open_, close(1000), Peer.keep], [open_, b"\x83\x00", Peer.keep]])
    assert (closed.exit, broken.exit) == (0, 8)
    assert all(took < PROMISED_S for _, took in ends)


# Signals.


@pytest.mark.parametrize(
    ("number", "exit"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=str,
)
def test_signal(number: signal.Signals, exit: int) -> None:
    with serving(open_, text("hi"), Peer.answer_close) as served:
        process = start("connect", served.url, "-f", "ndjson")
        assert process.stdout is not None
        head, message = process.stdout.readline(), process.stdout.readline()
        assert b'"HANDSHAKE"' in head
        assert b'"hi"' in message
        process.send_signal(number)
        ran = ended(process)
    assert ran.exit == exit
    assert close_sent(served.peers[0]) == 1000
    assert f'"clean":true,"code":1000,"name":"OK","reason":"","sent":1000,"cause":"","exit":{exit}}}' in ran.out
    assert "closed by us" in ran.err
    assert "1 received" in ran.err


def test_signal_where_nobody_answers() -> None:
    """Two seconds at most; at once on a second signal."""

    def case(signals: int) -> tuple[Ran, float]:
        with serving(open_, text("hi"), Peer.keep) as served:
            process = start("connect", served.url, "-r")
            assert process.stdout is not None
            assert process.stdout.readline() == b"hi\n"
            began = time.monotonic()
            for _ in range(signals):
                process.send_signal(signal.SIGINT)
                time.sleep(0.2)
            return ended(process), time.monotonic() - began

    (once, waited), (twice, at_once) = together(case, [1, 2])
    assert once.exit == twice.exit == 130
    assert "did not answer our close within 2 s" in once.err
    assert 1.5 < waited < PROMISED_S
    assert at_once < 1.5


def test_first_cause_wins() -> None:
    """A close of the peer stands, whatever is wished for behind it."""
    with serving(open_, close(1011), Peer.until_close, 0.5) as served:
        process = start("connect", served.url, "-m", "1s")
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    assert ran.exit == 6


def test_nohup() -> None:
    """What the parent told us to ignore stays ignored: nohup, and the shell's background jobs."""
    with serving(open_, text("hi"), 0.5, close(1000), Peer.until_close) as served:
        line = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command("connect", served.url, "-r")]
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment())
        assert process.stdout is not None
        assert process.stdout.readline() == b"hi\n"
        process.send_signal(signal.SIGHUP)
        assert ended(process).exit == 0


# Order.


def test_answers_come_in_order() -> None:
    """Echo and pong go out before what stands behind them in the same packet is acted on."""
    sent = text("a") + ping(b"b") + binary(b"c") + ping(b"d")
    for end, code in ((close(1000), 1000), (b"\x83\x00", 1002)):
        with serving(open_, sent + end, lambda peer: peer.listen(0.4)) as served:
            run("connect", served.url, "--echo")
        frames = served.received()
        assert frames[:4] == [(TEXT, b"a"), (PONG, b"b"), (BINARY, b"c"), (PONG, b"d")]
        assert frames[4][0] == CLOSE
        assert close_sent(served.peers[0]) == code
        assert len(frames) == 5


def test_nothing_is_sent_behind_the_close() -> None:
    with serving(open_, close(1000) + text("late") + ping(b"late"), lambda peer: peer.listen(0.4)) as served:
        ran = run("connect", served.url, "--echo")
    assert ran.exit == 0
    assert served.received() == [(CLOSE, b"\x03\xe8")]
