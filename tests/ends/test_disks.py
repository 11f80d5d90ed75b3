"""Disks that are full, fill up, or take nothing; files that vanish; processes with too little of something."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ends.namespaces import lacking
from tests.ends.stage import End, Judge, complaints, nothing_beside, over, recording, shell, staged, until
from tests.servers import Peer, Step, close, open_, run, text

SMALL = 64 << 10
SCRIPT: list[Step] = [
    open_,
    *[text(f"{number:06d} " + os.urandom(2_000).hex()) for number in range(60)],
    close(1000),
    Peer.until_close,
]
"""About 240 kB, which hardly pack."""

WHY_NOT = lacking()


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that is larger than the small disk, in every form, packed or not."""
    folder = tmp_path_factory.mktemp("long")
    with staged(folder, "connect", "{url}", "-r", "--record", "long.ndjson", script=SCRIPT) as stage:
        assert over(stage).exit == 0
    return folder / "long.ndjson"


class Row(NamedTuple):
    """A line of a shell that writes into the folder ``disk``, and what is wanted of it."""

    line: str
    exit: int = 11
    says: str = ""
    judges: tuple[Judge, ...] = ()


def kept(name: str) -> Judge:
    """What fitted is there, and can be read up to the last whole message, each as it came."""

    def judge(end: End) -> str | None:
        shown = run("show", str(end.folder / name), "--raw")
        lines = shown.out.splitlines()
        if not 3 < len(lines) < 60 or any(not line.startswith(f"{at:06d} ") for at, line in enumerate(lines)):
            return f"{len(lines)} messages can be read: {shown.err}"
        return None

    return judge


def empty(end: End) -> str | None:
    """Nothing was left in the folder."""
    left = [path.name for path in (end.folder / "disk").iterdir() if path.name != "fill"]
    return f"left behind: {left}" if left else None


FULL = "no space left on device"
FILLING = [
    Row("PROGRAM connect {url} -r >disk/out", says="cannot write the output: No space left on device"),
    Row("PROGRAM connect {url} -r --record disk/r.ndjson >/dev/null", says=FULL, judges=(kept("disk/r.ndjson"),)),
    Row("PROGRAM connect {url} -r --record disk/r.ndjson.gz >/dev/null", says=FULL, judges=(kept("disk/r.ndjson.gz"),)),
    Row("PROGRAM show long.ndjson -f ndjson >disk/out", says="cannot write the output: No space left on device"),
    Row("PROGRAM export long.ndjson --to csv >disk/out", says="cannot write the output: No space left on device"),
    Row("PROGRAM export long.ndjson -o disk/r.har", says=FULL, judges=(empty,)),
    Row("PROGRAM export long.ndjson -o disk/r.ndjson.gz", says=FULL, judges=(empty,)),
    Row("PROGRAM export long.ndjson -o disk/r.html", says=FULL, judges=(empty,)),
    Row("PROGRAM check {url} --expect-text never --record disk/kept --within 1s", exit=1, judges=()),
]
PACKED = [
    Row(
        "PROGRAM check demo:1000 --expect-close 1000 --report html=disk/r.html --report json=r.json",
        says=FULL,
        judges=(empty,),
    ),
    Row("PROGRAM check --from long.ndjson -o disk/r.toml", says=FULL, judges=(empty,)),
    Row("PROGRAM connect demo:1000 -r --record disk/r.ndjson", says=FULL),
    Row(
        "XDG_STATE_HOME=$PWD/disk WSINSPECT_NO_RECENT= CI= PROGRAM connect demo:1000 -r",
        exit=0,
        judges=(lambda end: None,),
    ),
    Row("XDG_CONFIG_HOME=$PWD/disk PROGRAM connect demo:1000 -r", exit=0),
]
SEALED = "read-only file system"
READ_ONLY = [
    Row("PROGRAM connect demo:1000 -r --record disk/r.ndjson", says=SEALED),
    Row("PROGRAM export long.ndjson -o disk/r.har", says=SEALED),
    Row("PROGRAM check demo:1000 --expect-close 1000 --report json=disk/r.json", says=SEALED),
    Row("PROGRAM check demo:1000 --expect-text x --record disk/kept", says=SEALED),
    Row("cd disk && PROGRAM connect demo:1000 -r", exit=0),
    Row("XDG_STATE_HOME=$PWD/disk WSINSPECT_NO_RECENT= CI= PROGRAM connect demo:1000 -r", exit=0),
]
DISKS: dict[str, tuple[str, list[Row]]] = {
    "fills up": ("", FILLING),
    "is full": (f"head -c {SMALL} /dev/zero >disk/fill; ", PACKED),
    "is read-only": ("mount -o remount,ro disk; ", READ_ONLY),
}
CASES = [(name, row) for name, (_, rows) in DISKS.items() for row in rows]


@pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "there are namespaces")
@pytest.mark.parametrize(("name", "row"), CASES, ids=[f"{name}: {row.line}" for name, row in CASES])
def test_a_disk(name: str, row: Row, tmp_path: Path, long: Path) -> None:
    """It is mounted where nobody else sees it, and what is in it is copied out for the judges."""
    shutil.copy(long, tmp_path)
    (tmp_path / "disk").mkdir()
    (tmp_path / "after").mkdir()
    mounted = f"mount -t tmpfs -o size={SMALL} tmpfs disk && {DISKS[name][0]}"
    inner = f"{mounted} ({row.line}); status=$?; cp -a disk/. after/; exit $status"
    end = shell(f"unshare -m bash -c {quoted(inner)}", tmp_path, SCRIPT)
    (tmp_path / "disk").rmdir()
    (tmp_path / "after").rename(tmp_path / "disk")
    assert end.exit == row.exit, end
    assert row.says in end.err, end
    assert not complaints(end, (*row.judges, nothing_beside))


def quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


# Limits of the process.

LIMITED = [
    # ulimit counts blocks of 1,024 bytes, and a signal (SIGXFSZ) tells of it, which Python ignores.
    Row(
        "ulimit -f 64; PROGRAM connect {url} -r --record r.ndjson >/dev/null",
        says="file too large",
        judges=(kept("r.ndjson"),),
    ),
    Row(
        "ulimit -f 64; PROGRAM connect {url} -r --record r.ndjson.gz >/dev/null",
        says="file too large",
        judges=(kept("r.ndjson.gz"),),
    ),
    Row("ulimit -f 64; PROGRAM connect {url} -r >out", says="cannot write the output: File too large"),
    Row("ulimit -f 64; PROGRAM export long.ndjson -o r.har", says="file too large"),
    Row(
        "ulimit -f 0; PROGRAM check demo:1000 --expect-close 1000 --report json=r.json --report html=r.html",
        says="file too large",
    ),
    Row("ulimit -f 0; PROGRAM connect demo:1000 -r --record r.ndjson", says="file too large"),
    Row("ulimit -n 16; PROGRAM connect demo:1000 -r", exit=0),
    Row(
        "ulimit -n 16; PROGRAM connect demo:1000 -r --record r.ndjson.gz",
        exit=0,
        judges=(recording("r.ndjson.gz", messages=1),),
    ),
    Row("ulimit -n 7; PROGRAM connect demo:1000 -r --record r.ndjson", exit=2, says="too many open files"),
    Row("ulimit -n 6; PROGRAM replay long.ndjson demo:", exit=2, says="cannot go on: too many open files"),
    Row("ulimit -n 6; PROGRAM serve", exit=3, says="cannot listen on port 0: Too many open files"),
    Row(
        "ulimit -n 16; PROGRAM check demo:1000 --expect-close 1000 --jobs 50 2>&1 | grep -q 'this process may open'",
        exit=0,
    ),
    Row("ulimit -n 16; PROGRAM stats long.ndjson", exit=0),
]


@pytest.mark.parametrize("row", LIMITED, ids=lambda row: row.line)
def test_limits(row: Row, tmp_path: Path, long: Path) -> None:
    shutil.copy(long, tmp_path)
    end = shell(row.line, tmp_path, SCRIPT)
    assert end.exit == row.exit, end
    assert row.says in end.err, end
    assert not complaints(end, (*row.judges, nothing_beside))


# What vanishes meanwhile.


class Vanishing(NamedTuple):
    """A command that is at work when something is taken from it; ``take`` does so, in its folder."""

    arguments: str
    take: Callable[[Path], object]
    exit: int
    says: str
    script: "list[Step]"


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def held(peer: Peer) -> None:
    until((Path(HOLD[peer.sock.getsockname()[1]]) / "go").exists, "it was taken")


HOLD: dict[int, str] = {}
WAITING: list[Step] = [open_, text("hi"), held, *[text("x" * 3_000)] * 4, close(1000), Peer.until_close]

VANISHING = [
    Vanishing("connect {url} -r --record r.ndjson", remove("r.ndjson"), 11, "it was removed meanwhile", WAITING),
    Vanishing("connect {url} -r --record r.ndjson.gz", remove("r.ndjson.gz"), 11, "it was removed meanwhile", WAITING),
    Vanishing(
        "connect {url} -r --record sub/r.ndjson --rotate 4KiB", remove("sub"), 11, "cannot write the recording", WAITING
    ),
    Vanishing("check {url} --expect-text never -v --record kept --within 9s", remove("kept"), 1, "", WAITING),
    Vanishing(
        "check {url} --expect-text hi --expect-close 1000 --report json=sub/r.json", remove("sub"), 0, "", WAITING
    ),
    Vanishing(
        "check {url} --expect-text hi --expect-close 1000 --report json=sub/r.json",
        lambda folder: (remove("sub")(folder), (folder / "sub").touch()),
        11,
        "cannot write the report sub/r.json",
        WAITING,
    ),
    Vanishing(
        "connect {url} -r --record r.ndjson",
        lambda folder: os.rename(folder / "r.ndjson", folder / "moved"),
        0,
        "recorded 5 messages",
        WAITING,
    ),
]


@pytest.mark.parametrize("row", VANISHING, ids=lambda row: row.arguments)
def test_what_vanishes(row: Vanishing, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with staged(tmp_path, *row.arguments.split(), script=row.script) as stage:
        assert stage.served is not None
        HOLD[stage.served.port] = str(tmp_path)
        until(lambda: stage.peers and stage.peers[0].request, "it has come", stage.process)
        if row.arguments.startswith("connect"):
            assert stage.process.stdout is not None
            assert stage.process.stdout.readline() == b"hi\n"
        else:
            time.sleep(0.4)
        row.take(tmp_path)
        (tmp_path / "go").touch()
        end = over(stage)
    assert end.exit == row.exit, end
    assert row.says in end.out + end.err, end
    assert not complaints(end, [nothing_beside])
