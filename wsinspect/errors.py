"""Our own faults and the codes the program ends with. What a peer does wrong is data, see `events.Violation`."""

import errno
import os
from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command; `MEANINGS` says when."""

    OK = 0
    UNMET = 1
    USAGE = 2
    UNREACHABLE = 3
    TLS = 4
    REFUSED = 5
    CLOSED_BADLY = 6
    LOST = 7
    VIOLATION = 8
    TIMEOUT = 9
    TOO_BIG = 10
    OUTPUT = 11
    INTERNAL = 70
    SIGHUP = 129
    SIGINT = 130
    SIGPIPE = 141
    SIGTERM = 143


MEANINGS: dict[Exit, str] = {
    Exit.OK: "as wished: the peer closed with 1000, 1001 or no code (1005), or we closed the connection",
    Exit.UNMET: "an expectation, check, `--count` or `--until` was not met",
    Exit.USAGE: "the command line or a configuration file is wrong",
    Exit.UNREACHABLE: "unreachable: name resolution, TCP connection (the system's own timeout too) or proxy",
    Exit.TLS: "TLS failed",
    Exit.REFUSED: "the handshake was refused or malformed",
    Exit.CLOSED_BADLY: "the peer closed with any other code",
    Exit.LOST: "the connection was lost: no close frame came (1006)",
    Exit.VIOLATION: "the peer broke the protocol",
    Exit.TIMEOUT: "a limit of ours in time was reached (opening, ping, `--max-time`, a check's timeout)",
    Exit.TOO_BIG: "a limit of ours in size was reached (we closed with 1009)",
    Exit.OUTPUT: "output, recording or disk failed",
    Exit.INTERNAL: "a fault in wsinspect itself",
    Exit.SIGHUP: "ended by SIGHUP",
    Exit.SIGINT: "ended by Ctrl-C (SIGINT)",
    Exit.SIGPIPE: "the reader of our output went away",
    Exit.SIGTERM: "ended by SIGTERM",
}


class InspectError(Exception):
    """What stops a command, told once at the door: one sentence, perhaps a hint, and the exit code.

    ``excerpt`` are lines that show the place of a mistake; they stand below the sentence as they are.
    """

    def __init__(self, message: str, *, hint: str = "", exit: Exit = Exit.USAGE, excerpt: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit = exit
        self.excerpt = excerpt

    @property
    def errors(self) -> "tuple[InspectError, ...]":
        """Return what is to be told: this error, or those that it stands for."""
        return (self,)

    def within(self, where: str) -> "InspectError":
        """Return the error with the name of what it is about in front."""
        return InspectError(f"{where}: {self.message}", hint=self.hint, exit=self.exit, excerpt=self.excerpt)


class Mistakes(InspectError):
    """Several errors that were found at once, each of them told; what several have in common is told once."""

    def __init__(self, errors: Iterable[InspectError]) -> None:
        flat = [one for error in errors for one in error.errors]
        self._errors = tuple({(error.message, error.excerpt): error for error in flat}.values())
        first = self._errors[0]
        super().__init__(first.message, hint=first.hint, exit=first.exit, excerpt=first.excerpt)

    @property
    def errors(self) -> tuple[InspectError, ...]:
        return self._errors


class Signalled(KeyboardInterrupt):
    """A signal ends the program, with the exit code that tells it."""

    def __init__(self, exit: Exit) -> None:
        super().__init__()
        self.exit = exit


class Unreadable(InspectError):
    """What is read is damaged or fails below its form, as packed data or a disk does; what came before it counts."""


LACKING = {
    errno.EMFILE: "raise the limit of open files, as `ulimit -n` does",
    errno.ENFILE: "the whole system has too many files open",
}
NO_THREAD = "can't start new thread"
"""Python's own words."""


def lack_of(fault: BaseException) -> InspectError | None:
    """Return what is to be told where this process was given too little to go on with; None for any other fault."""
    if isinstance(fault, OSError) and fault.errno in LACKING:
        return InspectError(f"cannot go on: {os.strerror(fault.errno).lower()}", hint=LACKING[fault.errno])
    if isinstance(fault, MemoryError) or (isinstance(fault, RuntimeError) and str(fault) == NO_THREAD):
        return InspectError(
            "cannot go on: this process gets no more memory or threads",
            hint="raise its limits, as `ulimit -v` and `ulimit -u` do",
        )
    return None


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, for a hint; None if nothing is near."""
    # Only a mistake pays for the import.
    from difflib import get_close_matches

    near = get_close_matches(text[:80], list(known), 1)
    return near[0] if near else None


def shortened(text: str, length: int = 40) -> str:
    """Return a user's words as an error repeats them, not at full length."""
    return text if len(text) <= length else text[: length - 1] + "…"
