"""What a check file says is to be sent. Sends nothing."""

from collections.abc import Collection, Mapping
from typing import Any

from wsinspect.checks.format.form_reading import read_form
from wsinspect.checks.format.forms import PAYLOADS
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.trying import tried
from wsinspect.checks.format.values import NO_PATTERNS, Values
from wsinspect.checks.plan import Send
from wsinspect.checks.sending import composed
from wsinspect.checks.telling import told_payload
from wsinspect.checks.variables import NULL, Scope
from wsinspect.errors import InspectError, shortened
from wsinspect.literals import not_utf8_at
from wsinspect.toml_places import Path


def read_send(value: Any, keys: Path, saved: Collection[str], page: Page, values: Values) -> tuple[Send, str]:
    """Return what a value of `send` means, and that in words; raises `InspectError`."""
    table = {"text": value} if isinstance(value, str) else value
    present = [name for name in PAYLOADS if name in table]
    good = read_form("send", table, keys, page, values)
    if len(present) > 1:
        hint = "begin another step with [[steps]] for it"
        raise page.wrong((*keys, present[1]), f"`{present[1]}` stands beside `{present[0]}`", hint)
    if not present and len(good) < len(table):
        return Send({}), ""  # why, is kept already
    if not present:
        raise InspectError("`send` says not what", hint=f"it has one of: {', '.join(PAYLOADS)}")
    name = present[0]
    if "type" in table and name != "file":
        other = "{ binary = ... }" if good.get("type") == "binary" else "{ text = ... }"
        raise page.wrong((*keys, "type"), "`type` is for `file` alone", f"write  send = {other}")
    if name not in good:
        return Send({}), ""  # why, is kept already
    here = keys if isinstance(value, str) else (*keys, name)
    words = f"send {told_payload({name: table[name]}, values.shown)}"
    if name == "file":
        values.check_open(table[name], here)
        return Send(_file(good[name], good.get("type"), here, page, values)), words
    payload = good[name]
    needs = values.late(payload, here, saved, patterns={NULL} if name == "json" else NO_PATTERNS)
    what = {name: payload}
    tried(f"`{name}`", payload, needs, values, lambda scope: _composed(name, what, scope))
    return Send(what, needs), words


def _file(path: str, type: str | None, keys: Path, page: Page, values: Values) -> dict[str, Any]:
    """Return the content of a file, and the type that it is sent as."""
    try:
        payload = values.bytes_of(path)
    except InspectError as error:
        raise page.placed(keys, error) from None
    wrong = not_utf8_at(payload)
    if type == "text" and wrong is not None:
        words = f"the file `{shortened(path)}` is no text: byte {wrong + 1} of it is not UTF-8"
        raise page.wrong(keys, words, 'write  type = "binary"')
    return {"payload": payload, "type": type or ("text" if wrong is None else "binary")}


def _composed(name: str, what: Mapping[str, Any], scope: Scope) -> None:
    try:
        composed(what, scope)
    except InspectError as error:
        raise error.within(f"`{name}`") from None
