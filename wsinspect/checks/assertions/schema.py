"""`schema`: the payload is valid by a JSON Schema, which is at hand as a value already.

`jsonschema` does it, an optional package. Nothing is fetched: a `$ref` leads to a place in the schema itself or to the
published metaschemas, or it is a mistake. Knows no file.
"""

import warnings
from collections.abc import Callable
from itertools import islice
from typing import Any

from wsinspect.checks.assertions import Ask, Assertion, Miss
from wsinspect.checks.assertions.differences import path_of
from wsinspect.checks.assertions.excerpts import LONGEST, json_excerpt, payload_excerpt
from wsinspect.checks.assertions.json_asks import is_null, not_json
from wsinspect.checks.assertions.texts import TOLD
from wsinspect.checks.searching import limited
from wsinspect.checks.variables import Scope
from wsinspect.errors import InspectError, shortened
from wsinspect.filters.subject import Subject

MOST_ERRORS = 100
"""Errors among which the one is chosen that is told."""

WIDE = 100
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
INSTALL = "install it: pip install 'wsinspect[schema]'"


def _make(value: Any, scope: Scope) -> Ask:
    if not isinstance(value, dict | bool):
        raise InspectError("a schema is a table, true or false", hint="schema = 'event.schema.json' names a file")
    valid, errors = _validator(value)

    def holds(subject: Subject) -> bool:
        root = subject.root
        if root is None and not is_null(subject):
            return False
        try:
            return limited(valid, root)
        except InspectError:
            raise  # it took too long
        except Exception:  # the payload is the peer's: whatever fails on it, is its matter
            return False

    def miss(subject: Subject) -> Miss:
        reason = not_json(subject) or _reason(errors, subject.root)
        return Miss(
            "schema", shortened(f"valid by {_title(value)}", LONGEST), payload_excerpt(subject), (f"  {reason}",)
        )

    return Ask(holds, miss, f"schema {shortened(_title(value), TOLD)}")


def _title(schema: dict[str, Any] | bool) -> str:
    """Return what a schema calls itself, else its beginning."""
    if isinstance(schema, dict):
        for key in ("title", "$id", "id"):
            if isinstance(schema.get(key), str) and schema[key]:
                return str(schema[key])
    return json_excerpt(schema, TOLD)


def _validator(schema: dict[str, Any] | bool) -> tuple[Callable[[Any], bool], Callable[[Any], Any]]:
    """Return what tells whether a value is valid, and what gives its errors."""
    try:
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import Draft202012Validator, validator_for
        from jsonschema_specifications import REGISTRY
        from referencing import Registry
        from referencing.exceptions import NoSuchResource, Unresolvable
    except ImportError:
        raise InspectError("JSON Schema needs the package jsonschema (4.18 or newer)", hint=INSTALL) from None

    def refused(uri: str) -> Any:
        raise NoSuchResource(ref=uri)

    specification = _specification(schema)
    made: Any = validator_for(schema, default=Draft202012Validator)
    try:
        made.check_schema(schema)
        resource = specification.create_resource(schema)
        registry: Any = Registry(retrieve=refused).combine(REGISTRY)
        resolver = registry.with_resource(resource.id() or "", resource).crawl().resolver_with_root(resource)
        _follow(resource, resolver, Unresolvable)
    except SchemaError as error:
        place = path_of(error.absolute_path)
        raise InspectError(
            f"the schema is wrong: {place or 'it'}: {json_excerpt(error.instance, WIDE)} cannot stand there"
        ) from None
    except _Unresolved as error:
        raise InspectError(
            f"the schema refers to `{shortened(str(error), WIDE)}`, which is not in it",
            hint="nothing is fetched: put it into `$defs`, with its `$id`",
        ) from None
    except RecursionError:
        raise InspectError("the schema is nested too deeply") from None
    validator = made(schema, registry=registry)
    return validator.is_valid, validator.iter_errors


def _specification(schema: dict[str, Any] | bool) -> Any:
    """Return the draft that a schema says it is written in; the newest where it says nothing."""
    from referencing.jsonschema import DRAFT202012, UnknownDialect, specification_with

    dialect = schema.get("$schema") if isinstance(schema, dict) else None
    try:
        if dialect is not None and not isinstance(dialect, str):
            raise UnknownDialect("")
        return DRAFT202012 if dialect is None else specification_with(dialect)
    except UnknownDialect:
        raise InspectError(
            "the `$schema` of the schema is not known",
            hint="known are drafts 3, 4, 6, 7, 2019-09 and 2020-12, as https://json-schema.org/draft/2020-12/schema",
        ) from None


class _Unresolved(Exception):
    pass


def _follow(resource: Any, resolver: Any, unresolvable: type[Exception]) -> None:
    """See that each reference leads somewhere, as the validator itself does only when it gets there."""
    if isinstance(resource.contents, dict):
        for key in REFERENCES:
            if isinstance(resource.contents.get(key), str):
                try:
                    resolver.lookup(resource.contents[key])
                except unresolvable:
                    raise _Unresolved(resource.contents[key]) from None
    for inner in resource.subresources():
        _follow(inner, resolver.in_subresource(inner), unresolvable)


def _reason(errors: Callable[[Any], Any], root: Any) -> str:
    """Return where and why a value is not valid, and never at length."""
    from jsonschema.exceptions import best_match

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error = limited(best_match, islice(errors(root), MOST_ERRORS))
    except Exception as fault:  # as above
        return f"it cannot be held against the schema: {type(fault).__name__}"
    if error is None:
        return "it is valid"
    place = path_of(error.absolute_path)
    return f"{place}: {_explained(error)}" if place else _explained(error)


def _explained(error: Any) -> str:
    """Return an error of the validator in words; its own repeat the whole value."""
    keyword, wanted, came = error.validator, error.validator_value, error.instance
    if keyword is None:
        return "nothing is valid by the schema `false`"
    if keyword == "required" and isinstance(came, dict) and isinstance(wanted, list):
        missing = [name for name in wanted if name not in came]
        return f"required is missing: {json_excerpt(missing, WIDE)[1:-1]}"
    if keyword == "additionalProperties" and wanted is False:
        return f"no such name is allowed: {json_excerpt(_others(error), WIDE)[1:-1]}"
    value = json_excerpt(came, WIDE)
    if isinstance(wanted, dict) or (isinstance(wanted, list) and any(isinstance(inner, dict) for inner in wanted)):
        return f"`{keyword}` does not hold for {value}"
    return f"`{keyword}` {json_excerpt(wanted, WIDE)} does not hold for {value}"


def _others(error: Any) -> list[str]:
    known = error.schema.get("properties", {})
    return [name for name in error.instance if name not in known]


schema = Assertion(
    {
        "description": "The payload is valid by a JSON Schema, the name of a file or a table. Needs wsinspect[schema].",
        "type": ["string", "object", "boolean"],
    },
    _make,
    70,
)
