"""Expressions of a check: `wsinspect.filters.expression` with variables put in, and what they looked at in a message.

What a variable brings is always a value, never a part of the language: outside quotes it is a literal, inside quotes
text. A mistake is shown in the text that the user wrote. Knows no step.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from wsinspect.checks.assertions.excerpts import json_excerpt
from wsinspect.checks.variables import Scope, filled, filled_text, parts, references, text_of
from wsinspect.errors import InspectError
from wsinspect.filters.expression import Expression, expression
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import Subject
from wsinspect.filters.tokens import CLOSES, OPENS, Token, tokens_of

WIDE = 100
MOST_READ = 10

_REFERENCE = r"\$\{[^{}]*\}"
_PIECE = re.compile(
    rf"""\$\$\{{|{_REFERENCE}"""
    rf"""|'(?:{_REFERENCE}|[^'\\]|\\.)*+'|"(?:{_REFERENCE}|[^"\\]|\\.)*+"|`(?:{_REFERENCE}|[^`\\]|\\.)*+`""",
    re.DOTALL,
)
_QUOTES = re.compile(r'\\.|(")', re.DOTALL)
_PLACEHOLDER = "`0`"


def compiled(template: str, scope: Scope) -> Expression:
    """Compile an expression with its variables; raises `InspectError`, a `Misplaced` where the place can be told."""
    if not isinstance(template, str):
        raise InspectError("an expression is a text", hint="for example: where = \"op == 'pong'\"")
    if not references(template) and "$${" not in template:
        return expression(template)
    text = _PIECE.sub(lambda match: _filled(match[0], scope), template)
    try:
        return expression(text)
    except Misplaced as error:
        raise _as_written(template, error) from None


def readings(text: str, subject: Subject) -> tuple[str, ...]:
    """Return what a compiled expression's paths and terms are in a message, a line each, beginning with a space."""
    found = []
    for path in list(dict.fromkeys(_paths(tokens_of(text))))[:MOST_READ]:
        found.append(f"  {path}: {json_excerpt(expression(path).value(subject), WIDE)}")
    return tuple(found)


def strings_needed(text: str) -> Iterator[str]:
    """Yield the strings that parts of the payload must be equal to for a compiled expression to be true."""
    tokens = tokens_of(text)
    depth = 0
    parts_of_and: list[list[Token]] = [[]]
    for token in tokens:
        depth += token.marks(OPENS) - token.marks(CLOSES)
        if depth == 0 and token.marks(("||", "|")):
            return
        if depth == 0 and token.marks(("&&",)):
            parts_of_and.append([])
        else:
            parts_of_and[-1].append(token)
    for part in parts_of_and:
        at = next((index for index, token in enumerate(part) if token.marks(("==",))), 0)
        for path, other in ((part[:at], part[at + 1 :]), (part[at + 1 :], part[:at])):
            if path and all(map(_is_of_path, path)) and len(other) == 1:
                yield from _string(other[0])


def _is_of_path(token: Token) -> bool:
    return token.kind in ("name", "quoted") or token.marks((".",)) or (token.kind == "index" and ":" not in token.text)


def _string(token: Token) -> Iterator[str]:
    if token.kind == "string":
        yield token.text[1:-1]
    elif token.kind == "literal":
        value = json.loads(token.text[1:-1].replace("\\`", "`"))
        if isinstance(value, str):
            yield value


def _filled(piece: str, scope: Scope) -> str:
    if piece == "$${" or "${" not in piece:
        return piece
    if piece[0] == "'":
        # A raw string cannot hold a backslash at its end.
        return _literal(filled_text(piece[1:-1].replace("\\'", "'"), scope, text_of))
    if piece[0] == '"':
        return filled_text(piece, scope, lambda value: json.dumps(text_of(value))[1:-1])
    if piece[0] == "`":
        return _filled_literal(piece, scope)
    return filled_text(piece, scope, _literal)


def _filled_literal(piece: str, scope: Scope) -> str:
    """Fill JSON in backticks, where a variable may stand for a value, or within a string."""
    made = ""
    in_string = False
    for part in parts(piece):
        if isinstance(part, str):
            made += part
            in_string ^= sum(map(bool, _QUOTES.findall(part))) % 2 == 1
        else:
            value = filled(f"${{{part.text}}}", scope)
            made += _text(value) if in_string else _json(value)
    return made


def _json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False).replace("`", "\\u0060")
    except (TypeError, ValueError, RecursionError):
        raise InspectError("the value of a variable is no JSON, so that no expression can hold it") from None


def _text(value: Any) -> str:
    return _json(text_of(value))[1:-1]


def _literal(value: Any) -> str:
    return f"`{_json(value)}`"


def _as_written(template: str, error: Misplaced) -> Misplaced:
    """Return an error in a filled expression as one in its template, without what the variables brought."""
    sketch = _PIECE.sub(lambda match: _sketched(match[0]), template)
    try:
        expression(sketch)
    except Misplaced as fault:
        written = template[fault.column :]
        reference = re.match(_REFERENCE, written)
        message = fault.message.replace(_PLACEHOLDER, reference[0]) if reference else fault.message
        return Misplaced(message, template, fault.column, hint=fault.hint)
    # It is what a variable brought that cannot stand there.
    return Misplaced(error.message, template, template.index("${"), hint=error.hint)


def _sketched(piece: str) -> str:
    """Return a piece of the same length, with a number in place of a reference that stands for a value."""
    if piece == "$${" or "${" not in piece or piece[0] in "'\"":
        return piece
    if piece[0] == "`":
        return re.sub(_REFERENCE, lambda match: "0".ljust(len(match[0])), piece)
    return _PLACEHOLDER.ljust(len(piece))


def _paths(tokens: list[Token]) -> list[str]:
    """Return the paths from the payload's root, and the meta terms, that stand outside brackets and pipes."""
    found: list[str] = []
    depth, index = 0, 0
    while index < len(tokens):
        token = tokens[index]
        if token.marks(("|",)):
            return found  # from here on, the root is another
        if token.marks(("[", "[?", "{")):
            depth += 1
        elif token.marks(("]", "}")):
            depth -= 1
        end = index + 1
        if depth == 0 and token.kind in ("name", "quoted", "meta") and not _is_called(tokens, end):
            while end < len(tokens) and tokens[end].kind != "meta" and _goes_on(tokens, end):
                end += 1
            if not (index and tokens[index - 1].marks((".", "&"))):
                found.append("".join(part.text for part in tokens[index:end]))
        index = end
    return found


def _is_called(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].marks(("(",))


def _goes_on(tokens: list[Token], index: int) -> bool:
    """Tell whether the path goes on with this token: a dot before a name, a name behind one, or an index."""
    token = tokens[index]
    if token.marks((".",)):
        after = index + 1
        return after < len(tokens) and tokens[after].kind in ("name", "quoted") and not _is_called(tokens, after + 1)
    if token.kind in ("name", "quoted"):
        return tokens[index - 1].marks((".",))
    return token.kind == "index" and ":" not in token.text
