"""Options that several commands share, and the kinds of values they take. Below here nobody knows a flag."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from wsinspect.close_codes import Tongue, dialect_of
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.files import Settings, read_settings

Command = TypeVar("Command", bound=Callable[..., Any])

DEMO = "demo:"
"""What the URL of the embedded endpoint starts with."""

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


def complete_url(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the demos, those of the close codes once ``demo:`` is typed."""
    demos = {DEMO: "an endpoint to try things on", f"{DEMO}echo": "sends back what it gets"}
    if incomplete.startswith(DEMO):
        from wsinspect.close_table import ROWS

        demos |= {f"{DEMO}{code}": f"closes with {row.name}: {row.summary}" for code, row in ROWS.items()}
    return offered(demos, incomplete)


class Subprotocol(click.ParamType[str]):
    """A subprotocol's name: a token of HTTP (RFC 6455 section 4.1)."""

    name = "subprotocol"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not TOKEN.fullmatch(value):
            # The value stays untold: credentials travel as subprotocols.
            self.fail("a subprotocol is a name without spaces, commas or quotes", param, ctx)
        return str(value)


def colour_option(command: Command) -> Command:
    """Add ``--color``."""
    return click.option(
        "--color",
        "colour",
        type=Listed(
            {
                "auto": "as NO_COLOR, FORCE_COLOR and the terminal say",
                "always": "colour, in pipes and files too",
                "never": "no colour",
            }
        ),
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
                "-s", "--subprotocol", "subprotocols", type=Subprotocol(), multiple=True, metavar="NAME",
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


def complete_dialect(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the dialects, the user's own ones first."""
    from wsinspect.dialects import DIALECTS

    try:
        own = dict.fromkeys(read_settings().close_codes, "from your configuration file")
    except InspectError:
        own = {}
    titles = own | {name: dialect.title for name, dialect in DIALECTS.items()}
    return [CompletionItem(name, help=title) for name, title in titles.items() if name.startswith(incomplete)]


def dialect_option(command: Command) -> Command:
    """Add ``--dialect``; `tongue_of` takes its value."""
    return click.option(
        "--dialect",
        metavar="NAME",
        shell_complete=complete_dialect,
        help="Read private close codes as NAME does; connect takes the negotiated subprotocol's by itself.",
    )(command)


def tongue_of(dialect: str | None, settings: Settings) -> Tongue:
    """Return how codes are read in a dialect of ours or of the user's; raises `InspectError` on an unknown one."""
    if dialect is None:
        return Tongue(None, None)
    own = settings.close_codes
    from wsinspect.dialects import DIALECTS

    name = dialect_of(dialect, own) or dialect
    if name not in own and name not in DIALECTS:
        known = [*own, *DIALECTS]
        near = nearest(name.lower(), known)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(known)}"
        raise InspectError(f"no dialect is called `{shortened(dialect)}`", hint=hint)
    return Tongue(name, own.get(name))
