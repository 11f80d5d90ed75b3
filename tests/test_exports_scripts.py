"""What the client did, done again by the scripts that `export` writes: run against a server that keeps what it got."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from ast import literal_eval
from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.sync.server import ServerConnection, serve

from tests.common_events import HANDSHAKE, START, batches
from tests.servers import BOUND_S, environment
from wsinspect.events import BINARY, CLOSE, CLOSING, PING, PONG, TEXT, Batch, Direction, Moment, Row, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports import sh as sh_module
from wsinspect.exports.python import python
from wsinspect.exports.sh import sh

ODD = "a'b\"c $(touch owned) \\ é"
ASKED = [
    ("Host", "127.0.0.1:40123"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", "x"),
    ("Sec-WebSocket-Version", "13"), ("User-Agent", "it's a $browser `x`"), ("X-Odd", ODD),
    ("X-Empty", ""), ("Authorization", "Bearer ***"), ("Sec-WebSocket-Protocol", "chat.v2, other"),
    ("Sec-WebSocket-Extensions", "permessage-deflate"),
]  # fmt: skip
SENT: list[tuple[float, Direction, Row]] = [
    (0.0, "out", (TEXT, b"first", 11)),
    (0.0, "out", (TEXT, b"", 6)),
    (0.0, "out", (BINARY, b"", 6)),
    (0.0, "out", (BINARY, bytes(range(256)), 264)),
    (0.0, "in", (PING, b"beat", 6)),
    (0.0, "out", (PONG, b"beat", 10)),
    (0.1, "out", (TEXT, b"@/etc/passwd", 18)),
    (0.1, "out", (TEXT, b"/close 1011", 17)),
    (0.1, "out", (TEXT, b"hex:00", 12)),
    (0.1, "out", (TEXT, b"'; touch owned; $(touch owned) `touch owned` \"\\", 60)),
    (0.1, "out", (TEXT, b"two\nlines\r\n\x1b[31m\x00 end", 60)),
    (0.1, "out", (TEXT, "日本 \u202e \\ud800".encode(), 60)),
    (0.2, "out", (PING, b"alive?", 12)),
    (0.2, "out", (PING, b"\xff\x00", 8)),
    (0.2, "out", (PONG, b" unasked", 14)),
    (0.2, "out", (TEXT, b"x" * 200_000, 200_014)),
    (0.2, "out", (BINARY, b"y" * 200_000, 200_014)),
    (0.3, "out", (CLOSING, b"\x0f\xa0it's over", 17)),
]
EXPECTED = [
    (row[0] if row[0] != CLOSING else CLOSE, row[1]) for _, way, row in SENT if way == "out" and row[1] != b"beat"
]
KINDS = {1: TEXT, 2: BINARY, 8: CLOSE, 9: PING, 10: PONG}


class Kept:
    """What came to a server: by connection, the request's headers and what was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.headers: list[dict[str, str]] = []
        self.got: list[list[tuple[int, bytes]]] = []
        self.over = threading.Semaphore(0)


@contextlib.contextmanager
def keeping() -> Iterator[Kept]:
    kept = Kept()

    class Connection(ServerConnection):
        got: list[tuple[int, bytes]]

        def process_event(self, event: Any) -> None:
            if isinstance(event, Frame):
                self.got.append((KINDS[event.opcode], bytes(event.data)))
            else:
                self.got = []
                kept.got.append(self.got)
                kept.headers.append({name.lower(): value for name, value in event.headers.raw_items()})
            super().process_event(event)

    def handle(connection: ServerConnection) -> None:
        connection.send("welcome")
        with contextlib.suppress(ConnectionClosed):
            for _ in connection:
                pass
        kept.over.release()

    with serve(
        handle, "127.0.0.1", 0, create_connection=Connection, subprotocols=["chat.v2"], max_size=None  # type: ignore[list-item]
    ) as server:  # fmt: skip
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        kept.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/a?b='$(touch%20owned)&c"
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()


def session(url: str, sent: list[tuple[float, Direction, Row]], number: int = 0) -> list[Batch]:
    asked = [(name, url.split("/")[2] if name == "Host" else value) for name, value in ASKED]
    begins = HANDSHAKE._replace(url=url, request=asked, at=START)
    at = [Moment(START.wall + after, START.mono + after) for after, _, _ in sent]
    rows = [alone(when, way, row, number) for when, (_, way, row) in zip(at, sent, strict=True)]
    return [alone(START, "in", (BEGINS, begins, 0), number), *rows]


def script_of(form: str, given: list[Batch]) -> tuple[bytes, list[str]]:
    told: list[str] = []
    return b"".join({"sh": sh, "python": python}[form](given, told.append)), told


def run_script(form: str, script: bytes, folder: Path) -> str:
    file = folder / f"script.{form}"
    file.write_bytes(script)
    env = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        ["sh" if form == "sh" else sys.executable, file.name],
        cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=4 * BOUND_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert not (folder / "owned").exists()
    return done.stdout


@pytest.fixture
def with_command() -> None:
    if not (Path(sys.executable).parent / "wsinspect").exists():
        pytest.skip("wsinspect is not installed beside this Python")


@pytest.mark.usefixtures("with_command")
@pytest.mark.parametrize("form", ["sh", "python"])
def test_the_server_gets_what_it_got(form: str, tmp_path: Path) -> None:
    with keeping() as kept:
        script, told = script_of(form, session(kept.url, SENT))
        run_script(form, script, tmp_path)
        assert kept.over.acquire(timeout=BOUND_S)
    (got,), (headers,) = kept.got, kept.headers
    # Pongs to the server's own pings, and to none here, may mix in.
    assert [one for one in got if one != (PONG, b"beat")] == EXPECTED
    assert headers["user-agent"] == "it's a $browser `x`"
    assert headers["x-odd"].encode("latin-1", "surrogateescape") in (ODD.encode(), ODD.encode("latin-1"))
    assert headers["x-empty"] == ""
    assert headers["authorization"] == "Bearer ***"
    assert headers["sec-websocket-protocol"].replace(" ", "") == "chat.v2,other"
    assert "permessage-deflate" in headers["sec-websocket-extensions"]
    assert told == [f"{form} holds no received control frames: 1 is left out"]


@pytest.mark.usefixtures("with_command")
@pytest.mark.parametrize("form", ["sh", "python"])
def test_several_connections(form: str, tmp_path: Path) -> None:
    with keeping() as kept:
        one = session(kept.url, [(0.0, "out", (TEXT, b"one", 9))], 1)
        two = session(kept.url, [(0.0, "out", (TEXT, b"two", 9)), (0.0, "out", (CLOSING, b"", 6))], 2)
        mixed = [one[0], two[0], two[1], one[1], *two[2:]]
        script, _ = script_of(form, mixed)
        run_script(form, script, tmp_path)
        assert kept.over.acquire(timeout=BOUND_S)
        assert kept.over.acquire(timeout=BOUND_S)
    assert sorted([payload for type, payload in got if type == TEXT] for got in kept.got) == [[b"one"], [b"two"]]


@pytest.mark.parametrize("form", ["sh", "python"])
def test_pauses_are_kept(form: str) -> None:
    sent: list[tuple[float, Direction, Row]] = [
        (1.25, "out", (TEXT, b"a", 7)), (1.2509, "out", (TEXT, b"b", 7)), (90_001.25, "out", (TEXT, b"c", 7))
    ]  # fmt: skip
    script = script_of(form, session("wss://example.com/", sent))[0].decode()
    if form == "sh":
        words = [line.strip(" \\") for line in script.splitlines() if "--send" in line]
        assert words == [f"--send {word}" for word in ("'/sleep 1.25s'", "a", "b", "'/sleep 89999.999s'", "c")]
    else:
        assert "(1.25, \"text\", 'a'),\n    (0.001, \"text\", 'b'),\n    (89999.999, \"text\", 'c'),\n" in script


def test_a_close_that_answers_is_left_to_the_client() -> None:
    sent: list[tuple[float, Direction, Row]] = [
        ("in", (CLOSE, b"\x03\xe8", 4)), ("out", (CLOSING, b"\x03\xe8", 8))
    ]  # type: ignore[list-item, assignment]  # fmt: skip
    given = session("wss://example.com/", [(0.0, *one) for one in sent])  # type: ignore[misc]
    for form in ("sh", "python"):
        assert "close 1000" not in script_of(form, given)[0].decode()


def test_what_cannot_be_done_again_is_told() -> None:
    sent: list[tuple[float, Direction, Row]] = [
        (0.0, "out", (PING, b"x" * 126, 134)),
        (0.0, "out", (CLOSING, b"\x03\xed", 8)),
        (0.0, "in", (TEXT, b"a", 3)),
        (0.0, "in", (TEXT, b"a", 3)),
    ]
    given = [*session("wss://example.com/", sent), batches()[4][1]]
    _, told = script_of("sh", given)
    assert told == [
        "sh holds no control frames of more than 125 bytes: 1 is left out",
        "sh holds no close frames with a code that may not be sent: 1 is left out",
        "sh holds no received messages: 2 are left out",
        "sh holds no frames: 1 is left out",
    ]
    _, told = script_of("python", given)
    assert "python holds no close frames that the library does not send: 1 is left out" in told
    closing: list[tuple[float, Direction, Row]] = [(0.0, "out", (CLOSING, b"\x03\xe8two\nlines", 17))]
    script, told = script_of("sh", session("wss://example.com/", closing))
    assert b"--send '/close 1000'\n" in script
    assert told == ["sh holds no reasons of a close that no command line holds: 1 is left out"]


def test_a_session_without_end_keeps_the_line_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sh_module, "MOST_STEPS", 10)
    monkeypatch.setattr(sh_module, "LONGEST_LINE", 300)
    sent: list[tuple[float, Direction, Row]] = [(0.0, "out", (TEXT, b"message " * 10, 86))] * 12
    script, told = script_of("sh", session("wss://example.com/", sent))
    assert script.count(b"--send ") == 10
    assert script.count(b"base64 -d >") >= 7
    assert told == ["sh holds no more than 10 steps of a connection: 2 are left out"]


def test_long_words_become_files_by_their_bytes() -> None:
    text = "漢" * 50_000  # 150,000 bytes; a word of Linux's has 131,071 at most
    script = script_of("sh", session("wss://example.com/", [(0.0, "out", (TEXT, text.encode(), 9))]))[0].decode()
    assert max(map(len, map(str.encode, script.split()))) < 131_072
    coded = script.partition("<<'END'\n")[2].partition("END\n")[0]
    assert b64decode(coded).decode() == text
    assert max(map(len, coded.splitlines())) == 76


def test_a_line_is_kept_short_by_its_bytes() -> None:
    sent: list[tuple[float, Direction, Row]] = [(0.0, "out", (TEXT, ("漢" * 30_000).encode(), 9))] * 24
    script = script_of("sh", session("wss://example.com/", sent))[0]
    assert script.count("漢".encode()) <= sh_module.LONGEST_LINE // 3


def test_large_payloads_are_several_literals() -> None:
    text, data = 'it\'s "ä"\n' * 40_000, b"'\"\xff" * 120_000
    sent: list[tuple[float, Direction, Row]] = [(0.0, "out", (TEXT, text.encode(), 9)), (0.0, "out", (BINARY, data, 9))]
    script = script_of("python", session("wss://example.com/", sent))[0].decode()
    steps = script.partition("STEPS = ")[2].partition("\nCONNECTIONS.append")[0]
    assert literal_eval(steps) == [(0, "text", text), (0, "binary", data)]


def test_websocat_is_told_where_it_can_say_the_same() -> None:
    sent: list[tuple[float, Direction, Row]] = [(0.0, "out", (TEXT, b"it's", 10)), (0.0, "out", (TEXT, b"b", 7))]
    script = script_of("sh", session("wss://example.com/", sent))[0].decode()
    assert "printf '%s\\n' 'it'\"'\"'s' b | websocat -H " in script
    assert "--protocol chat.v2,other wss://example.com/\n" in script
    other = script_of("sh", session("wss://example.com/", [*sent, (0.0, "out", (BINARY, b"", 6))]))[0]
    assert b"websocat" not in other


@pytest.mark.parametrize("form", ["sh", "python"])
@pytest.mark.parametrize(("url", "written"), [("ws://a.test/\udcb6", b"/%B6"), ("ws://a.test/\ud800", b"/?")])
def test_bytes_of_a_request_that_are_no_text_stay_bytes(form: str, url: str, written: bytes) -> None:
    script = script_of(form, session(url, [(0, "out", (TEXT, b"hi", 8))]))[0]
    assert b"ws://a.test" + written in script


@pytest.mark.parametrize("form", ["sh", "python"])
def test_without_a_handshake_or_anything(form: str, tmp_path: Path) -> None:
    script, _ = script_of(form, [alone(START, "out", (TEXT, b"a", 7))])
    assert b"no handshake was recorded" in script
    script, told = script_of(form, [])
    assert not told
    run_script(form, script, tmp_path)


# Hostile recordings: nothing of them is anything but a word or a literal.

TEXTS = st.text() | st.sampled_from(
    ["é", "'", '"""', "\n", "\\", "$(touch owned)", "`touch owned`", "'''", "\r\ntouch owned\n", "END\ntouch owned\n"]
)  # fmt: skip
ROWS = st.one_of(
    st.tuples(st.just(TEXT), TEXTS.map(lambda text: text.encode("utf-8", "replace")), st.just(0)),
    st.tuples(st.just(BINARY), st.binary(), st.just(0)),
    st.tuples(st.just(PING), st.binary(max_size=125), st.just(0)),
    st.tuples(st.just(CLOSING), TEXTS.map(lambda text: b"\x03\xe8" + text.encode("utf-8", "replace")), st.just(0)),
)


@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=3), st.lists(ROWS, max_size=5))
def test_nothing_breaks_out_of_python(url: str, headers: list[tuple[str, str]], rows: list[Row]) -> None:
    begins = HANDSHAKE._replace(url=url, request=headers)
    given = [alone(START, "in", (BEGINS, begins, 0)), *[alone(START, "out", row) for row in rows]]
    script, _ = script_of("python", given)
    assert all(line.isascii() or line.startswith("# ") for line in script.decode().splitlines())
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script", "exec"), names)
    texts = [payload for _, kind, payload in names["STEPS"] if kind == "text"]
    assert texts == [payload.decode() for type, payload, _ in rows if type == TEXT]


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=3), st.lists(ROWS, max_size=5))
def test_nothing_breaks_out_of_sh(url: str, headers: list[tuple[str, str]], rows: list[Row]) -> None:
    begins = HANDSHAKE._replace(url=url or "x", request=headers)
    given = [alone(START, "in", (BEGINS, begins, 0)), *[alone(START, "out", row) for row in rows]]
    script, _ = script_of("sh", given)
    # Only one program is called: a function that tells its words.
    told = b"wsinspect() { for word; do printf '%s\\0' \"$word\"; done; }\n"
    done = subprocess.run(
        [shutil.which("sh") or "sh"],
        input=told + script,
        capture_output=True,
        timeout=BOUND_S,
        env={"PATH": "/nowhere"},
    )
    assert done.returncode == 0
    assert not done.stderr
    words = done.stdout.split(b"\0")[:-1]
    assert words[0] == b"connect"
    from wsinspect.compose import compose

    steps = [compose(word.decode(), reads=lambda path: b"") for before, word in pairwise(words) if before == b"--send"]
    sent = [(int(step.type), step.payload) for step in steps if hasattr(step, "type")]  # type: ignore[attr-defined]
    assert sent == [(type, payload) for type, payload, _ in rows if type in (TEXT, BINARY)]
