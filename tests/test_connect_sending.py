"""What ``connect`` sends, and when it has had enough: lines of standard input, --send, --echo, --linger, --count."""

import json
import socket
import struct
import subprocess
import time

from tests.servers import (
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
    ran_on,
    run,
    serving,
    start,
    text,
    together,
)
from wsinspect.wire.frames import BINARY, CLOSE, TEXT, write_frame

CLOSE_1000 = (CLOSE, b"\x03\xe8")


def talk(
    *arguments: str, given: bytes | None = None, script: tuple[Step, ...] = ()
) -> tuple[Ran, list[tuple[int, bytes]]]:
    """Run against a server that answers the close; return what it ran to, and the frames that the server got."""
    with serving(*(script or (open_, Peer.answer_close))) as served:
        ran = run("connect", served.url, *arguments, given=given)
    return ran, served.received()


LINES: list[tuple[bytes, list[bytes]]] = [
    (b"a\nb\n", [b"a", b"b"]),
    (b"a\nb", [b"a", b"b"]),
    (b"a\n\nb\n", [b"a", b"", b"b"]),
    (b"\n", [b""]),
    ("ä € 🎉\n".encode(), ["ä € 🎉".encode()]),
    (b"x" * 200_000 + b"\n", [b"x" * 200_000]),
    (b"a\x1b[31m\x00\n", [b"a\x1b[31m\x00"]),
]


def test_lines_become_messages() -> None:
    def case(given: bytes) -> tuple[Ran, list[tuple[int, bytes]]]:
        return talk("--linger", "100ms", given=given)

    for (given, sent), (ran, frames) in zip(LINES, together(case, [row[0] for row in LINES]), strict=True):
        assert ran.exit == 0, given[:20]
        assert frames == [*((TEXT, line) for line in sent), CLOSE_1000]
        assert "closing: all is sent, and no message came for 0.1 s" in ran.err


def test_sends_come_first() -> None:
    ran, frames = talk("--send", "one", "--send", "zwei ä", "--linger", "100ms", given=b"three\n")
    assert ran.exit == 0
    assert frames == [(TEXT, b"one"), (TEXT, "zwei ä".encode()), (TEXT, b"three"), CLOSE_1000]
    assert ran.out.count("↑ TEXT") == 3


def test_without_standard_input() -> None:
    ran, frames = talk("-n", "--send", "one", "--linger", "100ms", given=b"three\n")
    assert ran.exit == 0
    assert frames == [(TEXT, b"one"), CLOSE_1000]


def test_large_input_is_sent_whole() -> None:
    lines = [b"%06d " % number + b"x" * 90 for number in range(20_000)]
    ran, frames = talk("--linger", "300ms", "-r", given=b"\n".join(lines))
    assert ran.exit == 0
    assert [payload for opcode, payload in frames if opcode == TEXT] == lines


# Lingering.


def test_lingering() -> None:
    """The wait begins anew with every data message; pings do not count, and silence is told."""

    def replies(peer: Peer) -> None:
        peer.frame()
        for number in range(4):
            time.sleep(0.25)
            peer.send(text(str(number)))
        for _ in range(8):
            peer.send(ping())
            time.sleep(0.1)
        peer.answer_close()

    def case(arguments: tuple[str, ...]) -> Ran:
        return talk(*arguments, "-r", script=(open_, replies), given=b"go\n")[0]

    quiet, told = together(case, [("--linger", "600ms", "-q"), ("--linger", "600ms")])
    assert quiet.out == told.out == "0\n1\n2\n3\n"
    assert quiet.exit == told.exit == 0
    assert quiet.err == ""
    assert "no message came for 0.6 s (see --linger)" in told.err


def test_listening_without_an_end() -> None:
    """Who sent nothing just listens; so does who lingers for ever."""

    def late(peer: Peer) -> None:
        time.sleep(1.6)
        peer.send(text("late") + close(1000))
        peer.until_close()

    def case(row: tuple[tuple[str, ...], bytes]) -> Ran:
        return talk(*row[0], "-r", given=row[1], script=(open_, late))[0]

    for ran in together(case, [((), b""), (("-n",), b"x"), (("--linger", "inf"), b"x\n")]):
        assert (ran.exit, ran.out) == (0, "late\n")
        assert "--linger" not in ran.err


def test_reply_to_the_last_line_is_seen() -> None:
    """Unlike with other tools, a reply after the end of standard input is not lost."""

    def slowly(peer: Peer) -> None:
        assert peer.frame() == (TEXT, b"question")
        time.sleep(0.4)
        peer.send(text("answer"))
        peer.answer_close()

    ran, _ = talk("-r", given=b"question\n", script=(open_, slowly))
    assert (ran.exit, ran.out) == (0, "answer\n")


# Enough.


def test_count() -> None:
    sent = text("a") + ping() + binary(b"b") + write_frame(b"c", TEXT, fin=False) + write_frame(b"d", 0) + text("e")

    def case(count: int) -> Ran:
        return talk("-c", str(count), "-r", script=(open_, sent, 0.3, close(1000), Peer.until_close))[0]

    one, three, four, five = together(case, [1, 3, 4, 5])
    assert (one.exit, one.out) == (0, "a\n")
    assert (three.exit, three.out) == (0, "a\nb\ncd\n")
    assert (four.exit, four.out) == (0, "a\nb\ncd\ne\n")
    assert (five.exit, five.out) == (1, "a\nb\ncd\ne\n")
    assert "5 messages were wanted, but 1 of them did not come" in five.err


def test_count_closes() -> None:
    ran, frames = talk("-c", "1", script=(open_, text("a"), Peer.answer_close))
    assert ran.exit == 0
    assert frames == [CLOSE_1000]
    assert "closed by us, cleanly" in ran.err


def test_count_does_not_hide_a_bad_end() -> None:
    ran, _ = talk("-c", "2", script=(open_, text("a") + close(1011), Peer.until_close))
    assert ran.exit == 6


def test_count_is_met_before_a_bad_end() -> None:
    """It must not depend on how the server's bytes fall into packets."""
    ran, _ = talk("-c", "1", "-r", script=(open_, text("a") + close(1011), Peer.until_close))
    assert (ran.exit, ran.out) == (0, "a\n")


def test_time_limits() -> None:
    def case(arguments: tuple[str, ...]) -> Ran:
        return talk(*arguments)[0]

    wished, limited, both = together(case, [("--for", "300ms"), ("-m", "300ms"), ("--for", "300ms", "-m", "600ms")])
    assert (wished.exit, limited.exit, both.exit) == (0, 9, 0)
    assert "--max-time of 0.3 s is over" in limited.err
    assert "closed by us, cleanly" in wished.err


def test_durations_that_are_none() -> None:
    for ran in together(
        lambda value: run("connect", ":1", *value), [("-m", "soon"), ("--for", "-1s"), ("-c", "0"), ("--linger", "")]
    ):
        assert ran.exit == 2
        assert "hint: see `wsinspect connect --help`" in ran.err


# Echo.


def test_echo() -> None:
    sent = [(TEXT, b"a"), (BINARY, bytes(range(256))), (TEXT, b""), (TEXT, b"x" * 70_000)]
    script = (
        open_,
        b"".join(write_frame(payload, opcode) for opcode, payload in sent),
        0.3,
        close(1000),
        Peer.until_close,
    )
    ran, frames = talk("--echo", script=script)
    assert ran.exit == 0
    assert frames == [*sent, CLOSE_1000]


def test_echo_joins_fragments() -> None:
    script = (open_, write_frame(b"a", TEXT, fin=False) + write_frame(b"b", 0), 0.2, close(1000), Peer.until_close)
    assert talk("--echo", script=script)[1] == [(TEXT, b"ab"), CLOSE_1000]


def test_compressed_sending() -> None:
    """What is shown is what was sent: the payload, and its size on the wire."""
    line = b"again and " * 1000
    with serving(opened("Sec-WebSocket-Extensions: permessage-deflate"), Peer.answer_close) as served:
        ran = run("connect", served.url, "--linger", "100ms", given=line + b"\n")
    assert ran.exit == 0
    assert len(served.received()[0][1]) < 200
    assert "↑ TEXT    10.0 kB  again and again" in ran.out


# What goes wrong.


def test_line_that_is_not_utf8() -> None:
    ran, frames = talk(given=b"good\nb\xffd\nnever\n")
    assert ran.exit == 2
    assert frames == [(TEXT, b"good"), CLOSE_1000]
    assert "line 2 of standard input is not UTF-8" in ran.err


def test_argument_that_is_not_utf8() -> None:
    """As a line: what is no UTF-8 cannot be a text message."""
    with serving(open_, Peer.answer_close) as served:
        process = subprocess.Popen(
            [*(part.encode() for part in command("connect", served.url, "-n", "--send")), b"b\xffd"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        ran = ended(process)
    assert ran.exit == 2
    assert "UTF-8" in ran.err


def test_line_while_the_server_closes() -> None:
    """It is not sent, and said so."""
    with serving(open_, close(1000), Peer.until_close, 0.5) as served:
        process = start("connect", served.url, stdin=subprocess.PIPE)
        assert process.stdout is not None
        assert b"CLOSE" in process.stdout.readline()
        ran = ended(process, b"late\n")
    assert ran.exit == 0
    assert "line 1 of standard input was not sent before the connection ended" in ran.err


def test_no_input_at_all() -> None:
    """Closed, it is as if it had ended."""

    def case(shell: str) -> Ran:
        with serving(open_, text("hi"), 0.3, close(1000), Peer.until_close) as served:
            line = " ".join([*command("connect", served.url, "-r"), shell])
            process = subprocess.Popen(
                ["sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
            )
            return ended(process)

    for ran in together(case, ["<&-", "</dev/null", "</dev/zero -n"]):
        assert (ran.exit, ran.out) == (0, "hi\n"), ran.err


def test_unmet_count_is_told_everywhere() -> None:
    ran = ran_on([open_, text("a"), close(1000), Peer.until_close], "-c", "2", "-f", "ndjson", "--summary", "json")
    told = json.loads(ran.out.splitlines()[-1])
    assert (ran.exit, told["exit"], json.loads(ran.err.splitlines()[-1])["exit"]) == (1, 1, 1)
    assert "2 messages were wanted, but 1 of them did not come" in told["cause"]


def test_line_without_an_end() -> None:
    with serving(open_, Peer.until_close) as served:
        process = start(
            "connect", served.url, "-r", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        ran = ended(process, b"a" * (70 << 20))
    assert ran.exit == 2
    assert "line 1 of standard input is longer than 64 MiB" in ran.err


def test_connection_lost_while_sending_is_held_up() -> None:
    """A peer that reads nothing and then resets is a lost connection, and no fault of ours."""

    def reset(peer: Peer) -> None:
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sock.close()

    with serving(open_, 0.5, reset) as served:
        ran = run("connect", served.url, "-r", given=b"x" * (24 << 20) + b"\n")
    assert ran.exit == 7


def test_quiet_programs_say_why_they_fail() -> None:
    ran = ran_on([open_, Peer.until_close], "-q", "-n", "-m", "0.3s")
    assert ran.exit == 9
    assert ran.err.startswith("error: ")
    assert "--max-time of 0.3 s is over" in ran.err


def test_our_own_credentials_do_not_come_back() -> None:
    body = b"you sent Authorization: Bearer hunter2-hunter2 and X-Api-Key: correcthorse"
    ran = ran_on(
        [Peer.ask, answer("404 Not Found", body)],
        "-H",
        "X-Api-Key: correcthorse",
        "-H",
        "Authorization: Bearer hunter2-hunter2",
    )
    assert ran.exit == 5
    assert "hunter2" not in ran.err + ran.out
    assert "correcthorse" not in ran.err + ran.out
    assert "you sent" in ran.err
