"""How long runs end: by their own code, or told to stop, without a traceback and with what they wait for ended."""

import argparse
import signal
import subprocess
import sys

import pytest

from tests.long_runs import chosen
from tests.servers import BOUND_S

WAITING = """
import threading
from tests.long_runs import carry_out
over, done = threading.Event(), threading.Event()
def main():
    threading.Thread(target=over.wait).start()
    try:
        print("here", flush=True)
        done.wait()
    finally:
        print("put away", flush=True)
carry_out(main, stop=over.set)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop(number: signal.Signals) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", WAITING], text=True, **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(number)
        assert process.communicate(timeout=BOUND_S) == ("put away\n", "stopped\n")
    assert process.returncode == 128 + number


def test_whoever_reads_leaves() -> None:
    printing = "from tests.long_runs import carry_out\ncarry_out(lambda: print('x' * 70_000) or print('x' * 70_000))"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", printing], **pipes) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser("python -m tests.long")
    assert chosen(parser, [], {"a": 1, "b": 2}) == ["a", "b"]
    assert chosen(parser, ["b"], ["a", "b"]) == ["b"]
    with pytest.raises(SystemExit):
        chosen(parser, ["b", "x", "y", "x"], ["a", "b"])
    assert "error: no such name: x, y\n" in capsys.readouterr().err
