"""Standard streams that are closed, full, gone or odd, for the commands: as a shell would arrange them."""

import shutil
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ends.stage import Judge, complaints, over, recording, shell, staged, written
from tests.servers import Peer, Step, close, forever, open_, text

SCRIPT: list[Step] = [open_, text("hi"), close(1000), Peer.until_close]
OUTPUT = "error: cannot write the output"


class Line(NamedTuple):
    """A command, what it ends with where its output cannot be written, and what is there afterwards in any case.

    ``puts`` where it writes to standard output; ``reads`` is what it ends with where standard input is closed.
    """

    arguments: str
    puts: bool = True
    judges: tuple[Judge, ...] = ()


LINES = [
    Line("connect {url}"),
    Line("connect {url} -n --record r.ndjson.gz", judges=(recording("r.ndjson.gz", "hi"),)),
    Line("connect {url} --dry-run"),
    Line("check {url} --expect-text hi --report junit=r.xml", judges=(written("r.xml"),)),
    Line("check {url} --expect-text hi --report json=- --report tap=r.tap", judges=(written("r.tap"),)),
    Line("check --schema"),
    Line("check --from session.ndjson"),
    Line("show session.ndjson"),
    Line("export session.ndjson --to har"),
    Line("export session.ndjson -o r.har", puts=False, judges=(written("r.har"),)),
    Line("stats session.ndjson"),
    Line("replay session.ndjson demo:echo --within 1s"),
    Line("serve --demo"),
    Line("decode-close 1006"),
    Line("completion bash"),
    Line("connect --help"),
    Line("--version"),
]

STREAMS: dict[str, str] = {
    # How a shell writes it, and what is said where the command has output.
    ">&-": OUTPUT,
    ">/dev/full": OUTPUT + ": No space left on device",
    "<&- >&- 2>&-": "",
}


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.arguments)
def test_output_that_cannot_be_written(line: Line, streams: str, tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    end = shell(f"exec PROGRAM {line.arguments} {streams}", tmp_path, SCRIPT)
    if line.puts:
        assert end.exit == 11, end
        assert STREAMS[streams] in end.err, end
    else:
        assert end.exit == 0, end
    assert end.err.count("error:") <= 1
    assert not complaints(end, line.judges)


class Odd(NamedTuple):
    """A line for a shell; ``exit`` is the program's own (a pipe has those of all its programs)."""

    line: str
    exit: int = 0
    says: str = ""
    judges: tuple[Judge, ...] = ()
    script: Sequence[Step] = SCRIPT


GONE = " | true; exit ${PIPESTATUS[0]}"
"""Its reader has left before it writes."""

ODD = [
    # Standard error alone is gone: nobody is told, and that is all.
    Odd("PROGRAM check {url} --expect-text hi --report tap=r.tap 2>&-", judges=(written("r.tap"),)),
    Odd("PROGRAM connect {url} -n --record r.ndjson 2>/dev/full", judges=(recording("r.ndjson", "hi"),)),
    Odd("PROGRAM connect {url} -n --record r.ndjson 2> >(true)", judges=(recording("r.ndjson", "hi"),)),
    Odd("PROGRAM check {url} --expect-text no --report json=r.json 2> >(true)", exit=1, judges=(written("r.json"),)),
    Odd("PROGRAM export session.ndjson -o r.csv 2>&-", judges=(written("r.csv"),)),
    Odd("PROGRAM connect nonsense: 2>&-", exit=2),
    # Standard input.
    Odd("PROGRAM check - <&-", exit=2, says="standard input, where nothing is"),
    Odd("PROGRAM check - </dev/null", exit=2, says="error: "),
    Odd("PROGRAM show - <&-", exit=2, says="standard input: it is closed"),
    Odd("PROGRAM show - </dev/null", says="standard input is empty"),
    Odd("PROGRAM stats - </dev/null"),
    Odd("PROGRAM export - --to har </dev/full", exit=2, says="is no recording that is known"),
    Odd("PROGRAM replay - demo: <&-", exit=2, says="error: "),
    Odd("PROGRAM connect {url} -r --record r.ndjson <&-", judges=(recording("r.ndjson", "hi"),)),
    # Readers that leave.
    Odd("PROGRAM check --schema" + GONE, exit=141),
    Odd("PROGRAM connect --help" + GONE, exit=141),
    Odd("PROGRAM stats session.ndjson" + GONE, exit=141),
    Odd("PROGRAM decode-close 1006 --json" + GONE, exit=141),
    Odd("PROGRAM completion zsh" + GONE, exit=141),
    Odd("PROGRAM check {url} --expect-text hi --report tap=r.tap" + GONE, exit=141, judges=(written("r.tap"),)),
    Odd("PROGRAM check {url} --expect-text hi --report tap=- --report json=r.json" + GONE, exit=141),
    Odd(
        "PROGRAM connect {url} -n --record r.ndjson" + GONE, exit=141,
        judges=(recording("r.ndjson", messages=0),), script=[open_, forever(text("x"))],
    ),
    Odd("PROGRAM show session.ndjson --raw | true; exit ${PIPESTATUS[0]}", exit=141),
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.line.removeprefix("PROGRAM "))
def test_odd_streams(odd: Odd, tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    end = shell(odd.line, tmp_path, odd.script)
    assert end.exit == odd.exit, end
    assert odd.says in end.err, end
    assert (end.exit in (0, 141)) <= ("error:" not in end.err), end
    assert not complaints(end, odd.judges)


def steadily(peer: Peer) -> None:
    """Sends without end, but not as fast as it can: all is recorded, and read again by us."""
    while True:
        peer.send(text("x" * 9_999) * 20)
        time.sleep(0.01)


@pytest.mark.parametrize("unread", [False, True], ids=["read", "unread"])
def test_a_socket_whose_reader_leaves(unread: bool, tmp_path: Path) -> None:
    """As under inetd or socat: what leaves there is a reader, however the system calls it."""
    ours, theirs = socket.socketpair()
    with theirs, staged(
        tmp_path, "connect", "{url}", "-r", "--record", "r.ndjson", script=[open_, steadily],
        stdout=theirs,
    ) as stage:  # fmt: skip
        assert ours.recv(1)
        if not unread:
            ours.settimeout(0.3)
        ours.close()
        end = over(stage)
    assert end.exit == 141, end
    assert "error:" not in end.err
    assert not complaints(end, [recording("r.ndjson", "x" * 9_999, exit=141)])
