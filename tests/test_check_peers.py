"""Checks against servers that others wrote: npm's ws, nginx, npm's graphql-ws."""

from pathlib import Path

from tests.peer_programs import free_port, nginx, node_graphql, node_ws
from tests.servers import Ran, run
from tests.test_ci import snippets

GREETED = """
[[steps]]
expect = { text = "welcome" }

[[steps]]
expect_ping = { text = "are you there" }

[[steps]]
send = { json = { op = "ping", id = 1 } }

[[steps]]
expect = { json = { op = "ping", id = 1 } }
"""


def check(folder: Path, text: str, *options: str) -> Ran:
    path = folder / "check.toml"
    path.write_text(text)
    return run("check", str(path), *options)


def test_npm_ws(tmp_path: Path) -> None:
    with node_ws() as url:
        wished = '[handshake]\nexpect = { extensions = ["permessage-deflate"] }\n'
        done = check(tmp_path, f'url = "{url}"\n{wished}{GREETED}')
        assert done.exit == 0, done
        line = run("check", url, "--send", '{"op":"ping"}', "--expect", "op == 'ping'", "--expect-close", "OK")
        assert line.exit == 0, line
        failed = run("check", url, "--send", "x", "--expect-text", "y", "--within", "300ms")
        assert failed.exit == 1, failed
        assert "welcome" in failed.out


def test_nginx_between(tmp_path: Path) -> None:
    port, bare = free_port(), free_port()
    with node_ws() as url:
        upgrades = (
            "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
        )
        servers = f"""
        server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {url.replace("ws:", "http:")}; {upgrades} }}
                 location /private {{ return 401 "who are you"; }} }}
        server {{ listen 127.0.0.1:{bare}; location / {{ proxy_pass {url.replace("ws:", "http:")}; }} }}
        """
        with nginx(tmp_path, servers, [port, bare]):
            through = f'url = "ws://127.0.0.1:{port}/"\n[handshake]\nexpect = {{ headers = {{ Server = "^nginx" }} }}\n'
            assert check(tmp_path, through + GREETED).exit == 0
            refused = f'url = "ws://127.0.0.1:{port}/private"\n[handshake]\n'
            assert check(tmp_path, f'{refused}expect = {{ status = 401, body = "who are you" }}\n').exit == 0
            assert check(tmp_path, f"{refused}expect = {{ status = 403 }}\n").exit == 1
            # Without its Upgrade headers nothing can be checked, and the cause is named.
            stripped = check(tmp_path, f'url = "ws://127.0.0.1:{bare}/"\n{GREETED}')
            assert stripped.exit == 5
            assert "Upgrade" in stripped.out


def test_graphql_ws(tmp_path: Path) -> None:
    text = snippets("graphql")["subscription.toml"]
    with node_graphql() as url:
        done = check(tmp_path, text, "--var", f"URL={url}")
        assert done.exit == 0, done
        # No init in time: the service's own code, read as the subprotocol means it.
        late = f'url = "{url}"\n[handshake]\nsubprotocols = ["graphql-transport-ws"]\n'
        assert check(tmp_path, f"{late}[[steps]]\nexpect_close = 4408\n").exit == 0
        under = check(tmp_path, f"{late}[[steps]]\nexpect = \"type == 'connection_ack'\"\n")
        assert under.exit == 1
        assert "4408" in under.out
        wrong = text.replace('"connection_init"', '"connection_init", payload = { token = "wrong" }')
        denied = check(tmp_path, wrong, "--var", f"URL={url}")
        assert denied.exit == 1
        assert "4403" in denied.out
