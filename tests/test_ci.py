"""The README's checks and CI snippets, run as far as a machine can, against a small service."""

import json
import os
import re
import subprocess
import sys
import threading
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from websockets.sync.server import ServerConnection, serve

from tests.readme import README
from tests.servers import environment

NAMED = "wss://staging.example.com/ws"
"""The service that the README speaks of; here one on loopback stands for it."""


def snippets(kind: str) -> dict[str, str]:
    """Return what stands in the README below ``<!-- KIND: NAME -->``, by name."""
    found = re.findall(rf"<!-- {kind}: (\S+) -->\n```\w+\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, kind
    return dict(found)


def service(socket: ServerConnection) -> None:
    """Answer as the README's example wants it; after `break`, as it does not."""
    ids = set()
    for text in socket:
        message = json.loads(text)
        match message["op"]:
            case "ping":
                socket.send('{"op": "pong"}')
            case "subscribe" if socket.request.path != "/broken":
                ids.add(str(uuid.uuid4()))
                socket.send(json.dumps({"op": "subscribed", "channel": message["channel"], "id": next(iter(ids))}))
            case "unsubscribe" if message["id"] in ids:
                socket.send(json.dumps({"op": "unsubscribed", "id": message["id"]}))
            case _:
                socket.send(json.dumps({"op": "error", "reason": "no"}))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(service, "127.0.0.1", 0, select_subprotocol=lambda _, offered: next(iter(offered), None)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        server.shutdown()
        thread.join(10)


def shell(line: str, folder: Path, **changed: str | None) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell as CI does, with `wsinspect` meaning this one."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "wsinspect"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m wsinspect "$@"\n')
    program.chmod(0o755)
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    env = environment(GITHUB_ACTIONS=None, GITLAB_CI=None, CI="true") | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    env |= {name: value for name, value in changed.items() if value is not None}
    return subprocess.run(["bash", "-e", "-c", line], cwd=folder, env=env, capture_output=True, text=True, timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with the README's check file in it."""
    for name, text in snippets("file").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_plain_shell(folder: Path, url: str) -> None:
    done = shell(snippets("ci")["shell"].replace(NAMED, url), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def steps_of(snippet: dict[str, Any], name: str) -> list[str]:
    if name == "gitlab":
        return list(snippet["smoke"]["script"])
    return [step["run"] for step in snippet["jobs"]["smoke"]["steps"] if "run" in step]


@pytest.mark.parametrize("name", ["github", "gitlab"])
@pytest.mark.parametrize("path", ["", "broken"])
def test_service_of_ci(folder: Path, url: str, name: str, path: str) -> None:
    install, check = steps_of(yaml.safe_load(snippets("ci")[name]), name)
    assert install.split()[1:] == ["install", "wsinspect"]
    summary = folder / "summary.md"
    service = (
        {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)} if name == "github" else {"GITLAB_CI": "true"}
    )
    done = shell(check.replace(NAMED, url + path), folder, **service)
    assert done.returncode == (1 if path else 0), done.stdout + done.stderr
    suites = ET.parse(folder / "report.xml").getroot()
    assert suites.get("tests") == "1"
    assert suites.get("failures") == ("1" if path else "0")
    if name == "github":
        assert ("::error file=smoke/ping.toml,line=" in done.stdout) is bool(path)
        assert "ping" in summary.read_text(encoding="utf-8")
        assert len(list((folder / "failed").glob("*"))) == (1 if path else 0)
    else:
        assert ("section_start" in done.stdout) is bool(path)
        assert "<html" in (folder / "report.html").read_text(encoding="utf-8")


def test_checks_of_the_readme_are_explained_without_a_connection(folder: Path) -> None:
    done = shell("wsinspect check smoke/ --dry-run", folder)
    assert done.returncode == 0, done.stderr
    assert "ping" in done.stdout
