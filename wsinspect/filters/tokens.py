r"""The words of an expression, checked, and put into plain JMESPath (https://jmespath.org/specification.html).

Ours is JMESPath with a little more: bare numbers, bare ``true``, ``false`` and ``null``, meta terms such as ``:size``,
and unquoted names in any script. `translated` rewrites these, and remembers where each stood. What is surely a mistake
though JMESPath takes it is refused with a hint: it would never match, silently. Knows no evaluation.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from wsinspect.errors import nearest
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import TERMS

MARK = "\0:"
"""What stands in front of a meta term's name in JMESPath: a field that no user can write."""

DEEPEST = 50
"""So many brackets may stand within each other."""

LONGEST = 10_000
"""Characters of an expression."""

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
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {"(": "(", "[": "[", "[?": "[", "{": "{"}
_WORDS = ("true", "false", "null")
_COMPARES = ("==", "!=", "<", "<=", ">", ">=")
_ENDS = frozenset({"name", "number", "quoted", "string", "literal", "index", "meta", "word"})
_END_MARKS = frozenset({")", "]", "}", "[]", "*", "@"})
_STARTS = frozenset({"name", "number", "quoted", "string", "literal", "meta", "word"})
_START_MARKS = frozenset({"@", "!", "&"})

# What people write who think of another language, and what it is called here.
_MEANT = {
    "and": "did you mean `&&`?",
    "or": "did you mean `||`?",
    "not": "`not` is written `!( … )`",
    "is": "did you mean `==`?",
    "in": "write contains(['a', 'b'], name)",
    "like": "write contains(name, 'part'), or use --grep",
    "contains": "write contains(name, 'part')",
    "&": "did you mean `&&`?",
}
_STRANGE = {
    "=": "did you mean `==`?",
    "~": "for a pattern use --grep, for a part of a string contains(name, 'part')",
    "$": "the payload is the root already: write `op`, not `$.op`",
    "-": 'there is no arithmetic; a name with a dash stands in double quotes: "my-name"',
    "+": "there is no arithmetic",
    "/": "there is no arithmetic; for a pattern use --grep",
    "%": "there is no arithmetic",
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


class Translated(NamedTuple):
    """An expression in JMESPath, with the start of each token there, and in the user's text."""

    plain: str
    starts: list[int]
    tokens: list[Token]

    def token_at(self, position: int) -> Token | None:
        """Return the token in which a position of ``plain`` lies; None behind the last."""
        index = bisect_right(self.starts, position) - 1
        if index < 0 or position >= self.starts[-1] + len(self.tokens[-1].plain):
            return None
        return self.tokens[index]


def translated(text: str, functions: Mapping[str, tuple[int, int | None]]) -> Translated:
    """Put an expression into JMESPath; raises `Misplaced`.

    ``functions`` have a least number of arguments, and a largest one, or None.
    """
    if len(text) > LONGEST:
        raise Misplaced(f"the expression is longer than {LONGEST:,} characters", text, LONGEST)
    tokens = _tokens(text)
    if not tokens:
        raise Misplaced("the expression is empty", text, 0, hint="for example: price > 100")
    _check_neighbours(text, tokens)
    _check_brackets(text, tokens, functions)
    _check_comparisons(text, tokens)
    starts = []
    position = 0
    for token in tokens:
        starts.append(position)
        position += len(token.plain) + 1
    return Translated(" ".join([token.plain for token in tokens]), starts, tokens)


def unexpected(text: str, token: Token | None) -> Misplaced:
    """Return the error of a token that cannot stand where it does; None: the expression ends too early."""
    if token is None:
        return Misplaced("the expression ends too early", text, len(text))
    return Misplaced(f"`{_short(token.text)}` cannot stand here", text, token.start, hint=_MEANT.get(token.text, ""))


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    opened: list[str] = []
    position = 0
    while position < len(text):
        before = tokens[-1] if tokens else None
        is_key = bool(opened) and opened[-1] == "{" and before is not None and before.text in ("{", ",")
        token = _meta(text, position, before) or _other(text, position, before, is_key)
        position = token.start + len(token.text)
        if token.kind == "space":
            continue
        if is_key and token.kind == "meta":
            raise Misplaced(
                f"`{token.text}` has no name in what is made", text, token.start, hint=f"write {{name: {token.text}}}"
            )
        if token.text in _OPENS and token.kind == "mark":
            opened.append(_OPENS[token.text])
        elif token.text in _CLOSES and token.kind == "mark" and opened:
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
        raise Misplaced(f"`:{_short(name)}` stands for itself, not for a part of something", text, start)
    if name not in TERMS:
        near = nearest(name.lower(), TERMS)
        known = f"known are: {' '.join(f':{term}' for term in TERMS)}"
        raise Misplaced(
            f"`:{_short(name)}` is no meta term", text, start, hint=f"did you mean `:{near}`?" if near else known
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
            raise Misplaced(f"`{_short(word)}` is no number", text, start, hint="a number does not begin with 0")
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
        hint = _STRANGE["+"]
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


def _check_brackets(text: str, tokens: list[Token], functions: Mapping[str, tuple[int, int | None]]) -> None:
    """See that brackets match, and that functions exist and get the arguments they take."""
    opened: list[tuple[Token, Token | None, int]] = []  # bracket, function, commas
    before: Token | None = None
    for token in tokens:
        function = before if token.text == "(" and before is not None and before.kind in ("name", "quoted") else None
        if function is not None:
            _check_function(text, function, functions)
        if token.kind == "mark" and token.text in _OPENS:
            if len(opened) == DEEPEST:
                raise Misplaced(f"more than {DEEPEST} brackets stand within each other", text, token.start)
            opened.append((token, function, 0))
        elif token.kind == "mark" and token.text in _CLOSES:
            if not opened:
                raise Misplaced(f"`{token.text}` closes nothing", text, token.start)
            bracket, called, commas = opened.pop()
            if _OPENS[bracket.text] != _CLOSES[token.text]:
                raise Misplaced(f"`{token.text}` does not close `{bracket.text}`", text, token.start)
            if before is not None and before.text == "," and before.kind == "mark":
                raise unexpected(text, token)
            if called is not None:
                _check_arguments(text, called, 0 if before is bracket else commas + 1, functions[called.text])
        elif token.text == "," and token.kind == "mark" and opened:
            bracket, called, commas = opened[-1]
            opened[-1] = bracket, called, commas + 1
        before = token
    if opened:
        bracket = opened[-1][0]
        raise Misplaced(f"the `{bracket.text}` is never closed", text, bracket.start)


def _check_function(text: str, name: Token, functions: Mapping[str, tuple[int, int | None]]) -> None:
    if name.text not in functions:
        near = nearest(name.text.lower(), functions)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(functions)}"
        raise Misplaced(f"no function is called `{_short(name.text)}`", text, name.start, hint=hint)


def _check_arguments(text: str, name: Token, given: int, takes: tuple[int, int | None]) -> None:
    least, most = takes
    if given < least or (most is not None and given > most):
        wanted = f"{'at least ' if most is None else ''}{least} argument{'' if least == 1 else 's'}"
        raise Misplaced(f"{name.text}() takes {wanted}, not {given}", text, name.start)


def _check_neighbours(text: str, tokens: list[Token]) -> None:
    """Refuse two values without an operator between them, which JMESPath takes within function arguments."""
    before: Token | None = None
    for token in tokens:
        if before is not None and _ends(before) and _starts(token):
            error = unexpected(text, token)
            if not error.hint and before.text in _MEANT:
                error = unexpected(text, before)
            elif token.kind == "number" and token.text.startswith("-"):
                error.hint = _STRANGE["+"]
            elif before.text == "@" and token.kind == "name":
                error.hint = f'a name with a sign stands in double quotes: "@{_short(token.text)}"'
            elif not error.hint:
                error.hint = "an operator is missing before it, such as `==` or `&&`"
            raise error
        if token.text == "&" and token.kind == "mark" and (before is None or before.text not in ("(", ",")):
            raise unexpected(text, token)
        before = token


def _ends(token: Token) -> bool:
    return token.kind in _ENDS or (token.kind == "mark" and token.text in _END_MARKS)


def _starts(token: Token) -> bool:
    return token.kind in _STARTS or (token.kind == "mark" and token.text in _START_MARKS)


def _check_comparisons(text: str, tokens: list[Token]) -> None:
    """Refuse comparisons that are valid JMESPath, but can only be meant otherwise."""
    for index, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text == "!":
            behind = _behind_operand(tokens, index + 1)
            if behind < len(tokens) and tokens[behind].text in _COMPARES and tokens[behind].kind == "mark":
                sign = tokens[behind].text
                raise Misplaced(
                    f"`!` stands closer to its right side than `{sign}`", text, token.start, hint=f"write !(a {sign} b)"
                )
        if token.text not in _COMPARES or not 0 < index < len(tokens) - 1:
            continue
        left, right = tokens[index - 1], tokens[index + 1]
        if right.kind == "quoted" and _behind_operand(tokens, index + 1) == index + 2:
            name = right.text[1:-1]
            raise Misplaced(
                f"{_short(right.text)} names a field; a string stands in single quotes",
                text,
                right.start,
                hint=f"write '{_short(name)}', or @.{_short(right.text)} for the field",
            )
        if token.text in ("==", "!="):
            _check_value(text, left, right)
            _check_value(text, right, left)


def _check_value(text: str, term: Token, value: Token) -> None:
    """Refuse to compare a meta term with what it never is."""
    if term.kind != "meta" or value.kind != "string":
        return
    known, word = TERMS[term.text[1:]].values, value.text[1:-1]
    if known and word not in known:
        near = nearest(word.lower(), known)
        hint = f"did you mean '{near}'?" if near else f"it can be: {', '.join(known)}"
        raise Misplaced(f"`{term.text}` is never '{_short(word)}'", text, value.start, hint=hint)


def _behind_operand(tokens: list[Token], index: int) -> int:
    """Return the index behind the operand that starts at ``index``: a value with the steps that follow it."""
    while index < len(tokens) and tokens[index].text == "!" and tokens[index].kind == "mark":
        index += 1
    index = _behind_brackets(tokens, index)
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "mark" and token.text == ".":
            index = _behind_brackets(tokens, index + 1)
        elif token.kind == "index" or (token.kind == "mark" and token.text in ("[]", "[", "[?", "(")):
            index = _behind_brackets(tokens, index)
        else:
            break
    return index


def _behind_brackets(tokens: list[Token], index: int) -> int:
    """Return the index behind one token, or behind the bracket that closes it."""
    depth = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.kind == "mark":
            depth += (token.text in _OPENS) - (token.text in _CLOSES)
        if depth <= 0:
            break
    return index


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
