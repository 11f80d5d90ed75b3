"""The prompt of ``connect``, driven on a pseudo-terminal: what is typed, what is seen, and what is left behind."""

import contextlib
import json
import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import BOUND_S, Peer, Served, Step, close, open_, ping, serving, text
from tests.test_connect_terminal import COLUMNS, Terminal, terminal

pytest.importorskip("termios")

UP, ENTER, TAB, ESCAPE = b"\x1b[A", b"\r", b"\t", b"\x1b"
CTRL_C, CTRL_D, CTRL_R = b"\x03", b"\x04", b"\x12"
PASTE = b"\x1b[200~", b"\x1b[201~"


def line(screen: str) -> str:
    """Return what stands behind the mark of the prompt; "-" where there is no prompt."""
    marked = [row for row in screen.split("\n") if row == ">" or row.startswith("> ")]
    return marked[-1][2:] if marked else "-"


def prompted(screen: str) -> bool:
    return line(screen) != "-"


def foot(seen: Terminal) -> str:
    """Return the bottom line."""
    rows = [row for row in seen.text().split("\n") if re.match(r" [●○] ", row)]
    return rows[-1] if rows else ""


def enter(seen: Terminal, typed: str) -> None:
    """Type a line; it is gone from the prompt when it was taken."""
    seen.type(typed.encode())
    seen.until(lambda screen: line(screen) == typed[-60:] or typed[-60:] in screen)
    seen.type(ENTER)
    seen.until(lambda screen: line(screen) == "")


@contextlib.contextmanager
def talking(*script: Step, arguments: tuple[str, ...] = (), **env: str) -> Iterator[tuple[Terminal, Served]]:
    """Run the program against a script, up to the prompt."""
    with serving(open_, *script) as served, terminal("connect", served.url, *arguments, **env) as seen:
        seen.until(prompted)
        yield seen, served


def echo(peer: Peer) -> None:
    """Step: send back what comes, answer pings and the close."""
    while (frame := peer.frame()) is not None:
        if frame[0] == 8:
            peer.send(close() if not frame[1] else close(int.from_bytes(frame[1][:2], "big")))
            return
        if frame[0] != 10:
            opcode = 10 if frame[0] == 9 else frame[0]
            peer.send(bytes([0x80 | opcode, len(frame[1])]) + frame[1])


def test_what_is_typed_is_sent_and_what_comes_stands_above() -> None:
    with talking(echo) as (seen, served):
        before = seen.modes()
        enter(seen, "hellö")
        seen.until(lambda screen: "↓ TEXT        6 B  hellö" in screen)
        rows = seen.text().split("\n")
        assert rows[0].startswith("● connected")
        assert re.fullmatch(r"[\d:.]{12}  ↑ TEXT        6 B  hellö", rows[1])
        assert rows[3] == ">", "the prompt stays below"
        assert rows[4].startswith(" ● open  ↓ 1  ↑ 1  12 B  ")
        seen.type(CTRL_D)
        assert seen.end() == 0
        assert not prompted(seen.text())
        assert seen.modes() != before
    assert served.received() == [(1, "hellö".encode()), (8, b"\x03\xe8")]
    assert seen.text().split("\n")[-1].startswith("● closed by us, cleanly · ")
    assert not foot(seen)
    assert seen.screen.cursor.hidden is False


def test_modes_are_given_back() -> None:
    for ending in (CTRL_D, CTRL_C):
        with serving(open_, echo) as served, terminal("connect", served.url) as seen:
            before = seen.modes()
            seen.until(prompted)
            assert seen.modes()[3] != before[3], "raw"
            seen.type(ending)
            seen.end()
            assert seen.modes() == before


def test_modes_are_given_back_after_a_signal_and_a_loss() -> None:
    with talking(echo) as (seen, _):
        raw = seen.modes()
        seen.process.terminate()
        assert seen.end() == 143
        assert seen.modes()[3] & 0xF == raw[3] & 0xF | 0xB, "ISIG, ICANON, ECHO"
    with talking(0.3, Peer.reset) as (seen, _):
        assert seen.end() == 7
        assert seen.modes()[3] & 0xB == 0xB


def test_what_comes_does_not_tear_what_is_typed() -> None:
    def trickle(peer: Peer) -> None:
        for number in range(60):
            peer.send(text(f"message {number}"))
            time.sleep(0.01)
        peer.answer_close()

    with talking(trickle) as (seen, _):
        for character in "half a line":
            seen.type(character.encode())
            time.sleep(0.03)
        seen.until(lambda screen: "message 59" in screen and line(screen) == "half a line")
        rows = [row for row in seen.text().split("\n") if "TEXT" in row]
        numbers = [int(re.fullmatch(r"[\d:.]{12}  ↓ TEXT +\d+ B  message (\d+)", row)[1]) for row in rows]  # type: ignore[index]
        assert numbers == list(range(60))[-len(rows) :]
        seen.type(CTRL_C)
        seen.until(lambda screen: line(screen) == "")
        seen.type(CTRL_C)
        assert seen.end() == 130
    assert "^C" not in seen.text()


def test_a_paste_is_one_message() -> None:
    pasted = json.dumps({"op": "subscribe", "channels": ["a", "b"]}, indent=2)
    with talking(echo) as (seen, served):
        seen.type(PASTE[0] + pasted.replace("\n", "\r").encode() + b"\r" + PASTE[1])
        seen.until(lambda screen: '"channels": [' in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "↓ TEXT" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert served.received()[0] == (1, pasted.encode())


def test_new_lines_are_typed_with_alt_enter() -> None:
    with talking(echo) as (seen, served):
        seen.type(b"one" + ESCAPE + ENTER + b"two")
        seen.until(lambda screen: "> one\n  two" in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "↓ TEXT" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert served.received()[0] == (1, b"one\ntwo")


def test_json_is_checked_before_it_is_sent() -> None:
    with talking(echo) as (seen, served):
        seen.type(b'{"a": 1,}' + ENTER)
        seen.until(lambda screen: "not JSON: line 1, column " in screen)
        assert line(seen.text()) == '{"a": 1,}'
        seen.type(b"\x05!")  # at the end of the line; changed, it is looked at again
        seen.until(lambda screen: "not JSON" not in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "not JSON" in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "↓ TEXT" in screen and line(screen) == "")
        enter(seen, "[1, 2]")
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert [payload for type, payload in served.received() if type == 1] == [b'{"a": 1,}!', b"[1, 2]"]


def test_json_only() -> None:
    with talking(echo, arguments=("--json",)) as (seen, served):
        seen.type(b"{" + ENTER + ENTER)
        seen.until(lambda screen: "not JSON" in screen)
        assert "anyway" not in seen.text()
        seen.type(CTRL_C)
        seen.until(lambda screen: line(screen) == "")
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert served.received() == [(8, b"\x03\xe8")]


def test_history_is_kept_without_secrets(tmp_path: Path) -> None:
    secret = '{"op": "login", "password": "hunter2"}'
    known = ("-H", "X-Api-Key: sesame")
    with talking(echo, arguments=known, XDG_STATE_HOME=str(tmp_path)) as (seen, _):
        enter(seen, "first of all")
        enter(seen, "it is sesame")
        enter(seen, secret)
        seen.type(UP)
        seen.until(lambda screen: line(screen) == secret)
        seen.type(CTRL_C + CTRL_D)
        seen.end()
    folder = tmp_path / "wsinspect"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "history").stat().st_mode) == 0o600
    assert (folder / "history").read_text() == '"first of all"\n'
    with talking(echo, XDG_STATE_HOME=str(tmp_path)) as (seen, _):
        seen.type(UP)
        seen.until(lambda screen: line(screen) == "first of all")
        seen.type(CTRL_C + CTRL_R + b"of")
        seen.until(lambda screen: line(screen) == "first of all" and "search" in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "search" not in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "↓ TEXT" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0


def test_commands_that_send() -> None:
    with talking(echo) as (seen, served):
        enter(seen, "/ping beat")
        seen.until(lambda screen: "↓ PONG" in screen and "ping " in foot(seen))
        for typed in ("/pong", "/binary 0a 0b", "//slash", "/text hex:41"):
            enter(seen, typed)
        seen.until(lambda screen: screen.count("↓ TEXT") == 2)
        enter(seen, "/close 4001 bye")
        assert seen.end() == 0
    sent = [(9, b"beat"), (10, b""), (2, b"\x0a\x0b"), (1, b"/slash"), (1, b"A"), (8, b"\x0f\xa1bye")]
    assert served.received() == sent


def test_mistakes_stay_to_be_mended(tmp_path: Path) -> None:
    with talking(echo) as (seen, served):
        for typed, told in {
            "/pign": "did you mean /ping?",
            "/close 1006": "may not be sent",
            "/binary 0g": "hex",
            f"@{tmp_path}": "it is no file",
            "/frames perhaps": "on or off",
            "/repeat": "how far apart",
            "/repeat 2": "nothing was sent yet",
            "/filter a ==": "^",
            "/save": "the name of a file",
            "/wait x": "for scripts",
        }.items():
            seen.type(typed.encode())
            seen.until(lambda screen: line(screen).startswith(typed[: COLUMNS - 4]))  # noqa: B023
            seen.type(ENTER)
            seen.until(lambda screen: told in screen.replace("\n", " "))  # noqa: B023
            assert line(seen.text()).startswith(typed[: COLUMNS - 4])
            seen.type(CTRL_C)
            seen.until(lambda screen: line(screen) == "" and told not in screen)  # noqa: B023
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert served.received() == [(8, b"\x03\xe8")]


def test_completion(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text("[]")
    with talking(echo) as (seen, served):
        seen.type(b"/pi")
        seen.until(lambda screen: "send a ping" in screen)
        seen.type(TAB)
        seen.until(lambda screen: line(screen) == "/ping")
        seen.type(CTRL_C)
        seen.until(lambda screen: "send a ping" not in screen)
        seen.type(f"@{tmp_path}/or".encode() + TAB)
        seen.until(lambda screen: "order.json" in screen)
        seen.type(ENTER)
        seen.until(lambda screen: "↓ TEXT        2 B  []" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert served.received()[0] == (1, b"[]")


def test_help_lists_every_command() -> None:
    from wsinspect.conversation.slash import ALL, KEYS

    with talking(echo) as (seen, _):
        seen.resize(COLUMNS, 60)
        seen.type(b"/help" + ENTER)
        seen.until(lambda screen: all(f"  /{name}" in screen for name in ALL) and all(key in screen for key in KEYS))


def test_repeat() -> None:
    with talking(echo) as (seen, served):
        enter(seen, "tick")
        enter(seen, "/repeat 3 10ms")
        seen.until(lambda screen: screen.count("↓ TEXT") == 4)
        enter(seen, "/repeat 1000 30s")
        seen.until(lambda screen: "repeating 1/1,000" in foot(seen))
        seen.type(CTRL_C)
        seen.until(lambda screen: "stopped repeating 1/1,000" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert [payload for type, payload in served.received() if type == 1] == [b"tick"] * 5


def test_filter_and_frames() -> None:
    with talking(echo) as (seen, _):
        enter(seen, "/filter a > `1`")
        seen.until(lambda screen: "filter a > `1`" in foot(seen))
        enter(seen, '{"a": 1}')
        enter(seen, '{"a": 2}')
        seen.until(lambda screen: '↓ TEXT        8 B  {"a": 2}' in screen)
        assert '↓ TEXT        8 B  {"a": 1}' not in seen.text()
        assert "↓ 2  ↑ 2" in foot(seen), "all is counted"
        enter(seen, "/filter")
        enter(seen, "/frames on")
        enter(seen, "framed")
        seen.until(lambda screen: screen.count("FIN") == 2)
        enter(seen, "/frames off")
        enter(seen, "bare")
        seen.until(lambda screen: "↓ TEXT        4 B  bare" in screen)
        assert seen.text().count("FIN") == 2


def test_pause_and_resume() -> None:
    go = threading.Event()

    def burst(peer: Peer) -> None:
        go.wait(BOUND_S)
        for number in range(12_345):
            peer.send(text(f"message {number}"))
        peer.answer_close()

    with talking(burst) as (seen, _):
        enter(seen, "/pause")
        go.set()
        seen.until(lambda screen: "paused, 12,345 waiting" in screen and "↓ 12,345" in foot(seen))
        assert "message" not in seen.text()
        enter(seen, "/stats")
        seen.until(lambda screen: "received   12,345 messages" in screen)
        enter(seen, "/resume")
        seen.until(lambda screen: "message 12344" in screen)
        assert "paused" not in foot(seen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    written = seen.written.decode()
    assert "… 2,345 messages not shown" in written
    shown = [int(number) for number in re.findall(r"message (\d+)", written)]
    assert shown == list(range(2345, 12_345))


def test_save(tmp_path: Path) -> None:
    file = tmp_path / "seen.ndjson"
    with talking(echo, arguments=("-H", "Authorization: Bearer sesame-4711")) as (seen, _):
        enter(seen, "hello sesame-4711")
        seen.until(lambda screen: "↓ TEXT" in screen)
        enter(seen, f"/save {file}")
        seen.until(lambda screen: "saved 2 messages" in screen.replace("\n", ""))
        seen.type(f"/save {file}".encode() + ENTER)
        seen.until(lambda screen: "nothing is overwritten" in screen.replace("\n", " "))
        seen.type(CTRL_C + CTRL_D)
        assert seen.end() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = [json.loads(row) for row in file.read_text().splitlines()]
    assert [row["type"] for row in rows] == ["HANDSHAKE", "TEXT", "TEXT"]
    # As in what --record writes.
    assert [row.get("text") for row in rows[1:]] == ["hello ***", "hello ***"]


def test_reconnect_and_quit() -> None:
    with talking(echo) as (seen, served):
        enter(seen, "one")
        enter(seen, "/reconnect")
        seen.until(lambda screen: screen.count("● connected") == 2)
        enter(seen, "two")
        seen.until(lambda screen: "↓ TEXT        3 B  two" in screen)
        assert "↓ 2  ↑ 2" in foot(seen)
        enter(seen, "/quit")
        assert seen.end() == 0
    assert [peer.received[0] for peer in served.peers] == [(1, b"one"), (1, b"two")]


def test_a_close_while_typing_loses_nothing(tmp_path: Path) -> None:
    go = threading.Event()
    script: list[Step] = [lambda peer: go.wait(BOUND_S), close(1012, "soon"), Peer.until_close]
    with talking(*script, XDG_STATE_HOME=str(tmp_path)) as (seen, _):
        seen.type(b"not yet sen")
        seen.until(lambda screen: line(screen) == "not yet sen")
        go.set()
        assert seen.end() == 6
    assert "● not sent: not yet sen" in seen.text()
    assert '● closed by the server with 1012 SERVICE_RESTART "soon"' in seen.text()
    assert "not yet sen" in (tmp_path / "wsinspect" / "history").read_text()


@pytest.mark.parametrize("place", ["slash.help_text", "board.columns"])
def test_a_fault_of_ours_gives_the_terminal_back(place: str, tmp_path: Path) -> None:
    """In a key's handler, and where lines are drawn."""
    module, _, name = place.partition(".")
    breaking = f"from wsinspect.conversation import {module} as module\ndef broken(*given):\n    1 / 0\n"
    (tmp_path / "sitecustomize.py").write_text(f"{breaking}module.{name} = broken\n")
    path = f"{tmp_path}:{Path(__file__).parent.parent}"
    with (
        serving(open_, 0.6, text("hi"), Peer.until_close) as served,
        terminal("connect", served.url, PYTHONPATH=path) as seen,
    ):
        before = seen.modes()
        if module == "slash":
            seen.until(prompted)
            seen.type(b"/help" + ENTER)
        assert seen.end() == 70
        assert seen.modes() == before
    assert "internal fault: ZeroDivisionError" in seen.text()
    assert not prompted(seen.text())


def test_typing_between_two_connections() -> None:
    first = threading.Event()

    def script(peer: Peer) -> None:
        if first.is_set():
            echo(peer)
        else:
            first.set()
            peer.frame()
            # After it the way back takes 5 s at least: time to type.
            peer.send(close(1012))
            peer.until_close()

    with talking(script, arguments=("--reconnect",)) as (seen, served):
        enter(seen, "one")
        seen.until(lambda screen: "○ not connected" in screen)
        seen.type(b"two" + ENTER)
        seen.until(lambda screen: "no connection is open" in screen)
        assert line(seen.text()) == "two"
        seen.type(CTRL_C)
        enter(seen, "/reconnect")
        seen.until(lambda screen: screen.count("● connected") == 2 and "● open" in screen)
        enter(seen, "three")
        seen.until(lambda screen: "↓ TEXT        5 B  three" in screen)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert "GAP" in seen.text()
    assert served.peers[1].received[0] == (1, b"three")


def test_a_second_ctrl_c_leaves_at_once() -> None:
    with talking(Peer.keep) as (seen, _):
        seen.type(CTRL_C)
        seen.until(lambda screen: "○ closing" in screen)
        seen.type(CTRL_C)
        assert seen.end() == 130


def test_the_terminal_goes_away() -> None:
    with talking(Peer.answer_close) as (seen, served):
        seen.hang_up()
        assert seen.process.wait(BOUND_S) == 129
    assert served.received()[-1] == (8, b"\x03\xe8")


def test_pings_are_answered_while_the_terminal_stands_still() -> None:
    """Nobody reads the pseudo-terminal: writing to it would block."""
    answered = threading.Event()

    def flood(peer: Peer) -> None:
        chunk = text("x" * 100) * 1000
        for _ in range(20):
            peer.send(chunk)
        peer.send(ping(b"still there?"))
        while (frame := peer.frame()) is not None:
            if frame == (10, b"still there?"):
                answered.set()
                break
        peer.answer_close()

    with talking(flood) as (seen, _):
        seen.interprets = False
        assert answered.wait(BOUND_S)
        seen.type(CTRL_D)
        assert seen.end() == 0
    assert "20,000 received" in seen.written.decode()


def test_a_key_shows_in_a_flood() -> None:
    """20,000 messages a second: what is typed is seen meanwhile, and in the end all was shown or counted."""
    rate, least, most = 20_000, 10_000, 400_000
    typed = threading.Event()
    sent = 0

    def flood(peer: Peer) -> None:
        nonlocal sent
        began = time.monotonic()
        while sent < least or (sent < most and not typed.is_set()):
            due = int((time.monotonic() - began) * rate) + 1
            peer.send(b"".join([text(f'{{"seq": {number}, "price": 101.5}}') for number in range(sent, due)]))
            sent = due
            time.sleep(0.005)
        peer.answer_close()

    with talking(flood) as (seen, _):
        # A screen that interprets all this would be the slowest part.
        seen.interprets = False
        for character in "αβγδε":
            seen.type(character.encode())
            seen.until_written(character.encode())
        assert sent < most
        typed.set()
        seen.type(CTRL_C)
        seen.until(lambda _: f"↓ {sent:,}".encode() in seen.written[-5000:])
        seen.type(CTRL_D)
        assert seen.end() == 0
    shown = seen.written.count(b'"seq"')
    numbers = re.findall(rb"([\d,]+) messages? not shown", seen.written)
    assert shown + sum([int(number.replace(b",", b"")) for number in numbers]) == sent
    assert f"{sent:,} received".encode() in seen.written


def test_no_prompt_where_none_is_wanted() -> None:
    with serving(open_, text("hi"), close()) as served, terminal("connect", served.url, "-n") as seen:
        assert seen.end() == 0
    assert b"\x1b[?2004h" not in seen.written


@pytest.mark.parametrize(("columns", "lines"), [(20, 6), (10, 3), (40, 2)])
def test_tiny_terminals(columns: int, lines: int) -> None:
    with talking(echo) as (seen, _):
        seen.resize(columns, lines)
        enter(seen, "hi")
        seen.until(lambda screen: line(screen) == "")
        assert "too small" not in seen.text()
        seen.type(CTRL_D)
        assert seen.end() == 0


def test_the_width_follows_the_terminal() -> None:
    with talking(echo) as (seen, _):
        seen.resize(60, 30)
        enter(seen, ("word " * 10).strip())
        seen.until(lambda screen: "↓ TEXT" in screen)
        seen.until(lambda screen: "\n              word word" in screen)
        assert all(len(row) <= 60 for row in seen.text().split("\n"))


def test_no_colour_but_the_theme_s_own() -> None:
    with talking(echo, NO_COLOR="1") as (seen, _):
        enter(seen, "hi")
        seen.until(lambda screen: "↓ TEXT" in screen)
        assert not seen.colours()


@pytest.mark.parametrize("format", ["plain", "ndjson", "raw"])
def test_other_formats(format: str) -> None:
    with talking(echo, arguments=("-f", format)) as (seen, _):
        enter(seen, "hi there")
        seen.until(lambda screen: screen.count("hi there") >= 1 and "↓ 1  ↑ 1" in foot(seen))
        seen.type(CTRL_D)
        assert seen.end() == 0


def test_count_and_send() -> None:
    with serving(open_, echo) as served, terminal("connect", served.url, "--send", "a", "-c", "2") as seen:
        seen.until(prompted)
        seen.type(b"b" + ENTER)
        assert seen.end() == 0
    assert [payload for type, payload in served.received() if type == 1] == [b"a", b"b"]
