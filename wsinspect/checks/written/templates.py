"""Recorded values as a check expects or sends them again: literal, as a pattern, or as a reference to a variable.

Knows no message and no file; `volatile` guesses, `echoes` knows what came back.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wsinspect.checks.written.echoes import Echoes, Scalar, Steps, unused, variable_of
from wsinspect.checks.written.volatile import INTEGER, NUMBER, STRING, guessed, plain, within
from wsinspect.redact import HIDDEN, SECRET_NAMES, is_secret_name

MOST_ELEMENTS = 8
"""Of a list with more elements, or of several lists of unequal length, only is told that it is one."""

DEEPEST = 20
"""Values further within each other are told by their kind."""

EXACT = 2**63
"""Whole numbers from here on are no TOML."""

LEAST_PART = 4
"""Characters of a value that is replaced where it stands within a text."""

KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "list"),
    (dict, "object"),
    (type(None), "null"),
)
"""Kinds of patterns by type, in this order: to Python, true is a whole number."""


class Templates:
    """Makes templates of values; references that are known so far are used in them."""

    def __init__(self, echoes: Echoes, counting: Mapping[Any, frozenset[Steps]]) -> None:
        self._echoes = echoes
        self._counting = counting
        self._known: dict[tuple[bool, Scalar], str] = {}
        self._names: set[str] = set()
        self.secrets: list[str] = []
        """Names of the secrets that stand in what is sent."""

    def learn(self, variable: str, value: Scalar) -> None:
        """From now on, ``${variable}`` stands for a value."""
        self._known[isinstance(value, str), value] = f"${{{variable}}}"

    # What we send.

    def sent(self, value: Any, steps: Steps = ()) -> Any:
        """Return the template of a JSON value that is sent."""
        if isinstance(value, dict):
            return {name: self.sent(inner, (*steps, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.sent(inner, (*steps, index)) for index, inner in enumerate(value)]
        if value is None:
            return "${null}"
        known = self._reference(value)
        if known is None and isinstance(value, str):
            return self._secret(value, steps) or self.within(value)
        return value if known is None else known

    def within(self, text: str) -> str:
        """Return the template of a text, of which parts are known."""
        template = []
        for part, reference in self._parts(text):
            template.append(reference or escaped(part))
        return "".join(template)

    def _secret(self, value: str, steps: Steps) -> str | None:
        """Return a reference where a value is secret by its name, or was hidden: checks are handed on."""
        name = next((step for step in reversed(steps) if isinstance(step, str)), "")
        if value != HIDDEN and (not value or not is_secret_name(name) or name.lower() in SECRET_NAMES):
            return None
        variable = unused(variable_of(steps), self._names)
        self.secrets.append(variable)
        self.learn(f"secret:{variable}", value)
        return f"${{secret:{variable}}}"

    # What we expect.

    def expected(self, values: Sequence[Any], wall: float, kind: Any = None, steps: Steps = (), name: str = "") -> Any:
        """Return one template for all of several values that stood at the same place in messages of one kind."""
        first = values[0]
        if len(steps) >= DEEPEST:
            return kinds(values)
        if all(isinstance(value, dict) for value in values):
            return {
                key: self.expected([value[key] for value in values], wall, kind, (*steps, key), key)
                for key in first
                if all(key in value for value in values)
            }
        if all(isinstance(value, list) and len(value) == len(first) <= MOST_ELEMENTS for value in values):
            return [
                self.expected([value[index] for value in values], wall, kind, (*steps, index), name)
                for index in range(len(first))
            ]
        if isinstance(first, dict | list):
            return kinds(values)
        if steps in self._counting.get(kind, ()):
            return INTEGER
        templates = [self._scalar(value, name, wall) for value in values]
        if all(_same(template, templates[0]) for template in templates):
            return templates[0]
        return kinds(values)

    def text(self, text: str, wall: float) -> tuple[str, str]:
        """Return the assertion for a text message, and its value."""
        pattern = within(text, wall, self._stays)
        if pattern is None:
            return "text", self.within(text)
        pieces = []
        for part, reference in self._parts(text):
            # What a reference brings is escaped where it is filled in.
            pieces.append(reference or (within(part, wall, self._stays) or f"^{plain(part)}$")[1:-1])
        return "regex", f"^{''.join(pieces)}$"

    def pattern(self, text: str, wall: float) -> str:
        """Return a regular expression for a text where no variable that is saved can stand."""
        pieces = []
        for part, reference in self._parts(text):
            pieces.append(r"\S+" if reference else (within(part, wall, self._stays) or f"^{plain(part)}$")[1:-1])
        return f"^{''.join(pieces)}$"

    def _scalar(self, value: Any, name: str, wall: float) -> Any:
        if value is None:
            return "${null}"
        if isinstance(value, bool):
            return value
        known = self._reference(value)
        if known is not None:
            return known
        stays = self._echoes.was_sent(value)
        if isinstance(value, str):
            pattern = None if stays else guessed(name, value, wall)
            if value == HIDDEN:
                pattern = STRING
            if pattern is None and not stays:
                changing = within(value, wall, self._stays)
                pattern = changing and f"${{match:{changing}}}"
            return pattern or self.within(value)
        pattern = None if stays else guessed(name, value, wall)
        if pattern is None and not _is_toml(value):
            pattern = NUMBER
        return pattern or value

    def _stays(self, part: str) -> bool:
        return self._echoes.was_sent(part)

    # References.

    def _reference(self, value: Any) -> str | None:
        return self._known.get((isinstance(value, str), value)) if not isinstance(value, bool) else None

    def _parts(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield the parts of a text, each with the reference that stands for it, or an empty string."""
        known = {
            value: reference
            for (is_text, value), reference in self._known.items()
            if is_text and isinstance(value, str) and len(value) >= LEAST_PART and value in text
        }
        if not known:
            yield text, ""
            return
        longest = sorted(known, key=len, reverse=True)
        # A whole word, or several: within one it would be chance.
        words = rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest))})(?![^\W_])"
        for part in re.split(f"({words})", text):
            if part:
                yield part, known.get(part, "")


def escaped(text: str) -> str:
    """Return a text in which nothing is a reference."""
    return text.replace("${", "$${")


def is_faithful(value: Any, depth: int = 0) -> bool:
    """Tell whether a JSON value, read and written again, is still the same in TOML."""
    if depth > DEEPEST:
        return False
    if isinstance(value, dict):
        return all(is_faithful(inner, depth + 1) for inner in value.values())
    if isinstance(value, list):
        return all(is_faithful(inner, depth + 1) for inner in value)
    return not isinstance(value, int | float) or _is_toml(value)


def _is_toml(value: int | float) -> bool:
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor NaN
    return -EXACT <= value < EXACT


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def kinds(values: Sequence[Any]) -> str:
    """Return the pattern for values of one kind or of several."""
    found = {next(kind for type, kind in KINDS if isinstance(value, type)) for value in values}
    if "number" in found:
        found.discard("integer")
    return f"${{any:{'|'.join(sorted(found))}}}" if len(found) <= 3 else "${any}"
