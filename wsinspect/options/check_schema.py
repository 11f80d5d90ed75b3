"""The options of a connection as parts of the JSON Schema of check files, made of the options themselves.

Knows nothing of the rest of the schema.
"""

from typing import Any

import click

from wsinspect.checks.format.kinds import REFERENCE
from wsinspect.options.preparing import reaching
from wsinspect.options.profiles import NEVER

Schema = dict[str, Any]

_OR_REFERENCE: list[Schema] = [{"$ref": REFERENCE}, {"type": "object"}]


def connection_schemas() -> dict[str, Schema]:
    """Return a schema for each option that [handshake] of a check can set, by its long name without dashes."""
    found: dict[str, Schema] = {}
    for parameter in reaching.params:
        if not isinstance(parameter, click.Option) or not parameter.expose_value or parameter.is_eager:
            continue
        for name in (*parameter.opts, *parameter.secondary_opts):
            long = name.removeprefix("--")
            if name.startswith("--") and long not in NEVER:
                found[long] = {"description": parameter.help or "", **_taken(parameter)}
    return found


def _taken(parameter: click.Option) -> Schema:
    if parameter.is_flag:
        return {"anyOf": [{"type": "boolean"}, {"$ref": REFERENCE}]}
    if isinstance(parameter.type, click.Choice):
        return {"anyOf": [{"enum": list(parameter.type.choices)}, *_OR_REFERENCE]}
    # A table says where a secret is, or holds headers.
    return {"type": ["string", "number", "array", "object"]}
