"""Close codes explained: every number from 0 to 65535 has a true answer (RFC 6455 section 7.4).

The codes with a name are in `close_table`, the ranges between them in `close_ranges`, those of subprotocols and
services in `dialects`; here is the way from a number or a name to the facts. The tables are loaded when first asked,
so that importing `wsinspect` stays cheap.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from wsinspect.close_explanation import CloseExplanation, Kind, Reconnect
from wsinspect.errors import nearest

__all__ = [
    "CloseExplanation",
    "Kind",
    "Reconnect",
    "Tongue",
    "code_in",
    "code_of",
    "dialect_of",
    "explain_close",
    "names",
    "nearest_code",
]

HIGHEST = 0xFFFF
"""A close code is two bytes, so no number above can be one."""

RANGE = range(1000, 5000)
"""Close codes that have a use (RFC 6455 section 7.4.2): no other comes in a frame that is right."""


def explain_close(code: int, *, dialect: str | None = None, own: Mapping[int, str] | None = None) -> CloseExplanation:
    """Return all that is known of a close code.

    Args:
        code: any number from 0 to 65535.
        dialect: a name from `dialects.DIALECTS`, or, where ``own`` is given, the name of the user's own table.
        own: the user's own codes with a short text each; they outrank the dialect.

    Raises:
        ValueError: the code is outside 0 to 65535, or the dialect is not known.

    Example:
        >>> explain_close(1012).reconnect
        'random_5_30'
    """
    if not 0 <= code <= HIGHEST:
        raise ValueError(f"{code} is not a close code: the code is two bytes, so 0 to 65535")
    from wsinspect.close_table import ROWS

    plain = ROWS.get(code) or _from_range(code)
    if dialect is not None:
        from wsinspect.dialects import DIALECTS, retold

        if dialect in DIALECTS:
            plain = retold(plain, dialect)
        elif own is None:
            raise ValueError(f"no dialect is called {dialect!r}: there are {', '.join(DIALECTS)}")
    if own is not None and code in own:
        text = own[code]
        plain = plain._replace(summary=text, meaning=text, source="your configuration file", dialect=dialect or "own")
        # What holds for any private code would only tell the user to look up what is now said.
        return plain if plain.name else plain._replace(causes=(), checks=())
    return plain


class Tongue(NamedTuple):
    """In which dialect codes are read: one of ours, a table of the user's, both, or None for neither."""

    dialect: str | None = None
    own: Mapping[int, str] | None = None

    def explain(self, code: int) -> CloseExplanation:
        """Return all that is known of a close code, as `explain_close` does."""
        return explain_close(code, dialect=self.dialect, own=self.own)


PLAIN_TONGUE = Tongue()


def dialect_of(subprotocol: str | None, own: Collection[str] = ()) -> str | None:
    """Return the dialect that a negotiated subprotocol selects, or None.

    ``own`` are the names of the user's own tables; one that is named like the subprotocol comes first.
    """
    if not subprotocol:
        return None
    if subprotocol in own:
        return subprotocol
    from wsinspect.dialects import SUBPROTOCOLS

    return SUBPROTOCOLS.get(subprotocol)


def code_of(name: str, *, dialect: str | None = None) -> int | None:
    """Return the code of a name in any spelling, or None.

    Case, spaces and punctuation do not matter. Our names and IANA's are known, those of the dialect if it is one of
    `dialects.DIALECTS`, and the spellings of other libraries (``CloseGoingAway``, ``WS_1011_INTERNAL_ERROR``).
    """
    wanted = _bare(name)
    return names(dialect).get(wanted) or _ALIASES.get(wanted)


def code_in(word: str, *, dialect: str | None = None) -> int | None:
    """Return the code that a word is, a number (of any size) or a name as `code_of` knows them; or None."""
    return int(word[:9]) if word.isascii() and word.isdigit() else code_of(word, dialect=dialect)


def nearest_code(word: str, *, dialect: str | None = None) -> int | None:
    """Return the code whose name was probably meant; None if no name is near."""
    known = names(dialect)
    near = nearest("".join(filter(str.isalnum, word.lower())), known)
    return None if near is None else known[near]


def names(dialect: str | None = None) -> dict[str, int]:
    """Return the names that `code_of` knows, as lower-case letters and digits only, with their codes."""
    from wsinspect.close_table import ROWS

    found = {_bare(name): known.code for known in ROWS.values() for name in (known.name, known.iana)}
    if dialect is not None:
        from wsinspect.dialects import DIALECTS

        if dialect in DIALECTS:
            found |= {_bare(note.name): code for code, note in DIALECTS[dialect].notes.items() if note.name}
    return found


_ALIASES = {
    "normal": 1000,
    "normalclose": 1000,
    "unsupported": 1003,
    "nostatus": 1005,
    "nostatusreceived": 1005,
    "nocode": 1005,
    "abnormal": 1006,
    "invalidpayload": 1007,
    "invalidpayloaddata": 1007,
    "invalidframepayload": 1007,
    "inconsistentdata": 1007,
    "policy": 1008,
    "policyerror": 1008,
    "toobig": 1009,
    "toolarge": 1009,
    "messagetoolarge": 1009,
    "mandatoryextension": 1010,
    "extensionrequired": 1010,
    "internalservererror": 1011,
    "servererror": 1011,
    "unexpectedcondition": 1011,
    "restart": 1012,
    "tls": 1015,
    "tlshandshakefail": 1015,
    "tlshandshakefailed": 1015,
}


def _bare(name: str) -> str:
    bare = "".join(character for character in name.lower() if character.isalnum())
    for prefix in ("ws", "status", "closecode", "close"):
        bare = bare.removeprefix(prefix)
    return bare.lstrip("0123456789") or bare


def _from_range(code: int) -> CloseExplanation:
    from wsinspect.close_ranges import SPANS
    from wsinspect.close_table import ROWS

    known = next(span.row for span in SPANS if span.first <= code <= span.last)
    causes = known.causes
    swapped = ROWS.get((code & 0xFF) << 8 | code >> 8)
    if known.kind == "invalid" and swapped:
        causes = (f"the two bytes in the wrong order: swapped, they are {swapped.code} {swapped.name}", *causes)
    return known._replace(code=code, causes=causes)
