"""``wsinspect serve`` as a process, with clients that others wrote and some that misbehave."""

import asyncio
import contextlib
import inspect
import os
import re
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.raw_client import BINARY, CLOSE, PING, PONG, TEXT, RawClient, masked
from tests.serve_process import heed_interrupts, serving
from tests.servers import BOUND_S, ended, run, start
from wsinspect import cli
from wsinspect.net.server import listening


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    with serving("--echo", "--max-size", "1000k") as url:
        yield url


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving(stop=signal.SIGTERM) as url:
        yield url


# The command.


def test_url_is_there_at_once_in_a_file_too(tmp_path: Path) -> None:
    out = tmp_path / "url"
    with out.open("wb") as file:
        process = start("serve", "--echo", stdout=file)
        try:
            deadline = time.monotonic() + BOUND_S
            while not out.read_bytes().endswith(b"\n") and time.monotonic() < deadline:
                time.sleep(0.01)
            assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/\n", out.read_text())
            with RawClient(out.read_text().strip()) as client:
                assert client.status == 101
        finally:
            process.send_signal(signal.SIGTERM)
            assert ended(process).exit == 0


def test_signals_end_it_well_whatever_clients_do() -> None:
    """Who has asked nothing is not waited for, and who does not answer the close only for a while."""
    process = start("serve", "--demo")
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    port = int(url.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)), RawClient(url + "echo") as mute:
        began = time.monotonic()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        ran = ended(process)
        # The library waits ten seconds for a request.
        assert time.monotonic() - began < 8
        assert mute.frame() == (CLOSE, (1001).to_bytes(2, "big"))
    assert (ran.exit, ran.err) == (0, "● serving; Ctrl-C stops it\n")


def test_nohup() -> None:
    """What the parent told us to ignore stays ignored."""
    process = start("serve", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    process.send_signal(signal.SIGHUP)
    with RawClient(url + "1000") as client:
        assert client.frames()[-1][0] == CLOSE
    process.send_signal(signal.SIGTERM)
    assert ended(process).exit == 0


def test_port_in_use(echo: str) -> None:
    port = echo.rstrip("/").rpartition(":")[2]
    ran = run("serve", "--port", port)
    assert (ran.exit, ran.out) == (3, "")
    assert ran.err == (
        f"error: cannot listen on port {port}: Address already in use\n"
        "hint: another program has it; --port 0 takes a free one\n"
    )


def test_nobody_reads_the_url() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = run("serve", stdout=writer)
    os.close(writer)
    assert (ran.exit, ran.err) == (141, "")
    with open("/dev/full", "wb") as full:
        ran = run("serve", stdout=full)
    assert (ran.exit, ran.err) == (11, "error: cannot write the output: No space left on device\n")


def test_loopback_only(echo: str) -> None:
    port = int(echo.rstrip("/").rpartition(":")[2])
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert [row[1] for row in listening if row[1].endswith(f":{port:04X}") and row[3] == "0A"] == [
        f"0100007F:{port:04X}"
    ]
    six = Path("/proc/net/tcp6")
    assert not six.exists() or f":{port:04X} " not in six.read_text()


# Who may come.


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("http://localhost", 101),
        ("http://localhost:3000", 101),
        ("https://app.localhost:8443", 101),
        ("http://127.0.0.1:8080", 101),
        ("http://[::1]:8080", 101),
        ("https://example.com", 403),
        ("http://localhost.example.com", 403),
        ("http://localhost:80.example.com", 403),
        ("http://127.0.0.1.example.com", 403),
        ("http://example.com/http://localhost", 403),
        ("http://xlocalhost", 403),
        ("file://localhost", 403),
        ("http://localhost.", 403),
        ("http://localhost:80@example.com", 403),
        ("http://localhost@example.com", 403),
        ("http://example.com#.localhost", 403),
        ("http://example.com\\.localhost", 403),
        ("http://localhost/", 403),
        ("http://127.0.0.1.", 403),
        ("http://127.0.0.1:80.example.com", 403),
        ("http://[::1].example.com", 403),
        ("http://[::ffff:127.0.0.1]", 403),
        ("http://0.0.0.0", 403),
        ("http://192.168.0.1", 403),
        ("HTTP://LOCALHOST", 403),  # no browser writes it so
        ("ws://localhost", 403),
        ("file://", 403),
        ("file:///home/me/page.html", 403),
        ("chrome-extension://abcdefghijklmnop", 403),
        ("https://127.1.2.3:1", 101),
        ("http://[::1]", 101),
        ("null", 403),
        ("", 403),
    ],
)
def test_origin(demo: str, origin: str | None, status: int) -> None:
    headers = [] if origin is None else [f"Origin: {origin}"]
    with RawClient(demo + "echo", *headers, glued=masked("early")) as client:
        assert client.status == status
        if status == 101:
            assert client.frame() == (TEXT, b"early")
        else:
            assert "Sec-WebSocket-Accept" not in client.head


@pytest.mark.parametrize("host", ["example.com", "example.com:{port}", "127.0.0.1.example.com", "localhost"])
def test_a_name_that_leads_here_is_no_origin_of_ours(demo: str, host: str) -> None:
    """DNS rebinding: the page, and the server that it asks, have one name and one port."""
    port = demo.rstrip("/").rpartition(":")[2]
    name = host.format(port=port)
    with RawClient(demo + "echo", f"Origin: http://{name}", host=name) as client:
        assert client.status == (101 if host == "localhost" else 403)


ELSEWHERE = ["0.0.0.0", "::", "[::]", "::ffff:0.0.0.0", "example.com", "192.168.0.1", "127.0.0.1", ""]


@pytest.mark.parametrize("option", ["--host", "--bind", "--listen", "--address"])
@pytest.mark.parametrize("address", ELSEWHERE)
def test_there_is_no_way_to_listen_elsewhere(option: str, address: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve", option, address]) == 2
    out, err = capfd.readouterr()
    assert (out, err.splitlines()[0]) == ("", "error: serve listens on loopback alone, 127.0.0.1")
    assert err.splitlines()[1].startswith("hint: from another machine, `ssh -L`")


def test_whatever_listens_does_it_in_one_place() -> None:
    """The demo of `connect` and `check`, and the replayed server, come the same way; it takes no address."""
    made = re.compile(
        r"\b(?:create_server|start_server|create_unix_server|start_unix_server|serve|unix_serve)\(|\.listen\("
    )
    package = Path(cli.__file__).parent
    found = {
        str(path.relative_to(package)): [line.strip() for line in path.read_text().splitlines() if made.search(line)]
        for path in package.rglob("*.py")
    }
    assert {path: lines for path, lines in found.items() if lines} == {
        "net/server.py": ["listener = socket.create_server((LOOPBACK, port))", "async with serve("],
        "commands/serve.py": ["def serve("],
    }
    assert not {"host", "address", "interface"} & set(inspect.signature(listening).parameters)


def test_two_origins_are_refused(demo: str) -> None:
    with RawClient(demo, "Origin: http://localhost", "Origin: http://example.com") as client:
        assert client.status == 400


def test_what_is_no_websocket(demo: str) -> None:
    port = int(demo.rstrip("/").rpartition(":")[2])
    for said, wanted in (
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 426 "),
        (b"SSH-2.0-OpenSSH_9.2\r\n", b""),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000, b""),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 30_000, b""),
    ):
        with socket.create_connection(("127.0.0.1", port), BOUND_S) as sock, contextlib.suppress(ConnectionError):
            # Sooner than the ten seconds that the library grants a request.
            sock.settimeout(8)
            sock.sendall(said)
            assert sock.recv(65536).startswith(wanted)


# Echo.


@pytest.mark.parametrize("path", ["", "chat", "a/b?token=1", "1012", "echo"])
def test_echo_at_any_path(echo: str, path: str) -> None:
    with RawClient(echo + path) as client:
        client.send(masked("text", fin=False) + masked(b"beat", PING) + masked(" ✓", 0) + masked(b"\x00\xff", BINARY))
        assert [client.frame() for _ in range(3)] == [(PONG, b"beat"), (TEXT, "text ✓".encode()), (BINARY, b"\x00\xff")]
        client.send(masked(b"", TEXT) + masked(b"\x0f\xa1bye", CLOSE) + masked("never", TEXT))
        assert client.frames() == [(TEXT, b""), (CLOSE, b"\x0f\xa1bye")]


def test_frames_in_the_packet_of_the_request(echo: str, demo: str) -> None:
    """A client need not wait for the 101 before it sends."""
    early = masked("one") + masked("two") + masked(b"\x03\xe8", CLOSE)
    for url in (echo, demo + "echo"):
        with RawClient(url, glued=early) as client:
            assert client.status == 101
            assert client.frames() == [(TEXT, b"one"), (TEXT, b"two"), (CLOSE, b"\x03\xe8")]


def test_bytes_behind_a_refused_request_are_not_kept() -> None:
    def most_kib() -> int:
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1])

    if not Path("/proc/self/status").exists():
        pytest.skip("there is no /proc")
    process = start("serve")
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    status = Path(f"/proc/{process.pid}/status")
    try:
        with RawClient(url, "Origin: http://example.com") as client:
            assert client.status == 403
            before = most_kib()
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    client.send(bytes(1 << 20))
        assert most_kib() - before < 30_000
    finally:
        process.send_signal(signal.SIGTERM)
        ran = ended(process)
    assert ran.exit == 0


def code_of(frame: tuple[int, bytes] | None) -> int:
    assert frame is not None
    assert frame[0] == CLOSE
    return int.from_bytes(frame[1][:2], "big")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x05Hello", 1002),  # not masked
        (masked(b"x", 0x3), 1002),
        (masked(b"\xff\xfe"), 1007),
        (masked(bytes(1_000_001), BINARY), 1009),
        (masked(bytes(600_000), BINARY, fin=False) + masked(bytes(400_001), 0), 1009),
    ],
    ids=["not masked", "reserved opcode", "no UTF-8", "too big", "too big in fragments"],  # masks differ every time
)
def test_what_it_does_not_take(echo: str, sent: bytes, code: int) -> None:
    with RawClient(echo) as client:
        client.send(masked("before") + sent)
        assert client.frame() == (TEXT, b"before")
        assert code_of(client.frame()) == code
        assert client.frame() is None


def test_largest_message(echo: str) -> None:
    with RawClient(echo) as client:
        client.send(masked(bytes(1_000_000), BINARY))
        assert client.frame() == (BINARY, bytes(1_000_000))


def test_echo_takes_no_more_than_is_read(echo: str) -> None:
    """Who does not read what comes back cannot send for ever; who reads on loses nothing."""
    message = bytes(100_000)
    frame = masked(message, BINARY)
    with RawClient(echo, buffer=16 * 1024) as client:
        client.sock.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 100 << 20:
                sent += client.sock.send(frame[sent % len(frame) :])
        # What the system holds on the way, and little besides.
        assert sent < 30 << 20
        client.sock.settimeout(BOUND_S)
        for _ in range(sent // len(frame)):
            assert client.frame() == (BINARY, message)


def test_many_at_once(echo: str) -> None:
    async def one(number: int) -> bool:
        async with connect(echo) as client:
            for turn in range(5):
                await client.send(f"{number}.{turn}")
                if await client.recv() != f"{number}.{turn}":
                    return False
        return client.close_code == 1000

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*[one(number) for number in range(100)])

    assert all(asyncio.run(all_of_them()))


# The demo's paths; what it plays is in test_demo.py.


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("1000", (CLOSE, b"\x03\xe8as you asked")),
        ("1012", (CLOSE, b"\x03\xf4as you asked")),
        ("/4999/?x=1", (CLOSE, b"\x13\x87as you asked")),
        ("1005", (CLOSE, b"")),
        ("1006", None),
        ("999", (CLOSE, b"\x03\xe7")),
        ("65535", (CLOSE, b"\xff\xff")),
    ],
)
def test_demo_closes_with_a_code(demo: str, path: str, last: tuple[int, bytes] | None) -> None:
    with RawClient(demo + path) as client:
        greeting, *rest = client.frames()
        assert greeting[0] == TEXT
        assert greeting[1].startswith(b"Welcome")
        assert rest == ([last] if last else [])


def test_demo_client_closes_first(demo: str) -> None:
    with RawClient(demo + "1012") as client:
        client.send(masked(b"", CLOSE))
        assert client.frames()[-1] == (CLOSE, b"")


def test_demo_client_vanishes(demo: str) -> None:
    """It must not be heard of: the fixture looks at standard error at its end."""
    for path in ("", "echo", "1012"):
        client = RawClient(demo + path, buffer=4096)
        client.sock.settimeout(0.2)
        with contextlib.suppress(OSError):  # late, or the server was done with it
            for _ in range(100):
                client.send(masked(bytes(1 << 20), BINARY))
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.sock.close()


def files(soft: int, hard: int) -> Callable[[], None]:
    """Return what has a child heed signals and limits it to so many open files."""

    def limit() -> None:
        heed_interrupts()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    return limit


def test_more_clients_than_a_shell_allows_files() -> None:
    process = start("serve", "--echo", preexec_fn=files(48, 200))
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    with contextlib.ExitStack() as clients:
        for number in range(80):
            client = clients.enter_context(RawClient(url))
            client.send(masked(str(number)))
            assert client.frame() == (TEXT, str(number).encode())
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "", "● serving; Ctrl-C stops it\n")


def test_clients_that_there_is_no_room_for_are_told_of_and_wait() -> None:
    process = start("serve", "--echo", preexec_fn=files(48, 48))
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    port = int(url.rstrip("/").rpartition(":")[2])
    with contextlib.ExitStack() as idle:
        for _ in range(60):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        time.sleep(0.3)
    with RawClient(url) as client:
        client.send(masked("later"))
        assert client.frame() == (TEXT, b"later")
    process.send_signal(signal.SIGINT)
    ran = ended(process)
    assert (ran.exit, ran.out) == (0, "")
    assert re.fullmatch(r"● serving; .*\n● full: some [0-9]+ clients can be connected at once, .*\n", ran.err)
