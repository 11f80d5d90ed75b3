"""By which key a message belongs to another one: guessed from its JSON, or told by an expression. Knows no pairs.

Guessed are, in this order: JSON-RPC 2.0, single and in batches; GraphQL over WebSocket in both its protocols
(graphql-transport-ws, and the older graphql-ws); a field of the message that is known to hold such a key.
"""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from json import dumps
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from wsinspect.events import Direction
from wsinspect.filters.subject import Subject, parsed

if TYPE_CHECKING:
    from wsinspect.filters.expression import Expression

Key: TypeAlias = int | float | str
Role: TypeAlias = Literal["asks", "answers", "streams", "ends", "either"]
"""``streams`` is an answer after which others may come, ``ends`` the last one, or the end by who asked; ``either``
asks where nobody has asked before."""

JSON_RPC = "JSON-RPC"
GRAPHQL = "GraphQL"
GRAPHQL_SUBPROTOCOLS = frozenset({"graphql-transport-ws", "graphql-ws"})

FIELDS = (
    *("correlation_id", "correlationId", "correlationID"),
    *("request_id", "requestId", "requestID", "req_id", "reqId", "reqid", "msg_id", "msgId"),
    *("id", "ID", "ref"),
)
"""Fields that are known to hold a key, the more telling ones first: an `id` may be that of the message alone."""

REPLY_FIELDS = ("reply_to", "replyTo", "in_reply_to", "inReplyTo")
"""Fields of an answer that hold the `id` of what it answers."""

_GRAPHQL_ASKS = frozenset({"subscribe", "start"})
_GRAPHQL_ROLES: dict[str, Role] = {
    "next": "streams",
    "data": "streams",
    "error": "ends",
    "complete": "ends",
    "stop": "ends",
}
_CALLERS = ("method", "op", "action", "event", "type", "command", "cmd")
"""Fields that name what is asked for."""

# What stands in every payload that holds one of the fields. The first is the quicker one by far, but finds a `bid` too.
_ROUGHLY = re.compile(rb'[iIe][dDfp]["l]').search
_CLOSELY = re.compile(rb'(?:["_q]id|I[dD]|"ref|eply_?[tT]o)"').search

LONGEST = 64
"""Characters of a key or name that are kept; the key of which more were, is told apart all the same."""
BATCHED = 1000
"""Calls of a JSON-RPC batch that are looked at."""


class Clue(NamedTuple):
    """``scheme`` is what the key was found by; ``name`` what is asked for, where that is told, for a reader."""

    scheme: str
    key: Key
    role: Role
    name: str = ""


Finder: TypeAlias = Callable[[int, Direction, bytes, int], Iterable[Clue]]
"""Finds the clues of a data message: by its type, direction, payload, and the number of its connection."""


class Guess:
    """Finds keys by what is usual. Learns of each connection whether it speaks GraphQL."""

    def __init__(self) -> None:
        self._graphql: set[int] = set()

    def opens(self, connection: int, subprotocol: str | None) -> None:
        """Another connection begins."""
        self._graphql.discard(connection)
        if subprotocol in GRAPHQL_SUBPROTOCOLS:
            self._graphql.add(connection)

    def __call__(self, type: int, direction: Direction, payload: bytes, connection: int) -> Iterable[Clue]:
        if not _may_hold(payload):
            return ()
        if payload[:1] not in (b"{", b"[") and payload.lstrip()[:1] not in (b"{", b"["):
            return ()
        root = parsed(payload)
        if isinstance(root, dict):
            clue = self._of(root, connection)
            return () if clue is None else (clue,)
        if isinstance(root, list) and root and isinstance(root[0], dict) and "jsonrpc" in root[0]:
            calls = [_json_rpc(call) for call in root[:BATCHED] if isinstance(call, dict)]
            return [call for call in calls if call is not None]
        return ()

    def _of(self, root: dict[str, Any], connection: int) -> Clue | None:
        if "jsonrpc" in root:
            return _json_rpc(root)
        kind = root.get("type")
        if isinstance(kind, str) and "id" in root:
            if kind in _GRAPHQL_ASKS and isinstance(root.get("payload"), dict):
                self._graphql.add(connection)
                name = root["payload"].get("operationName")
                return _clue(GRAPHQL, root["id"], "asks", name if isinstance(name, str) else "")
            if kind in _GRAPHQL_ROLES and connection in self._graphql:
                return _clue(GRAPHQL, root["id"], _GRAPHQL_ROLES[kind])
        for field in REPLY_FIELDS:
            if field in root:
                clue = _clue("id", root[field], "answers")
                if clue is not None:
                    return clue
        for field in FIELDS:
            if field in root:
                clue = _clue(field, root[field], "either", _called(root))
                if clue is not None:
                    return clue
        return None


def _may_hold(payload: bytes) -> bool:
    """Tell whether a payload may hold one of the fields. Most need no parsing, and to look for bytes is quicker."""
    return _ROUGHLY(payload) is not None and _CLOSELY(payload) is not None


def told(expression: "Expression") -> Finder:
    """Return what finds keys by an expression on each message."""
    scheme = expression.text

    def find(type: int, direction: Direction, payload: bytes, connection: int) -> Iterable[Clue]:
        subject = Subject(type, direction, payload)
        clue = _clue(scheme, expression.value(subject), "either")
        if clue is None:
            return ()
        root = subject.root
        return (clue._replace(name=_called(root)) if isinstance(root, dict) else clue,)

    return find


def _json_rpc(root: dict[str, Any]) -> Clue | None:
    if "method" in root:
        return _clue(JSON_RPC, root.get("id"), "asks", _called(root))
    if "result" in root or "error" in root:
        return _clue(JSON_RPC, root.get("id"), "answers")
    return None


def _clue(scheme: str, value: Any, role: Role, name: str = "") -> Clue | None:
    key = key_of(value)
    return None if key is None else Clue(scheme, key, role, name)


def _called(root: dict[str, Any]) -> str:
    for field in _CALLERS:
        name = root.get(field)
        if isinstance(name, str) and name:
            return name[:LONGEST]
    return ""


def key_of(value: Any) -> Key | None:
    """Return the key that a JSON value is, short and comparable; None where it is none: null, true, false."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float) and -(1 << 63) < value < 1 << 63:
        return value
    if isinstance(value, str):
        # A number and a string of the same digits are two keys.
        text = f'"{value}"'
    else:
        try:
            text = dumps(value, sort_keys=True)
        except (ValueError, RecursionError):
            # Numbers of more digits than Python writes.
            return None
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…{blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"
