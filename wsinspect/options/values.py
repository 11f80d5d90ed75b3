"""The kinds of values that options take: what is typed becomes a number of seconds, of bytes, a header, a choice."""

import math
import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from wsinspect.errors import shortened

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
BYTES = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "kib": 1 << 10,
    "m": 10**6, "mb": 10**6, "mib": 1 << 20,
    "g": 10**9, "gb": 10**9, "gib": 1 << 30,
}  # fmt: skip
LARGEST = 1 << 40
OURS = ("sec-websocket-key", "sec-websocket-protocol", "sec-websocket-extensions")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
        size = float(match[1]) * BYTES[match[2].lower()]
        if size > LARGEST:
            self.fail(f"`{shortened(value)}` is more than 1 TiB; write none for no limit", param, ctx)
        return int(size)


class Header(click.ParamType[tuple[str, str]]):
    """A header such as ``Name: value``. Gives a pair."""

    name = "header"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, colon, text = value.partition(":")
        name, text = name.strip(), text.strip()
        if not colon or not TOKEN.fullmatch(name):
            # The value stays untold: it may be a secret.
            self.fail("a header is written 'Name: value'", param, ctx)
        if name.lower() in OURS:
            self.fail(
                f"`{name}` is ours to send: what the server answers depends on it (for subprotocols: -s)", param, ctx
            )
        if not text.isprintable() or not all(ord(character) < 256 for character in text):
            self.fail(f"the value of `{name}` holds what a header cannot carry", param, ctx)
        return name, text


class Listed(click.Choice[str]):
    """A choice of names, each with a line of help for completion."""

    def __init__(self, helps: Mapping[str, str]) -> None:
        super().__init__(list(helps))
        self.helps = helps

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return offered(self.helps, incomplete)


def offered(helps: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    """Return what of ``helps`` (values to a line of help each) starts with what is typed."""
    return [CompletionItem(value, help=help) for value, help in helps.items() if value.startswith(incomplete)]


class Subprotocol(click.ParamType[str]):
    """A subprotocol's name: a token of HTTP (RFC 6455 section 4.1)."""

    name = "subprotocol"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not TOKEN.fullmatch(value):
            # The value stays untold: credentials travel as subprotocols.
            self.fail("a subprotocol is a name without spaces, commas or quotes", param, ctx)
        return str(value)
