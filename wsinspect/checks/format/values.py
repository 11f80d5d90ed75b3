"""The variables of one check while its file is read: what each is, what is secret, and what may be shown.

A row of cases outranks what is given on the command line, and that the file's [variables]. What comes from elsewhere,
the environment or a file, is fetched when it is first referred to. Knows no key of the format.
"""

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from wsinspect.checks.format.page import Page, strings_in
from wsinspect.checks.format.plain import flaws
from wsinspect.checks.variables import (
    NULL,
    RESERVED,
    filled,
    filled_text,
    is_name,
    pattern_in,
    references,
    text_of,
    unknown,
    without_null,
)
from wsinspect.errors import InspectError, shortened
from wsinspect.json_faults import NotJson, json_value
from wsinspect.toml_places import Path

DEEPEST = 20
"""So many variables may refer to each other in a row."""

NO_PATTERNS: frozenset[str] = frozenset()
NOTHING: Mapping[str, Any] = {}


class Sources(NamedTuple):
    """Where references lead: the environment, and how a file is read, which raises `InspectError`."""

    environment: Mapping[str, str]
    read: Callable[[str], bytes]


class Fetched:
    """What comes from outside the file: each fetched once. ``given`` are the variables of the command line."""

    def __init__(self, page: Page, given: Mapping[str, Any], sources: Sources) -> None:
        self.given = given
        self._page = page
        self._sources = sources
        self._texts: dict[str, str] = {}
        self._documents: dict[str, Any] = {}

    def text(self, reference: str) -> str:
        """Return what a reference with a colon stands for; raises `InspectError`."""
        if reference not in self._texts:
            kind, _, name = reference.partition(":")
            self._texts[reference] = _FETCHERS[kind](self, name)
        return self._texts[reference]

    def bytes_of(self, path: str) -> bytes:
        """Return what a file holds, its path beginning at the check's folder; raises `InspectError`."""
        return self._sources.read(os.path.join(self._page.folder, os.path.expanduser(path)))

    def json_of(self, path: str) -> Any:
        """Return the JSON value that a file holds; raises `InspectError`."""
        if path not in self._documents:
            self._documents[path] = _as_json(self.bytes_of(path), path)
        return self._documents[path]

    def _env(self, name: str) -> str:
        value = self._sources.environment.get(name)
        if value is None:
            raise InspectError(
                f"the environment has no variable `{shortened(name)}`",
                hint=f"set it:  {shortened(name)}=... wsinspect check",
            )
        return _as_text(value, f"the variable `{shortened(name)}` of the environment")

    def _file(self, path: str) -> str:
        try:
            text = self.bytes_of(path).decode()
        except UnicodeDecodeError:
            hint = "to send bytes:  send = { file = ... }"
            raise InspectError(f"the file `{shortened(path)}` is not UTF-8", hint=hint) from None
        return text.removesuffix("\n").removesuffix("\r")

    def _secret(self, name: str) -> str:
        value = self.given.get(name, self._sources.environment.get(name))
        hint = f"set it in the environment, or with --var {shortened(name)}=..."
        if value is None:
            raise InspectError(f"there is no secret `{shortened(name)}`", hint=hint)
        if isinstance(value, dict | list):
            raise InspectError(f"the secret `{shortened(name)}` is no text", hint=hint)
        if value == "":
            # CI services give an unset secret as an empty text, also to checks of a fork.
            raise InspectError(f"the secret `{shortened(name)}` is empty", hint=hint)
        return _as_text(text_of(value), f"the secret `{shortened(name)}`")


_FETCHERS: dict[str, Callable[[Fetched, str], str]] = {
    "env": Fetched._env,
    "file": Fetched._file,
    "secret": Fetched._secret,
}


def _as_text(value: str, what: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InspectError(f"{what} is not UTF-8") from None
    return value


def _as_json(data: bytes, path: str) -> Any:
    what = f"the file `{shortened(path)}`"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise InspectError(f"{what} is not UTF-8") from None
    try:
        value = json_value(text)
    except NotJson as fault:
        raise InspectError(f"{what} is not JSON: {fault}") from None
    for _, error in flaws(value):
        raise InspectError(f"{what}: {error.message}")
    return value


class Values:
    """The variables of one check.

    ``known`` maps references to values, as far as they are fetched; ``secrets`` are texts that are hidden in all that
    is told, ``guarded`` the references that bring one; ``shown`` are variables that stand in the file for all to see.
    ``savers`` tell which step saves a name.
    """

    def __init__(
        self,
        page: Page,
        fetched: Fetched,
        variables: Mapping[str, Any],
        case: Mapping[str, Any] = NOTHING,
        savers: Mapping[str, int] = NOTHING,
    ) -> None:
        self.known: dict[str, Any] = {}
        self.secrets: set[str] = set()
        self.guarded: set[str] = set()
        self.shown: dict[str, Any] = {}
        self._page = page
        self._fetched = fetched
        self._savers = savers
        self._templates: dict[str, tuple[Any, Path]] = {}
        self._failed: dict[str, InspectError] = {}
        for name, value in variables.items():
            if name not in fetched.given:
                self._templates[name] = value, ("variables", name)
        for name, value in case.items():
            self._templates[name] = value, ("cases", page.case, name)
        self.known |= {name: value for name, value in fetched.given.items() if name not in self._templates}
        for name, (_, keys) in self._templates.items():
            with page.kept(*keys):
                self._resolve(name, ())

    def now(self, value: Any, keys: Path) -> Any:
        """Return a value filled with what is known before the check runs.

        Raises:
            InspectError: it refers to what is not known, or only later.
        """
        self.late(value, keys, ())
        return filled(value, self.known)

    def now_text(self, value: Any, keys: Path, *, pattern: bool = False) -> Any:
        """Return the same of a text, which stays one; what is filled into a ``pattern`` is escaped."""
        if not isinstance(value, str):
            return value
        self.late(value, keys, ())
        return filled_text(value, self.known, _escaped if pattern else text_of)

    def late(
        self, value: Any, keys: Path, saved: Collection[str], *, patterns: Collection[str] = NO_PATTERNS
    ) -> frozenset[str]:
        """See that a value can be filled when it is used; return the names in it that are ``saved`` by then.

        Raises:
            InspectError: it refers to what there is not, or holds a pattern that is not among ``patterns``.
        """
        found: set[str] = set()
        for inner, text in strings_in(value):
            try:
                found |= self._looked_at(text, saved, patterns)
            except InspectError as error:
                raise self._page.placed((*keys, *inner), error) from None
        return frozenset(found)

    def check_open(self, value: Any, keys: Path) -> None:
        """Raise `InspectError` where a secret is in a value that is told: a name, or a path."""
        if not self.guarded.isdisjoint(references(value)):
            raise self._page.wrong(keys, "a secret cannot stand here, where all can see it")

    def bytes_of(self, path: str) -> bytes:
        """Return what a file holds, see `Fetched`."""
        return self._fetched.bytes_of(path)

    def json_of(self, path: str) -> Any:
        """Return the JSON value that a file holds, see `Fetched`."""
        return self._fetched.json_of(path)

    def hides(self, value: Any) -> bool:
        """Tell whether a value brings what the file does not show, so that no error may repeat it."""
        return not references(value) <= self.shown.keys()

    def _looked_at(self, text: str, saved: Collection[str], patterns: Collection[str]) -> set[str]:
        _check_pattern(text, patterns)
        found: set[str] = set()
        for reference in references(text):
            if reference in saved:
                found.add(reference)
            elif ":" in reference:
                self._fetch(reference)
            elif reference not in self.known:
                if reference in self._failed:
                    raise self._failed[reference]  # told once, where it is
                if reference in self._savers:
                    raise InspectError(
                        f"`${{{reference}}}` is not known here",
                        hint=f"step {self._savers[reference]} saves it, for what later steps send and expect",
                    )
                raise unknown(reference, {*self.known, *saved})
        return found

    def _fetch(self, reference: str) -> None:
        if reference in self.known:
            return
        text = self._fetched.text(reference)
        self.known[reference] = text
        if reference.startswith("secret:"):
            self.secrets.add(text)
            self._page.secrets.add(text)
            self.guarded.add(reference)

    def _resolve(self, name: str, trail: tuple[str, ...]) -> None:
        """Make a variable known, those that it refers to first."""
        if name in self.known:
            return
        if name in self._failed:
            raise self._failed[name]
        template, keys = self._templates[name]
        try:
            self._make_known(name, template, (*trail, name))
        except InspectError as error:
            self._failed[name] = mistake = self._page.placed(keys, error)
            raise mistake from None

    def _make_known(self, name: str, template: Any, trail: tuple[str, ...]) -> None:
        if name in trail[:-1]:
            raise InspectError(f"the variable `{shortened(name)}` refers to itself")
        if len(trail) > DEEPEST:
            raise InspectError(f"more than {DEEPEST} variables refer to each other in a row")
        if not is_name(name):
            raise no_name(name)
        found: set[str] = set()
        for _, text in strings_in(template):
            _check_pattern(text, {NULL})
            found |= references(text)
        for reference in sorted(found):
            if ":" in reference:
                self._fetch(reference)
            elif reference in self._templates:
                self._resolve(reference, trail)
            elif reference not in self.known:
                raise unknown(reference, {*self.known, *self._templates})
        self.known[name] = filled(without_null(template), self.known)
        if found <= self.shown.keys():
            self.shown[name] = self.known[name]
        if not found.isdisjoint(self.guarded):
            self.guarded.add(name)


def no_name(name: str) -> InspectError:
    """Return the error for a name that no variable can have."""
    if name in RESERVED:
        return InspectError(f"no variable can be called `{name}`", hint=f"`${{{name}...}}` means something of its own")
    return InspectError(
        f"`{shortened(name)}` cannot be the name of a variable",
        hint="write letters, digits, - and _, and no digit first",
    )


def _escaped(value: Any) -> str:
    return re.escape(text_of(value))


def _check_pattern(text: str, allowed: Collection[str]) -> None:
    pattern = pattern_in(text)
    if pattern is not None and pattern.name not in allowed:
        raise InspectError(
            f"`${{{pattern.name}}}` is a pattern, which cannot stand here",
            hint="patterns are for values in `json` and `partial` of `expect` and `reject`",
        )
