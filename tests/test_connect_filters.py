"""``--type``, ``--where``, ``--grep``, ``--select``, ``--until``, ``--count`` of ``connect``, against real sockets."""

import json
import os
import subprocess
import time

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
from wsinspect.render.cells import cells
from wsinspect.wire.frames import CLOSE, PONG, TEXT, write_frame

CLOSE_1000 = (CLOSE, b"\x03\xe8")
FEED = b"".join(
    [
        text('{"op": "hello", "n": 0}'),
        text('{"op": "trade", "n": 1, "price": 99.5}'),
        ping(b"beat"),
        text('{"op": "trade", "n": 2, "price": 101.10}'),
        binary(b"\x00\xffdata"),
        text("plain words"),
        binary(b'{"op": "trade", "n": 3, "price": 250}'),
        text('{"op": "bye", "n": 4, "tags": ["a", "\\u00e4"]}'),
    ]
)


def fed(*arguments: str, script: tuple[Step, ...] = (), end: int = 1000) -> Ran:
    return ran_on(script or (open_, FEED + close(end, "done"), Peer.until_close), "-n", *arguments)


def lines(ran: Ran) -> list[str]:
    """Return what a plain line shows, without times."""
    return [" ".join(line.split()[1:]) for line in ran.out.splitlines()]


CLOSE_LINES = ["↓ CLOSE 1000 OK", "↑ CLOSING 1000 OK"]

# Options, and what `raw` prints.
RAW: list[tuple[tuple[str, ...], list[str]]] = [
    (("--where", "price > 100", "--select", "n"), ["2", "3"]),
    (("--where", "op == 'trade'", "--where", "n < 3", "--select", "price"), ["99.5", "101.1"]),
    (("--where", "op == 'trade' && :type == 'binary'"), ['{"op": "trade", "n": 3, "price": 250}']),
    (("--type", "text", "--where", ":size < 12"), ["plain words"]),
    (("--type", "TEXT", "--select", "op"), ["hello", "trade", "trade", "bye"]),
    (("--grep", "(?i)WORDS$"), ["plain words"]),
    (("--grep", "trade", "--grep", '"n": [12]', "--select", "n"), ["1", "2"]),
    (("--select", "tags"), ['["a","ä"]']),
    (("--select", "tags[1]"), ["ä"]),
    (("--select", "{n: n, t: :type}", "--where", "n > 2"), ['{"n":3,"t":"binary"}', '{"n":4,"t":"text"}']),
    (("--type", "binary", "--select", "@ && n"), ["3"]),
    (("--count", "2", "--where", "op == 'trade'", "--select", "n"), ["1", "2"]),
    (("--count", "1", "--select", "price"), ["99.5"]),
    (("--until", "n == 2", "--select", "n"), ["0", "1", "2"]),
    (("--until", "n == 2", "--where", "n == 1", "--select", "n"), ["1"]),
    (("--until", ":type == 'ping'", "--select", "n"), ["0", "1"]),
]


def test_raw() -> None:
    for (arguments, shown), ran in zip(RAW, together(lambda row: fed("-r", *row[0]), RAW), strict=True):
        assert ran.exit == 0, (arguments, ran.err)
        assert ran.out.splitlines() == shown, arguments


# Options, and what of the feed `plain` shows: the start of each line.
PLAIN: list[tuple[tuple[str, ...], list[str]]] = [
    (("--type", "ping,pong"), ["↓ PING 4 B", "↑ PONG 4 B"]),
    (("--type", "text,close"), ["↓ TEXT"] * 5 + CLOSE_LINES),
    (("--type", "binary", "--type", "ping"), ["↓ PING", "↓ BINARY", "↓ BINARY"]),
    (("--where", "n == 2"), ["↓ TEXT", *CLOSE_LINES]),
    (("--grep", "beat"), ["↓ PING", "↑ PONG", *CLOSE_LINES]),
    (("--where", ":dir == 'out'"), ["↑ PONG", *CLOSE_LINES]),
    (("--grep", "\\xffda"), ["↓ BINARY", *CLOSE_LINES]),
    (("--where", "false"), CLOSE_LINES),
    (("--type", "frame", "--grep", "words"), ["↓ frame"]),
    (("--frames", "--where", "n == 4"), ["↓ frame", "↓ TEXT"]),
]


def test_plain() -> None:
    for (arguments, shown), ran in zip(PLAIN, together(lambda row: fed(*row[0]), PLAIN), strict=True):
        assert ran.exit == 0, (arguments, ran.err)
        found = lines(ran)
        if "frame" in " ".join(arguments):
            # Frames of closes stay with them.
            found = [line for line in found if "CLOS" not in line]
        assert len(found) == len(shown), (arguments, found)
        for line in shown:
            assert any(each.startswith(line) for each in found), (arguments, found)


def test_what_is_hidden_is_answered_and_counted() -> None:
    with serving(open_, FEED + close(), Peer.until_close) as served:
        ran = run("connect", served.url, "-n", "--type", "error")
    assert (ran.exit, ran.out) == (0, "")
    assert (PONG, b"beat") in served.received()
    assert "7 received, 0 sent" in ran.err


def test_ndjson_keeps_its_first_and_last_line() -> None:
    ran = fed("-f", "ndjson", "--type", "ping", "--grep", "nothing")
    assert [json.loads(line)["type"] for line in ran.out.splitlines()] == ["HANDSHAKE", "CLOSED"]
    selected = fed("-f", "ndjson", "--type", "binary", "--select", "n")
    rows = [json.loads(line) for line in selected.out.splitlines()]
    assert [(row["type"], row.get("size"), row.get("text")) for row in rows[1:-1]] == [("TEXT", 1, "3")]


def test_errors_are_shown_whatever_is_looked_for() -> None:
    breach: tuple[Step, ...] = (open_, text("a") + write_frame(b"", 3), Peer.until_close)
    shown = fed("--where", "false", script=breach)
    hidden = fed("--type", "text", script=breach)
    assert (shown.exit, hidden.exit) == (8, 8)
    assert "↓ ERROR" in shown.out
    assert "↓ ERROR" not in hidden.out


def test_our_own_messages_are_filtered() -> None:
    with serving(open_, Peer.answer_close) as served:
        ran = run("connect", served.url, "--where", "n > 1", "--linger", "100ms", given=b'{"n": 1}\n{"n": 2}\n')
    assert [line for line in lines(ran) if "TEXT" in line] == ['↑ TEXT 8 B {"n": 2}']
    assert [frame for frame in served.received() if frame[0] == TEXT] == [(TEXT, b'{"n": 1}'), (TEXT, b'{"n": 2}')]


# When it is enough.


def closed_after(*arguments: str, sent: bytes = FEED) -> tuple[Ran, list[tuple[int, bytes]]]:
    """Run against a server that leaves closing to us; return what it got, too."""
    with serving(open_, sent, Peer.answer_close) as served:
        ran = run("connect", served.url, "-n", *arguments)
    return ran, served.received()


def test_until_closes_though_more_came_in_the_same_chunk() -> None:
    for behind in (b"", close(1011), write_frame(b"", 3)):
        ran, received = closed_after("--until", "price > 100", "-r", "--select", "n", sent=FEED + behind)
        assert (ran.exit, ran.out) == (0, "0\n1\n2\n"), ran.err
        assert [frame for frame in received if frame[0] == CLOSE] == [CLOSE_1000]
        assert "closed by us" in ran.err


def test_count_counts_what_passes() -> None:
    ran, received = closed_after("-c", "2", "--type", "binary")
    assert ran.exit == 0
    assert [line.split()[1] for line in lines(ran)[:2]] == ["BINARY", "BINARY"]
    assert received[-1] == CLOSE_1000
    pings, _ = closed_after("-c", "1", "--type", "ping")
    assert (pings.exit, lines(pings)) == (0, ['↓ PING 4 B "beat"'])


def test_enough_is_not_moved_by_an_output_that_stands_still() -> None:
    """The verdict falls where bytes arrive: nobody has read a line yet when the connection is closed."""
    big = text(json.dumps({"n": 0, "x": "x" * 300_000}))
    script = [open_, big + text('{"n": 1}') + big + close(4001), Peer.until_close]
    with serving(*script) as served, start("connect", served.url, "-n", "-r", "--until", "n == 1") as process:
        deadline = time.monotonic() + BOUND_S
        while not (served.peers and served.received()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert served.received() == [CLOSE_1000]
        ran = ended(process)
    assert ran.exit == 0, ran.err
    assert [json.loads(line)["n"] for line in ran.out.splitlines()] == [0, 1]


# What does not come: options, the exit, and what is said.
UNMET: list[tuple[tuple[str, ...], int, int, str]] = [
    (("--until", "n == 9"), 1000, 1, "no message matched `n == 9` before the end"),
    (("--until", "n == 9"), 1011, 6, "closed by the server with 1011"),
    (("-c", "4", "--where", "op == 'trade'"), 1000, 1, "4 messages that pass the filters were wanted, but 1 of them"),
    (("-c", "9"), 1000, 1, "9 messages were wanted, but 2 of them did not come"),
    (("-c", "1", "--grep", "zzz"), 1000, 1, "1 message that passes the filters was wanted, but it did not come"),
    (("--until", "n == 9", "-c", "1", "--type", "pong"), 1000, 1, "did not come, and no message matched `n == 9`"),
    (("--until", ":code == 4001"), 4001, 0, "closed by the server with 4001"),
    (("--until", ":code == 4001"), 4002, 6, "closed by the server with 4002"),
    (("--until", ":text == 'done'"), 1011, 0, "closed by the server with 1011"),
    (("--until", "n == 4"), 1011, 0, "closed by us"),
]


def test_unmet() -> None:
    for (arguments, _, exit, words), ran in zip(
        UNMET, together(lambda row: fed(*row[0], end=row[1]), UNMET), strict=True
    ):
        assert ran.exit == exit, (arguments, ran.err)
        assert words in ran.err, arguments


def test_unmet_by_a_time_limit_and_a_loss() -> None:
    timed, _ = closed_after("--until", "n == 9", "--for", "300ms")
    lost = fed("--until", "n == 9", script=(open_, FEED))
    assert (timed.exit, lost.exit) == (1, 7)
    assert "no message matched" in timed.err


def test_compressed_and_fragmented_messages_are_looked_at_whole() -> None:
    sent = write_frame(b'{"n"', TEXT, fin=False) + ping() + write_frame(b": 7}", 0) + text('{"n": 8}')
    plain, _ = closed_after("--until", "n == 7", "-r", sent=sent)
    assert (plain.exit, plain.out) == (0, '{"n": 7}\n')
    demo = run("connect", "demo:", "-n", "-r", "--until", "op == 'history'", "--select", "op")
    assert (demo.exit, demo.out.splitlines()[-1]) == (0, "history")


# What cannot be read.

WRONG: list[tuple[tuple[str, ...], str, str, str]] = [
    # options, the sentence, the hint, and what stands above the caret
    (("--where", "op = 'x'"), "--where: `=` means nothing here", "did you mean `==`?", "= 'x'"),
    (("--until", "price > && x"), "--until: `&&` cannot stand here", "", "&& x"),
    (("--select", "items[0"), "--select: the `[` is never closed", "", "[0"),
    (("--where", "a", "--where", "größe and b"), "--where: `and` cannot stand here", "`&&`", "and b"),
    (("--where", "日本 = 1"), "--where: `=` means nothing here", "`==`", "= 1"),
    (("--where", "a" * 150 + " ~ b"), "--where: `~` means nothing here", "--grep", "~ b"),
    (("--grep", "a(b"), "--grep: the pattern is wrong", "re.html", "(b"),
    (("--where", "a\x1b[31m"), "--where: `\\x1b` means nothing here", "", "\\x1b[31m"),
    (("--type", "txt"), "`txt` is no type of message; did you mean `text`?", "", ""),
    (("--type", "text,"), "`` is no type of message; known are: text, binary", "", ""),
    (("-c", "1", "--type", "close"), "--type leaves none of them to count", "", ""),
    (("-c", "0"), "-c", "", ""),
]


def test_mistakes_are_told_before_anything_is_opened() -> None:
    for (arguments, sentence, hint, above), ran in zip(
        WRONG, together(lambda row: run("connect", "ws://127.0.0.1:1/", *row[0]), WRONG), strict=True
    ):
        assert (ran.exit, ran.out) == (2, ""), arguments
        said = ran.err.splitlines()
        assert sentence in said[0], arguments
        assert hint in ran.err, arguments
        assert all(cells(line) < 80 for line in said[1:3]), arguments
        if above:
            shown, mark = said[1], said[2]
            assert mark.strip() == "^", arguments
            assert cells(shown[: shown.index(above)]) == len(mark) - 1, arguments


@pytest.mark.parametrize("option", ["--grep", "--where", "--until", "--select"])
def test_values_that_are_no_text(option: str) -> None:
    asked = os.fsencode("\udcff")
    done = subprocess.run(
        [*map(os.fsencode, command("connect", "ws://127.0.0.1:1/", option)), asked],
        capture_output=True, timeout=15, env=environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert f"the value of {option} is not UTF-8" in done.stderr.decode()


def test_filters_load_nothing_when_unused() -> None:
    asked = [*command("connect", "demo:", "-n", "-r", "-c", "1")]
    asked[1:1] = ["-X", "importtime"]
    done = subprocess.run(asked, capture_output=True, timeout=15, env=environment(), text=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "wsinspect.filters.looking" in loaded
    assert not loaded & {
        "jmespath",
        "wsinspect.filters.sieve",
        "wsinspect.filters.expression",
        "wsinspect.filters.place",
    }


def test_types_are_completed() -> None:
    from wsinspect.options.looking import Types

    def offered(typed: str) -> list[str]:
        return [item.value for item in Types().shell_complete(None, None, typed)]  # type: ignore[arg-type]

    assert offered("p") == ["ping", "pong"]
    assert offered("text,b") == ["text,binary"]
    assert "ping,ping" not in offered("ping,")
    assert "ping,pong" in offered("ping,")


def test_zip_of_a_redirected_connection_starts_anew() -> None:
    """What is filtered is what came on the connection that opened."""
    ran = ran_on([opened(), FEED + close(), Peer.until_close], "-n", "-r", "--where", "!:gap", "--select", "n")
    assert ran.out == "0\n"
