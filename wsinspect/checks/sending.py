"""What a step sends: its values filled with what is known by then, and made a message. Knows no connection."""

import json
from collections.abc import Mapping
from typing import Any

from wsinspect.checks.assertions.texts import filled_bytes, filled_utf8
from wsinspect.checks.variables import Scope, filled, without_null
from wsinspect.compose import CONTROL_LIMIT
from wsinspect.errors import InspectError
from wsinspect.literals import not_utf8_at
from wsinspect.outgoing import Message, Ping
from wsinspect.vocabulary import WSMsgType


def composed(what: Mapping[str, Any], scope: Scope) -> Message | Ping:
    """Return what `plan.Send.what` says is to be sent; raises `InspectError` where its variables make it impossible."""
    try:
        return _made(what, scope)
    except RecursionError:
        raise InspectError("a value to be sent is nested too deeply") from None


def _made(what: Mapping[str, Any], scope: Scope) -> Message | Ping:
    if "payload" in what:
        return _loaded(what["payload"], what.get("type", "binary"))
    if "ping" in what:
        return Ping(_beat(what["ping"], scope))
    if "binary" in what:
        return Message(WSMsgType.BINARY, filled_bytes(what["binary"], scope))
    if "json" in what:
        return Message(WSMsgType.TEXT, _json(filled(without_null(what["json"]), scope)))
    return Message(WSMsgType.TEXT, filled_utf8(what["text"], scope))


def _loaded(payload: bytes, type: str) -> Message:
    if type == "binary":
        return Message(WSMsgType.BINARY, payload)
    wrong = not_utf8_at(payload)
    if wrong is not None:
        raise InspectError(f"byte {wrong + 1} of the file is not UTF-8, so it is no text", hint='set type = "binary"')
    return Message(WSMsgType.TEXT, payload)


def _beat(given: str | bytes, scope: Scope) -> bytes:
    payload = given if isinstance(given, bytes) else filled_utf8(given, scope)
    if len(payload) > CONTROL_LIMIT:
        raise InspectError(
            f"{len(payload):,} bytes do not fit into a ping",
            hint=f"a control frame carries at most {CONTROL_LIMIT} bytes (RFC 6455 section 5.5)",
        )
    return payload


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError):
        raise InspectError("the value cannot be written as JSON", hint="JSON has neither infinity nor NaN") from None
