"""Expressions on messages: JMESPath with the JSON payload as its root, and meta terms. Knows no stream of messages.

What an expression may hold beyond JMESPath is in `tokens`, what the terms mean in `subject`. Evaluation never raises:
where JMESPath fails on a message, as `length` of a number does, the value is null, and a condition not met. Strings
are compared by `<` character by character, as numbers are by value; other pairs give null.
"""

import json
import operator
from collections.abc import Callable
from math import copysign, isfinite, isnan
from sys import float_info
from typing import Any

import jmespath
from jmespath.exceptions import IncompleteExpressionError, JMESPathError, ParseError
from jmespath.functions import Functions
from jmespath.visitor import TreeInterpreter

from wsinspect.events import Direction
from wsinspect.filters.mistakes import Arities
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import TERMS, Subject
from wsinspect.filters.tokens import MARK, unexpected
from wsinspect.filters.translation import translated

DEEPEST = 100
"""So many operations may hang on each other; Python's own limit is near."""

LARGEST = float_info.max
"""What is shown for a number that is beyond a float: JSON has no infinity."""

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
# What looks at nothing but its children, and never at the payload itself.
_BLIND = frozenset(
    {"meta", "literal", "comparator", "and_expression", "or_expression", "not_expression", "function_expression"}
    | {"made_list", "made_dict", "key_val_pair"}
)
_MULTI = {"multi_select_list": "made_list", "multi_select_dict": "made_dict"}


def _arities() -> dict[str, tuple[int, int | None]]:
    found = {}
    for name, function in Functions.FUNCTION_TABLE.items():
        arguments = function["signature"]
        endless = bool(arguments) and bool(arguments[-1].get("variadic"))
        found[name] = len(arguments), None if endless else len(arguments)
    return dict(sorted(found.items()))


FUNCTIONS: Arities = _arities()
"""The functions of JMESPath, with the least and the largest number of arguments."""


class Expression:
    """A compiled expression; ``text`` is what the user wrote. See `expression`."""

    __slots__ = ("_interpreter", "_reads_root", "_tree", "text")

    def __init__(self, text: str, tree: dict[str, Any]) -> None:
        self.text = text
        self._tree = tree
        self._reads_root = not _is_blind(tree)
        self._interpreter = _Interpreter()

    def value(self, subject: Subject) -> Any:
        """Return the value for a message; None where it is null, or cannot be had."""
        interpreter = self._interpreter
        interpreter.subject = subject
        try:
            return interpreter.visit(self._tree, subject.root if self._reads_root else None)
        except Exception:  # the payload is the peer's: whatever fails on it, is its matter
            return None
        finally:
            # Its values may be large, and the next message is long in coming.
            del interpreter.subject

    def holds(self, subject: Subject) -> bool:
        """Tell whether the value is true: anything but null, false, and empty strings, lists and objects."""
        value = self.value(subject)
        return not (value is None or value is False or value == "" or value == [] or value == {})

    def matches(self, type: int, direction: Direction, payload: Any, gap: float | None = None) -> bool:
        """Tell the same of a row; see `Pulse.gap` for ``gap``."""
        return self.holds(Subject(type, direction, payload, gap))

    def selected(self, subject: Subject) -> bytes | None:
        """Return the value as UTF-8: a string as it is, all else as compact JSON; None where it is null."""
        value = self.value(subject)
        if value is None:
            return None
        try:
            text = value if isinstance(value, str) else _as_json(value)
            return _encoded(text)
        except (ValueError, TypeError, RecursionError):
            # Numbers of more digits than Python writes.
            return None

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


Condition = Expression
"""An expression that is asked for its truth."""


def expression(text: str) -> Expression:
    """Compile an expression; raises `Misplaced`, which points at the place."""
    words = translated(text, FUNCTIONS)
    try:
        parsed = jmespath.compile(words.plain)
        return Expression(text, _own(parsed.parsed, 0))
    except IncompleteExpressionError:
        raise unexpected(text, None) from None
    except ParseError as fault:
        raise unexpected(text, words.token_at(fault.lex_position)) from None
    except RecursionError:
        raise Misplaced("the expression is nested too deeply", text, 0) from None
    except (JMESPathError, ValueError, LookupError):
        raise Misplaced("the expression cannot be read", text, 0) from None


def condition(text: str) -> Condition:
    """Compile a condition; the same language, asked for its truth."""
    return expression(text)


class _Interpreter(TreeInterpreter):  # type: ignore[misc]
    """Evaluates our trees; ``subject`` is the message at hand."""

    subject: Subject

    def visit_meta(self, node: dict[str, Any], value: Any) -> Any:
        return node["read"](self.subject)

    def visit_comparator(self, node: dict[str, Any], value: Any) -> Any:
        first, second = node["children"]
        left, right = self.visit(first, value), self.visit(second, value)
        order = _ORDERS.get(node["value"])
        if order is None:
            # To Python, true is 1.
            same = left == right and isinstance(left, bool) is isinstance(right, bool)
            return same is (node["value"] == "eq")
        if isinstance(left, str):
            return order(left, right) if isinstance(right, str) else None
        return order(left, right) if _is_number(left) and _is_number(right) else None

    def visit_made_list(self, node: dict[str, Any], value: Any) -> Any:
        return [self.visit(child, value) for child in node["children"]]

    def visit_made_dict(self, node: dict[str, Any], value: Any) -> Any:
        return {child["value"]: self.visit(child, value) for child in node["children"]}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _own(node: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return a tree of JMESPath with our nodes in it; the library keeps its trees, so that they stay as they are."""
    if depth > DEEPEST:
        raise RecursionError
    if node["type"] == "field" and node["value"].startswith(MARK):
        return {"type": "meta", "read": TERMS[node["value"].removeprefix(MARK)].read, "children": []}
    own = dict(node)
    if node["type"] != "slice":  # whose children are numbers
        own["children"] = [_own(child, depth + 1) for child in node["children"]]
    if node["type"] in _MULTI and (_holds_meta(own) or all(map(_is_blind, own["children"]))):
        # Of a null, JMESPath selects nothing; terms and constants do not come from it.
        own["type"] = _MULTI[node["type"]]
    return own


def _holds_meta(node: Any) -> bool:
    return isinstance(node, dict) and (node["type"] == "meta" or any(map(_holds_meta, node["children"])))


def _is_blind(node: Any) -> bool:
    return not isinstance(node, dict) or (node["type"] in _BLIND and all(map(_is_blind, node["children"])))


# Values as text.


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _finite(value: Any) -> Any:
    """Return ``value`` with the largest number that JSON is sure to know in place of an infinite one."""
    if isinstance(value, float) and not isfinite(value):
        return None if isnan(value) else copysign(LARGEST, value)
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Lone halves of surrogate pairs, which JSON can write and UTF-8 cannot.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
