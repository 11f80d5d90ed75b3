"""Markup as values: a text becomes markup only here, and is neutralised and escaped on its way. Knows no page."""

import html

from wsinspect.render.safe import clipped

LONGEST = 10_000
"""Characters of one text that a page shows to a reader."""

VOID = frozenset({"input", "meta"})
"""Elements that have no end tag."""


class Markup(str):
    """Text that may stand on a page as it is; only `tag`, `joined` and `raw` make it."""

    __slots__ = ()


def tag(name: str, /, *parts: str, style: str = "", **attributes: str | bool) -> Markup:
    """Return an element: ``parts`` that are no `Markup` are texts from anywhere, ``style`` is its class.

    Underscores in names of attributes stand for dashes; True gives a bare attribute, False and empty text none.
    """
    opening = [name]
    for key, value in {"class": style, **attributes}.items():
        if value is True:
            opening.append(key.replace("_", "-"))
        elif value:
            opening.append(f'{key.replace("_", "-")}="{text(value)}"')
    inside = joined(*parts)
    return Markup(f"<{' '.join(opening)}>" if name in VOID else f"<{' '.join(opening)}>{inside}</{name}>")


def joined(*parts: str, between: str = "") -> Markup:
    """Return parts one behind the other; those that are no `Markup` are texts from anywhere."""
    return Markup(between.join([part if isinstance(part, Markup) else text(part) for part in parts]))


def prose(sentence: str) -> Markup:
    """Return a sentence in which backticks stand around what a user would type."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return joined(sentence)
    return joined(*[tag("code", part) if index % 2 else part for index, part in enumerate(parts)])


def text(text: str) -> Markup:
    """Return a text from anywhere as it may stand between tags or in double quotes, on one line."""
    return Markup(html.escape(clipped(text, LONGEST)))


def raw(ours: str) -> Markup:
    """Return a text of our own, style or script, which nothing from outside is part of."""
    return Markup(ours)


NOTHING = Markup("")
