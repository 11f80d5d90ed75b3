"""The door: what a user meets before any command runs, and where errors become words."""

import os
import platform
import re
import ssl
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from tests.servers import ended, environment, run, start
from wsinspect import __version__
from wsinspect.cli import main, tell
from wsinspect.cli import run as door_run
from wsinspect.errors import Exit, nearest, shortened
from wsinspect.registry import COMMANDS, FORMATS, Registry


def test_no_arguments() -> None:
    """The help, as talk: nothing was asked for."""
    ran = run()
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err.startswith("Usage: wsinspect ")
    assert ran.err.endswith("Start with:  wsinspect connect demo:\n")
    assert all(f"  {name} " in ran.err for name in COMMANDS)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option: str) -> None:
    ran = run(option)
    assert (ran.exit, ran.err) == (0, "")
    assert all(entry.help in ran.out for entry in COMMANDS.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    ran = run(name, "--help", env={"COLUMNS": "200"})
    assert (ran.exit, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: wsinspect {name} ")
    assert f"wsinspect {name} " in ran.out.partition("\n  Example:")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_can_be_copied_from_80_columns(name: str) -> None:
    example = run(name, "--help", env={"COLUMNS": "80"}).out.partition("\n  Example:")[2]
    first, *rest = example.splitlines()
    assert not first or rest[:1] in ([], [""])


def test_version() -> None:
    for option in ("--version", "-V"):
        ran = run(option)
        assert (ran.exit, ran.err) == (0, "")
        ours, websockets, tls, python = ran.out.splitlines()
        assert ours == f"wsinspect {__version__}"
        assert websockets == f"websockets {version('websockets')}"
        assert re.fullmatch(r"(OpenSSL|LibreSSL|AWS-LC) \d+\.\d\S*", tls)
        assert ssl.OPENSSL_VERSION.startswith(tls)
        assert python == f"Python {platform.python_version()} ({sys.platform})"


def test_the_installed_command() -> None:
    program = Path(sys.executable).with_name("wsinspect")
    if not program.exists():
        pytest.skip("wsinspect is not installed beside this Python")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stdout.splitlines()[0], done.stderr) == (0, f"wsinspect {__version__}", "")


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        ("--verion", "no such option `--verion`", "did you mean `--version`?"),
        ("--zzz", "no such option `--zzz`", "see `wsinspect --help`"),
        ("conect", "no such command `conect`", "did you mean `connect`?"),
        ("decode_close 1006", "no such command `decode_close`", "did you mean `decode-close`?"),
        ("xyzzy", "no such command `xyzzy`", "see `wsinspect --help`"),
        ("connect --cuont 3 demo:", "no such option `--cuont`", "did you mean `--count`?"),
        ("connect --colour never demo:", "no such option `--colour`", "did you mean `--color`?"),
        ("connect demo: --xyzzy", "no such option `--xyzzy`", "see `wsinspect connect --help`"),
        ("connect", "missing argument 'URL'", "see `wsinspect connect --help`"),
        ("connect demo: --send", "option '--send' requires an argument", "see `wsinspect connect --help`"),
        ("check demo: --send", "option '--send' requires an argument", "see `wsinspect check --help`"),
        ("serve there", "there are more arguments than the command takes", "quote what holds spaces"),
        ("connect demo: -c 0", "invalid value for '-c' / '--count'", "see `wsinspect connect --help`"),
        ("connect demo: --for ever", "invalid value for '--for': `ever` is not a time", "see `wsinspect connect"),
        ("connect demo: --max-size much", "invalid value for '--max-size': `much` is not a size", "see `wsinspect"),
        ("connect demo: -H nonsense", "invalid value for '-H' / '--header': a header is written", "see `wsinspect"),
        ("connect demo: -H X:\x01", "invalid value for '-H' / '--header': the value of `X` holds", "see `wsinspect"),
        ("connect demo: -r -f plain", "--raw and --format plain exclude each other", "see `wsinspect"),
        ("connect demo: -0", "--null and --no-newline belong to --raw", "see `wsinspect"),
        ("connect demo: --dialect grpc", "no dialect is called `grpc`", ""),
        ("connect demo: --debug", "no such option `--debug`", ""),
    ],
)
def test_usage(arguments: str, error: str, hint: str) -> None:
    ran = run(*arguments.split(" "))
    assert (ran.exit, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first.startswith(f"error: {error}")
    assert second.startswith(f"hint: {hint}")


def test_what_a_user_typed_is_neutral() -> None:
    ran = run("\x1b[31mconnect\n")
    assert ran.exit == 2
    assert "\x1b" not in ran.err
    assert len(ran.err.splitlines()) == 2


def test_internal_fault(tmp_path: Path) -> None:
    """A command that cannot be imported stands for any fault of ours."""
    program = """
import sys
from wsinspect import registry
registry.COMMANDS._entries["connect"] = registry.Entry("wsinspect.commands.serve:no_such_thing", "")
from wsinspect.cli import main
main()
"""

    def broken(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment(), cwd=tmp_path)

    done = broken("connect", "demo:")
    assert (done.returncode, done.stdout) == (70, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: internal fault: AttributeError: ")
    assert "`wsinspect --debug ...`" in hint
    done = broken("--debug", "connect", "demo:")
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert "error: internal fault: AttributeError: " in done.stderr


HELPS = [("--help",), ("connect", "--help"), ("decode-close", "--help"), ("--version",), ("decode-close", "1006")]


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_nobody_reads(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = run(*arguments, stdout=writer)
    os.close(writer)
    assert (ran.exit, ran.err) == (141, "")


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_full_disk(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        ran = run(*arguments, stdout=full)
    assert (ran.exit, ran.err) == (11, "error: cannot write the output: No space left on device\n")


def test_nobody_hears_the_error() -> None:
    """The exit code still tells."""
    with open("/dev/full", "wb") as full:
        assert ended(start("conect", stderr=full)).exit == 2
    reader, writer = os.pipe()
    os.close(reader)
    assert ended(start("conect", stderr=writer)).exit == 2
    os.close(writer)


def test_colour_of_errors() -> None:
    assert run("conect", env={"FORCE_COLOR": "1"}).err.startswith("\x1b[")
    assert run("conect", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).err.startswith("error: ")


def test_a_shell_asks() -> None:
    ran = run(env={"_WSINSPECT_COMPLETE": "bash_source"})
    assert (ran.exit, ran.err) == (0, "")
    assert ran.out == run("completion", "bash").out
    words = {"COMP_WORDS": "wsinspect decode-close --pay", "COMP_CWORD": "2", "COMP_TYPE": "9"}
    for shell in ("bash", "zsh", "fish"):
        ran = run(env={"_WSINSPECT_COMPLETE": f"{shell}_complete", **words})
        assert (ran.exit, ran.err) == (0, "")
    ran = run(env={"_WSINSPECT_COMPLETE": "bash_complete", **words, "COMP_WORDS": "wsinspect xyzzy"})
    assert (ran.exit, ran.out, ran.err) == (0, "", "")


# Called as functions, where a process cannot tell more.


def test_tell(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert tell("it is so", "", Exit.TLS) is Exit.TLS
    assert capfdbinary.readouterr() == (b"", b"error: it is so\n")


def test_nearest() -> None:
    assert nearest("conect", COMMANDS) == "connect"
    assert nearest("x" * 10_000, COMMANDS) is None
    assert shortened("x" * 40) == "x" * 40
    assert shortened("x" * 41) == "x" * 39 + "…"


def test_registries_hold_what_they_name() -> None:
    for registry in (COMMANDS, FORMATS):
        assert len(registry) == len(list(registry)) > 3
        for name in registry:
            assert callable(registry.load(name))
    with pytest.raises(KeyError):
        Registry({}).load("nothing")


def test_what_click_finds_fault_with(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A command that opens a file as click does stands for one of ours."""

    def opens() -> None:
        raise click.FileError("f", "it is broken")

    monkeypatch.setattr(COMMANDS, "load", lambda name: click.Command("connect", callback=opens))
    assert door_run(["connect"]) == 2
    assert capfd.readouterr() == ("", "error: Could not open file 'f': it is broken\n")


def test_interrupted_in_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C outside the loop; the leaving of the process is what is replaced, for the test has to go on."""
    left: list[int] = []

    def interrupt(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(COMMANDS, "load", interrupt)
    monkeypatch.setattr(os, "_exit", left.append)
    main(["connect"])
    assert left == [130]
