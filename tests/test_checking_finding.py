"""Where checks are: what is a URL and what a file, and what is taken of a folder."""

import os
from pathlib import Path

import pytest

from wsinspect.checking.finding import OTHERS, found, is_url, name_of, read, read_bytes
from wsinspect.errors import Exit, InspectError

URLS = [
    "ws://h/", "wss://h/x.toml", "https://h", "demo:", "demo:1012", "@staging", "@staging/path", ":8080", ":8080/feed",
    "localhost", "localhost/feed", "localhost:8080/feed", "example.com", "example.com/feed?x=1", "127.0.0.1", "[::1]",
    "[::1]:80/x", "host:80", "u:p@h:80/x", "h.example/x/y",
]  # fmt: skip
PATHS = [
    "a.toml",
    "a.ws.toml",
    "smoke",
    "smoke/",
    "./smoke",
    "../smoke",
    "/tmp/smoke",
    "smoke/*.toml",
    "-",
    ".",
    "a/b.json",
]


@pytest.mark.parametrize("typed", URLS)
def test_a_url(typed: str) -> None:
    assert is_url(typed)


@pytest.mark.parametrize("typed", PATHS)
def test_a_path(typed: str) -> None:
    assert not is_url(typed)


def test_what_is_there_is_no_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_url("example.com")
    (tmp_path / "example.com").mkdir()
    assert not is_url("example.com")


def tree(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def below(root: Path, paths: list[str]) -> list[str]:
    return [os.path.relpath(path, root) for path in paths]


def test_a_folder_is_looked_through(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "b.toml", "a.ws.toml", "B.toml", "sub/z.toml", "sub/deep/x.ws.toml", "also/y.toml",
        # Left out:
        "pyproject.toml", "sub/Cargo.toml", ".hidden.toml", ".git/c.toml", "node_modules/x/d.toml", "note.txt",
        "env/pyvenv.cfg", "env/lib/e.toml", "vars.toml", "x.json",
    )  # fmt: skip
    taken = below(tmp_path, found([str(tmp_path)], [str(tmp_path / "vars.toml")]))
    assert taken == ["B.toml", "a.ws.toml", "b.toml", "also/y.toml", "sub/z.toml", "sub/deep/x.ws.toml"]
    assert all(name == name.lower() for name in OTHERS)


def test_files_are_taken_once_and_as_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "s/a.toml", "s/b.toml", "pyproject.toml", "odd.txt")
    (tmp_path / "link.toml").symlink_to("s/a.toml")
    assert found(["s/b.toml", "s", "./s/a.toml", "link.toml"]) == ["s/b.toml", "s/a.toml"]
    assert found(["pyproject.toml", "odd.txt", "-", "-"]) == ["pyproject.toml", "odd.txt", "-"]


MISSING = [
    ("nowhere.toml", "a check is a file *.toml"),
    ("smoke/*.toml", "for the shell"),
    ("nowhere/", "ws://nowhere/"),
]


@pytest.mark.parametrize(("target", "hint"), MISSING)
def test_what_is_not_there(target: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InspectError, match="there is no file or folder") as caught:
        found([target])
    assert hint in caught.value.hint
    assert caught.value.exit == Exit.USAGE


def test_a_folder_without_checks(tmp_path: Path) -> None:
    tree(tmp_path, "pyproject.toml")
    with pytest.raises(InspectError, match="there is no check in") as caught:
        found([str(tmp_path)])
    assert caught.value.exit == Exit.USAGE


def test_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 1\n")
    assert read(str(path)) == (str(path), "name = 1\n")
    assert read_bytes(str(path))[:3] == b"\xef\xbb\xbf"
    path.write_bytes(b"\xff")
    with pytest.raises(InspectError, match=r"a\.toml:1: the check is not UTF-8"):
        read(str(path))
    with pytest.raises(InspectError, match=r"cannot read .*: is a directory"):
        read_bytes(str(tmp_path))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/smoke.ws.toml", "smoke"),
        ("smoke.toml", "smoke"),
        ("rec.ndjson", "rec"),
        ("rec.ndjson.gz", "rec"),
        ("-", "recorded"),
        ("rec", "rec"),
    ],
)
def test_names(path: str, name: str) -> None:
    assert name_of(path) == name
