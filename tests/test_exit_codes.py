"""One table: every situation that can end the program, and its exit code; together they cover all codes there are."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable

from tests.certificates import server_context
from tests.servers import (
    Peer,
    Ran,
    Step,
    answer,
    binary,
    close,
    command,
    ended,
    environment,
    open_,
    ran_on,
    run,
    serving,
    start,
    text,
    together,
)
from wsinspect.errors import MEANINGS, Exit


def on(*script: Step, arguments: tuple[str, ...] = (), given: bytes | None = None) -> Callable[[], Ran]:
    return lambda: ran_on(script, *arguments, given=given)


def alone(*arguments: str) -> Callable[[], Ran]:
    return lambda: run(*arguments)


def refused_port() -> Ran:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return run("connect", f":{port}")


def untrusted() -> Ran:
    return ran_on([open_], tls=server_context("self-signed"))


def signalled(number: signal.Signals) -> Callable[[], Ran]:
    def case() -> Ran:
        with serving(open_, text("hi"), Peer.answer_close) as served:
            process = start("connect", served.url, "-r")
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(number)
            return ended(process)

    return case


def piped(shell: str) -> Callable[[], Ran]:
    def case() -> Ran:
        with serving(open_, text("a") + text("b"), Peer.answer_close) as served:
            line = " ".join(command("connect", served.url)) + shell
            options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            return ended(subprocess.Popen(["bash", "-o", "pipefail", "-c", line], env=environment(), **options))

    return case


def internal(*arguments: str) -> Callable[[], Ran]:
    """Break the program on purpose: no user should know how to bring this about."""
    broken = (
        "import sys, wsinspect.commands.connect as c; from wsinspect.cli import main; "
        "c.parse_target = lambda _: 1 / 0; main(sys.argv[1:])"
    )

    def case() -> Ran:
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        line = [sys.executable, "-c", broken, *arguments, "connect", ":1"]
        return ended(subprocess.Popen(line, env=environment(), **options))

    return case


BYE = Peer.until_close
TABLE: list[tuple[str, Callable[[], Ran], Exit]] = [
    ("the peer closes with 1000", on(open_, close(1000), BYE), Exit.OK),
    ("the peer closes with 1001", on(open_, close(1001), BYE), Exit.OK),
    ("the peer closes without a code", on(open_, close(None), BYE), Exit.OK),
    ("the time wished for is over", on(open_, Peer.answer_close, arguments=("--for", "100ms")), Exit.OK),
    ("all is sent", on(open_, Peer.answer_close, arguments=("--linger", "100ms"), given=b"x\n"), Exit.OK),
    ("the count is reached", on(open_, text("a"), Peer.answer_close, arguments=("-c", "1")), Exit.OK),
    ("help", alone("--help"), Exit.OK),
    ("help of a command", alone("connect", "--help"), Exit.OK),
    ("version", alone("--version"), Exit.OK),
    ("the demo", alone("connect", "demo:1000"), Exit.OK),
    ("the count is missed", on(open_, text("a"), close(1000), BYE, arguments=("-c", "2")), Exit.UNMET),
    ("no such command", alone("conect"), Exit.USAGE),
    ("no such option", alone("connect", ":1", "--fromat", "raw"), Exit.USAGE),
    ("no URL", alone("connect"), Exit.USAGE),
    ("not a URL", alone("connect", "ftp://x"), Exit.USAGE),
    ("no such demo", alone("connect", "demo:x"), Exit.USAGE),
    ("a line that is not UTF-8", on(open_, Peer.answer_close, given=b"\xff\n"), Exit.USAGE),
    ("no such host", alone("connect", "ws://exmaple.invalid/"), Exit.UNREACHABLE),
    ("nothing listens", refused_port, Exit.UNREACHABLE),
    ("an untrusted certificate", untrusted, Exit.TLS),
    ("HTTP 404", on(Peer.ask, answer("404 Not Found")), Exit.REFUSED),
    ("an SSH server", on(b"SSH-2.0-x\r\n", Peer.absorb), Exit.REFUSED),
    ("the peer closes with 1011", on(open_, close(1011), BYE), Exit.CLOSED_BADLY),
    ("the peer closes with 4000", on(open_, close(4000), BYE), Exit.CLOSED_BADLY),
    ("the count is missed by a bad close", on(open_, close(1011), BYE, arguments=("-c", "2")), Exit.CLOSED_BADLY),
    ("the demo closes with 1012", alone("connect", "demo:1012"), Exit.CLOSED_BADLY),
    ("no close frame", on(open_, text("a")), Exit.LOST),
    ("a reset", on(open_, 0.1, Peer.reset), Exit.LOST),
    ("a reserved opcode", on(open_, b"\x83\x00", BYE), Exit.VIOLATION),
    ("bad UTF-8", on(open_, text(b"\xff"), BYE), Exit.VIOLATION),
    ("--max-time", on(open_, Peer.answer_close, arguments=("-m", "100ms")), Exit.TIMEOUT),
    ("--max-time while opening", on(Peer.ask, Peer.absorb, arguments=("-m", "100ms")), Exit.TIMEOUT),
    ("--max-size", on(open_, binary(bytes(11)), BYE, arguments=("--max-size", "10")), Exit.TOO_BIG),
    ("a full disk", piped(" >/dev/full"), Exit.OUTPUT),
    ("closed standard output", piped(" >&-"), Exit.OUTPUT),
    ("a fault of ours", internal(), Exit.INTERNAL),
    ("Ctrl-C", signalled(signal.SIGINT), Exit.SIGINT),
    ("SIGTERM", signalled(signal.SIGTERM), Exit.SIGTERM),
    ("SIGHUP", signalled(signal.SIGHUP), Exit.SIGHUP),
    ("a reader that leaves", piped(" | head -1"), Exit.SIGPIPE),
]


def test_every_situation() -> None:
    for (situation, _, exit), ran in zip(TABLE, together(lambda row: row[1](), TABLE), strict=True):
        assert ran.exit == exit, (situation, ran)
        assert "Traceback" not in ran.err
        if exit not in (Exit.OK, Exit.SIGPIPE):
            assert ran.err, f"{situation}: stderr says why"


def test_every_code_is_in_the_table() -> None:
    assert {exit for _, _, exit in TABLE} == set(Exit) == set(MEANINGS)


def test_fault_of_ours_is_told() -> None:
    told, debugged = internal()(), internal("--debug")()
    assert told.err.startswith("error: internal fault: ZeroDivisionError: division by zero\nhint: ")
    assert "--debug" in told.err
    assert "Traceback" in debugged.err
    assert debugged.exit == Exit.INTERNAL
