"""Captures that others make of real traffic, read: tcpdump, dumpcap and tshark on the loopback device."""

import contextlib
import io
import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer_programs import node_ws, program
from tests.serve_process import serving
from tests.servers import BOUND_S, run
from wsinspect.errors import InspectError
from wsinspect.events import CLOSED, Batch
from wsinspect.recordings.captures.files import Broken, packets_of
from wsinspect.recordings.pcap import read

TOOLS = {
    "tcpdump": ["-i", "lo", "-U", "--immediate-mode", "-w", "{file}", "tcp port {port}"],
    "tcpdump, cooked": ["-i", "any", "-U", "-B", "8192", "-w", "{file}", "tcp port {port}"],
    "dumpcap": ["-i", "lo", "-w", "{file}", "-f", "tcp port {port}"],
    "tshark": ["-i", "lo", "-w", "{file}", "-f", "tcp port {port}"],
}
DROPPED = re.compile(r"(\d+) packets? dropped|dropped on interface .*: \d+/(\d+)")
"""What tcpdump tells at its end, and what the others do."""

ROWS = ("TEXT", "BINARY", "PING", "PONG", "CLOSE", "CLOSING")


@contextlib.contextmanager
def captured(tool: str, file: Path, port: str) -> Iterator[None]:
    """Capture while something happens, until its end is in the file.

    Skip the test where that is not allowed, or where the tool says that the system dropped packets before it saw them.
    """
    name = tool.partition(",")[0]
    command = [program(name), *(part.format(file=file, port=port) for part in TOOLS[tool])]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        told = b""
        # "listening on lo" says the one, "Capturing on" the others, when they have begun or nearly so.
        while b"istening on" not in told and b"Capturing on" not in told:
            line = process.stderr.readline()
            told += line
            if not line:
                pytest.skip(f"{name} cannot capture here: {told.decode(errors='replace')[-200:]}")
        deadline = time.monotonic() + BOUND_S
        while not has_packets(file) and time.monotonic() < deadline:
            # It captures once a connection of ours is in the file; nothing is said on it.
            socket.create_connection(("127.0.0.1", int(port))).close()
            time.sleep(0.05)
        yield
        deadline = time.monotonic() + BOUND_S
        while time.monotonic() < deadline and not ended(file):
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=BOUND_S)[1].decode(errors="replace")
    if any(int(count) for found in DROPPED.findall(told) for count in found if count):
        pytest.skip(f"{name} could not keep up: {told[-200:]}")


def has_packets(file: Path) -> bool:
    with contextlib.suppress(OSError, Broken), file.open("rb") as stream:
        return next(packets_of(stream), None) is not None
    return False


def found_in(file: Path) -> list[Batch]:
    found: list[Batch] = []
    with contextlib.suppress(InspectError):
        found.extend(read(io.BytesIO(file.read_bytes())))
    return found


def ended(file: Path) -> bool:
    return any(row[0] == CLOSED for batch in found_in(file) for row in batch.rows)


def events(lines: str) -> list[tuple[str, str, object]]:
    """Return direction, type and payload of what NDJSON shows, by direction."""
    shown = [json.loads(line) for line in lines.splitlines()]
    seen = [
        (one["dir"], one["type"], one.get("text", one.get("base64", one.get("code"))))
        for one in shown
        if one["type"] in ROWS
    ]
    # The order of the two directions is that of the place where one looks.
    return sorted(seen, key=lambda one: one[0])


def lines_of(found: list[Batch]) -> str:
    from wsinspect.render.look import Look
    from wsinspect.render.ndjson import ndjson

    render = ndjson(Look())
    return "".join([str(render(batch)) for batch in found])


def traffic(url: str, *options: str) -> str:
    sends = ["--send", "hello", "--send", '{"a": [1, 2, 3]}' * 20, "--send", "Grüße"]
    done = run("connect", url, *sends, "--format", "ndjson", "--linger", "300ms", *options)
    assert done.exit == 0, done
    return done.out


@pytest.mark.parametrize("options", [(), ("--no-compression",)])
@pytest.mark.parametrize("tool", TOOLS)
def test_what_was_sent_is_what_is_read(tool: str, options: tuple[str, ...], tmp_path: Path) -> None:
    with serving("--echo", "--port", "0") as url, captured(tool, tmp_path / "file", url.rpartition(":")[2].strip("/")):
        lines = traffic(url, *options)
    compare(lines, tmp_path / "file", options)


@pytest.mark.parametrize("options", [(), ("--no-compression",)])
def test_what_npm_ws_sends_is_read(options: tuple[str, ...], tmp_path: Path) -> None:
    if not shutil.which("dumpcap"):
        pytest.skip("dumpcap is not installed")
    with node_ws() as url, captured("dumpcap", tmp_path / "file", url.rpartition(":")[2].strip("/")):
        lines = traffic(url, *options)
    compare(lines, tmp_path / "file", options)


def compare(lines: str, file: Path, options: tuple[str, ...]) -> None:
    found = found_in(file)
    assert events(lines_of(found)) == events(lines), lines_of(found)[-1500:]
    asked, seen = (json.loads(text.splitlines()[0]) for text in (lines, lines_of(found)))
    for key in ("url", "address", "status", "extensions", "resource", "reason", "request", "response"):
        assert seen[key] == asked[key]
    assert bool(seen["extensions"]) is not bool(options)
    last = json.loads(lines_of(found).splitlines()[-1])
    assert (last["type"], last["by"], last["clean"], last["exit"]) == ("CLOSED", "us", True, 0)
