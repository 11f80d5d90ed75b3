"""Networks that fail: a cable is pulled, names and routes are not there, servers and proxies are killed."""

import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ends.namespaces import FAR, PORT, Net, alone, cabled, lacking, serving_far
from tests.ends.stage import Judge, Stage, complaints, kill, over, recording, staged, until, written
from tests.servers import BOUND_S, Peer, Step, command, environment, open_, start, text
from wsinspect.wire.frames import PING, PONG, write_frame

WHY_NOT = lacking()
needs_namespaces = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "there are namespaces")


# A cable between two network namespaces.


def ponging(peer: Peer) -> None:
    """Answer pings, and a close, to the end."""
    peer.sock.settimeout(60)
    while (frame := peer.frame()) is not None and frame[0] != 8:
        if frame[0] == PING:
            peer.send(write_frame(frame[1], PONG))
    if not peer.gone:
        peer.send(write_frame(frame[1] if frame else b"", 8))


class Cut(NamedTuple):
    """A command that talks when the cable is pulled, and how it ends; ``sends`` are signals after that."""

    name: str
    arguments: str
    exit: int
    says: str
    judges: tuple[Judge, ...] = ()
    sends: tuple[signal.Signals, ...] = ()
    within_s: float = 9.0


CUTS = [
    Cut(
        "our ping notices",
        f"connect ws://{FAR}:{PORT}/ -r --ping-interval 200ms --ping-timeout 600ms --record r.ndjson",
        9, "ping", (recording("r.ndjson", "hi", messages=1, exit=9),),
    ),
    Cut(
        "Ctrl-C", f"connect ws://{FAR}:{PORT}/ -r --record r.ndjson.gz",
        130, "did not answer our close within 2 s", (recording("r.ndjson.gz", "hi", exit=130),), (signal.SIGINT,),
    ),
    Cut("a limit in time", f"connect ws://{FAR}:{PORT}/ -r --max-time 1s", 9, "--max-time of 1 s is over"),
    Cut(
        "a check", f"check ws://{FAR}:{PORT}/ --expect-text never --timeout 2s --report json=r.json",
        1, "", (written("r.json"),),
    ),
]  # fmt: skip


@needs_namespaces
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.name)
def test_a_cable_is_pulled(cut: Cut, tmp_path: Path) -> None:
    with (
        cabled() as cable,
        serving_far(cable.far, open_, text("hi"), ponging) as peers,
        inside(cable.near, tmp_path, cut.arguments) as stage,
    ):
        until(lambda: peers and peers[0].request, "it has come", stage.process)
        if cut.arguments.startswith("connect"):
            assert stage.process.stdout is not None
            assert stage.process.stdout.readline() == b"hi\n"
        cable.pull()
        began = time.monotonic()
        for number in cut.sends:
            stage.process.send_signal(number)
        end = over(stage, began)
    assert end.exit == cut.exit, end
    assert cut.says in end.err, end
    assert end.seconds < cut.within_s, end
    assert not complaints(end, cut.judges)


@needs_namespaces
def test_a_cable_is_plugged_in_again_and_the_connection_goes_on(tmp_path: Path) -> None:
    """What was sent meanwhile comes late, and nobody noticed anything."""
    arguments = f"connect ws://{FAR}:{PORT}/ -r --count 2 --ping-interval 500ms --ping-timeout 8s"
    with cabled() as cable:

        def meanwhile(peer: Peer) -> None:
            cable.pull()
            peer.send(text("sent meanwhile"))
            time.sleep(0.7)
            cable.plug()
            ponging(peer)

        arguments = f"connect ws://{FAR}:{PORT}/ -r --count 2 --ping-interval 500ms --ping-timeout 8s"
        with (
            serving_far(cable.far, open_, text("hi"), 0.2, meanwhile),
            inside(cable.near, tmp_path, arguments) as stage,
        ):
            end = over(stage)
    assert (end.exit, end.out) == (0, "hi\nsent meanwhile\n"), end


@needs_namespaces
def test_reconnect_comes_back_when_the_cable_does(tmp_path: Path) -> None:
    arguments = (
        f"connect ws://{FAR}:{PORT}/ -f ndjson --reconnect --count 2 --ping-interval 200ms --ping-timeout 500ms "
        "--connect-timeout 500ms --retry-max-delay 200ms --record r.ndjson"
    )
    with (
        cabled() as cable,
        serving_far(cable.far, open_, text("hi"), ponging),
        inside(cable.near, tmp_path, arguments) as stage,
    ):
        assert stage.process.stdout is not None
        until(lambda: b'"TEXT"' in stage.process.stdout.readline(), "a message", stage.process)
        cable.pull()
        assert stage.process.stderr is not None
        failed = 0
        while failed < 2:
            line = stage.process.stderr.readline()
            assert line
            failed += b"connecting again in" in line
        cable.plug()
        end = over(stage)
    assert end.exit == 0, end
    gaps = [float(found) for found in re.findall(r'"type":"GAP".*?"seconds":([\d.]+)', end.out)]
    assert len(gaps) == 1
    assert gaps[0] > 0
    assert not complaints(end, [recording("r.ndjson", "hi", messages=2, exit=0)])


class Nowhere(NamedTuple):
    """What cannot be reached from a network with nothing in it."""

    arguments: str
    exit: int
    says: str


NOWHERE = [
    Nowhere("connect ws://example.invalid/", 3, "cannot resolve `example.invalid`: no name server answered"),
    Nowhere("connect ws://10.213.77.9/", 3, "network is unreachable"),
    Nowhere("connect ws://[2001:db8::1]/", 3, "unreachable"),
    Nowhere("connect ws://x.invalid/ --proxy http://10.213.77.9:3128", 3, "network is unreachable"),
    Nowhere("check ws://10.213.77.9/ --expect-text x", 3, ""),
    Nowhere("replay session.ndjson ws://10.213.77.9/", 3, "network is unreachable"),
]


@needs_namespaces
def test_nowhere_to_go(tmp_path: Path, session: Path) -> None:
    (tmp_path / "session.ndjson").write_bytes(session.read_bytes())
    with alone() as net:
        for row in NOWHERE:
            with inside(net, tmp_path, row.arguments) as stage:
                end = over(stage)
            assert end.exit == row.exit, end
            assert row.says in end.err, end
            assert end.seconds < 9, end


@contextlib.contextmanager
def inside(net: Net, folder: Path, arguments: str) -> Iterator[Stage]:
    """Run the program in a network."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    line = [*net.inside, *command(*arguments.split())]
    process = subprocess.Popen(line, cwd=folder, env=environment(), **pipes)
    try:
        yield Stage(process, folder)
    finally:
        kill(process)


# Proxies and servers that are killed: a kernel ends their connections then, with FIN, or RST where they had not read.


def reads(peer: Peer) -> None:
    peer.sock.recv(65536)


def upgrades(peer: Peer) -> None:
    """Be the proxy and the server behind it: answer the handshake that comes through the tunnel."""
    peer.request, peer._rest = b"", b""
    peer.open()


TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
GREETED, GRANTED = b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


class Killed(NamedTuple):
    """How far a proxy came before it was killed, the exit code, and what is said."""

    scheme: str
    name: str
    script: Sequence[Step]
    exit: int
    says: str


KILLED = [
    Killed("http", "before it answers", [reads], 3, "proxy"),
    Killed("http", "in its answer", [reads, TUNNEL[:20]], 3, "proxy"),
    Killed("http", "before the upgrade", [reads, TUNNEL, reads], 5, ""),
    Killed("http", "while open", [reads, TUNNEL, upgrades, text("hi"), 0.2], 7, "connection lost"),
    Killed("socks5h", "before it greets", [reads], 3, "proxy"),
    Killed("socks5h", "before it grants", [reads, GREETED, reads], 3, "proxy"),
    Killed("socks5h", "in its grant", [reads, GREETED, reads, GRANTED[:5]], 3, "proxy"),
    Killed("socks5h", "before the upgrade", [reads, GREETED, reads, GRANTED, reads], 5, ""),
    Killed("socks5h", "while open", [reads, GREETED, reads, GRANTED, upgrades, text("hi"), 0.2], 7, "connection lost"),
]


@pytest.mark.parametrize("way", ["FIN", "RST"])
@pytest.mark.parametrize("killed", KILLED, ids=lambda killed: f"{killed.scheme} {killed.name}")
def test_a_proxy_is_killed(killed: Killed, way: str, tmp_path: Path) -> None:
    script = [*killed.script, *([Peer.reset] if way == "RST" else [])]
    arguments = ("connect", "ws://example.invalid/", "--proxy", killed.scheme + "://127.0.0.1:{port}", "-n")
    with staged(tmp_path, *arguments, "--record", "r.ndjson", script=script) as stage:
        end = over(stage)
    assert end.exit == killed.exit, end
    assert killed.says in end.err, end
    assert end.seconds < 6
    assert not complaints(end, [recording("r.ndjson", exit=killed.exit)])


def test_a_server_is_killed_and_another_takes_its_place(tmp_path: Path) -> None:
    first = start("serve", "--demo")
    assert first.stdout is not None
    url = first.stdout.readline().decode().strip()
    second = None
    line = ("connect", url + "echo", "--reconnect", "--retry-max-delay", "100ms", "-n", "--record", "r.ndjson")
    try:
        with staged(tmp_path, *line, "--connect-timeout", "2s") as stage:
            assert stage.process.stderr is not None
            assert b"connected" in stage.process.stderr.readline()
            first.send_signal(signal.SIGKILL)
            first.communicate(timeout=BOUND_S)
            said = b""
            while b"connecting again in" not in said:
                said = stage.process.stderr.readline()
                assert said
            second = start("serve", "--demo", "--port", url.rstrip("/").rpartition(":")[2])
            while b"connected" not in said:
                said = stage.process.stderr.readline()
                assert said
            stage.process.send_signal(signal.SIGINT)
            end = over(stage)
    finally:
        for server in (first, second):
            if server is not None:
                kill(server)
    assert end.exit == 130, end
    assert not complaints(end, [recording("r.ndjson", exit=130)])
