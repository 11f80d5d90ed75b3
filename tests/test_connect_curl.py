"""``connect --curl`` and ``--dry-run``: what a server is asked by a pasted line, and what would be asked of none."""

import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority, server_context
from tests.servers import Ran, Step, close, open_, run, serving, together
from wsinspect.commands.connect import connect
from wsinspect.curl_options import FLAGS, LOWEST, SAME

GOOD: tuple[Step, ...] = (open_, close())


def test_a_line_of_a_browser() -> None:
    with serving(*GOOD) as served:
        line = (
            f"curl '{served.url.replace('ws:', 'http:')}feed?x=1' \\\n  -H 'Upgrade: websocket' \\\n"
            "  -H 'Connection: Upgrade' \\\n  -H 'Origin: https://a.example' \\\n  -b 'sid=hunter2; theme=dark' \\\n"
            "  -H 'User-Agent: Browser' \\\n  -H 'Sec-WebSocket-Version: 13' \\\n  -H 'Sec-WebSocket-Key: AAAA' \\\n"
            "  -H 'Sec-WebSocket-Protocol: chat, bearer.hunter2' \\\n  --data-raw 'hunter2' -H 'X-Own: a' --compressed"
        )
        ran = run(
            "connect", "--curl", line, "-n", "-H", "x-own: b", "-H", "X-More: c", "-b", "theme=light", "-s", "new"
        )
    assert ran.exit == 0, ran.err
    asked = served.peers[0]
    assert asked.request.startswith(b"GET /feed?x=1 HTTP/1.1\r\n")
    expected = {
        "Host": f"127.0.0.1:{served.port}",
        "Origin": "https://a.example",
        "User-Agent": "Browser",
        "Cookie": "sid=hunter2; theme=light",
        "Sec-WebSocket-Protocol": "chat, bearer.hunter2, new",
        "X-Own": "b",
        "X-More": "c",
    }
    assert {name: asked.header(name) for name in expected} == expected
    assert asked.header("Sec-WebSocket-Key") != "AAAA"
    for name in (*expected, "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"):
        assert asked.request.lower().count(f"\r\n{name.lower()}:".encode()) == 1, name
    assert "● --curl: ignored --data-raw\n" in ran.err
    assert "hunter2" not in ran.out + ran.err


def test_where_a_line_may_come_from(tmp_path: Path) -> None:
    with serving(*GOOD) as served:
        line = f"curl {served.url} -u me:pw"
        (tmp_path / "line").write_text(line + "\n")
        rows: list[tuple[str, dict[str, Any]]] = [
            (line, {}),
            (f"@{tmp_path}/line", {}),
            ("-", {"given": line.encode()}),
            ("@-", {"given": line.encode()}),
        ]
        rans = together(lambda row: run("connect", "--curl", row[0], **row[1]), rows)
    assert [ran.exit for ran in rans] == [0, 0, 0, 0]
    assert {peer.header("Authorization") for peer in served.peers} == {"Basic bWU6cHc="}


def test_tls_and_times_of_a_line() -> None:
    with serving(*GOOD, tls=server_context("good")) as served:
        trusting = run("connect", "--curl", f"curl {served.url} --cacert {authority()} --tlsv1.2 -m 9", "-n")
        insecure = run("connect", "--curl", f"curl -sSLk {served.url}", "-n")
        neither = run("connect", "--curl", f"curl {served.url}", "-n")
    assert (trusting.exit, insecure.exit, neither.exit) == (0, 0, 4)


def test_what_is_typed_counts_more() -> None:
    line = "curl http://a.example/ -u me:hunter2 -H 'Authorization: hunter2' -A one --connect-timeout 1h"
    ran = run("connect", "--curl", line, "--bearer", "mine", "-A", "two", "--dry-run", "--show-secrets")
    assert ran.exit == 0
    assert "Authorization: Bearer mine\n" in ran.out
    assert "User-Agent: two\n" in ran.out
    assert "hunter2" not in ran.out


@pytest.mark.parametrize("token", ["env:MINE", "@mine"])
def test_a_token_in_a_line_stands_for_itself(token: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("hunter2")
    line = f"curl http://a.example/ --oauth2-bearer {token}"
    ran = run("connect", "--curl", line, "--dry-run", "--show-secrets", env={"MINE": "hunter2"}, cwd=tmp_path)
    assert ran.exit == 0
    assert f"Authorization: Bearer {token}\n" in ran.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--curl", "curl http://a/", "ws://b/"], "--curl brings its own URL"),
        ([], "missing argument 'URL'"),
        (["--curl", "fetch('secret')"], "this is no curl line"),
        (["--curl", "curl ftp://a/"], "`ftp://a/` is not a WebSocket URL"),
        (["--curl", "@none"], "cannot read the curl line none: no such file or directory"),
        (["--curl", "-"], "the curl line is to come from standard input, where nothing is"),
        (["--curl", "curl http://a/ -H 'secret'"], "--curl: `header`: a header is written 'Name: value'"),
        (["--curl", "curl http://a/ --connect-timeout soon"], "--curl: `connect-timeout`: `soon` is not a time"),
        (["--curl", "curl http://a/ --cacert none", "ws://b"], "--curl brings its own URL"),
        (["demo:", "--dry-run"], "a demo has no address before it runs"),
        (["wss://a/", "--dry-run", "--cacert", "none"], "none"),
    ],
)
def test_mistakes(arguments: list[str], words: str) -> None:
    ran = run("connect", *arguments)
    assert ran.exit in (2, 4)
    assert words in ran.err
    assert "secret" not in ran.err


def test_every_setting_of_a_line_is_an_option() -> None:
    names = {name.removeprefix("--") for parameter in connect.params for name in parameter.opts}
    others = {"subprotocol", "version-header", "cert", "pass", "proxy", "tls-min"}
    assert set(SAME.values()) | set(FLAGS.values()) | others <= names
    assert LOWEST


def dry(*arguments: str, **options: Any) -> Ran:
    ran = run("connect", "--dry-run", *arguments, **options)
    assert ran.exit == 0, ran.err
    return ran


def test_a_dry_run_is_what_would_be_sent() -> None:
    """Line by line what the server gets without it, but for the key."""
    arguments = ("-H", "X-Mine: 1", "-u", "me:pw", "-b", "a=1", "-s", "a,b", "--origin", "http://b", "-n")
    with serving(*GOOD) as served:
        ran = dry(f"{served.url}x?y=%C3%A4", *arguments, "--show-secrets")
        assert not served.peers
        assert run("connect", f"{served.url}x?y=%C3%A4", *arguments).exit == 0
    lines = ran.out.split("\n")
    assert lines[-2:] == ["", ""]
    sent = served.peers[0].request.decode().split("\r\n")
    key = "Sec-WebSocket-Key: "
    assert [line for line in lines[:-2] if not line.startswith(key)] == [line for line in sent if key not in line]
    assert sum(line.startswith(key) and len(line) == len(key) + 24 for line in lines) == 1


def test_a_dry_run_hides_secrets() -> None:
    ran = dry(
        "ws://me:hunter2@a.example/?token=hunter2",
        "-b",
        "sid=hunter2",
        "-s",
        "bearer.hunter2",
        "-H",
        "X-Api-Key: hunter2",
    )
    assert "hunter2" not in ran.out + ran.err
    assert ran.out.startswith("GET /?token=*** HTTP/1.1\nHost: a.example\n")
    assert "Authorization: Basic ***\n" in ran.out


def test_a_dry_run_says_where_to(tmp_path: Path) -> None:
    rows: list[tuple[list[str], dict[str, Any], list[str]]] = [
        (["ws://a.example/"], {}, ["would connect to ws://a.example/", "straight to a.example:80", "without TLS"]),
        (["wss://[2001:db8::1]:8443/x"], {}, ["straight to [2001:db8::1]:8443"]),
        (["wss://a.example/"], {}, ["with TLS 1.2 to 1.3, server name a.example, ALPN http/1.1, trusting the auth"]),
        (["wss://a.example/", "-k", "--servername", "b", "--tls-min", "1.3"], {},
         ["with TLS 1.3, server name b, ALPN http/1.1, not verified"]),
        (["wss://a.example/", "--cacert", authority()], {}, [f"trusting {authority()}"]),
        (["ws://a.example/", "-x", "http://me:hunter2@p:3128"], {},
         ["through the proxy http://p:3128, with credentials, to a.example:80"]),
        (["ws://a.example/"], {"env": {"http_proxy": "http://p:3128"}}, ["through the proxy http://p:3128, to a.ex"]),
        (["ws://a.example/", "--resolve", "a.example:80:127.0.0.1"], {}, ["to a.example:80, taken as 127.0.0.1"]),
        (["ws://a.example/", "--unix-socket", "/run/s"], {}, ["over the unix socket /run/s"]),
    ]  # fmt: skip
    for (arguments, _, words), ran in zip(rows, together(lambda row: dry(*row[0], **row[1]), rows), strict=True):
        for said in words:
            assert said in ran.err, arguments
        assert "hunter2" not in ran.err


def test_a_dry_run_is_quiet_if_asked() -> None:
    assert dry("ws://a.example/", "-q").err == ""


def test_a_dry_run_connects_to_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        dry(f"ws://127.0.0.1:{port}/", stdin=subprocess.DEVNULL)
        with pytest.raises(BlockingIOError):
            listener.accept()
