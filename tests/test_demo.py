"""The embedded endpoint: what it plays, what it answers, and when it stops."""

import asyncio
import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.raw_client import CLOSE, PING, TEXT, RawClient, masked
from tests.servers import Ran, run
from wsinspect.clock import now
from wsinspect.net.demo import QUIET_S, SCRIPT, echoes, is_path, play
from wsinspect.net.server import listening

WORDS = [step.payload.decode() for step in SCRIPT if step.kind in ("text", "fragments")]


class Talk(NamedTuple):
    """What a client that talks got, and when the demo closed, in seconds after the last line."""

    texts: list[str]
    binaries: list[bytes]
    code: int | None
    reason: str | None
    quiet_s: float


def talk() -> Talk:
    """Let the script end, say three things, and wait for the close."""

    async def converse() -> Talk:
        async with listening(play, now, echoes=echoes) as url, connect(url) as client:
            got: list[str | bytes] = []
            while await client.recv() != WORDS[-1]:
                pass
            await asyncio.sleep(1)
            for said in ("héllo ✓", '{"a": 1}', b"\x00\xff"):
                await client.send(said)
            last = time.monotonic()
            try:
                while True:
                    got.append(await client.recv())
            except ConnectionClosed:
                pass
            return Talk(
                [one for one in got if isinstance(one, str)],
                [one for one in got if isinstance(one, bytes)],
                client.close_code,
                client.close_reason,
                time.monotonic() - last,
            )

    return asyncio.run(converse())


@pytest.fixture(scope="module")
def at_once() -> dict[str, "Future[Any]"]:
    """All that takes the demo's three seconds."""
    with ThreadPoolExecutor() as pool:
        return {
            "script": pool.submit(run, "connect", "demo:", "-n", "--frames", "-f", "ndjson"),
            "talk": pool.submit(talk),
            "stdin": pool.submit(run, "connect", "demo:", "-r", "--linger", "inf", given=b"one\ntwo"),
        }


def test_everything_once(at_once: dict[str, "Future[Ran]"]) -> None:
    ran = at_once["script"].result()
    assert ran.exit == 0
    rows = [json.loads(line) for line in ran.out.splitlines()]
    came = [row for row in rows if row.get("dir") == "in"]
    messages = [row for row in came if row["type"] != "FRAME"]
    assert [row["type"] for row in messages if row["type"] in ("TEXT", "BINARY", "PING", "CLOSE")] == [
        "TEXT", "TEXT", "BINARY", "TEXT", "TEXT", "PING", "CLOSE",
    ]  # fmt: skip
    texts = [row["text"] for row in messages if row["type"] == "TEXT"]
    assert texts == WORDS
    assert texts[0].startswith("Welcome")
    assert isinstance(json.loads(texts[1]), dict)
    assert "fragments" in texts[2]
    frames = [row for row in came if row["type"] == "FRAME"]
    assert [row["fin"] for row in frames].count(False) == 2
    assert any(row["rsv"] for row in frames)
    assert any(row["wire"] < row["size"] / 2 for row in messages if row["type"] == "TEXT")
    assert rows[-1]["type"] == "CLOSED"
    assert any(row["type"] == "PONG" and row["dir"] == "out" for row in rows)


def test_closes_when_it_is_quiet(at_once: dict[str, "Future[Any]"]) -> None:
    rows = [json.loads(line) for line in at_once["script"].result().out.splitlines()]
    close = next(row for row in rows if row["type"] == "CLOSE")
    last = [row for row in rows if row["type"] == "PING"][-1]
    assert (close["code"], close["reason"]) == (1000, "the demo is over")
    assert QUIET_S <= close["mono"] - last["mono"] < QUIET_S + 3
    assert QUIET_S <= at_once["talk"].result().quiet_s < QUIET_S + 3


def test_answers(at_once: dict[str, "Future[Talk]"]) -> None:
    got = at_once["talk"].result()
    assert [json.loads(text) for text in got.texts] == [
        {"you_said": "héllo ✓", "characters": 7},
        {"you_said": '{"a": 1}', "characters": 8},
    ]
    assert "✓" in got.texts[0]
    assert got.binaries == [b"\x00\xff"]
    assert (got.code, got.reason) == (1000, "the demo is over")


def test_lines_that_are_typed(at_once: dict[str, "Future[Ran]"]) -> None:
    ran = at_once["stdin"].result()
    assert ran.exit == 0
    for line in ("one", "two"):
        assert f'{{"you_said": "{line}", "characters": 3}}\n' in ran.out


def test_a_client_leaves_in_the_middle() -> None:
    """The script ends with the connection."""

    async def leave() -> None:
        async with listening(play, now, echoes=echoes) as url:

            def come_and_go() -> list[tuple[int, bytes]]:
                with RawClient(url) as client:
                    greeting = client.frame()
                    client.send(masked(b"\x03\xe9", CLOSE))
                    assert greeting is not None
                    return [greeting, *client.frames()]

            greeting, *rest = await asyncio.to_thread(come_and_go)
            assert greeting[0] == TEXT
            assert rest[-1] == (CLOSE, b"\x03\xe9")
            assert PING not in [opcode for opcode, _ in rest]

    asyncio.run(leave())


def test_a_question_with_a_close_behind_it() -> None:
    """Nothing is answered behind a close."""

    async def ask() -> None:
        async with listening(play, now, echoes=echoes) as url:

            def come_and_go() -> list[tuple[int, bytes]]:
                with RawClient(url) as client:
                    client.frame()
                    client.send(masked("hi") + masked(b"", CLOSE))
                    return client.frames()

            assert (await asyncio.to_thread(come_and_go))[-1] == (CLOSE, b"")

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "there", "sends_back"),
    [
        ("", True, False),
        ("echo", True, True),
        ("1012", True, False),
        ("0", True, False),
        ("65535", True, False),
        ("65536", False, False),
        ("-1", False, False),
        ("²", False, False),
        ("ech", False, False),
    ],
)
def test_paths(path: str, there: bool, sends_back: bool) -> None:
    assert is_path(path) is there
    assert echoes(f"/{path}") is echoes(f"/{path}/?a=b") is sends_back


def test_no_such_demo() -> None:
    ran = run("connect", "demo:ech")
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err.startswith("error: there is no demo `ech`\nhint: try demo:")
