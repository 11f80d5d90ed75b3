"""Variables in a file of their own: TOML, JSON, or lines ``NAME=VALUE``, by what the file is called.

No error repeats a value: it may be secret. Reads no file.
"""

from typing import Any

from wsinspect.checks.variables import is_name
from wsinspect.errors import InspectError, shortened
from wsinspect.json_faults import NotJson, json_value
from wsinspect.toml_content import toml_content

EXPORT = "export "
QUOTES = "\"'"


def parse_variables(text: str, path: str) -> dict[str, Any]:
    """Return the variables of a file; raises `InspectError` with the place of a mistake.

    Lines are texts as they stand, without blanks around them and without quotes around the whole; empty ones and those
    that begin with ``#`` are passed over, and so is the word ``export``.
    """
    if path.endswith(".toml"):
        variables = toml_content(text, path)
    elif path.endswith(".json"):
        variables = _of_json(text, path)
    else:
        return _of_lines(text, path)
    for name in variables:
        if not is_name(name):
            raise _misnamed(name, path)
    return variables


def _of_json(text: str, path: str) -> dict[str, Any]:
    try:
        content = json_value(text)
    except NotJson as fault:
        raise InspectError(f"{path}: not valid JSON: {fault}") from None
    if not isinstance(content, dict):
        raise InspectError(f"{path}: variables are an object of names and values")
    return content


def _of_lines(text: str, path: str) -> dict[str, Any]:
    variables = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.removeprefix(EXPORT).partition("=")
        name, value = name.strip(), value.strip()
        if not equals:
            raise InspectError(
                f"{path}:{number}: a line is NAME=VALUE", hint="name the file .toml or .json if it is so"
            )
        if not is_name(name):
            raise _misnamed(name, f"{path}:{number}")
        if len(value) > 1 and value[0] == value[-1] and value[0] in QUOTES:
            value = value[1:-1]
        variables[name] = value
    return variables


def _misnamed(name: str, place: str) -> InspectError:
    return InspectError(f"{place}: `{shortened(name)}` cannot be the name of a variable")
