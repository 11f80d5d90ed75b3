"""Recent URLs: what is remembered of one, where, and when nothing is."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import BOUND_S, close, command, environment, open_, serving
from wsinspect.files import state_path
from wsinspect.recents import KEPT, LONGEST, RECENT, is_wanted, recents, remember, without_secrets

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("ws://localhost:8080/", "ws://localhost:8080/"),
        ("wss://a.example/feed?x=1&y=2", "wss://a.example/feed?x=1&y=2"),
        ("wss://bob:secret@a.example/feed", "wss://a.example/feed"),
        ("wss://secret@a.example/feed", "wss://a.example/feed"),
        ("wss://a.example/feed?token=secret", "wss://a.example/feed"),
        ("wss://a.example/feed?x=1&access_token=secret&y=2", "wss://a.example/feed?x=1&y=2"),
        ("wss://a.example/feed?x=1;apiKey=secret", "wss://a.example/feed?x=1"),
        (f"wss://a.example/feed?x={JWT}", "wss://a.example/feed"),
        (f"wss://a.example/{JWT}", None),
        ("wss://a.example/550e8400-e29b-41d4-a716-446655440000/feed", None),
        ("wss://a.example/sk%2Dlive%5F12345678secret", None),
        ("wss://a.example/feed;token=secret", None),
        ("wss://a.example/x?u=wss%3A%2F%2Fbob%3Asecret%40b.example", "wss://a.example/x"),
        ("@staging/orders?limit=5", "@staging/orders?limit=5"),
        ("@staging/orders?token=secret", "@staging/orders"),
        ("@staging/550e8400-e29b-41d4-a716-446655440000", None),
        ("ws://[::1]:8080/x", "ws://[::1]:8080/x"),
    ],
)
def test_nothing_secret_is_kept(url: str, kept: str | None) -> None:
    assert without_secrets(url) == kept


@given(st.text(alphabet="abc:@/?&;=#%2.[]", max_size=30))
def test_no_userinfo_is_ever_kept(rest: str) -> None:
    url = without_secrets(f"wss://bob:hunter2@{rest}")
    assert url is None or "hunter2" not in url


def test_they_are_kept_newest_first(tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path)}
    for index in (*range(60), 58, 59, 30):
        remember(f"ws://localhost/{index}", home)
    known = recents(home)
    assert len(known) == KEPT
    assert known[:4] == [f"ws://localhost/{index}" for index in (30, 59, 58, 57)]
    assert len(set(known)) == KEPT
    path = tmp_path / "wsinspect" / "recent"
    assert state_path(home, RECENT) == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["recent"]


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path)}
    remember("ws://localhost/", home)
    before = (tmp_path / "wsinspect" / "recent").stat().st_ino
    remember("ws://localhost/?token=x", home)
    assert (tmp_path / "wsinspect" / "recent").stat().st_ino == before


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path)}
    (tmp_path / "wsinspect").mkdir()
    (tmp_path / "other").write_text("mine")
    (tmp_path / "wsinspect" / "recent").symlink_to(tmp_path / "other")
    (tmp_path / "wsinspect" / f"recent.{os.getpid()}").symlink_to(tmp_path / "other")
    remember("ws://localhost/", home)
    assert (tmp_path / "other").read_text() == "mine"
    assert recents(home)[0] == "ws://localhost/"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, True),
        ({"WSINSPECT_NO_RECENT": "1"}, False),
        ({"WSINSPECT_NO_RECENT": ""}, True),
        ({"CI": "true"}, False),
        ({"CI": "1"}, False),
        ({"CI": "false"}, True),
        ({"CI": ""}, True),
    ],
)
def test_when_they_are_wanted(given: dict[str, str], wanted: bool, tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path), **given}
    assert is_wanted(home) is wanted
    remember("ws://localhost/", home)
    assert recents(home) == (["ws://localhost/"] if wanted else [])
    assert (tmp_path / "wsinspect").exists() is wanted


def test_a_place_that_cannot_be_written_is_nobodys_business(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for base in (tmp_path / "file", Path("/proc/nothing"), Path("/dev/null/x")):
        remember("ws://localhost/", {"XDG_STATE_HOME": str(base)})
        assert recents({"XDG_STATE_HOME": str(base)}) == []
    (tmp_path / "wsinspect" / "recent").mkdir(parents=True)
    remember("ws://localhost/", {"XDG_STATE_HOME": str(tmp_path)})
    assert recents({"XDG_STATE_HOME": str(tmp_path)}) == []
    assert os.listdir(tmp_path / "wsinspect") == ["recent"]


def test_a_file_that_was_broken_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "wsinspect").mkdir()
    lines = [
        b"ws://a/",
        b"\xff\xfe",
        b"",
        b"\x1b[31m",
        b"ws://a/",
        "ws://\u202e/".encode(),
        b"x" * (LONGEST + 1),
        b"ws://b/",
    ]
    (tmp_path / "wsinspect" / "recent").write_bytes(b"\n".join([*lines, b"x" * 1_000_000]))
    home = {"XDG_STATE_HOME": str(tmp_path)}
    assert [url for url in recents(home) if url.startswith("ws:")] == ["ws://a/", "ws://b/"]
    remember("ws://c/" + "x" * LONGEST, home)
    assert len(recents(home)[0]) < LONGEST


# --- the program


def opened(url: str, *arguments: str, env: dict[str, str | None], terminal: bool) -> int:
    """Run `connect`, its standard error on a terminal or not."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    try:
        done = subprocess.run(
            command("connect", url, "-n", "-q", *arguments),
            stderr=theirs if terminal else subprocess.DEVNULL,
            env=environment(**env),
            timeout=BOUND_S,
            **streams,
        )
        return done.returncode
    finally:
        os.close(ours)
        os.close(theirs)


def test_an_opened_url_is_remembered_where_a_person_looks_on(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    env = {"XDG_STATE_HOME": str(tmp_path), "WSINSPECT_CONFIG": str(config), "WSINSPECT_NO_RECENT": None, "CI": None}
    kept = tmp_path / "wsinspect" / "recent"
    with serving(open_, close(1000)) as served:
        config.write_text(f"[profiles.a]\nurl = '{served.url}'\n")
        bare = served.url.removeprefix("ws://").removesuffix("/")
        userinfo = f"ws://bob:hunter2@{bare}/x?token=hunter2&y=1"
        for url in (f"{bare}/short", userinfo, "@a", "@a/orders?x=1", "demo:1000"):
            assert opened(url, env=env, terminal=True) == 0
        assert opened(served.url + "unseen", env=env, terminal=False) == 0
        assert opened(served.url + "ci", env=env | {"CI": "1"}, terminal=True) == 0
        config.write_text("recent = false\n")
        assert opened(served.url + "off", env=env, terminal=True) == 0
    assert opened("ws://127.0.0.1:1/refused", env=env | {"WSINSPECT_CONFIG": None}, terminal=True) == 3
    assert kept.read_text().splitlines() == ["@a/orders?x=1", f"ws://{bare}/x?y=1", f"ws://{bare}/short"]


def test_it_costs_nothing_off_a_terminal() -> None:
    # Where the run is measured, the measuring imports things of its own first.
    program = (
        "import sys; before = set(sys.modules); import wsinspect.commands.connect; print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment())
    added = set(done.stdout.split())
    assert "wsinspect.commands.connect" in added
    assert not {"wsinspect.recents", "wsinspect.profiles", "wsinspect.toml_places", "tomllib"} & added
