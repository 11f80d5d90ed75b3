"""``wsinspect serve`` and clients that others wrote."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.serve_process import serving
from tests.servers import BOUND_S, environment

GLOBAL_MODULES = "/usr/lib/node_modules:/usr/local/lib/node_modules:/usr/share/nodejs"


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    with serving("--echo") as url:
        yield url


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving("--demo") as url:
        yield url


@pytest.mark.parametrize("compression", ["deflate", None])
def test_websockets(echo: str, demo: str, compression: str | None) -> None:
    async def talk() -> tuple[Any, ...]:
        async with connect(echo, compression=compression) as client:
            await client.send("text ✓" * 100)
            await client.send([b"in ", b"frames"])
            await (await client.ping(b"beat"))
            got = await client.recv(), await client.recv()
            await client.close(4001, "enough")
            ours = client.close_code, client.close_reason
        async with connect(demo + "1012", compression=compression) as client:
            await client.recv()
            with pytest.raises(ConnectionClosed):
                await client.recv()
            return *got, ours, client.close_code, client.close_reason

    assert asyncio.run(talk()) == ("text ✓" * 100, b"in frames", (4001, "enough"), 1012, "as you asked")


def node(script: str) -> str:
    """Run a script with npm's ws, or skip."""
    program = shutil.which("node")
    env = environment(NODE_PATH=os.environ.get("NODE_PATH") or GLOBAL_MODULES)
    if program is None:
        pytest.skip("node is not installed")
    if subprocess.run([program, "-e", "require('ws')"], env=env, capture_output=True).returncode:
        pytest.skip("npm's ws is not installed")
    done = subprocess.run([program, "-e", script], env=env, capture_output=True, text=True, timeout=BOUND_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_npm_ws(echo: str, demo: str) -> None:
    script = """
        const WebSocket = require("ws");
        const big = "x".repeat(100000);
        const one = new WebSocket(%r, {perMessageDeflate: {threshold: 0}});
        one.on("open", () => { one.send("text"); one.send(Buffer.from([0, 255])); one.send(big); one.ping("beat"); });
        one.on("pong", data => console.log("pong", data.toString()));
        let count = 0;
        one.on("message", (data, binary) => {
            console.log(binary, data.length > 99 ? data.toString() === big : data.toString("hex"));
            if (++count === 3) one.close(4001, "enough");
        });
        one.on("close", (code, reason) => {
            console.log("closed", code, reason.toString());
            const two = new WebSocket(%r);
            two.on("close", (code, reason) => console.log("closed", code, reason.toString()));
        });
    """
    said = node(script % (echo, demo + "1012")).splitlines()
    closed = ["closed 4001 enough", "closed 1012 as you asked"]
    assert sorted(said) == sorted(["pong beat", "false 74657874", "true 00ff", "false true", *closed])
    assert said[-2:] == closed


def test_wscat(echo: str) -> None:
    program = shutil.which("wscat")
    if program is None:
        pytest.skip("wscat is not installed")
    process = subprocess.Popen(
        [program, "--no-color", "-c", echo, "-x", "hello", "-w", "60"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == b"hello\n"
        process.terminate()
