"""Close codes on paper: a card for one, a table for all, and JSON. Knows no terminal; whoever calls tells the width."""

import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from wsinspect.close_codes import CloseExplanation, Kind, Reconnect
from wsinspect.close_payload import ClosePayload
from wsinspect.close_ranges import Span
from wsinspect.render.palette import Palette
from wsinspect.render.safe import neutral

WIDEST = 100
NARROWEST = 40

_INDENT = "  "
_LABEL = 13
"""Columns of a label with the spaces around it; narrower cards put the text below the label."""
_NARROW = 50

_KINDS: dict[Kind, str] = {
    "standard": "standard",
    "reserved": "reserved, never sent",
    "unassigned": "unassigned",
    "library": "library",
    "private": "private",
    "invalid": "invalid",
}
_UNIT = re.compile(r"(?<=\d) (?=(?:s|min|h|bytes?|[KM]i?B)\b)")
_GOOD: frozenset[Reconnect] = frozenset({"unneeded", "backoff", "random_5_30", "at_once"})


class Use(NamedTuple):
    """Another meaning of the same code: the dialect that has it, and what it says."""

    dialect: str
    name: str
    summary: str


def card(
    explanation: CloseExplanation,
    palette: Palette,
    width: int,
    *,
    payload: ClosePayload | None = None,
    uses: Sequence[Use] = (),
) -> str:
    """Return the card of one code, ending with a newline.

    ``payload`` adds what came with the code; ``uses`` lists what the code means in dialects that were not asked for.
    """
    width = max(NARROWEST, min(width, WIDEST))
    page = _Page(palette, width)
    page.title(explanation)
    page.text(explanation.meaning)
    if payload is not None:
        page.payload(payload)
    page.blank()
    page.field("Sent by", explanation.sender)
    if explanation.on_wire:
        page.field("On the wire", "allowed", palette.good)
    else:
        page.field("On the wire", "never allowed", palette.warn)
    hue = palette.good if explanation.reconnect in _GOOD else palette.warn
    page.field("Reconnect", explanation.advice, hue)
    page.points("Likely causes", explanation.causes)
    page.points("Check first", explanation.checks, numbered=True)
    if uses:
        page.points("Elsewhere it means", [f"{use.dialect}: {_named(use)}" for use in uses])
    page.blank()
    page.field("Source", explanation.source, palette.dim)
    return page.done()


def broken_card(payload: ClosePayload, palette: Palette, width: int) -> str:
    """Return the card of a payload that holds no code."""
    page = _Page(palette, max(NARROWEST, min(width, WIDEST)))
    page.heading("no code", "a payload of 1 byte", "invalid")
    page.payload(payload)
    return page.done()


def table(
    explanations: Iterable[CloseExplanation], spans: Iterable[Span], palette: Palette, width: int, *, title: str
) -> str:
    """Return a list of codes under a title, a line or a few each, ending with a newline."""
    width = max(NARROWEST, min(width, WIDEST))
    rows = [(known.code, str(known.code), known) for known in explanations]
    rows += [(span.last, f"{span.first}–{span.last}", span.row) for span in spans]
    rows.sort(key=lambda row: row[0])
    first = max((len(code) for _, code, _ in rows), default=0) + 2
    second = max((len(known.name) for _, _, known in rows), default=0) + 2
    lines = [f"{palette.bold}{neutral(title)}{palette.reset}"]
    margin = len(_INDENT) + first
    # Summaries stand beside the names where there is room, else below them.
    beside = margin + second if width - margin - second >= _NARROW - margin else 0
    for _, code, known in rows:
        hue = palette.close if known.on_wire else palette.dim
        head = f"{_INDENT}{hue}{code:<{first}}{palette.reset}"
        if known.name:
            head += f"{palette.bold}{known.name}{palette.reset}"
        indent = beside if known.name and beside else margin
        wrapped = _wrap(neutral(known.summary), width - indent)
        if not known.name:
            lines.append(head + wrapped.pop(0))
        elif beside:
            lines.append(head + " " * (second - len(known.name)) + wrapped.pop(0))
        else:
            lines.append(head)
        lines += [" " * indent + line for line in wrapped]
    return "\n".join(lines) + "\n"


def as_dict(explanation: CloseExplanation, payload: ClosePayload | None = None) -> dict[str, Any]:
    """Return the facts as JSON knows them; ``payload`` is null where only a code was asked for."""
    facts: dict[str, Any] = explanation._asdict()
    facts["payload"] = payload_dict(payload)
    return facts


def broken_dict(payload: ClosePayload) -> dict[str, Any]:
    """Return the same keys for a payload that holds no code, all but ``kind`` and ``payload`` null."""
    facts: dict[str, Any] = dict.fromkeys(CloseExplanation._fields)
    return facts | {"kind": "invalid", "payload": payload_dict(payload)}


def payload_dict(payload: ClosePayload | None) -> dict[str, Any] | None:
    """Return a payload as JSON knows it; ``fault`` is null where RFC 6455 allows it."""
    if payload is None:
        return None
    return {
        "hex": payload.body.hex(),
        "size": len(payload.body),
        "code": payload.code,
        "reason": payload.reason,
        "fault": payload.fault._asdict() if payload.fault else None,
    }


def to_json(value: Any) -> str:
    """Return JSON that is safe on a terminal, ending with a newline; it parses to exactly ``value``."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if not text.isascii() or "\x7f" in text:
        text = "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)
        text = text.replace("\x7f", "\\u007f")
    return text + "\n"


def _named(use: Use) -> str:
    return f"{use.name}. {use.summary}" if use.name else use.summary


class _Page:
    """Lines in the making; each method adds some."""

    def __init__(self, palette: Palette, width: int) -> None:
        self._palette = palette
        self._width = width
        self._lines: list[str] = []

    def done(self) -> str:
        return "\n".join(self._lines) + "\n"

    def blank(self) -> None:
        self._lines.append("")

    def title(self, known: CloseExplanation) -> None:
        kind = _KINDS[known.kind] + (f", {known.dialect}" if known.dialect else "")
        self.heading(str(known.code), known.name, kind)
        if known.iana:
            self._lines.append(f"{_INDENT}{self._palette.dim}IANA: {known.iana}{self._palette.reset}")
        self.blank()

    def heading(self, code: str, name: str, kind: str) -> None:
        palette, kind = self._palette, neutral(kind)
        left = f"{code}  {name}".rstrip()
        room = self._width - len(left) - len(kind)
        shown = f"{palette.close}{palette.bold}{code}{palette.reset}"
        if name:
            shown += f"  {palette.bold}{name}{palette.reset}"
        if room >= 2:
            self._lines.append(f"{shown}{' ' * room}{palette.dim}{kind}{palette.reset}")
        else:
            self._lines += [shown, f"{_INDENT}{palette.dim}{kind}{palette.reset}"]

    def text(self, text: str) -> None:
        self._lines += [_INDENT + line for line in _wrap(neutral(text), self._width - len(_INDENT))]

    def field(self, label: str, text: str, hue: str = "") -> None:
        palette = self._palette
        name = f"{palette.dim}{label}{palette.reset}"
        end = palette.reset if hue else ""
        if self._width < _NARROW:
            self._lines.append(f"{_INDENT}{name}")
            margin = 2 * len(_INDENT)
            self._lines += [f"{' ' * margin}{hue}{line}{end}" for line in _wrap(neutral(text), self._width - margin)]
            return
        margin = len(_INDENT) + _LABEL
        wrapped = _wrap(neutral(text), self._width - margin)
        self._lines.append(f"{_INDENT}{name}{' ' * (_LABEL - len(label))}{hue}{wrapped[0]}{end}")
        self._lines += [f"{' ' * margin}{hue}{line}{end}" for line in wrapped[1:]]

    def points(self, label: str, points: Sequence[str], *, numbered: bool = False) -> None:
        if not points:
            return
        palette = self._palette
        self._lines += ["", f"{_INDENT}{palette.bold}{label}{palette.reset}"]
        for number, point in enumerate(points, 1):
            sign = str(number) if numbered else "•"
            wrapped = _wrap(neutral(point), self._width - 6)
            self._lines.append(f"{_INDENT}  {palette.dim}{sign}{palette.reset} {wrapped[0]}")
            self._lines += ["      " + line for line in wrapped[1:]]

    def payload(self, payload: ClosePayload) -> None:
        palette, size = self._palette, len(payload.body)
        self.blank()
        shown = payload.body[:64].hex(" ") + (" …" if size > 64 else "")
        self.field("Payload", f"{size} byte{'' if size == 1 else 's'}{': ' if size else ': no code, no reason'}{shown}")
        if payload.reason:
            self.field("Reason", f"“{payload.reason}”")
        if payload.fault is None:
            self.field("Verdict", "allowed", palette.good)
        else:
            verdict = f"forbidden: {payload.fault.sentence} ({payload.fault.section})."
            self.field("Verdict", verdict, palette.error)


def _wrap(text: str, width: int) -> list[str]:
    # A number stays with its unit: textwrap does not break at a no-break space.
    glued = _UNIT.sub("\u00a0", text)
    wrapped = textwrap.wrap(glued, max(width, 10), break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in wrapped] or [""]
