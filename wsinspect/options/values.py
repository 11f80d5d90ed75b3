"""The kinds of values that options take: what is typed becomes a number of seconds, of bytes, a header, a choice."""

import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from wsinspect.durations import seconds_of
from wsinspect.errors import InspectError, shortened
from wsinspect.extensions import parse_offer
from wsinspect.headers import TOKEN, TypedHeader, carries, parse_header

BYTES = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "kib": 1 << 10,
    "m": 10**6, "mb": 10**6, "mib": 1 << 20,
    "g": 10**9, "gb": 10**9, "gib": 1 << 30,
}  # fmt: skip
LARGEST = 1 << 40
ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~%:\[\]-]*")
NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)", re.IGNORECASE)


class Duration(click.ParamType[float]):
    """A time such as ``30s``, ``500ms``, ``1.5m`` or plain seconds; ``inf`` where ``endless``. Gives seconds."""

    name = "duration"

    def __init__(self, *, endless: bool = False) -> None:
        self.endless = endless

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        seconds = seconds_of(value, endless=self.endless)
        if seconds is None:
            also = " or inf" if self.endless else ""
            self.fail(f"`{value}` is not a time; write 30s, 500ms, 2m{also}", param, ctx)
        return seconds


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


class Header(click.ParamType["TypedHeader | str"]):
    """A header such as ``Name: value``, see `headers.parse_header`; a file of them (``@FILE``) stays as it is."""

    name = "header"

    @staticmethod
    def key(value: TypedHeader) -> str:
        """Return that by which headers replace each other."""
        return value[0].lower()

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "TypedHeader | str":
        if isinstance(value, tuple):
            return value
        if value.startswith("@"):
            return str(value)
        try:
            return parse_header(value)
        except InspectError as error:
            self.fail(error.message, param, ctx)


class HeaderValue(click.ParamType[str]):
    """What a header can carry; no error repeats it."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not carries(text):
            self.fail("it holds what a header cannot carry", param, ctx)
        return text


class Offer(click.ParamType[str]):
    """Parameters of permessage-deflate as they are offered (RFC 7692 section 7.1), with semicolons between them."""

    name = "parameters"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        try:
            parse_offer(text)
        except InspectError as error:
            self.fail(f"{error.message}{'; ' if error.hint else ''}{error.hint}", param, ctx)
        return text


class Origin(click.ParamType[str]):
    """An origin as browsers send it (RFC 6454 section 7): scheme, host, and port if need be; or ``null``."""

    name = "origin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if text != "null" and not ORIGIN.fullmatch(text):
            self.fail("an origin is a scheme and a host alone, such as https://example.com, or null", param, ctx)
        return text


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


class Subprotocols(click.ParamType[tuple[str, ...]]):
    """Names of subprotocols, with commas between them: tokens of HTTP (RFC 6455 section 4.1)."""

    name = "subprotocols"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in value.split(","))
        if not all(TOKEN.fullmatch(name) for name in names):
            # The value stays untold: credentials travel as subprotocols.
            self.fail("subprotocols are names without spaces or quotes, with commas between them", param, ctx)
        return names
