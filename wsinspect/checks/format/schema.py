"""The format of check files as a JSON Schema (draft 2020-12), by which editors complete and validate them.

All of it is made of `forms` and of the forms of the assertions. What only a reading can tell it does not: whether a
variable is known, an expression is right, a step saves what another uses. Knows no file.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from wsinspect.checks.assertions import Assertion
from wsinspect.checks.format.form_reading import NO_OPTIONS
from wsinspect.checks.format.forms import ACTIONS, FORMS, PAYLOADS, Form, Key
from wsinspect.checks.format.kinds import REFERENCE, TEXT, VALUE
from wsinspect.checks.variables import NAME, RESERVED
from wsinspect.registry import ASSERTIONS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "A check of wsinspect"

_REFERENCE: Schema = {
    "description": "a variable, ${NAME}, or a reference: ${env:NAME}, ${file:PATH}, ${secret:NAME}",
    "type": "string",
    "pattern": r"\$\{",
}


def json_schema(options: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of a check file.

    ``options`` are the options of a connection by their long names, each a schema; without them, any name is taken for
    one.
    """
    definitions = {name: _table(name, form, options) for name, form in FORMS.items()}
    top = definitions.pop("file")
    return {"$schema": DIALECT, "title": TITLE, **top, "$defs": {**definitions, "reference": _REFERENCE}}


def _table(name: str, form: Form, options: Mapping[str, Schema] | None) -> Schema:
    made: Schema = {
        "description": form.help,
        "type": "object",
        "properties": {key: _property(key, known) for key, known in form.keys.items()},
        "additionalProperties": False,
    }
    if name in ("handshake", "connection"):
        made |= _with_options(made["properties"], form, options)
    elif form.others is not None:
        made |= {"additionalProperties": _property("", form.others), "propertyNames": _VARIABLE_NAME}
    return made | _RULES.get(name, {})


def _with_options(properties: Schema, form: Form, options: Mapping[str, Schema] | None) -> Schema:
    if options is None:
        strange = sorted(NO_OPTIONS - form.keys.keys())
        assert form.others is not None
        return {"additionalProperties": _property("", form.others), "propertyNames": {"not": {"enum": strange}}}
    more = {name: inner for name, inner in options.items() if name not in properties}
    # Either spelling is understood; editors offer the one of the command line.
    spelled = {f"^{name.replace('-', '[-_]')}$": inner for name, inner in more.items() if "-" in name}
    return {"properties": {**properties, **more}, "patternProperties": spelled}


_VARIABLE_NAME: Schema = {"pattern": f"^{NAME}$", "not": {"enum": sorted(RESERVED)}}
_RULES: dict[str, Schema] = {
    "file": {"anyOf": [{"required": ["url"]}, {"required": ["connections"]}]},
    "retry": {"required": ["times"]},
    "step": {"oneOf": [{"required": [name]} for name in ACTIONS], "dependentRequired": {"any_order": ["expect"]}},
    "send": {"oneOf": [{"required": [name]} for name in PAYLOADS], "dependentRequired": {"type": ["file"]}},
}
"""What must stand together, or must not."""


def _property(key: str, known: Key) -> Schema:
    made: Schema = {"description": known.help}
    if known.example:
        made["examples"] = [tomllib.loads(f"example = {known.example}")["example"]]
    if known in _ASKED:
        assertion: Assertion = ASSERTIONS.load(key)
        return made | assertion.form
    kinds = [kind.schema for kind in known.kinds]
    takes_texts = TEXT in known.kinds or VALUE in known.kinds
    if not (known.late or takes_texts or all(kind.is_table for kind in known.kinds)):
        kinds.append({"$ref": REFERENCE})
    return made | (dict(kinds[0]) if len(kinds) == 1 else {"anyOf": kinds})


_ASKED = tuple(key for name, key in FORMS["expect"].keys.items() if name in ASSERTIONS)
