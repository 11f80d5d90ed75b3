"""What is wrong with an expression though its words are right, and a hint on what was probably meant.

What JMESPath's own parser finds is left to it. Refused here is also what it takes though it can only be a mistake,
because it would never match, and silently: ``op == "x"``, ``!a == b``, ``:type == 'txt'``. Knows no evaluation.
"""

from collections.abc import Mapping
from typing import TypeAlias

from wsinspect.errors import nearest
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import TERMS
from wsinspect.filters.tokens import CLOSES, MEANT, NO_ARITHMETIC, OPENS, Token, brief, unexpected

Arities: TypeAlias = Mapping[str, tuple[int, int | None]]
"""Names of functions, each with its least and largest number of arguments; None where there is no largest."""

DEEPEST = 50
"""So many brackets may stand within each other."""

_COMPARES = ("==", "!=", "<", "<=", ">", ">=")
_STARTS = frozenset({"name", "number", "quoted", "string", "literal", "meta", "word"})
_START_MARKS = frozenset({"@", "!", "&"})
_ENDS = _STARTS | {"index"}
_END_MARKS = frozenset({")", "]", "}", "[]", "*", "@"})


def check(text: str, tokens: list[Token], functions: Arities) -> None:
    """Raise `Misplaced` at the first mistake of a kind."""
    _check_neighbours(text, tokens)
    _check_brackets(text, tokens, functions)
    _check_comparisons(text, tokens)


def _check_brackets(text: str, tokens: list[Token], functions: Arities) -> None:
    """See that brackets match, and that functions exist and get the arguments they take."""
    opened: list[tuple[Token, Token | None, int]] = []  # bracket, function, commas
    before: Token | None = None
    for token in tokens:
        function = before if token.marks("(") and before is not None and before.kind in ("name", "quoted") else None
        if function is not None:
            _check_function(text, function, functions)
        if token.marks(OPENS):
            if len(opened) == DEEPEST:
                raise Misplaced(f"more than {DEEPEST} brackets stand within each other", text, token.start)
            opened.append((token, function, 0))
        elif token.marks(CLOSES):
            if not opened:
                raise Misplaced(f"`{token.text}` closes nothing", text, token.start)
            bracket, called, commas = opened.pop()
            if OPENS[bracket.text] != CLOSES[token.text]:
                raise Misplaced(f"`{token.text}` does not close `{bracket.text}`", text, token.start)
            if before is not None and before.marks(","):
                raise unexpected(text, token)
            if called is not None:
                _check_arguments(text, called, 0 if before is bracket else commas + 1, functions[called.text])
        elif token.marks(",") and opened:
            bracket, called, commas = opened[-1]
            opened[-1] = bracket, called, commas + 1
        before = token
    if opened:
        bracket = opened[-1][0]
        raise Misplaced(f"the `{bracket.text}` is never closed", text, bracket.start)


def _check_function(text: str, name: Token, functions: Arities) -> None:
    if name.text not in functions:
        near = nearest(name.text.lower(), functions)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(functions)}"
        raise Misplaced(f"no function is called `{brief(name.text)}`", text, name.start, hint=hint)


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
            if not error.hint and before.text in MEANT:
                error = unexpected(text, before)
            elif token.kind == "number" and token.text.startswith("-"):
                error.hint = NO_ARITHMETIC
            elif before.text == "@" and token.kind == "name":
                error.hint = f'a name with a sign stands in double quotes: "@{brief(token.text)}"'
            elif not error.hint:
                error.hint = "an operator is missing before it, such as `==` or `&&`"
            raise error
        if token.marks("&") and (before is None or not before.marks("(,")):
            raise unexpected(text, token)
        before = token


def _ends(token: Token) -> bool:
    return token.kind in _ENDS or token.marks(_END_MARKS)


def _starts(token: Token) -> bool:
    return token.kind in _STARTS or token.marks(_START_MARKS)


def _check_comparisons(text: str, tokens: list[Token]) -> None:
    """Refuse comparisons that are valid JMESPath, but can only be meant otherwise."""
    for index, token in enumerate(tokens):
        if token.marks("!") and not (index and tokens[index - 1].marks("!")):
            behind = _behind_operand(tokens, index + 1)
            if behind < len(tokens) and tokens[behind].marks(_COMPARES):
                sign = tokens[behind].text
                raise Misplaced(
                    f"`!` stands closer to its right side than `{sign}`", text, token.start, hint=f"write !(a {sign} b)"
                )
        if not token.marks(_COMPARES) or not 0 < index < len(tokens) - 1:
            continue
        left, right = tokens[index - 1], tokens[index + 1]
        if right.kind == "quoted" and _behind_operand(tokens, index + 1) == index + 2:
            name = right.text[1:-1]
            raise Misplaced(
                f"{brief(right.text)} names a field; a string stands in single quotes",
                text,
                right.start,
                hint=f"write '{brief(name)}', or @.{brief(right.text)} for the field",
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
        raise Misplaced(f"`{term.text}` is never '{brief(word)}'", text, value.start, hint=hint)


def _behind_operand(tokens: list[Token], index: int) -> int:
    """Return the index behind the operand that starts at ``index``: a value with the steps that follow it."""
    while index < len(tokens) and tokens[index].marks("!"):
        index += 1
    index = _behind_brackets(tokens, index)
    while index < len(tokens):
        token = tokens[index]
        if token.marks("."):
            index = _behind_brackets(tokens, index + 1)
        elif token.kind == "index" or token.marks(("[]", "[", "[?", "(")):
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
        depth += token.marks(OPENS) - token.marks(CLOSES)
        if depth <= 0:
            break
    return index
