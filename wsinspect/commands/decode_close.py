"""``wsinspect decode-close``: close codes, names and payloads explained."""

import sys
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from wsinspect.close_codes import HIGHEST, CloseExplanation, Tongue, code_of, nearest_code
from wsinspect.close_payload import ClosePayload, parse_hex, parse_payload
from wsinspect.close_ranges import SPANS
from wsinspect.close_table import ROWS
from wsinspect.errors import InspectError, shortened
from wsinspect.files import read_settings
from wsinspect.options.config import config_option
from wsinspect.options.dialects import dialect_option, tongue_of
from wsinspect.options.output import colour_option
from wsinspect.render.close_card import WIDEST, Use, as_dict, broken_card, broken_dict, card, table, to_json
from wsinspect.render.palette import Palette, palette
from wsinspect.settings import Settings
from wsinspect.term.screen import ColourMode, colour_of, columns, put

_PRIVATE = 3000
"""The lowest code that libraries and applications define for themselves."""


class Asked(NamedTuple):
    """One thing to explain; a payload of a single byte holds no code, hence no explanation."""

    explanation: CloseExplanation | None
    payload: ClosePayload | None


def complete_code(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer codes by number and, once a letter is typed, by name."""
    try:
        known = _known(tongue_of(ctx.params.get("dialect"), read_settings(chosen=ctx.params.get("config"))))
    except InspectError:
        known = list(ROWS.values())
    if not incomplete or incomplete.isdigit():
        return [
            CompletionItem(str(row.code), help=f"{row.name}: {row.summary}" if row.name else row.summary)
            for row in known
            if str(row.code).startswith(incomplete)
        ]
    cased = str.lower if incomplete.islower() else str.upper
    return [
        CompletionItem(cased(row.name), help=f"{row.code}: {row.summary}")
        for row in known
        if row.name and row.name.startswith(incomplete.upper())
    ]


@click.command(
    "decode-close",
    # A code such as -1 must arrive as an argument, to be told what is wrong with it; `_code` catches real options.
    context_settings={"ignore_unknown_options": True},
)
@click.argument("codes", nargs=-1, metavar="CODE...", shell_complete=complete_code)
@click.option(
    "--payload", "payloads", metavar="HEX", multiple=True, help="Decode the payload of a close frame, in hex."
)
@dialect_option
@click.option("--all", "everything", is_flag=True, help="List every known code, those of the dialects too.")
@click.option("--json", "as_json", is_flag=True, help="Print an object, or an array if there are several.")
@config_option
@colour_option
@click.pass_context
def decode_close(
    ctx: click.Context,
    codes: tuple[str, ...],
    payloads: tuple[str, ...],
    dialect: str | None,
    everything: bool,
    as_json: bool,
    config: str | None,
    colour: ColourMode,
) -> None:
    """Explain close codes: what they mean, what usually causes them, what to check first, when to reconnect.

    CODE is a number (1011), a name (internal_error, "Going Away"), or the payload of a close frame in hex
    (0x03f36465706c6f79: two bytes of code, then the reason).

    Private codes mean what their dialect says: graphql-transport-ws, pusher, discord and others, or a section of your
    own in the configuration file (~/.config/wsinspect/config.toml):

    \b
      [close_codes.myapp]
      4001 = "session expired"

    \b
    Example:
      wsinspect decode-close 1006 1011
      wsinspect decode-close --dialect graphql-transport-ws 4403
      wsinspect decode-close --payload "03 f3 64 65 70 6c 6f 79"
      wsinspect decode-close --all --json
    """
    settings = read_settings(chosen=config)
    tongue = tongue_of(dialect, settings)
    style = palette(colour_of(sys.stdout, colour))
    if everything:
        if codes or payloads:
            raise InspectError("`--all` lists every code, so it takes none", hint="leave out one of the two")
        put(_all_json(tongue, settings) if as_json else _all_tables(tongue, settings, style, columns()))
        return
    # All are read before the first is shown: with one of them wrong, nothing is printed.
    asked = [_read(ctx, text, tongue) for text in codes] + [_decode(text, tongue) for text in payloads]
    if not asked:
        raise InspectError("no close code is given", hint="try `wsinspect decode-close 1011`; `--all` lists every code")
    if as_json:
        facts = [_facts(one) for one in asked]
        put(to_json(facts[0] if len(facts) == 1 else facts))
        return
    width = columns()
    rule = f"\n{style.dim}{'─' * min(width, WIDEST)}{style.reset}\n\n"
    put(rule.join(_shown(one, style, width, tongue, settings) for one in asked))


def _read(ctx: click.Context, text: str, tongue: Tongue) -> Asked:
    """Read one CODE: a payload, a number or a name."""
    bare = text.strip()
    if bare.lower().startswith(("0x", "\\x")):
        return _decode(bare, tongue)
    digits = bare[1:] if bare[:1] in ("-", "+") else bare
    if digits.isascii() and digits.isdigit():
        return Asked(tongue.explain(_number(bare, digits)), None)
    if text.startswith("-"):
        raise click.NoSuchOption(text.partition("=")[0], ctx=ctx)
    code = code_of(bare, dialect=tongue.dialect)
    if code is None:
        raise InspectError(f"no close code is called `{shortened(text)}`", hint=_hint(bare, tongue))
    return Asked(tongue.explain(code), None)


def _number(text: str, digits: str) -> int:
    # By length first: int() refuses numbers of thousands of digits.
    short = digits.lstrip("0")
    value = int(short or "0") if len(short) <= len(str(HIGHEST)) else HIGHEST + 1
    if value > HIGHEST or (text.startswith("-") and value):
        hint = f"did you mean `{value}`?" if 1000 <= value < 5000 else "`--all` lists every code that has a meaning"
        raise InspectError(
            f"{shortened(text)} is not a close code: a code is two bytes, so a number from 0 to {HIGHEST}", hint=hint
        )
    return value


def _decode(text: str, tongue: Tongue) -> Asked:
    payload = parse_payload(parse_hex(text))
    fault = payload.fault
    if fault is not None and fault.rule == "utf8":
        raise InspectError(
            f"the payload's code is {payload.code}, but {fault.sentence}",
            hint=f"{fault.section}; explain the code alone with `wsinspect decode-close {payload.code}`",
        )
    return Asked(None if payload.code is None else tongue.explain(payload.code), payload)


def _hint(text: str, tongue: Tongue) -> str:
    """Say what was probably meant by something that is no code."""
    from wsinspect.dialects import DIALECTS

    for name in DIALECTS:
        code = code_of(text, dialect=name)
        if code is not None:
            return f"{code} has that name in {name}: add `--dialect {name}`"
    digits = "".join(text.split())
    if len(digits) >= 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return f"as the payload of a close frame, write `0x{shortened(digits)}`"
    code = nearest_code(text, dialect=tongue.dialect)
    if code is not None:
        return f"did you mean `{tongue.explain(code).name or code}` ({code})?"
    return "give a number such as 1011, a name such as INTERNAL_ERROR, or a payload such as 0x03f3; `--all` lists them"


def _shown(one: Asked, style: Palette, width: int, tongue: Tongue, settings: Settings) -> str:
    if one.explanation is not None:
        uses = _uses(one.explanation, settings) if tongue.dialect is None else []
        return card(one.explanation, style, width, payload=one.payload, uses=uses)
    assert one.payload is not None
    return broken_card(one.payload, style, width)


def _facts(one: Asked) -> dict[str, object]:
    if one.explanation is not None:
        return as_dict(one.explanation, one.payload)
    assert one.payload is not None
    return broken_dict(one.payload)


def _uses(explanation: CloseExplanation, settings: Settings) -> list[Use]:
    """Return what the dialects make of a code that the standard leaves to them; the user's own come first."""
    code = explanation.code
    uses = [Use(name, "", own[code]) for name, own in settings.close_codes.items() if code in own]
    if code >= _PRIVATE and explanation.kind != "invalid":
        from wsinspect.dialects import DIALECTS

        uses += [
            Use(name, dialect.notes[code].name, dialect.notes[code].summary)
            for name, dialect in DIALECTS.items()
            if code in dialect.notes
        ]
    return uses


def _known(tongue: Tongue) -> list[CloseExplanation]:
    """Return every code with a meaning of its own in the standard and in the dialect, in order."""
    codes = set(ROWS) | set(tongue.own or ())
    if tongue.dialect is not None:
        from wsinspect.dialects import DIALECTS

        if tongue.dialect in DIALECTS:
            codes |= set(DIALECTS[tongue.dialect].notes)
    return [tongue.explain(code) for code in sorted(codes)]


def _dialects_of(tongue: Tongue, settings: Settings) -> list[Tongue]:
    """Return the one dialect asked for, or all: the user's own first."""
    if tongue.dialect is not None:
        return [tongue]
    from wsinspect.dialects import DIALECTS

    return [Tongue(name, settings.close_codes.get(name)) for name in {**settings.close_codes, **DIALECTS}]


def _all_json(tongue: Tongue, settings: Settings) -> str:
    rows = list(ROWS.values())
    for dialect in _dialects_of(tongue, settings):
        rows += [row for row in _known(dialect) if row.dialect]
    return to_json([as_dict(row) for row in rows])


def _all_tables(tongue: Tongue, settings: Settings, style: Palette, width: int) -> str:
    from wsinspect.dialects import DIALECTS

    tables = [table(ROWS.values(), SPANS, style, width, title="The standard (RFC 6455, IANA)")]
    for dialect in _dialects_of(tongue, settings):
        assert dialect.dialect is not None
        about = DIALECTS[dialect.dialect].title if dialect.dialect in DIALECTS else "from your configuration file"
        rows = [row for row in _known(dialect) if row.dialect]
        tables.append(table(rows, (), style, width, title=f"{dialect.dialect}: {about}"))
    return "\n".join(tables)
