"""How what came differs from what was expected, as lines: ``-`` expected, ``+`` came, and a space before what explains.

JSON by the paths of its parts, written as in `where`; texts line by line, or around the first difference. Never more
than `MOST` lines, and none is long. Not neutralised: that is done where they are shown. Knows no message.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import islice
from typing import Any, TypeAlias

from wsinspect.checks.assertions.excerpts import hex_excerpt, json_excerpt, size_of, text_excerpt
from wsinspect.checks.assertions.patterns import Kind, scalar
from wsinspect.errors import shortened

MOST = 40
"""Lines of a difference."""

WIDE = 100
"""Characters of a value, a path or a line of text."""

BEFORE = 30
"""Characters, and a third as many bytes, that are shown before the first difference."""

CONTEXT = 2
"""Equal lines of a text around those that differ."""

MOST_COMPARED = 500
"""Lines of a text that are aligned; beyond, finding the best alignment takes too long."""

_BARE = re.compile(r"(?!(?:true|false|null)\Z)[^\W\d]\w*")

Lines: TypeAlias = tuple[str, ...]


def json_difference(wanted: Any, came: Any, *, partial: bool = False) -> Lines:
    """Return how a value differs from a planted one (see `patterns.planted`); nothing where it is the one."""
    try:
        return _bounded(_values(wanted, came, "", partial))
    except RecursionError:
        return ("  nested too deeply to be compared here",)


def text_difference(wanted: str, came: str) -> Lines:
    """Return how a text differs from the one expected; nothing where it does not."""
    if wanted == came:
        return ()
    if "\n" in wanted or "\n" in came:
        ours, theirs = wanted.split("\n"), came.split("\n")
        if max(len(ours), len(theirs)) <= MOST_COMPARED:
            return _bounded(_text_lines(ours, theirs))
    at = _same_until(wanted, came)
    return (
        f"  first difference at character {at + 1:,}; {len(wanted):,} expected, {len(came):,} came",
        f"- {_around(wanted, at)}",
        f"+ {_around(came, at)}",
    )


def bytes_difference(wanted: bytes, came: bytes) -> Lines:
    """Return where bytes differ from those expected; nothing where they do not."""
    if wanted == came:
        return ()
    at = _same_until(wanted, came)
    begin = max(0, at - BEFORE // 3)
    before = "… " if begin else ""
    return (
        f"  first difference at offset {at:,}; {size_of(len(wanted))} expected, {size_of(len(came))} came",
        f"- {before}{hex_excerpt(wanted[begin:], WIDE)}",
        f"+ {before}{hex_excerpt(came[begin:], WIDE)}",
    )


def path_of(keys: Iterable[str | int]) -> str:
    """Return a path as `where` has it, of names and indexes from the outermost inwards; nothing for the whole value."""
    path = ""
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else _below(path, key)
    return path


def _bounded(lines: Iterable[str]) -> Lines:
    found = tuple(islice(lines, MOST + 1))
    return found if len(found) <= MOST else (*found[: MOST - 1], "  … and more")


# JSON.


def _values(wanted: Any, came: Any, path: str, partial: bool) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(came, dict):
        yield from _objects(wanted, came, path, partial)
    elif isinstance(wanted, list) and isinstance(came, list):
        yield from _lists(wanted, came, path, partial)
    elif isinstance(wanted, Kind):
        if not wanted.fits(came):
            yield _line("-", path, shortened(wanted.told, WIDE))
            yield _line("+", path, json_excerpt(came, WIDE))
    elif isinstance(wanted, str) and isinstance(came, str):
        if wanted != came:
            at = _same_until(wanted, came)
            yield _line("-", path, _around(wanted, at))
            yield _line("+", path, _around(came, at))
    elif isinstance(wanted, dict | list) or not scalar(wanted)(came):
        yield _line("-", path, json_excerpt(wanted, WIDE))
        yield _line("+", path, json_excerpt(came, WIDE))


def _objects(wanted: dict[str, Any], came: dict[str, Any], path: str, partial: bool) -> Iterator[str]:
    for name, inner in wanted.items():
        if name in came:
            yield from _values(inner, came[name], _below(path, name), partial)
        else:
            yield _line("-", _below(path, name), _told(inner))
    if not partial:
        for name, inner in came.items():
            if name not in wanted:
                yield _line("+", _below(path, name), json_excerpt(inner, WIDE))


def _lists(wanted: list[Any], came: list[Any], path: str, partial: bool) -> Iterator[str]:
    begin, end = 0, 0
    if len(wanted) != len(came):
        # What is equal at both ends is left out, so that one more element is one line.
        least = min(len(wanted), len(came))
        while begin < least and _same(wanted[begin], came[begin], partial):
            begin += 1
        while end < least - begin and _same(wanted[-1 - end], came[-1 - end], partial):
            end += 1
        yield f"  {path or 'the list'} has {len(came):,} element{'' if len(came) == 1 else 's'}, not {len(wanted):,}"
    ours, theirs = wanted[begin : len(wanted) - end], came[begin : len(came) - end]
    for index in range(max(len(ours), len(theirs))):
        place = f"{path}[{begin + index}]"
        if index >= len(theirs):
            yield _line("-", place, _told(ours[index]))
        elif index >= len(ours):
            yield _line("+", place, json_excerpt(theirs[index], WIDE))
        else:
            yield from _values(ours[index], theirs[index], place, partial)


def _same(wanted: Any, came: Any, partial: bool) -> bool:
    return next(_values(wanted, came, "", partial), None) is None


def _told(wanted: Any) -> str:
    return shortened(wanted.told, WIDE) if isinstance(wanted, Kind) else json_excerpt(wanted, WIDE)


def _below(path: str, name: str) -> str:
    word = name if _BARE.fullmatch(name) else text_excerpt(name, WIDE)
    return f"{path}.{word}" if path else word


def _line(mark: str, path: str, value: str) -> str:
    if not path:
        return f"{mark} {value}"
    shown = path if len(path) <= WIDE else "…" + path[1 - WIDE :]
    return f"{mark} {shown}: {value}"


# Texts.


def _text_lines(wanted: list[str], came: list[str]) -> Iterator[str]:
    matcher = SequenceMatcher(None, wanted, came, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number or group[0][3]:
            yield f"  … line {group[0][3] + 1}:"
        for kind, begin, end, other_begin, other_end in group:
            if kind == "equal":
                yield from (f"  {shortened(line, WIDE)}" for line in wanted[begin:end])
                continue
            yield from _changed(wanted[begin:end], came[other_begin:other_end])


def _changed(wanted: list[str], came: list[str]) -> Iterator[str]:
    if len(wanted) == len(came):
        for ours, theirs in zip(wanted, came, strict=True):
            at = _same_until(ours, theirs)
            yield f"- {_window(ours, at)}"
            yield f"+ {_window(theirs, at)}"
        return
    yield from (f"- {shortened(line, WIDE)}" for line in wanted)
    yield from (f"+ {shortened(line, WIDE)}" for line in came)


def _same_until(wanted: Any, came: Any) -> int:
    """Return the length of what two texts, or two sequences of bytes, have in common at their beginning."""
    low, high = 0, min(len(wanted), len(came)) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if wanted[low:middle] == came[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _around(text: str, at: int) -> str:
    return text_excerpt(_window(text, at), 2 * WIDE)


def _window(text: str, at: int) -> str:
    begin = max(0, at - BEFORE) if len(text) > WIDE else 0
    return ("…" if begin else "") + shortened(text[begin : begin + WIDE + 1], WIDE)
