"""Each type of line of a recording, made a row again: the other half of `render.ndjson`, which documents the shape.

What a line says that a row does not hold (``size``, ``name``, ``rtt``) is not looked at: it follows from the rest.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    FRAME,
    GAP,
    HANDSHAKE,
    NO_STATUS,
    PING,
    PONG,
    TEXT,
    Closed,
    Frame,
    Gap,
    Handshake,
    Row,
    Step,
    TlsFacts,
    Violation,
)
from wsinspect.recordings.fields import Damaged, Fields

CODES = 1 << 16
SWITCHING = 101


def _text(line: Fields) -> Row:
    return TEXT, line.utf8(), line.whole("wire")


def _binary(line: Fields) -> Row:
    return BINARY, line.base64(), line.whole("wire")


def _control(type: int) -> Callable[[Fields], Row]:
    def make(line: Fields) -> Row:
        payload = line.utf8() if line.has("text") else line.base64()
        return type, payload, line.whole("wire")

    return make


def _close(type: int) -> Callable[[Fields], Row]:
    def make(line: Fields) -> Row:
        code, reason = line.within("code", CODES), line.text("reason")
        body = b"" if code == NO_STATUS else code.to_bytes(2, "big") + reason.encode()
        return type, body, line.whole("wire")

    return make


def _error(line: Fields) -> Row:
    violation = Violation(
        line.text("rule"),
        line.text("section"),
        line.text("message"),
        line.whole("offset"),
        line.base64(),
        line.within("code", CODES),
    )
    return ERROR, violation, 0


def _frame(line: Fields) -> Row:
    frame = Frame(
        line.truth("fin"),
        line.within("rsv", 8),
        line.within("opcode", 16),
        None if line.missing("mask") else _mask(line.text("mask")),
        line.whole("header"),
        line.base64(),
        None if line.missing("plain") else line.whole("plain"),
        line.whole("offset"),
    )
    return FRAME, frame, line.whole("wire")


def _mask(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Damaged("`mask` must be hex digits") from None


def _gap(line: Fields) -> Row:
    return GAP, Gap(line.seconds("seconds"), line.whole("attempts"), line.within("code", CODES)), 0


def _closed(line: Fields) -> Row:
    closed = Closed(
        line.one_of("by", "peer", "us", "nobody"),
        line.truth("clean"),
        line.within("code", CODES),
        line.text("reason"),
        None if line.missing("sent") else line.within("sent", CODES),
        line.text("cause"),
        line.whole("exit"),
    )
    return CLOSED, closed, 0


def _handshake(line: Fields) -> Row:
    url, status = line.words("url"), line.whole("status")
    handshake = Handshake(
        line.at(),
        url,
        line.words("address"),
        status,
        line.seconds("seconds"),
        None if line.missing("subprotocol") else line.words("subprotocol"),
        line.words("extensions"),
        line.pairs("request"),
        line.pairs("response"),
        resource=line.words("resource") if line.has("resource") else resource_of(url),
        reason=line.words("reason") if line.has("reason") else "Switching Protocols" if status == SWITCHING else "",
        steps=tuple(Step(*step) for step in line.lists("steps", "[name, seconds, detail]", str, float, str))
        if line.has("steps")
        else (),
        tls=None if not line.has("tls") or line.missing("tls") else _tls(line.table("tls")),
    )
    return HANDSHAKE, handshake, 0


def _tls(facts: Fields) -> TlsFacts:
    return TlsFacts(
        facts.text("version"),
        facts.text("cipher"),
        None if facts.missing("alpn") else facts.text("alpn"),
        facts.truth("verified"),
        facts.text("sha256"),
        facts.texts("names"),
        facts.text("issuer"),
        None if facts.missing("expires") else facts.number("expires"),
        None if facts.missing("begins") else facts.number("begins"),
        facts.text("lowest"),
        facts.text("highest"),
        facts.texts("offered_alpn"),
        facts.text("server_name"),
    )


def resource_of(url: str) -> str:
    """Return what the request line asked for; a URL that is none was not recorded by us, but is shown all the same."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return (parts.path or "/") + ("?" + parts.query if parts.query else "")


ROWS: dict[str, Callable[[Fields], Row]] = {
    "HANDSHAKE": _handshake,
    "TEXT": _text,
    "BINARY": _binary,
    "PING": _control(PING),
    "PONG": _control(PONG),
    "CLOSE": _close(CLOSE),
    "CLOSING": _close(CLOSING),
    "ERROR": _error,
    "FRAME": _frame,
    "GAP": _gap,
    "CLOSED": _closed,
}
"""How the row of each type is made; raises `Damaged`."""
