"""The heads of an opening handshake, written again as they were recorded (RFC 6455 section 4). Knows no TCP.

What a handshake cannot do without is made up where the recording lacks it, or hides it.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha1, sha256

from wsinspect.events import Handshake, Moment
from wsinspect.exports.packets import SERVER
from wsinspect.redact import HIDDEN

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "sec-websocket-key"
ACCEPT = "sec-websocket-accept"
EXTENSIONS = "sec-websocket-extensions"
BODY = frozenset({"content-length", "transfer-encoding"})
SWITCHING = 101
AUTHORITY_END = re.compile(r"[/?#]")

Headers = list[tuple[str, str]]


def made_up(at: Moment) -> Handshake:
    """Return a handshake for frames whose own is not recorded."""
    return Handshake(at, f"ws://{SERVER}/", "", SWITCHING, 0.0, None, "", [], [])


def key_of(handshake: Handshake, number: int) -> str:
    """Return the key that was sent, or one that is made of a number."""
    sent = value_of(handshake.request, KEY)
    try:
        if len(b64decode(sent, validate=True)) == 16:
            return sent
    except ValueError:
        pass
    return b64encode(sha256(b"key %d" % number).digest()[:16]).decode()


def asked(handshake: Handshake, key: str) -> bytes:
    """Return the request."""
    host = authority_of(handshake.url).rpartition("@")[2] or SERVER
    headers = _with(
        handshake.request,
        [
            ("Host", host),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
        ],
    )
    headers = [(name, key if name.lower() == KEY else value) for name, value in headers]
    resource = "".join(handshake.resource.split()) or "/"
    return _head(f"GET {resource} HTTP/1.1", [pair for pair in headers if pair[0].lower() not in BODY])


def answered(handshake: Handshake, key: str, *, extensions: bool) -> bytes:
    """Return the answer, of an agreement on extensions only if they are kept; a refusal without its body."""
    headers = handshake.response
    if handshake.status == SWITCHING:
        accept = b64encode(sha1((key + GUID).encode(), usedforsecurity=False).digest()).decode()
        needed = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)]
        if handshake.subprotocol:
            needed.append(("Sec-WebSocket-Protocol", handshake.subprotocol))
        if extensions and handshake.extensions:
            needed.append(("Sec-WebSocket-Extensions", handshake.extensions))
        fits = key == value_of(handshake.request, KEY) and value_of(headers, ACCEPT) != HIDDEN
        headers = [
            (name, value if name.lower() != ACCEPT or fits else accept)
            for name, value in _with(headers, needed)
            if name.lower() not in BODY and (extensions or name.lower() != EXTENSIONS)
        ]
    else:
        headers = [pair for pair in headers if pair[0].lower() not in BODY] + [("Content-Length", "0")]
    return _head(f"HTTP/1.1 {handshake.status:03d} {handshake.reason}", headers)


def authority_of(url: str) -> str:
    """Return what stands between the scheme and the path: credentials, if there are any, host and port."""
    return AUTHORITY_END.split(url.partition("://")[2], maxsplit=1)[0]


def value_of(headers: Headers, name: str) -> str:
    """Return the first value of a header, or an empty string."""
    return next((value for key, value in headers if key.lower() == name), "")


def _with(headers: Headers, needed: Headers) -> Headers:
    """Return headers, and of those that are needed the ones that they lack."""
    there = {name.lower() for name, _ in headers}
    return headers + [(name, value) for name, value in needed if name.lower() not in there]


def _head(line: str, headers: Headers) -> bytes:
    lines = [line, *[f"{name}: {value}" for name, value in headers], "", ""]
    return b"\r\n".join([_encoded(one) for one in lines])


def _encoded(line: str) -> bytes:
    """Return a line as bytes; one that came from elsewhere may hold ends of lines, which are none here."""
    line = line.replace("\r", " ").replace("\n", " ")
    try:
        return line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return line.encode("utf-8", "replace")
