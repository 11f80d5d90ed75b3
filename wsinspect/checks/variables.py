"""Templates: ``${NAME}`` in the texts of a check, and how they are filled. Knows no file, no environment and no step.

A *scope* maps the text of a reference to its value: ``NAME``, ``env:HOME``, ``file:payload.bin``, ``secret:API_TOKEN``.
``$${`` stands for the characters ``${``. A text that is one reference and nothing else becomes the value itself, a
number or a table, too. Patterns (``${any:uuid}``, ``${match:REGEX}``, ``${null}``) refer to nothing and stay as they
are; each is a whole text. What a value brings is never looked at for further references.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from wsinspect.errors import InspectError, nearest, shortened

Scope: TypeAlias = Mapping[str, Any]
"""From the text of a reference to its value."""

SOURCES = {
    "env": "a variable of the environment",
    "file": "what a file holds, without its last newline",
    "secret": "a secret, which is masked in all that is told",
}
"""What stands in front of a colon in a reference, and what it then refers to."""

NULL = "null"
PATTERNS = ("any", "match", NULL)
"""What a text in `json` and `partial` can be instead of a value."""

RESERVED = frozenset({*SOURCES, *PATTERNS})
"""Names that no variable can have."""

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
EXAMPLE = "write ${NAME}, ${env:NAME}, ${file:PATH} or ${secret:NAME}; $${ stands for the characters ${"

_NAME = re.compile(NAME, re.ASCII)
_REFERENCE = re.compile(rf"\$\$\{{|\$\{{((?:{'|'.join(SOURCES)}):[^{{}}]+|{NAME})\}}|\$\{{", re.ASCII)
_WHOLE = re.compile(rf"\$\{{((?:{'|'.join(SOURCES)}):[^{{}}]+|{NAME})\}}", re.ASCII)
_PATTERN = re.compile(r"\$\{(?:(null|any)|(any):([^{}]*)|(match):((?:(?!\$\{).)*))\}", re.DOTALL)


class Pattern(NamedTuple):
    """A pattern: one of `PATTERNS`, and what stands behind its colon, empty where there is none."""

    name: str
    argument: str


class Reference(NamedTuple):
    """A reference, by its text between the braces."""

    text: str


def is_name(text: str) -> bool:
    """Tell whether a variable can have this name."""
    return text not in RESERVED and _NAME.fullmatch(text) is not None


def pattern_in(text: str) -> Pattern | None:
    """Return the pattern that the whole of a text is, or None; one that is escaped (``$${any}``) is none."""
    if not text.startswith("${"):
        return None
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    return Pattern(match[1] or match[2] or match[4], match[3] or match[5] or "")


def parts(text: str) -> Iterator[str | Reference]:
    """Yield a text's literal parts and its references, in order; raises `InspectError` on what is no reference."""
    end = 0
    for match in _REFERENCE.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        end = match.end()
        reference = match[1]
        if match[0] == "$${":
            yield "${"
        elif reference is None:
            raise _malformed(text[match.start() :])
        elif reference in RESERVED:
            raise _misused(reference)
        else:
            yield Reference(reference)
    if end < len(text):
        yield text[end:]


def references(value: Any) -> frozenset[str]:
    """Return the references in a value, at any depth of lists and tables; raises `InspectError` on a malformed one."""
    found: set[str] = set()
    _collect(value, found)
    return frozenset(found)


def filled(value: Any, scope: Scope) -> Any:
    """Return a value with all its references filled; raises `InspectError` where a name is unknown."""
    if isinstance(value, str):
        if "${" not in value or pattern_in(value) is not None:
            return value
        whole = _WHOLE.fullmatch(value)
        if whole is not None and whole[1] not in RESERVED:
            return _known(whole[1], scope)
        return filled_text(value, scope, text_of)
    if isinstance(value, dict):
        return {key: filled(inner, scope) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, scope) for inner in value]
    return value


def filled_text(text: str, scope: Scope, quote: Callable[[Any], str]) -> str:
    """Return a text with each reference replaced by ``quote`` of its value; patterns are none here."""
    if "${" not in text:
        return text
    return "".join(part if isinstance(part, str) else quote(_known(part.text, scope)) for part in parts(text))


def shown(value: Any, scope: Scope) -> Any:
    """Return a value for a reader: references that ``scope`` knows are filled, all else stays as it is written."""
    if isinstance(value, str):
        whole = _WHOLE.fullmatch(value)
        if whole is not None and whole[1] in scope:
            return scope[whole[1]]
        return _REFERENCE.sub(lambda match: text_of(scope[match[1]]) if match[1] in scope else match[0], value)
    if isinstance(value, dict):
        return {key: shown(inner, scope) for key, inner in value.items()}
    return [shown(inner, scope) for inner in value] if isinstance(value, list) else value


def without_null(value: Any) -> Any:
    """Return a value with null in place of each ``${null}``, which TOML cannot write."""
    if isinstance(value, str):
        pattern = pattern_in(value)
        return None if pattern is not None and pattern.name == NULL else value
    if isinstance(value, dict):
        return {key: without_null(inner) for key, inner in value.items()}
    return [without_null(inner) for inner in value] if isinstance(value, list) else value


def text_of(value: Any) -> str:
    """Return a value as it stands within a text: a string as it is, all else as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def unknown(reference: str, known: Iterable[str]) -> InspectError:
    """Return the error for a reference to what there is not."""
    names = [name for name in known if ":" not in name]
    near = nearest(reference, names)
    if near:
        hint = f"did you mean `${{{near}}}`?"
    elif names:
        hint = f"there are: {', '.join(shortened(name) for name in sorted(names)[:10])}"
    else:
        hint = "set it in [variables], or with --var NAME=VALUE"
    return InspectError(f"no variable is called `{shortened(reference)}`", hint=hint)


def _known(reference: str, scope: Scope) -> Any:
    try:
        return scope[reference]
    except KeyError:
        raise unknown(reference, scope) from None


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, str):
        if "${" in value and pattern_in(value) is None:
            found.update(part.text for part in parts(value) if isinstance(part, Reference))
    elif isinstance(value, dict):
        for inner in value.values():
            _collect(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found)


def _malformed(rest: str) -> InspectError:
    inner, brace, _ = rest[2:].partition("}")
    if not brace:
        return InspectError("a `${` is never closed", hint=EXAMPLE)
    word, colon, _ = inner.partition(":")
    if word in PATTERNS:
        return _misused(word)
    near = nearest(word, (*SOURCES, *PATTERNS)) if colon else None
    hint = f"did you mean `${{{near}:...}}`?" if near else EXAMPLE
    return InspectError(f"`${{{shortened(inner)}}}` is no reference", hint=hint)


def _misused(name: str) -> InspectError:
    if name in SOURCES:
        return InspectError(f"`${{{name}}}` says not which", hint=EXAMPLE)
    return InspectError(
        f"`${{{name}...}}` stands for a whole value, not within a text",
        hint="patterns are for values in `json` and `partial`; elsewhere use `regex` or `where`",
    )
