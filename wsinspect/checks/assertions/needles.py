"""Strings that must stand in a payload for an assertion on its JSON to hold: a search for bytes is no parse.

In JSON without a backslash, a string stands as it is, in double quotes. Knows no assertion and no language.
"""

from collections.abc import Iterable, Sequence

MOST = 4
"""Strings that are searched for: with more, parsing is as quick."""


def needles_of(texts: Iterable[str]) -> tuple[bytes, ...]:
    """Return what the first of these strings are in such JSON; those that need escapes are left out."""
    found: list[bytes] = []
    for text in texts:
        if len(found) == MOST:
            break
        if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
            found.append(f'"{text}"'.encode())
    return tuple(dict.fromkeys(found))


def are_absent(needles: Sequence[bytes], payload: bytes) -> bool:
    """Tell whether JSON cannot hold one of the strings; false where it may be written with escapes."""
    for needle in needles:
        if needle not in payload:
            return b"\\" not in payload
    return False
