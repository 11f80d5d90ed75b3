"""``wsinspect serve`` as a process, for tests that need it to run."""

import contextlib
import signal
from collections.abc import Iterator

from tests.servers import ended, start


def heed_interrupts() -> None:
    """For when these tests run in the background of a shell, which has its jobs ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def serving(*arguments: str, stop: signal.Signals = signal.SIGINT) -> Iterator[str]:
    """Run the server, give its URL, and stop it; it must end well and have nothing to complain of."""
    process = start("serve", *arguments, preexec_fn=heed_interrupts)
    assert process.stdout is not None
    url = process.stdout.readline().decode().strip()
    try:
        yield url
    finally:
        process.send_signal(stop)
        ran = ended(process)
    assert (ran.exit, ran.out, ran.err) == (0, "", "● serving; Ctrl-C stops it\n")
