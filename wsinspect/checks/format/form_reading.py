"""A table of a check file held against its form: unknown keys, kinds of values, and templates that are filled at once.

Knows the keys only as `forms` lists them, and not what they mean.
"""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.format.forms import ACTIONS, FORMS, Form, Key
from wsinspect.checks.format.kinds import TEXT
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.values import Values
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.toml_places import Path

TOP = "it stands at the top of the file, above the first [table]"
NO_OPTIONS = frozenset({*FORMS["file"].keys, *FORMS["handshake_expect"].keys}) - {
    "handshake",
    "subprotocol",
    *FORMS["handshake"].keys,
}
"""Keys that no option of a connection is called by, and that stand elsewhere."""


def read_form(name: str, table: Mapping[str, Any], keys: Path, page: Page, values: Values) -> dict[str, Any]:
    """Return what stands in a table, without what is wrong, which the page keeps.

    Strings, and lists of them, are filled, but for late ones; tables and lists of tables are left to who reads them.
    """
    form = FORMS[name]
    good: dict[str, Any] = {}
    for key, value in table.items():
        here = (*keys, key)
        with page.kept(*here):
            known = form.keys.get(key)
            if known is None and (form.others is None or (key in NO_OPTIONS and name in ("handshake", "connection"))):
                raise _unknown(name, key, table)
            if known is not None:
                value = _filled(key, known, value, here, values)
                check_kind(key, known, value)
            good[key] = value
    return good


def _filled(key: str, known: Key, value: Any, keys: Path, values: Values) -> Any:
    if known.late or is_deep(value) or all(kind.is_table for kind in known.kinds):
        return value
    if known.pattern or known.kinds == (TEXT,):
        return values.now_text(value, keys, pattern=known.pattern)
    value = values.now(value, keys)
    if is_deep(value):
        raise InspectError(f"`{key}` cannot be a variable that is a table", hint="write the table here")
    return value


def check_kind(key: str, known: Key, value: Any) -> None:
    """Raise `InspectError` where a value is not of a kind that its key takes."""
    if not any(kind.takes(value) for kind in known.kinds):
        *firsts, last = [kind.told for kind in known.kinds]
        words = f"{', '.join(firsts)} or {last}" if firsts else last
        raise InspectError(f"`{key}` must be {words}", hint=f"write, for instance:  {key} = {known.example}")


def is_deep(value: Any) -> bool:
    """Tell whether a value is a table, or a list that holds tables or lists: it is not filled as a whole."""
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value))


def _unknown(name: str, key: str, table: Mapping[str, Any]) -> InspectError:
    form = FORMS[name]
    hint = _elsewhere(name, key, table)
    if not hint:
        near = nearest(key.lower().replace("-", "_"), form.keys)
        hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(form.keys)}"
    where = "" if name in ("file", "step", "connection", "case") else f" in {form.title}"
    return InspectError(f"there is no key `{shortened(key)}`{where}", hint=hint)


def _elsewhere(name: str, key: str, table: Mapping[str, Any]) -> str:
    """Return a hint to where a key belongs that is right in another table."""
    if name in ("handshake", "connection"):
        if key in FORMS["file"].keys:
            return TOP
        return "it belongs in [handshake.expect]" if key in FORMS["handshake_expect"].keys else ""
    if name == "file":
        if key in FORMS["handshake"].keys:
            return "it belongs in [handshake]"
        if key in FORMS["handshake_expect"].keys:
            return "it belongs in [handshake.expect]"
        return "it belongs in a step, below [[steps]]" if key in FORMS["step"].keys else ""
    if name == "step":
        present = [action for action in ACTIONS if action in table]
        for action in present or ACTIONS:
            form = FORMS.get(action)
            if form is not None and key in form.keys:
                return f"it belongs in the table of `{action}`:  {_example(action, form, key, table.get(action))}"
        return TOP if key in FORMS["file"].keys else ""
    if name == "reject" and key in FORMS["expect"].keys:
        return "a message that must not come has no `within`, `count` or `save`; `for` says how long it must not"
    if name in ("expect", "expect_ping") and key == "for":
        return "how long to wait at most is said by `within`"
    if key in FORMS["step"].keys:
        return f"it stands in the step, beside `{name}`" if name in ACTIONS else ""
    return ""


def _example(action: str, form: Form, key: str, value: Any) -> str:
    inner = f"{key} = {form.keys[key].example or '...'}"
    if action in ("expect", "reject") and isinstance(value, str):
        return f'{action} = {{ where = "...", {inner} }}'
    if action in ("close", "expect_close") and isinstance(value, int) and not isinstance(value, bool):
        return f"{action} = {{ code = {value}, {inner} }}"
    if action == "send" and isinstance(value, str):
        return f'{action} = {{ text = "...", {inner} }}'
    return f"{action} = {{ ..., {inner} }}" if isinstance(value, dict) and value else f"{action} = {{ {inner} }}"
