"""Options that several commands share, and the kinds of values they take. Below here nobody knows a flag."""

import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
BYTES = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "kib": 1 << 10,
    "m": 10**6, "mb": 10**6, "mib": 1 << 20,
    "g": 10**9, "gb": 10**9, "gib": 1 << 30,
}  # fmt: skip
NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)", re.IGNORECASE)


class Duration(click.ParamType[float]):
    """A time such as ``30s``, ``500ms``, ``1.5m`` or plain seconds; ``inf`` where ``endless``. Gives seconds."""

    name = "duration"

    def __init__(self, *, endless: bool = False) -> None:
        self.endless = endless

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        if self.endless and value.lower() in ("inf", "infinity"):
            return math.inf
        match = NUMBER.fullmatch(value.strip())
        if match is None or match[2].lower() not in SECONDS:
            also = " or inf" if self.endless else ""
            self.fail(f"`{value}` is not a time; write 30s, 500ms, 2m{also}", param, ctx)
        return float(match[1]) * SECONDS[match[2].lower()]


class Size(click.ParamType[int | None]):
    """A size such as ``16MiB``, ``10MB``, ``64k`` or plain bytes; ``none`` for no limit. Gives bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        if value.lower() in ("none", "inf"):
            return None
        match = NUMBER.fullmatch(value.strip())
        if match is None or match[2].lower() not in BYTES:
            self.fail(f"`{value}` is not a size; write 16MiB, 500k, 1000 or none", param, ctx)
        return int(float(match[1]) * BYTES[match[2].lower()])


class Header(click.ParamType[tuple[str, str]]):
    """A header such as ``Name: value``. Gives a pair."""

    name = "header"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, colon, text = value.partition(":")
        name, text = name.strip(), text.strip()
        if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            # The value stays untold: it may be a secret.
            self.fail("a header is written 'Name: value'", param, ctx)
        if not text.isprintable() or not all(ord(character) < 256 for character in text):
            self.fail(f"the value of `{name}` holds what a header cannot carry", param, ctx)
        return name, text


def colour_option(command: Command) -> Command:
    """Add ``--color``."""
    return click.option(
        "--color",
        "colour",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Whether to colour the output; auto obeys NO_COLOR, FORCE_COLOR and the terminal.",
    )(command)


def reaching_options(command: Command) -> Command:
    """Add what says how a server is reached."""
    for option in reversed(
        (
            click.option(
                "-H", "--header", "headers", type=Header(), multiple=True, metavar="'NAME: VALUE'",
                help="Send a header with the handshake; replaces ours of the same name. Repeatable.",
            ),
            click.option(
                "-s", "--subprotocol", "subprotocols", multiple=True, metavar="NAME",
                help="Offer a subprotocol, best first. Repeatable.",
            ),
            click.option("-k", "--insecure", is_flag=True, help="Do not verify the server's TLS certificate."),
            click.option(
                "--max-size", type=Size(), default="16MiB", show_default=True, metavar="SIZE",
                help="Close with 1009 when a message is larger once inflated; none for no limit.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command
