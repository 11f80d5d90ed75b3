"""``--ignore EXPR``: what is left out of a comparison.

A name alone stands for that name at any depth; a path (JMESPath) for a place, or several; a condition for whole
messages. Knows no message's meaning.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jmespath

from wsinspect.errors import InspectError
from wsinspect.events import Direction
from wsinspect.filters.expression import Expression, expression
from wsinspect.filters.subject import Subject

STEPS = frozenset({
    "field", "subexpression", "index_expression", "index", "slice", "projection", "value_projection", "flatten",
    "filter_projection", "identity", "current",
})  # fmt: skip
"""What a path is made of, in JMESPath's own words."""

CONDITIONS = frozenset({"comparator", "and_expression", "or_expression", "not_expression", "function_expression"})

Place = tuple[str | int, ...]


class Ignored(NamedTuple):
    """``names`` stand at any depth; ``paths`` are trees; messages that meet one of ``conditions`` do not count."""

    names: frozenset[str] = frozenset()
    paths: tuple[dict[str, Any], ...] = ()
    conditions: tuple[Expression, ...] = ()

    @property
    def parts(self) -> bool:
        """Parts of messages are left out."""
        return bool(self.names or self.paths)

    def whole(self, type: int, direction: Direction, payload: bytes) -> bool:
        """Tell whether a message does not count."""
        if not self.conditions:
            return False
        subject = Subject(type, direction, payload)
        return any(condition.holds(subject) for condition in self.conditions)

    def left(self, value: Any) -> Any:
        """Return what is left of a JSON value; in lists, null stands for what is ignored."""
        if not self.parts:
            return value
        places = {place for tree in self.paths for place in _places(tree, value, ())}
        return self._without(value, (), places)

    def _without(self, value: Any, at: Place, places: set[Place]) -> Any:
        if isinstance(value, dict):
            return {
                name: self._without(inner, (*at, name), places)
                for name, inner in value.items()
                if name not in self.names and (*at, name) not in places
            }
        if isinstance(value, list):
            return [
                None if (*at, index) in places else self._without(inner, (*at, index), places)
                for index, inner in enumerate(value)
            ]
        return value


NOTHING = Ignored()


def ignored(texts: Sequence[str]) -> Ignored:
    """Return what the expressions leave out; raises `InspectError` where one cannot be read, or is neither."""
    names, paths, conditions = set(), [], []
    for text in texts:
        try:
            compiled = expression(text)
        except InspectError as mistake:
            raise mistake.within("--ignore") from None
        kind, tree = _tree(text)
        if kind == "field" and not text.lstrip().startswith(":"):
            names.add(tree["value"])
        elif _is_path(tree):
            paths.append(tree)
        elif kind in CONDITIONS or text.lstrip().startswith(":"):
            conditions.append(compiled)
        else:
            raise InspectError(
                f"--ignore: `{text}` is neither a part of a message nor a condition",
                hint="write a name, a path such as data.ts or items[*].id, or a condition such as op == 'tick'",
            )
    return Ignored(frozenset(names), tuple(paths), tuple(conditions))


def _tree(text: str) -> tuple[str, dict[str, Any]]:
    """Return JMESPath's own tree of an expression, which may be one of ours alone."""
    try:
        tree: dict[str, Any] = jmespath.compile(text).parsed
    except (jmespath.exceptions.JMESPathError, ValueError, LookupError):
        return "function_expression", {"type": "function_expression", "children": []}
    return tree["type"], tree


def _is_path(node: Any) -> bool:
    if not isinstance(node, dict):
        return True
    children = node["children"][:2] if node["type"] == "filter_projection" else node["children"]
    return node["type"] in STEPS and all(map(_is_path, children))


def _places(node: dict[str, Any], value: Any, at: Place) -> Iterator[Place]:
    """Yield the places in a value that a path leads to."""
    for place, _ in _reached(node, value, at):
        yield place


def _reached(node: dict[str, Any], value: Any, at: Place) -> Iterator[tuple[Place, Any]]:
    kind, children = node["type"], node["children"]
    if kind == "field":
        if isinstance(value, dict) and node["value"] in value:
            yield (*at, node["value"]), value[node["value"]]
    elif kind == "index":
        if isinstance(value, list) and -len(value) <= node["value"] < len(value):
            index = node["value"] % len(value)
            yield (*at, index), value[index]
    elif kind == "slice":
        if isinstance(value, list):
            for index in range(len(value))[slice(*children)]:
                yield (*at, index), value[index]
    elif kind in ("identity", "current"):
        yield at, value
    elif kind in ("subexpression", "index_expression"):
        found: list[tuple[Place, Any]] = [(at, value)]
        for child in children:
            found = [further for place, inner in found for further in _reached(child, inner, place)]
        yield from found
    elif kind == "flatten":
        for place, inner in _reached(children[0], value, at):
            yield from _elements(place, inner)
    else:
        yield from _projected(node, value, at)


def _projected(node: dict[str, Any], value: Any, at: Place) -> Iterator[tuple[Place, Any]]:
    kind, children = node["type"], node["children"]
    for place, inner in _reached(children[0], value, at):
        if kind == "value_projection":
            pairs = [((*place, name), part) for name, part in inner.items()] if isinstance(inner, dict) else []
        elif _is_many(children[0]):
            # Slices and flattened lists have been taken apart.
            pairs = [(place, inner)]
        else:
            pairs = list(_elements(place, inner))
        for further, part in pairs:
            if kind != "filter_projection" or _holds(children[2], part):
                yield from _reached(children[1], part, further)


def _is_many(node: dict[str, Any]) -> bool:
    """Tell whether a node leads to elements, not to a list of them."""
    return node["type"] in ("flatten", "slice") or (
        node["type"] == "index_expression" and node["children"][-1]["type"] == "slice"
    )


def _elements(place: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, list):
        yield from (((*place, index), part) for index, part in enumerate(value))


def _holds(condition: dict[str, Any], value: Any) -> bool:
    from jmespath.visitor import TreeInterpreter

    try:
        held = TreeInterpreter().visit(condition, value)
    except jmespath.exceptions.JMESPathError:
        return False
    return not (held is None or held is False or held in ("", [], {}))
