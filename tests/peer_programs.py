"""Servers that others wrote, started for one test and ended with it: nginx, mosquitto, npm's ws, Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.servers import BOUND_S

NODE_ECHO = """
const { WebSocketServer } = require('ws');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
server.on('listening', () => console.log(server.address().port));
server.on('connection', socket => {
  socket.send('welcome');
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('pong', data => socket.send('pong ' + data));
  socket.ping('are you there');
});
"""

NODE_GRAPHQL = """
const { WebSocketServer } = require('ws');
const { buildSchema } = require('graphql');
const { useServer } = require('graphql-ws/use/ws');
const schema = buildSchema('type Query { hello: String } type Subscription { greetings: String }');
const roots = {
  query: { hello: () => 'Hello!' },
  subscription: {
    greetings: async function* () { for (const greetings of ['Hi', 'Ciao', 'Moin']) yield { greetings }; },
  },
};
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql' });
server.on('listening', () => console.log(server.address().port));
const onConnect = ({ connectionParams }) => connectionParams?.token !== 'wrong';
useServer({ schema, roots, onConnect, connectionInitWaitTimeout: 500 }, server);
"""


def program(name: str) -> str:
    """Return where a program is, or skip the test."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running(*command: str, environment: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[str]"]:
    """Run a program, and end it."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ, **(environment or {})),
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


def wait_for_port(port: int, process: "subprocess.Popen[str]") -> None:
    """Wait until something listens; a program that ended meanwhile fails the test with its words."""
    deadline = time.monotonic() + BOUND_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            assert process.stdout is not None
            pytest.fail(f"it ended: {process.stdout.read()[-2000:]}")
        time.sleep(0.05)
    pytest.fail(f"nothing listens on port {port}")


@contextlib.contextmanager
def nginx(folder: Path, servers: str, ports: list[int]) -> Iterator[None]:
    """Run nginx with the ``server`` blocks given, until it listens on all ports."""
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            {servers}
        }}
        """
    )
    with running(program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")) as process:
        for port in ports:
            wait_for_port(port, process)
        yield


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[str]:
    """Run mosquitto with a WebSocket listener; yield its URL."""
    port = free_port()
    # Version 2.0.11 does not start with WebSocket listeners alone.
    (folder / "mosquitto.conf").write_text(
        f"allow_anonymous true\npersistence false\nlistener {free_port()} 127.0.0.1\n"
        f"listener {port} 127.0.0.1\nprotocol websockets\n"
    )
    with running(program("mosquitto"), "-c", str(folder / "mosquitto.conf")) as process:
        wait_for_port(port, process)
        yield f"ws://127.0.0.1:{port}/mqtt"


@contextlib.contextmanager
def node_ws() -> Iterator[str]:
    """Run an echo server on npm's ws; yield its URL."""
    with _node(NODE_ECHO, "ws") as url:
        yield url


@contextlib.contextmanager
def node_graphql() -> Iterator[str]:
    """Run a GraphQL server on npm's graphql-ws; yield its URL."""
    with _node(NODE_GRAPHQL, "graphql-ws") as url:
        yield f"{url}graphql"


@contextlib.contextmanager
def _node(program_text: str, package: str) -> Iterator[str]:
    """Run a server that prints its port; yield its URL."""
    with running(program("node"), "-e", program_text) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port.isdecimal():
            pytest.skip(f"npm's {package} is not installed (or not in NODE_PATH)")
        yield f"ws://127.0.0.1:{port}/"


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[str]:
    """Run headless Chromium; yield the URL of its DevTools endpoint."""
    quiet = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"]
    quiet += ["disable-component-update", "disable-sync", "disable-dev-shm-usage", "remote-debugging-port=0"]
    command = [program("chromium"), "--headless", *(f"--{name}" for name in quiet), f"--user-data-dir={folder}"]
    with running(*command, "about:blank") as process:
        told = folder / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while not (told.exists() and told.read_text().count("\n")):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.skip("chromium does not start here")
            time.sleep(0.1)
        port, path = told.read_text().split("\n")[:2]
        yield f"ws://127.0.0.1:{port}{path}"
