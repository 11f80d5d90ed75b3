"""The two plain streams: who gets colour, and writing where all is well, and where it is not."""

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.servers import BOUND_S, ended, run, start
from wsinspect.errors import Exit, InspectError
from wsinspect.term import screen
from wsinspect.term.screen import ColourMode, wants_colour


@pytest.mark.parametrize(
    ("mode", "is_terminal", "environment", "wanted"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_wants_colour(mode: ColourMode, is_terminal: bool, environment: dict[str, str], wanted: bool) -> None:
    assert wants_colour(mode, is_terminal=is_terminal, environment=environment) is wanted


def test_streams_that_are_none(tmp_path: Path) -> None:
    file = open(tmp_path / "file", "w")
    assert not screen.is_terminal(file)
    file.close()
    assert not screen.is_terminal(file)
    assert not screen.is_terminal(None)
    assert not screen.colour_of(None)
    assert screen.colour_of(file, "always")


@pytest.mark.parametrize("stream", ["missing", "closed", "full"])
def test_put_and_say_where_nobody_listens(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that is lost is an error, talk is not."""
    given = None if stream == "missing" else open("/dev/full" if stream == "full" else os.devnull, "w")
    if stream == "closed" and given is not None:
        given.close()
    monkeypatch.setattr("sys.stdout", given)
    monkeypatch.setattr("sys.stderr", given)
    with pytest.raises(InspectError, match="cannot write the output") as error:
        screen.put("data\n")
    assert error.value.exit == Exit.OUTPUT
    screen.say("talk\n")
    if given is not None:
        with contextlib.suppress(OSError):
            given.close()


def test_put_into_a_pipe_that_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one is that is shared with a program that set it so."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    text = "".join(f"{number} ✓\n" for number in range(50_000))
    got: list[str] = []

    def read_late() -> None:
        time.sleep(0.1)
        with open(reader, encoding="utf-8") as file:
            got.append(file.read())

    reading = threading.Thread(target=read_late, daemon=True)
    reading.start()
    with open(writer, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        screen.put(text)
        screen.put("end\n")
    reading.join(BOUND_S)
    assert got == [text + "end\n"]


def test_reason_of() -> None:
    assert screen.reason_of(OSError(28, "No space left on device")) == "No space left on device"
    assert screen.reason_of(ValueError("closed")) == "closed"


def test_closed_streams() -> None:
    """``>&-`` and its kin: the streams are missing from the start."""

    def closed(descriptor: int) -> Any:
        return lambda: os.close(descriptor)

    ran = ended(start("decode-close", "1006", stdin=None, stdout=None, preexec_fn=closed(1)))
    assert (ran.exit, ran.err) == (11, "error: cannot write the output: it is closed\n")
    ran = ended(start("decode-close", "77777", stdin=None, stderr=None, preexec_fn=closed(2)))
    assert ran.exit == 2
    ran = ended(start("connect", "demo:1012", "-rq", preexec_fn=closed(1), stdout=None))
    assert ran.exit == 11
    assert "Bad file descriptor" in ran.err or ran.err == ""
    ran = ended(start("connect", "demo:1012", "-r", preexec_fn=closed(0), stdin=None))
    assert (ran.exit, ran.out[:7]) == (6, "Welcome")
    ran = ended(start("connect", "demo:1012", "-r", preexec_fn=closed(2), stderr=None))
    assert (ran.exit, ran.out[:7]) == (6, "Welcome")


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_no_utf8_locale(locale: str) -> None:
    """Arrows and dashes go out as UTF-8 all the same."""
    changed = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    ran = run("connect", "demo:1012", env=changed)
    assert ran.exit == 6
    assert "↓ CLOSE      1012" in ran.out
    assert "● connected" in ran.err
    ran = run("decode-close", "1012", env=changed)
    assert (ran.exit, "5–30 s" in ran.out) == (0, True)
