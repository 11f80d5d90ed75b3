"""Wall clocks that jump while a program runs: nothing that lasts or waits goes by them, and what they tell can be read.

The program's own clock is set; the monotonic one, which no system ever sets, goes on.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ends.stage import End, complaints, over, recording, staged, written
from tests.servers import Peer, Step, close, open_, run, text

JUMPING = """
import os, time
real = time.time
began = real()
def jumping():
    gone = real() - began
    return ({start}) + gone + (({jump}) if os.path.exists("jump") else 0)
time.time = jumping
"""


def at(year: int, month: int, day: int, hour: int, minute: int, second: int) -> float:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


class Clock(NamedTuple):
    """Where a wall clock starts, by how many seconds it jumps in the middle of a connection, and where it hangs."""

    name: str
    jump: float = 0
    start: str = "real()"
    zone: str = "UTC"


CLOCKS = [
    Clock("an hour back", -3600),
    Clock("a day ahead", 86_400),
    Clock("back by a little", -0.4),
    Clock("from before 1970", 1e9, "-1e9", "America/New_York"),
    Clock("beyond all calendars", 1e12, zone="Asia/Kathmandu"),
    Clock("the end of summer time", 2, repr(at(2026, 10, 25, 0, 59, 59)), "Europe/Berlin"),
    Clock("the beginning of summer time", 2, repr(at(2026, 3, 29, 0, 59, 59)), "Europe/Berlin"),
    Clock("a zone that nobody knows", zone="Nowhere/At_All"),
]

NEGATIVE = re.compile(r"(?<![\w.:T-])-\d[\d.,]* ?(?:ms|s|min|h)\b")
"""A duration below nothing, as one of ours would be written."""


def jumps(folder: Path) -> Step:
    return lambda peer: (folder / "jump").touch()


def waits(folder: Path) -> list[Step]:
    return [open_, text("one"), 0.1, jumps(folder), 0.1, text("two"), 0.1, text("three"), close(1000), Peer.until_close]


class Row(NamedTuple):
    """A command that lasts while a clock jumps."""

    arguments: str
    judge: Callable[[End], "str | None"]
    exit: int = 0


def in_order(end: End) -> str | None:
    """Messages stand in the order in which they came, and no moment is before the connection."""
    rows = [json.loads(line) for line in (end.folder / "r.ndjson").read_text().splitlines()]
    texts = [row["text"] for row in rows if row["type"] == "TEXT"]
    return None if texts == ["one", "two", "three"] else f"{texts}"


ROWS = [
    Row("connect {url} -n --record r.ndjson --rotate 1MiB", in_order),
    Row("connect {url} -f ndjson -n --record r.ndjson --ping-interval 50ms --max-time 10s", in_order),
    Row(
        "check {url} --expect-text three --within 5s -v --report json=r.json --report html=r.html",
        written("r.json", "r.html"),
    ),
]


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.name)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.arguments.partition(" -")[0] + row.arguments[14:24])
def test_a_clock_jumps(row: Row, clock: Clock, tmp_path: Path) -> None:
    before = JUMPING.format(start=clock.start, jump=clock.jump)
    before += f"os.environ['TZ'] = {clock.zone!r}\ntime.tzset()\n"
    with staged(tmp_path, *row.arguments.split(), script=waits(tmp_path), before=before) as stage:
        end = over(stage)
    assert end.exit == row.exit, end
    assert "error:" not in end.err, end
    assert not NEGATIVE.search(end.out + end.err), end
    assert not complaints(end, [row.judge])
    if "r.ndjson" in row.arguments:
        assert not complaints(end, [recording("r.ndjson", "three", messages=3, exit=0)])
        for form in ("pretty", "plain"):
            shown = run("show", str(tmp_path / "r.ndjson"), "-f", form, env={"TZ": clock.zone})
            assert shown.exit == 0, shown
            assert not NEGATIVE.search(shown.out + shown.err), shown
        stats = run("stats", str(tmp_path / "r.ndjson"), env={"TZ": clock.zone})
        assert stats.exit == 0, stats
        assert not NEGATIVE.search(stats.out), stats


def test_a_wait_goes_by_the_clock_that_never_jumps(tmp_path: Path) -> None:
    """Neither the wait to connect again, nor a limit in time, is shortened by a day or prolonged by one."""
    script: list[Step] = [open_, text("hi"), 0.2, jumps(tmp_path), close(1012), Peer.until_close]
    arguments = ("connect", "{url}", "-n", "-f", "ndjson", "--reconnect", "--retry-max-delay", "200ms", "--for", "2s")
    for jump in (-86_400, 86_400):
        (tmp_path / "jump").unlink(missing_ok=True)
        before = JUMPING.format(start="real()", jump=jump)
        with staged(tmp_path, *arguments, script=script, before=before) as stage:
            end = over(stage)
        assert end.exit in (0, 6), end
        assert 2 <= len(end.peers) < 40
        assert all(0 < float(gap) < 5 for gap in re.findall(r'"type":"GAP".*?"seconds":([-\d.]+)', end.out)), end
