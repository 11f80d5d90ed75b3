"""A check file while it is read: where things stand in it, and the mistakes that are found. Knows no key of the format.

Reading goes on behind a mistake, so that all are told at once. A mistake that only some cases have names one of them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from wsinspect.checks.plan import Place
from wsinspect.errors import InspectError, Mistakes, shortened
from wsinspect.redact import without
from wsinspect.toml_places import Path, key_lines

MOST_TOLD = 10
"""So many mistakes of a file are told."""


class Mistake(InspectError):
    """A mistake in a file: ``keys`` is what is wrong, ``words`` say it without the place."""

    def __init__(self, error: InspectError, place: Place, label: str) -> None:
        said = f"{label}: {error.message}" if label else error.message
        super().__init__(f"{place}: {said}", hint=error.hint, exit=error.exit, excerpt=error.excerpt)
        self.place = place
        self.words = error.message


class Page:
    """A file's path as the user named it, its text, and the mistakes so far; ``secrets`` never stand in one.

    ``case`` is the row of cases that is being read, ``case_told`` its name, of as many as ``cases``.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.folder = os.path.dirname(path)
        self.cases = 1
        self.case = 0
        self.case_told = ""
        self.secrets: set[str] = set()
        self._found: dict[tuple[int | None, str], tuple[Mistake, str, set[int]]] = {}

    def place(self, *keys: str | int) -> Place:
        """Return where a key stands, or the innermost around it that is found."""
        for end in range(len(keys), 0, -1):
            line = self._lines.get(keys[:end])
            if line is not None:
                return Place(self.path, line)
        return Place(self.path, 1)

    def wrong(self, keys: Path, words: str, hint: str = "", excerpt: tuple[str, ...] = ()) -> Mistake:
        """Return the error of what stands at ``keys``."""
        return self.placed(keys, InspectError(words, hint=hint, excerpt=excerpt))

    def placed(self, keys: Path, error: InspectError) -> Mistake:
        """Return an error with the place of ``keys``; one that has a place keeps it."""
        return error if isinstance(error, Mistake) else Mistake(error, self.place(*keys), label(keys))

    def told(self, error: InspectError) -> Mistake:
        """Return an error whose sentence begins with its place, told by another reader of the same file."""
        place, _, words = error.message.removeprefix(self.path).partition(": ")
        line = place.removeprefix(":")
        inner = InspectError(words, hint=error.hint, exit=error.exit, excerpt=error.excerpt)
        return Mistake(inner, Place(self.path, int(line) if line.isdigit() else 1), "")

    @contextmanager
    def kept(self, *keys: str | int) -> Iterator[None]:
        """Keep the error that is raised inside, if any, and go on."""
        try:
            yield
        except InspectError as error:
            self.keep(self.placed(keys, error))

    def keep(self, mistake: Mistake) -> None:
        """Keep a mistake, and go on."""
        known = self._found.setdefault((mistake.place.line, mistake.words), (mistake, self.case_told, set()))
        known[2].add(self.case)

    def finish(self) -> None:
        """Raise `Mistakes` if there were some, in their order in the file."""
        found = sorted(self._found.values(), key=lambda known: known[0].place.line or 0)
        if not found:
            return
        told = [self._told(*known) for known in found]
        more = len(told) - MOST_TOLD
        if more > 1:
            told[MOST_TOLD:] = [InspectError(f"{self.path}: there are {more} mistakes more")]
        raise Mistakes(told)

    def _told(self, mistake: Mistake, case: str, cases: set[int]) -> InspectError:
        # A mistake in every case is the file's, whatever the variables.
        extra = f" (in the case `{shortened(case)}`)" if case and len(cases) < self.cases else ""
        return InspectError(
            without(mistake.message + extra, self.secrets),
            hint=without(mistake.hint, self.secrets),
            excerpt=tuple(without(line, self.secrets) for line in mistake.excerpt),
        )

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return key_lines(self.text)


def label(keys: Path) -> str:
    """Return what a part of a file is called in front of an error."""
    match keys:
        case ("steps", int(index), *_):
            return f"step {index + 1}"
        case ("cases", int(index), *_):
            return f"case {index + 1}"
        case ("connections", str(name), *_):
            return f"connection `{shortened(name)}`"
    return ""


def strings_in(value: Any, keys: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the strings in a value, at any depth of lists and tables, with the way to each."""
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from strings_in(inner, (*keys, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings_in(inner, (*keys, index))
