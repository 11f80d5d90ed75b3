"""What ``connect`` sends beyond lines: the little language, waits, greetings, other delimiters, JSON, and the pace."""

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.servers import (
    BOUND_S,
    Peer,
    Ran,
    Step,
    binary,
    close,
    ended,
    open_,
    opened,
    ping,
    run,
    serving,
    start,
    text,
    together,
)
from wsinspect.clock import now
from wsinspect.compose import compose
from wsinspect.connecting import Connecting
from wsinspect.conversation.script import Script
from wsinspect.conversation.talk import Talk
from wsinspect.conversation.wishes import Sending
from wsinspect.errors import Exit
from wsinspect.events import Batch, Closed
from wsinspect.net.opening import open_session
from wsinspect.target import parse_target
from wsinspect.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, write_frame

CLOSE_1000 = (CLOSE, b"\x03\xe8")
Frames = list[tuple[int, bytes]]


def talk(*arguments: str, given: bytes | None = None, script: tuple[Step, ...] = ()) -> tuple[Ran, Frames]:
    """Run against a server that answers the close; return what it ran to, and the frames that the server got."""
    with serving(*(script or (open_, Peer.answer_close))) as served:
        ran = run("connect", served.url, "--linger", "100ms", *arguments, given=given)
    return ran, served.received()


def sends(*values: str) -> tuple[str, ...]:
    return tuple(part for value in values for part in ("--send", value))


def answering(answers: dict[bytes, bytes]) -> Callable[[Peer], None]:
    """Return a step that answers each message as is told, and the close."""

    def answer(peer: Peer) -> None:
        while (frame := peer.frame()) is not None and frame[0] != CLOSE:
            if frame[1] in answers:
                peer.send(answers[frame[1]])
        if not peer.gone:
            peer.send(write_frame(peer.received[-1][1], CLOSE))

    return answer


# The little language.


def test_values_of_send(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes("ä\n".encode())
    (tmp_path / "pic").write_bytes(b"\x89\xff")
    values = [
        f"@{tmp_path}/text",
        f"@{tmp_path}/pic",
        "hex:00 ff",
        "base64:AP8",
        "//x",
        "@@x",
        "/text hi",
        "/binary 0a",
    ]
    ran, frames = talk("-n", *sends(*values, "/ping beat", "/pong", "/sleep 10ms", "last"))
    assert ran.exit == 0
    assert frames == [
        (TEXT, "ä\n".encode()),
        (BINARY, b"\x89\xff"),
        (BINARY, b"\0\xff"),
        (BINARY, b"\0\xff"),
        (TEXT, b"/x"),
        (TEXT, b"@x"),
        (TEXT, b"hi"),
        (BINARY, b"\n"),
        (PING, b"beat"),
        (PONG, b""),
        (TEXT, b"last"),
        CLOSE_1000,
    ]
    assert ran.out.count("↑ PONG") == 1


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("/close 4001 see you", b"\x0f\xa1see you"),
        ("/close GOING_AWAY", b"\x03\xe9"),
        ("/close none", b""),
        ("/close", b"\x03\xe8"),
    ],
)
def test_close_as_told(value: str, body: bytes) -> None:
    ran, frames = talk("-n", *sends("a", value, "b", "/ping", "/sleep 1h"))
    assert ran.exit == 0
    assert frames == [(TEXT, b"a"), (CLOSE, body)]
    assert "messages 3 to 4 of 5 were not sent before the connection ended" in ran.err
    assert "closed by us" in ran.err


def test_mistakes_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"hunter2")
    rows = [
        (("--send", "ok", "--send", "/pong x", "--send", "/pnog"), "--send 3: there is no command called `/pnog`"),
        (("--send", "hex:0"), "--send: the hex digits from character 5 on"),
        (("--on-connect", "/close 1006"), "--on-connect: close code 1006 may not be sent"),
        (("--send", f"@{tmp_path}/none"), "no such file or directory"),
        (("--send", f"@{tmp_path}"), "is a directory"),
        (("--send", "@-"), "--send: @- is no file"),
        (("--send", "/wait a ==="), "--send: "),
        (("--send", '{"a": hunter2}', "--json"), "--send: it is not JSON: line 1, column 7: a value is missing"),
        (("--json", "--send", f"@{tmp_path}/secret"), "--send: it is not JSON: line 1, column 1"),
        (("--binary", "--json"), "--binary and --json exclude each other"),
        (("--input-delimiter", r"\q"), "of escapes there are"),
        (("--input-delimiter", "a\\"), "of escapes there are"),
        (("--interval", "soon"), "is not a time"),
    ]
    # Nobody listens on port 1, which would be exit 3.
    for ran, (_, said) in zip(together(lambda row: run("connect", ":1", *row[0]), rows), rows, strict=True):
        assert ran.exit == 2, ran.err
        assert said in ran.err
        assert "hunter2" not in ran.err


def test_help_names_every_command() -> None:
    from wsinspect.compose import COMMANDS

    told = run("connect", "--help").out
    for name in COMMANDS:
        assert f"/{name}" in told


# Waiting.


def test_waiting_for_answers() -> None:
    answers = {
        b'{"op": "login"}': text('{"ok": false}') + text('{"ok": true}'),
        b"more": text('{"n": 1}') + text('{"n": 2}') + text('{"n": 3}'),
    }
    ran, frames = talk(
        "-n",
        *sends('{"op": "login"}', "/wait ok", "more", "/wait n == 1", "/sleep 50ms", "/wait n == 3", "done"),
        script=(open_, answering(answers)),
    )
    assert ran.exit == 0, ran.err
    assert frames == [(TEXT, b'{"op": "login"}'), (TEXT, b"more"), (TEXT, b"done"), CLOSE_1000]


def test_an_answer_that_comes_before_the_wait() -> None:
    """In the first packet, or in an interval: what came since the last message counts."""
    hello = opened(glued=text("hello"))
    cases = [
        (sends("/wait :text == 'hello' 5s", "x"), (hello, Peer.answer_close)),
        (("--on-connect", "/wait :text == 'hello' 5s", "--send", "x"), (hello, Peer.answer_close)),
        (
            ("--interval", "200ms", *sends("x", "/sleep 200ms", "/wait :text == 'y' 5s")),
            (hello, answering({b"x": text("y")})),
        ),
        (sends("/wait :type == 'ping' 5s", "x"), (opened(glued=ping(b"")), Peer.answer_close)),
        (sends("/wait :type == 'binary' 5s", "x"), (opened(glued=binary(b"\0")), Peer.answer_close)),
    ]
    for ran, frames in together(lambda case: talk("-n", *case[0], script=case[1]), cases):
        assert ran.exit == 0, ran.err
        assert (TEXT, b"x") in frames


def test_what_came_earlier_does_not_count() -> None:
    ran, frames = talk(
        "-n",
        *sends("/wait :text == 'a'", "x", "/wait :text == 'a' 300ms", "y"),
        script=(opened(glued=text("a")), Peer.answer_close),
    )
    assert ran.exit == 1
    assert frames == [(TEXT, b"x"), CLOSE_1000]
    assert "no message matched `:text == 'a'` within 0.3 s (see /wait)" in ran.err
    assert "message 4 of 4 was not sent" in ran.err


def test_a_wait_that_is_not_met() -> None:
    def case(script: tuple[Step, ...]) -> Ran:
        return talk("-n", *sends("/wait never", "x"), script=(open_, text("no"), *script))[0]

    good, bad, lost, late = together(
        case,
        [
            (close(1000), Peer.until_close),
            (close(1011), Peer.until_close),
            (0.1, Peer.reset),
            # The match and the close in one packet: it was met, though nothing could be sent any more.
            (text('{"never": 1}') + close(1000), Peer.until_close),
        ],
    )
    assert good.exit == 1
    assert "the connection ended before a message matched `never`" in good.err
    assert bad.exit == 6
    assert lost.exit == 7
    assert late.exit == 0
    for ran in (good, bad, lost, late):
        assert "message 2 of 2 was not sent before the connection ended" in ran.err


def test_waiting_for_the_close() -> None:
    ran, _ = talk("-n", *sends("bye", "/wait :code == 1000"), script=(open_, answering({b"bye": close(1000)})))
    assert ran.exit == 0


def test_an_unmet_wait_is_told_everywhere() -> None:
    ran, _ = talk(
        "-n", *sends("/wait never 100ms"), "-f", "ndjson", "--summary", "json", script=(open_, Peer.answer_close)
    )
    told = json.loads(ran.out.splitlines()[-1])
    assert (ran.exit, told["exit"], json.loads(ran.err.splitlines()[-1])["exit"]) == (1, 1, 1)
    assert "no message matched `never` within 0.1 s" in told["cause"]


def test_an_answer_that_lies_unread_while_the_output_stands_still() -> None:
    """It came in time, behind more than we take."""
    # More than is held anywhere, and no more than is read in no time.
    flood = write_frame(b"x" * 65_535, BINARY) * 80
    with serving(open_, flood, text("last"), Peer.answer_close) as served:
        arguments = sends("/wait :text == 'last' 1s", "thanks")
        process = start("connect", served.url, "-n", "-r", "--linger", "100ms", *arguments)
        time.sleep(2.2)
        assert process.poll() is None
        ran = ended(process)
    assert ran.exit == 0, ran.err
    assert served.received() == [(TEXT, b"thanks"), CLOSE_1000]


def test_a_wait_ends_while_messages_pour_in() -> None:
    """Though we may always be behind, what came too late does not hold it up."""
    piece = text("x" * 1000) * 50

    def pour(peer: Peer) -> None:
        def send() -> None:
            try:
                while not peer.received:
                    peer.send(piece)
            except OSError:
                pass

        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        peer.until_close()
        sending.join(BOUND_S)
        peer.send(close(1000))

    ran, _ = talk("-n", "-r", *sends("/wait never 300ms"), script=(open_, pour))
    assert ran.exit == 1
    assert "no message matched `never` within 0.3 s" in ran.err


# Greetings.


def test_greetings_come_first_and_do_not_end() -> None:
    """Who only greets, listens."""

    def late(peer: Peer) -> None:
        assert peer.frame() == (TEXT, b"login")
        peer.send(text("ok"))
        assert peer.frame() == (TEXT, b"subscribe")
        time.sleep(0.6)
        peer.send(text("news") + close(1000))
        peer.until_close()

    greetings = ("--on-connect", "login", "--on-connect", "/wait :text == 'ok'", "--on-connect", "subscribe")
    ran, _ = talk("-n", "-r", *greetings, script=(open_, late))
    assert (ran.exit, ran.out) == (0, "ok\nnews\n")
    ran, frames = talk("--send", "two", "--on-connect", "one", given=b"three\n")
    assert ran.exit == 0
    assert frames == [(TEXT, b"one"), (TEXT, b"two"), (TEXT, b"three"), CLOSE_1000]


class Notices:
    """A voice that remembers what it said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def notice(self, text: str) -> None:
        self.said.append(text)


def conversing(talk: Talk, *urls: str) -> list[Closed]:
    """Talk in one session after the other, as reconnecting does; return how they ended."""

    async def follow(url: str) -> Closed:
        session = await open_session(Connecting(parse_target(url)), now)
        talking = asyncio.ensure_future(talk.speak(session))
        async for batch in session.batches():
            if talk.waiting:
                talk.saw(batch)
        talking.cancel()
        await asyncio.wait([talking])
        assert talking.cancelled() or talking.exception() is None
        assert session.closed is not None
        return session.closed

    async def all_of_them() -> list[Closed]:
        ends = [await follow(url) for url in urls]
        talk.over()
        talk.over()
        return ends

    return asyncio.run(asyncio.wait_for(all_of_them(), BOUND_S))


def steps(*texts: str) -> tuple[Any, ...]:
    return tuple(compose(text, reads=lambda path: b"") for text in texts)


def test_several_connections() -> None:
    """Greetings go out on each; the rest goes on where it was. A wait that was met is not waited for again."""

    def leaves(after: int) -> Callable[[Peer], None]:
        def leave(peer: Peer) -> None:
            for left in range(after, 0, -1):
                frame = peer.frame()
                assert frame is not None
                peer.send(text(b"re " + frame[1]) + (close(1012) if left == 1 else b""))
            peer.until_close()

        return leave

    sending = Sending(
        greetings=steps("login", "/wait :text == 're login'"),
        sends=steps("one", "/sleep 0", "/wait :text == 're one'", "two", "/wait :text == 're two'", "three"),
        reads_stdin=False,
        linger_s=0.1,
    )
    with (
        serving(open_, leaves(2)) as first,
        serving(open_, leaves(1)) as second,
        serving(open_, Peer.frame, text("re login"), Peer.frame, text("re two"), Peer.answer_close) as third,
    ):
        voice = Notices()
        ends = conversing(Talk(sending, voice, now), first.url, second.url, third.url)  # type: ignore[arg-type]
    assert [end.exit for end in ends] == [Exit.CLOSED_BADLY, Exit.CLOSED_BADLY, Exit.OK]
    got = [[payload for opcode, payload in server.received() if opcode == TEXT] for server in (first, second, third)]
    assert got == [[b"login", b"one"], [b"login"], [b"login", b"two", b"three"]]
    assert len(voice.said) == 1
    assert "closing: all is sent" in voice.said[0]


def test_waits_that_were_met_are_done_though_nobody_has_passed_them() -> None:
    """As when the answer and the end are taken at once: the session stands in for one that is over by then."""
    over = SimpleNamespace(expecting="")
    script = Script(steps("/wait a", "/sleep 1s", "/wait b", "x", "/wait a"), over, lambda: None, now)  # type: ignore[arg-type]
    expected = []
    for row in (b'{"b": 1}', b'{"a": 1}', b'{"a": 1}', b'{"b": 1}'):
        expected.append((script.done, over.expecting[-4:]))
        script.saw(Batch(now(), "in", [(TEXT, row, 2)], messages=1))
    assert expected == [(0, " `a`"), (0, " `a`"), (1, " `b`"), (1, " `b`")]
    assert script.done == 3
    assert not script.waiting
    assert over.expecting[-4:] == " `a`"


def test_input_that_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was read and could not be sent goes out on the next connection; without one it is told."""
    (tmp_path / "lines").write_bytes(b"one\ntwo\nthree\nfour\nfive")

    def takes(count: int) -> Callable[[Peer], None]:
        def take(peer: Peer) -> None:
            for _ in range(count):
                peer.frame()
            peer.send(close(1001))
            peer.until_close()

        return take

    with (
        open(tmp_path / "lines") as stdin,
        serving(open_, takes(1)) as first,
        serving(open_, takes(2)) as second,
    ):
        monkeypatch.setattr("sys.stdin", stdin)
        voice = Notices()
        # So slow that each server has closed before the next line.
        talk = Talk(Sending(interval_s=0.3), voice, now)  # type: ignore[arg-type]
        conversing(talk, first.url, second.url)
    got = [[payload for opcode, payload in served.received() if opcode == TEXT] for served in (first, second)]
    assert got == [[b"one"], [b"two", b"three"]]
    assert voice.said == ["lines 4 to 5 of standard input were not sent before the connection ended"]


# Standard input in other shapes.

SHAPES: list[tuple[tuple[str, ...], bytes, Frames]] = [
    (("--input-delimiter", r"\0"), b"a\nb\0c", [(TEXT, b"a\nb"), (TEXT, b"c")]),
    (("--input-delimiter", r"\r\n"), b"a\nb\r\nc\r\n", [(TEXT, b"a\nb"), (TEXT, b"c")]),
    (("--input-delimiter", r"\t"), b"a\tb\n", [(TEXT, b"a"), (TEXT, b"b\n")]),
    (("--input-delimiter", r"-\\-\x41"), rb"a-\-Ab", [(TEXT, b"a"), (TEXT, b"b")]),
    (("--input-delimiter", "none"), b"a\nb\n", [(TEXT, b"a\nb\n")]),
    (("--input-delimiter", ""), b"a\nb\n", [(TEXT, b"a\nb\n")]),
    (("--input-delimiter", "none"), b"", []),
    ((), b"a\r\n/ping\n@x\nhex:0a\n", [(TEXT, b"a\r"), (TEXT, b"/ping"), (TEXT, b"@x"), (TEXT, b"hex:0a")]),
    (("--binary",), bytes(range(256)), [(BINARY, bytes(range(256)))]),
    (("--binary", "--input-delimiter", r"\n"), b"a\n\xff\n\n", [(BINARY, b"a"), (BINARY, b"\xff"), (BINARY, b"")]),
    (("--json",), b'{"a": [1]}\r\n"x"\n', [(TEXT, b'{"a": [1]}\r'), (TEXT, b'"x"')]),
    (("--json", "--input-delimiter", "none"), b'{\n "a": 1\n}\n', [(TEXT, b'{\n "a": 1\n}\n')]),
    (("--json", "--send", "hex:00", "--send", "/ping no"), b"", [(BINARY, b"\0"), (PING, b"no")]),
]


def test_shapes_of_input() -> None:
    def case(shape: tuple[tuple[str, ...], bytes, Frames]) -> tuple[Ran, Frames]:
        return talk(*shape[0], "--for", "800ms" if not shape[2] else "5s", given=shape[1])

    for (arguments, given, sent), (ran, frames) in zip(SHAPES, together(case, SHAPES), strict=True):
        assert ran.exit == 0, (arguments, ran.err)
        assert frames == [*sent, CLOSE_1000], (arguments, given)


def test_input_that_is_not_json() -> None:
    rows: list[tuple[tuple[str, ...], bytes, str, Frames]] = [
        ((), b'1\n{"a": }\n2\n', "line 2 of standard input is not JSON: column 7: a value is missing", [(TEXT, b"1")]),
        ((), b"1\n\n2\n", "line 2 of standard input is not JSON: column 1: a value is missing", [(TEXT, b"1")]),
        (
            ("--input-delimiter", "none"),
            b'{\n"a": 1,\n"b" 2}',
            "message 1 of standard input is not JSON: line 3, column 5: a colon is missing",
            [],
        ),
    ]

    def case(row: tuple[tuple[str, ...], bytes, str, Frames]) -> tuple[Ran, Frames]:
        return talk("--json", *row[0], given=row[1])

    for (_, _, said, sent), (ran, frames) in zip(rows, together(case, rows), strict=True):
        assert ran.exit == 2
        assert said in ran.err
        assert frames == [*sent, CLOSE_1000]


def test_pace() -> None:
    """Sends and lines alike; the first goes out at once."""

    def measured(peer: Peer) -> None:
        while (frame := peer.frame()) is not None and frame[0] != CLOSE:
            at.append(time.monotonic())
        peer.send(write_frame(peer.received[-1][1], CLOSE))

    at: list[float] = []
    ran, frames = talk("--interval", "200ms", *sends("1", "/ping"), given=b"3\n4\n", script=(open_, measured))
    assert ran.exit == 0
    assert [payload for _, payload in frames[:-1]] == [b"1", b"", b"3", b"4"]
    # A busy machine makes a gap longer and the next one shorter.
    assert at[-1] - at[0] > 0.5


def test_lines_that_were_read_in_vain() -> None:
    with serving(open_, close(1000), Peer.until_close, 0.5) as served:
        process = start("connect", served.url, stdin=subprocess.PIPE)
        assert process.stdout is not None
        assert b"CLOSE" in process.stdout.readline()
        ran = ended(process, b"late\nlater\nlast")
    assert ran.exit == 0
    assert "lines 1 to 3 of standard input were not sent before the connection ended" in ran.err
