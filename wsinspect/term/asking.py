"""A question on the terminal whose answer is not shown. Knows no option."""

import os
import sys

from wsinspect.errors import InspectError
from wsinspect.render.safe import neutral


def ask_secret(question: str, *, hint: str) -> str:
    """Ask on the terminal, without echo; raises `InspectError` with ``hint`` where none is there or nobody answers."""
    # Few are asked.
    from getpass import getpass

    if not _has_terminal():
        raise InspectError(f"there is no terminal to ask for the {question}", hint=hint)
    try:
        return getpass(f"{neutral(question)}: ")
    except (EOFError, OSError, UnicodeDecodeError):
        raise InspectError(f"the {question} was not given", hint=hint) from None


def _has_terminal() -> bool:
    """Tell whether somebody can be asked: the terminal is this process's own, wherever its streams lead."""
    if os.name == "nt":
        return sys.stdin is not None and sys.stdin.isatty()
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
