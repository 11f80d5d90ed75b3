"""A netrc file as curl reads it: names and passwords by host. Knows no file system.

Our own reading, since Python's keeps but one entry a host, and repeats in its errors what it stumbles over.
"""

import re
from collections.abc import Iterator

from wsinspect.credentials import Logins
from wsinspect.errors import InspectError

WORD = re.compile(r'"((?:[^"\\\n]|\\.)*)"|([^\s"]\S*)|("|\Z)', re.DOTALL)
BLANK = re.compile(r"\s*")
MACRO_END = re.compile(r"\n[ \t]*\r?\n|\Z")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}

KEYS = {"login": 0, "user": 0, "password": 1}
OTHERS = ("account", "port", "protocol")
"""Keys whose values say nothing to us."""

EXAMPLE = "an entry is written:  machine HOST login NAME password PASSWORD"


def parse_netrc(text: str, place: str) -> Logins:
    """Make logins of a file's text; of a host with several, the first counts, unless a URL names another.

    Raises:
        InspectError: with ``place`` and line, where it is no netrc file; never with what stands there.
    """
    logins: dict[str, tuple[str, str]] = {}
    for host, login in _Reader(text, place).entries():
        logins.setdefault(host, login)
        logins.setdefault(f"{login[0]}@{host}", login)
    return logins


class _Reader:
    """A file's words, from the first to the last."""

    def __init__(self, text: str, place: str) -> None:
        self._text = text
        self._place = place
        self._at = 0

    def entries(self) -> Iterator[tuple[str, tuple[str, str]]]:
        host: str | None = None
        login = ["", ""]
        while (key := self._key()) is not None:
            if key in ("machine", "default"):
                if host is not None:
                    yield host, (login[0], login[1])
                host, login = self._value().lower() if key == "machine" else "", ["", ""]
            elif key == "macdef":
                self._at = MACRO_END.search(self._text, self._at).end()  # type: ignore[union-attr]
            elif key in KEYS and host is not None:
                login[KEYS[key]] = self._value()
            elif key in OTHERS and host is not None:
                self._value()
            else:
                raise self._wrong()
        if host is not None:
            yield host, (login[0], login[1])

    def _key(self) -> str | None:
        """Return the next key, None at the end; what follows a # in its place does not count."""
        while True:
            word = self._word()
            if word is None or not word.startswith("#"):
                return word
            end = self._text.find("\n", self._began)
            self._at = len(self._text) if end < 0 else end

    def _value(self) -> str:
        word = self._word()
        if word is None:
            raise self._wrong()
        return word

    def _word(self) -> str | None:
        self._began = BLANK.match(self._text, self._at).end()  # type: ignore[union-attr]
        match = WORD.match(self._text, self._began)
        if match is None or match[3] == '"':
            raise self._wrong()
        self._at = match.end()
        if match[1] is not None:
            return re.sub(r"\\(.)", lambda escape: ESCAPES.get(escape[1], escape[1]), match[1], flags=re.DOTALL)
        return match[2]

    def _wrong(self) -> InspectError:
        line = self._text.count("\n", 0, self._began) + 1
        return InspectError(f"{self._place}:{line}: this is no netrc file", hint=EXAMPLE)
