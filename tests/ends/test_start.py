"""Ctrl-C in the first and in the last moments of a run, and where it is to be ignored."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ends.stage import Stage, kill, over, staged, until
from tests.servers import BOUND_S, Peer, command, environment, open_, serving, text

STRUCK = """
import os, signal, sys
class Striking:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r} and self in sys.meta_path:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Striking())
"""
"""Strikes while a module is looked for. Of what stands before our first line, Python decides, and shows a traceback."""

STARTS = {
    "--version": ["wsinspect.cli", "click", "wsinspect.versions"],
    "connect demo:1000": [
        "wsinspect.errors", "wsinspect.commands.connect", "asyncio", "ssl", "websockets", "wsinspect.conversation.run",
        "wsinspect.net.tap", "wsinspect.net.demo", "zlib",
    ],
    "check demo:1000": ["wsinspect.commands.check", "jmespath", "wsinspect.checking.jobs", "wsinspect.checks.plan"],
    "show session.ndjson": ["wsinspect.showing.show", "wsinspect.recordings.reading"],
    "export session.ndjson --to har": ["wsinspect.exports.har"],
    "stats session.ndjson": ["wsinspect.figures.account", "wsinspect.render.stats_card"],
    "replay session.ndjson demo:": ["wsinspect.replaying.run", "wsinspect.comparing.comparison"],
    "serve": ["wsinspect.net.server", "websockets.asyncio.server"],
}  # fmt: skip
STRIKES = [(arguments, module) for arguments, modules in STARTS.items() for module in modules]


@pytest.mark.parametrize(("arguments", "module"), STRIKES)
def test_struck_while_it_is_loaded(arguments: str, module: str, tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    with staged(tmp_path, *arguments.split(), before=STRUCK.format(module=module)) as stage:
        end = over(stage)
    # A server that listens already takes it for its good end.
    assert end.exit in ((130, 0) if arguments == "serve" else (130,)), f"{module} is not loaded: {end}"
    assert "error:" not in end.err, end


LAST = """
import os, signal
import wsinspect.cli as cli
flushed = cli._flushed
def struck(status):
    os.kill(os.getpid(), signal.SIGINT)
    return flushed(status)
cli._flushed = struck
"""
"""Strikes when all is done, and only the leaving is left."""


@pytest.mark.parametrize(
    "arguments",
    ["connect demo:1000 -r", "check demo:1000", "show session.ndjson", "export session.ndjson -o r.har", "--version"],
)
def test_struck_at_the_very_end(arguments: str, tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    with staged(tmp_path, *arguments.split(), before=LAST) as stage:
        end = over(stage)
    assert end.exit == 130, end
    assert "error:" not in end.err, end


STORMS = {
    "connect demo:echo": (130, 0),
    "connect demo:echo --record r.ndjson.gz": (130, 0),
    "check demo:echo --expect-text never --timeout 5s --report json=r.json": (130,),
    "stats session.ndjson": (130, 0),
    "replay session.ndjson demo: --sync": (130,),
    "serve --demo": (130, 0),
}
"""Commands, and what they may end with: some are over before they hear of it, or end well by it."""


@pytest.mark.parametrize("arguments", STORMS)
def test_a_storm_to_the_very_end(arguments: str, tmp_path: Path, session: Path) -> None:
    """Somebody leans on Ctrl-C, from the moment in which the program has begun until it is gone."""
    shutil.copy(session, tmp_path)
    mark = "import pathlib, wsinspect.cli\npathlib.Path('begun').touch()\n"
    for after_s in (0.0, 0.4):
        (tmp_path / "begun").unlink(missing_ok=True)
        # Python's own handler would raise before our first line has changed that.
        before = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n" + mark
        with staged(tmp_path, *arguments.split(), before=before) as stage:
            until((tmp_path / "begun").exists, "it has begun", stage.process)
            time.sleep(after_s)
            deadline = time.monotonic() + BOUND_S
            while stage.process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(ProcessLookupError):
                    stage.process.send_signal(signal.SIGINT)
                time.sleep(0.001)
            end = over(stage)
        assert end.exit in STORMS[arguments], end


@pytest.mark.parametrize("installed", [False, True], ids=["module", "script"])
def test_our_first_line_is_quiet(installed: bool, tmp_path: Path) -> None:
    """What is loaded before Ctrl-C is taken from Python is as little as can be."""
    program = Path(sys.executable).with_name("wsinspect")
    if installed and not program.exists():
        pytest.skip("wsinspect is not installed beside this Python")
    start = "from wsinspect.__main__ import main" if installed else "import wsinspect"
    code = f"import sys, signal\nbefore = set(sys.modules)\n{start}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert done.stdout.split() == (["wsinspect", "wsinspect.__main__"] if installed else ["wsinspect"])


# What our parent told us to ignore stays ignored: nohup, and a shell's background jobs.

IGNORING = 'trap "" INT HUP; exec "$@"'


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["SIGINT", "SIGHUP"])
@pytest.mark.parametrize(
    "arguments",
    [
        "connect {url} -r",
        "check {url} --expect-text second",
        "replay session.ndjson {url} --sync --within 1s",
        "show fifo --raw",
    ],
)
def test_ignored_stays_ignored(arguments: str, number: signal.Signals, tmp_path: Path, session: Path) -> None:
    shutil.copy(session, tmp_path)
    os.mkfifo(tmp_path / "fifo")
    go = tmp_path / "go"

    def wait(_: Peer) -> None:
        until(go.exists, "the signal was sent")

    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with serving(open_, text("first"), wait, text("second"), Peer.until_close) as served:
        line = command(*arguments.replace("{url}", served.url).split())
        process = subprocess.Popen(
            ["sh", "-c", IGNORING, "sh", *line], cwd=tmp_path, env=environment(), start_new_session=True, **pipes
        )
        try:
            if "fifo" in arguments:
                with (tmp_path / "fifo").open("wb") as fifo:
                    fifo.write(session.read_bytes())
                    fifo.flush()
                    assert process.stdout is not None
                    assert process.stdout.readline()
                    process.send_signal(number)
                    time.sleep(0.3)
                    assert process.poll() is None
            else:
                until(lambda: served.peers and served.peers[0].request, "it has come", process)
                process.send_signal(number)
                time.sleep(0.3)
                assert process.poll() is None, process.communicate()
                go.touch()
                if arguments.startswith("connect"):
                    process.send_signal(signal.SIGTERM)
            end = over(Stage(process, tmp_path, served))
        finally:
            go.touch()
            kill(process)
    assert end.exit == {"connect": 143, "check": 0, "replay": 1, "show": 0}[arguments.split()[0]], end
