"""What a check file says of the opening handshake: [handshake.expect]. Knows no handshake."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wsinspect.checks.format.form_reading import read_form
from wsinspect.checks.format.kinds import is_whole, seconds_in
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.values import Values
from wsinspect.checks.plan import HandshakeWish, Place
from wsinspect.errors import InspectError, shortened
from wsinspect.filters.pattern import pattern
from wsinspect.filters.place import Misplaced
from wsinspect.toml_places import Path

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
"""The name of a header (RFC 9110 section 5.6.2)."""


def read_wish(layers: Sequence[tuple[Any, Path]], page: Page, values: Values) -> HandshakeWish:
    """Return the wish of tables with their places, of which a later one replaces the keys of an earlier one.

    What is wrong is kept by the page.
    """
    good: dict[str, Any] = {}
    places: dict[str, Path] = {}
    headers: dict[str, tuple[str, str | None]] = {}
    for table, keys in layers:
        found = read_form("handshake_expect", table, keys, page, values)
        good |= found
        places |= {key: (*keys, key) for key in found}
        for name, wanted in _headers(found.get("headers", {}), (*keys, "headers"), page, values):
            headers[name.lower()] = name, wanted
    status = good.get("status")
    wish = HandshakeWish(
        status=None if status is None else frozenset([status] if is_whole(status) else status),
        subprotocol=good.get("subprotocol"),
        extensions=tuple(good["extensions"]) if "extensions" in good else None,
        headers=dict(headers.values()),
        body=good.get("body"),
        within_s=seconds_in(good.get("within")),
        place=page.place(*layers[-1][1]) if layers else Place(),
    )
    for key, words, hint in wish.contradictions():
        page.keep(page.wrong(places[key], words, hint))
    return wish


def _headers(table: Mapping[str, Any], keys: Path, page: Page, values: Values) -> Iterator[tuple[str, str | None]]:
    """Yield names of headers and the pattern for each, None where it must be absent."""
    for name, value in table.items():
        here = (*keys, name)
        with page.kept(*here):
            if not _TOKEN.fullmatch(name):
                raise InspectError(f"`{shortened(name)}` cannot be the name of a header")
            if isinstance(value, bool):
                yield name, "" if value else None
            else:
                yield name, checked_pattern(value, f"the header `{shortened(name)}`", here, values)


def checked_pattern(template: str, what: str, keys: Path, values: Values) -> str:
    """Return a regular expression, filled; raises `InspectError`, which repeats no value."""
    text = values.now_text(template, keys, pattern=True)
    check_pattern(text, what, hidden=values.hides(template))
    return str(text)


def check_pattern(text: str, what: str, *, hidden: bool) -> None:
    """Raise `InspectError` where a text is no regular expression; one that is ``hidden`` is not shown."""
    try:
        pattern(text)
    except Misplaced as error:
        if hidden:
            raise InspectError(f"{what}: {error.message}", hint=error.hint) from None
        raise error.within(what) from None
