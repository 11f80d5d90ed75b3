r"""What must not reach a terminal, made visible: the one place where text from outside is neutralised.

Whatever `str.isprintable` refuses is shown as an escape of Python's: C0 and C1 controls, DEL, bidi controls, zero-width
characters, line and paragraph separators, odd spaces, lone surrogates, tags, private and unassigned characters. So
are the few that Python calls printable although nothing is seen of them (`HIDDEN`): fillers, the blank Braille
pattern, the grapheme joiner and variation selectors, which can carry text unseen. One emoji or text selector
(U+FE0F, U+FE0E) behind a symbol stays, since half of all emoji are written so.

Not handled: a backslash stays single, so ``\x1b`` may be an escape of ours or four characters of the sender's (doubling
would spoil every JSON payload; NDJSON is exact); combining marks stay; letters written from right to left stay, and
some terminals turn their order round within the payload. Knows no colours and no terminal.
"""

import re
from collections.abc import Callable
from functools import cache

PRESENTATION = frozenset("\ufe0e\ufe0f")
"""Selectors that ask for the text or emoji form of the symbol before them."""

HIDDEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
"""Characters that are printable to Python, but leave no mark or change none on a screen (mostly Unicode's
Default_Ignorable_Code_Point)."""

_KEYCAPS = frozenset("0123456789#*")
OUTSIDE_ASCII = r"[^ -~]+"
"""A pattern for runs of characters that need a look."""


def neutral(text: str) -> str:
    """Return ``text`` safe to show on one line of a terminal; the result is printable."""
    if is_neutral(text):
        return text
    return re.sub(OUTSIDE_ASCII, _neutral_run, text)


def clipped(text: str, longest: int) -> str:
    """Return ``text`` safe to show in at most about ``longest`` characters; what is left out is counted."""
    shown = neutral(text)
    hidden = len(shown) - longest
    return shown if hidden <= 0 else f"{shown[:longest]}… {hidden:,} more character{'' if hidden == 1 else 's'}"


def neutral_bytes(data: bytes) -> str:
    r"""Return UTF-8 ``data`` safe to show; what is not UTF-8 stands as ``\xff``."""
    return neutral(data.decode("utf-8", "backslashreplace"))


def is_neutral(text: str) -> bool:
    """Tell whether every character of ``text`` may be shown as it is (selectors behind symbols aside)."""
    return text.isprintable() and (text.isascii() or not _hidden()(text))


def units(text: str) -> list[str]:
    """Return what is shown for each character of ``text``; joined, they are what `neutral` returns."""
    shown = []
    before = ""
    for character in text:
        shown.append(character if _may_stand(character, before) else escaped(character))
        before = character
    return shown


def escaped(character: str) -> str:
    r"""Return the escape of one character: ``\n``, ``\x1b``, ``\u202e`` or ``\U000e0041``."""
    short = _SHORT.get(character)
    if short is not None:
        return short
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


@cache
def _hidden() -> Callable[[str], re.Match[str] | None]:
    # Ranges, made here when first needed: as single characters the pattern is ten times slower, as a set four times.
    codes = sorted(map(ord, HIDDEN))
    firsts = [code for code in codes if code - 1 not in set(codes)]
    lasts = [code for code in codes if code + 1 not in set(codes)]
    ranges = [f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True)]
    return re.compile(f"[{''.join(ranges)}]").search


def _neutral_run(match: re.Match[str]) -> str:
    run = match[0]
    if is_neutral(run):
        return run
    kinds = set(run)
    # One C call for the whole run: a peer may send megabytes of controls. Only selectors need to see their neighbour.
    table = {ord(character): escaped(character) for character in kinds if not _may_stand(character, "")}
    if kinds.isdisjoint(PRESENTATION):
        return run.translate(table)
    start = match.start()
    before = match.string[start - 1] if start else ""
    shown = []
    for character in run:
        if character in PRESENTATION and _may_stand(character, before):
            shown.append(character)
        else:
            shown.append(table.get(ord(character), character))
        before = character
    return "".join(shown)


def _may_stand(character: str, before: str) -> bool:
    if not character.isprintable():
        return False
    if character not in HIDDEN:
        return True
    if character not in PRESENTATION or not before or before in HIDDEN or not before.isprintable():
        return False
    return not before.isascii() or before in _KEYCAPS
