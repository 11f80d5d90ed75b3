"""`connect` with servers that others wrote: nginx in front, mosquitto, npm's ws, Chromium's DevTools endpoint."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority, certificate
from tests.peer_programs import chromium, free_port, mosquitto, nginx, node_ws
from tests.servers import Peer, close, open_, run, serving, text

UPGRADE = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";'


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_nginx_hands_a_connection_on(tmp_path: Path) -> None:
    port = free_port()
    with serving(open_, text("from behind"), Peer.frame, close(1012, "deploy")) as served:
        place = f"location / {{ proxy_pass {served.url.replace('ws:', 'http:')}; {UPGRADE} }}"
        with nginx(tmp_path, f"server {{ listen 127.0.0.1:{port}; {place} }}", [port]):
            ran = run("connect", f"ws://127.0.0.1:{port}/feed", "--send", "hi", "-f", "ndjson")
    assert ran.exit == 6
    assert [row["type"] for row in rows(ran.out)] == ["HANDSHAKE", "TEXT", "TEXT", "CLOSE", "CLOSING", "CLOSED"]
    assert rows(ran.out)[3]["reason"] == "deploy"
    assert ["Server", "nginx/"] in [[name, value[:6]] for name, value in rows(ran.out)[0]["response"]]


def test_nginx_gives_up_on_a_silent_connection(tmp_path: Path) -> None:
    port = free_port()
    with serving(open_, text("and then silence"), Peer.drain) as served:
        place = f"location / {{ proxy_pass {served.url.replace('ws:', 'http:')}; {UPGRADE} proxy_read_timeout 1s; }}"
        with nginx(tmp_path, f"server {{ listen 127.0.0.1:{port}; {place} }}", [port]):
            ran = run("connect", f":{port}/", "-n")
    assert ran.exit == 7
    assert "connection lost" in ran.err


def test_nginx_that_does_not_know_of_upgrades(tmp_path: Path) -> None:
    """Without the two headers nginx asks the server for a plain page; the server's refusal comes back."""
    port = free_port()

    def refuse(peer: Peer) -> None:
        peer.ask()
        assert not peer.header("Upgrade")
        peer.send(
            b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )

    with serving(refuse) as served:
        place = f"location / {{ proxy_pass {served.url.replace('ws:', 'http:')}; }}"
        with nginx(tmp_path, f"server {{ listen 127.0.0.1:{port}; {place} }}", [port]):
            ran = run("connect", f":{port}/", "-n")
    assert ran.exit == 5
    assert "426 Upgrade Required" in ran.err
    assert "proxy" in ran.err


def test_nginx_without_a_server_behind_it(tmp_path: Path) -> None:
    port, nobody = free_port(), free_port()
    place = f"location / {{ proxy_pass http://127.0.0.1:{nobody}; {UPGRADE} }}"
    with nginx(tmp_path, f"server {{ listen 127.0.0.1:{port}; {place} }}", [port]):
        ran = run("connect", f":{port}/", "-n")
    assert ran.exit == 5
    assert "502 Bad Gateway" in ran.err
    assert "could not reach" in ran.err


def test_nginx_redirects_to_tls(tmp_path: Path) -> None:
    """nginx writes https:// into the Location, where a WebSocket means wss://."""
    plain, secure = free_port(), free_port()
    pem, key = certificate("good")
    with serving(open_, text("safe"), close()) as served:
        servers = f"""
            server {{ listen 127.0.0.1:{plain}; return 301 https://localhost:{secure}$request_uri; }}
            server {{
                listen 127.0.0.1:{secure} ssl http2; ssl_certificate {pem}; ssl_certificate_key {key};
                location / {{ proxy_pass {served.url.replace("ws:", "http:")}; {UPGRADE} }}
            }}
        """
        with nginx(tmp_path, servers, [plain, secure]):
            ran = run("connect", f"ws://localhost:{plain}/feed", "-n", "--cacert", str(authority()), "-f", "ndjson")
            wrong = run("connect", f"ws://localhost:{secure}/feed", "-n")
    assert ran.exit == 0, ran.err
    assert f"301 redirects to wss://localhost:{secure}/feed" in ran.err
    assert rows(ran.out)[1]["text"] == "safe"
    assert wrong.exit == 5
    assert "use wss:// instead of ws://" in wrong.err


def test_mosquitto_speaks_mqtt(tmp_path: Path) -> None:
    """CONNECT of MQTT 3.1.1 is answered with CONNACK, code 0; then PINGREQ with PINGRESP."""
    connect = "hex:10 10 0004 4d515454 04 02 003c 0004 4a6f686e"
    with mosquitto(tmp_path) as url:
        ran = run("connect", url, "-s", "mqtt", "--send", connect, "--send", "hex:c000", "--count", "2", "-f", "ndjson")
    assert ran.exit == 0, ran.err
    assert rows(ran.out)[0]["subprotocol"] == "mqtt"
    received = [row["base64"] for row in rows(ran.out) if row["type"] == "BINARY" and row["dir"] == "in"]
    assert received == ["IAIAAA==", "0AA="]


@pytest.mark.parametrize("compression", [(), ("--no-compression",), ("--deflate", "client_no_context_takeover")])
def test_npm_ws(compression: tuple[str, ...]) -> None:
    with node_ws() as url:
        ran = run(
            "connect",
            url,
            "--send",
            "hello " * 50,
            "--send",
            "/ping x",
            "--linger",
            "300ms",
            *compression,
            "-f",
            "ndjson",
        )
    assert ran.exit == 0, ran.err
    agreed = rows(ran.out)[0]["extensions"]
    assert bool(agreed) == (compression != ("--no-compression",))
    seen = rows(ran.out)
    texts = [row["text"] for row in seen if row["type"] == "TEXT" and row["dir"] == "in"]
    assert sorted(texts) == ["hello " * 50, "pong are you there", "welcome"]
    assert [row["text"] for row in seen if row["type"] == "PONG" and row["dir"] == "in"] == ["x"]


def test_chromium_answers_over_devtools(tmp_path: Path) -> None:
    command = '{"id": 1, "method": "Browser.getVersion"}'
    with chromium(tmp_path) as url:
        ran = run(
            "connect", url, "--send", command, "--until", "id == 1", "--select", "result.protocolVersion", "--raw"
        )
        refused = run("connect", url.rpartition("/")[0] + "/nobody", "-n")
    assert ran.exit == 0, ran.err
    assert ran.out == "1.3\n"
    assert refused.exit == 5
