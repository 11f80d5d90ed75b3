"""Colours as prepared SGR strings: one table of roles. Knows no terminal; whether there is colour is decided above.

Only the sixteen colours of the terminal's own theme are used, so that dark and light backgrounds both read well; no
role is told by colour alone.
"""

from typing import NamedTuple


class Palette(NamedTuple):
    """One SGR sequence a role, and ``reset`` to end each; all empty without colour."""

    reset: str = ""
    dim: str = ""
    bold: str = ""
    text: str = ""
    binary: str = ""
    ping: str = ""
    pong: str = ""
    close: str = ""
    error: str = ""
    frame: str = ""
    good: str = ""
    warn: str = ""
    key: str = ""
    string: str = ""
    number: str = ""
    literal: str = ""


NO_COLOUR = Palette()
COLOUR = Palette(
    reset="\x1b[0m",
    dim="\x1b[2m",
    bold="\x1b[1m",
    text="\x1b[32m",
    binary="\x1b[35m",
    ping="\x1b[36m",
    pong="\x1b[36m",
    close="\x1b[33m",
    error="\x1b[1;31m",
    frame="\x1b[34m",
    good="\x1b[32m",
    warn="\x1b[33m",
    key="\x1b[34m",
    string="\x1b[32m",
    number="\x1b[36m",
    literal="\x1b[35m",
)


def palette(colour: bool) -> Palette:
    """Return the roles' sequences, or empty ones."""
    return COLOUR if colour else NO_COLOUR
