r"""The words of an expression, each with what it is in plain JMESPath. Knows no order among them.

Ours is JMESPath (https://jmespath.org/specification.html) with a little more: bare numbers, bare ``true``, ``false``
and ``null``, meta terms such as ``:size``, and unquoted names in any script.
"""

import json
import re
from collections.abc import Container
from typing import NamedTuple

from wsinspect.errors import nearest
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import TERMS

MARK = "\0:"
"""What stands in front of a meta term's name in JMESPath: a field that no user can write."""

MOST_DIGITS = 300

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\n\r]+)
    |(?P<name>[^\W\d]\w*)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<string>'(?:[^'\\]|\\.)*')
    |(?P<literal>`(?:[^`\\]|\\.)*`)
    |(?P<index>\[[ \t\n\r]*(?:-?[0-9]+[ \t\n\r]*\]
        |(?:-?[0-9]+)?[ \t\n\r]*(?::[ \t\n\r]*(?:-?[0-9]+)?[ \t\n\r]*){1,2}\]))
    |(?P<mark>\[\?|\[\]|&&|\|\||[=!<>]=|[][(){}.,:*@<>!&|])
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"[^\W\d]\w*")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
CLOSES = {")": "(", "]": "[", "}": "{"}
OPENS = {"(": "(", "[": "[", "[?": "[", "{": "{"}
_WORDS = ("true", "false", "null")

# What people write who think of another language, and what it is called here.
MEANT = {
    "and": "did you mean `&&`?",
    "or": "did you mean `||`?",
    "not": "`not` is written `!( … )`",
    "is": "did you mean `==`?",
    "in": "write contains(['a', 'b'], name)",
    "like": "write contains(name, 'part'), or use --grep",
    "contains": "write contains(name, 'part')",
    "&": "did you mean `&&`?",
}
NO_ARITHMETIC = "there is no arithmetic"
_STRANGE = {
    "=": "did you mean `==`?",
    "~": "for a pattern use --grep, for a part of a string contains(name, 'part')",
    "$": "the payload is the root already: write `op`, not `$.op`",
    "-": f'{NO_ARITHMETIC}; a name with a dash stands in double quotes: "my-name"',
    "+": NO_ARITHMETIC,
    "/": f"{NO_ARITHMETIC}; for a pattern use --grep",
    "%": NO_ARITHMETIC,
    "\\": "a backslash stands in quotes only",
    "#": 'a name with a sign stands in double quotes: "#name"',
    "?": "a filter is written list[?price > 100]",
    ";": "one expression only; combine with `&&` or `||`",
}
_NOTHING = object()
_UNCLOSED = {"'": "string", '"': "name", "`": "literal"}


class Token(NamedTuple):
    """A word: its kind (a group of the pattern, or meta, word, key), where it starts, its text, and it in JMESPath."""

    kind: str
    start: int
    text: str
    plain: str

    def marks(self, texts: Container[str]) -> bool:
        """Tell whether it is one of these marks, and no string or name of that text."""
        return self.kind == "mark" and self.text in texts


def unexpected(text: str, token: Token | None) -> Misplaced:
    """Return the error of a token that cannot stand where it does; None: the expression ends too early."""
    if token is None:
        return Misplaced("the expression ends too early", text, len(text))
    return Misplaced(f"`{brief(token.text)}` cannot stand here", text, token.start, hint=MEANT.get(token.text, ""))


def tokens_of(text: str) -> list[Token]:
    """Split an expression; raises `Misplaced` where it holds what is no word."""
    tokens: list[Token] = []
    opened: list[str] = []
    position = 0
    while position < len(text):
        before = tokens[-1] if tokens else None
        is_key = bool(opened) and opened[-1] == "{" and before is not None and before.marks(("{", ","))
        token = _meta(text, position, before) or _other(text, position, before, is_key)
        position = token.start + len(token.text)
        if token.kind == "space":
            continue
        if is_key and token.kind == "meta":
            raise Misplaced(
                f"`{token.text}` has no name in what is made", text, token.start, hint=f"write {{name: {token.text}}}"
            )
        if token.marks(OPENS):
            opened.append(OPENS[token.text])
        elif token.marks(CLOSES) and opened:
            opened.pop()
        tokens.append(token)
    return tokens


def _meta(text: str, start: int, before: Token | None) -> Token | None:
    """Read a meta term; a colon behind a key of ``{key: value}`` is none."""
    if text[start] != ":" or (before is not None and before.kind == "key"):
        return None
    match = _NAME.match(text, start + 1)
    if match is None:
        return None
    name = match[0]
    if before is not None and before.text == ".":
        raise Misplaced(f"`:{brief(name)}` stands for itself, not for a part of something", text, start)
    if name not in TERMS:
        near = nearest(name.lower(), TERMS)
        known = f"known are: {' '.join(f':{term}' for term in TERMS)}"
        raise Misplaced(
            f"`:{brief(name)}` is no meta term", text, start, hint=f"did you mean `:{near}`?" if near else known
        )
    return Token("meta", start, f":{name}", json.dumps(MARK + name))


def _other(text: str, start: int, before: Token | None, is_key: bool) -> Token:
    match = _TOKEN.match(text, start)
    if match is None:
        raise _strange(text, start)
    kind, word = match.lastgroup or "", match[0]
    if kind == "name":
        after = text[match.end() :].lstrip()[:1]
        if is_key:
            kind = "key"
        elif word in _WORDS and after != "(" and (before is None or before.text != "."):
            return Token("word", start, word, f"`{word}`")
        return Token(kind, start, word, word if word.isascii() else json.dumps(word))
    if kind == "quoted":
        name = _loaded(word)
        if not isinstance(name, str) or name.startswith(MARK):
            raise Misplaced("the name in double quotes is no JSON string", text, start)
        return Token("key" if is_key else kind, start, word, word)
    if kind == "literal" and _loaded(word[1:-1].replace("\\`", "`")) is _NOTHING:
        raise Misplaced(
            "what stands in backticks is no JSON", text, start, hint="a string stands in single quotes: 'x'"
        )
    if kind == "number":
        if not _JSON_NUMBER.fullmatch(word):
            raise Misplaced(f"`{brief(word)}` is no number", text, start, hint="a number does not begin with 0")
        if len(word) > MOST_DIGITS:
            raise Misplaced("the number has too many digits", text, start)
        return Token(kind, start, word, f"`{word}`")
    if kind == "index":
        _check_index(text, start, word)
    return Token(kind, start, word, word)


def _strange(text: str, start: int) -> Misplaced:
    character = text[start]
    if character in _UNCLOSED:
        hint = "a string stands in single quotes: 'it\\'s'" if character == "'" else ""
        return Misplaced(f"the {_UNCLOSED[character]} that begins here does not end", text, start, hint=hint)
    hint = _STRANGE.get(character, "")
    if character == "-" and not (text[max(0, start - 1) : start].isalnum() and text[start + 1 : start + 2].isalnum()):
        hint = NO_ARITHMETIC
    if character == "=" and text[start + 1 : start + 2] == "~":
        hint = _STRANGE["~"]
    return Misplaced(f"`{character}` means nothing here", text, start, hint=hint)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _check_index(text: str, start: int, word: str) -> None:
    numbers = word.strip("[] \t\r\n").split(":")
    for number in numbers:
        if len(number.strip()) > 9:
            raise Misplaced("the index has too many digits", text, start)
    if len(numbers) == 3 and numbers[2].strip() and int(numbers[2]) == 0:
        raise Misplaced("the step of a slice cannot be 0", text, start)


def brief(text: str) -> str:
    """Return a word as an error repeats it."""
    return text if len(text) <= 30 else text[:29] + "…"
