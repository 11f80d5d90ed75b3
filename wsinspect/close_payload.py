"""The payload of a close frame: hex text to bytes, bytes to code and reason, and what RFC 6455 says to it.

What a peer may not send is told in the result, since a peer may well have sent it; only hex text that is none raises.
"""

from typing import Literal, NamedTuple

from wsinspect.close_codes import explain_close
from wsinspect.errors import InspectError

NO_STATUS = 1005
LARGEST = 125
"""Bytes in a control frame, at most (RFC 6455 section 5.5)."""


class Fault(NamedTuple):
    """Why a payload is forbidden, in a sentence, and the section that forbids it."""

    rule: Literal["one_byte", "utf8", "code", "size"]
    sentence: str
    section: str


class ClosePayload(NamedTuple):
    """A close frame's payload. ``code`` is 1005 for an empty one, and None where a single byte leaves no code."""

    body: bytes
    code: int | None
    reason: str
    fault: Fault | None


def parse_hex(text: str) -> bytes:
    """Return the bytes of a hex text such as ``0x03f3`` or ``03 f3 64:65``; raises InspectError where it is none."""
    digits = text.strip().lower().replace("\\x", " ").replace("0x", " ")
    digits = "".join(digits.replace(":", " ").replace("-", " ").replace(",", " ").split())
    wrong = next((digit for digit in digits if digit not in "0123456789abcdef"), None)
    if wrong is not None:
        raise InspectError(
            f"`{wrong}` is not a hex digit in the payload `{_short(text)}`",
            hint='write it as `0x03f36465706c6f79` or `"03 f3 64 65"`: two bytes of code, then the reason in UTF-8',
        )
    if len(digits) % 2:
        raise InspectError(
            f"the payload `{_short(text)}` has an odd number of hex digits ({len(digits)})",
            hint=f"did you mean `0x0{digits}`?" if len(digits) < 4 else "each byte takes two hex digits",
        )
    return bytes.fromhex(digits)


def parse_payload(body: bytes) -> ClosePayload:
    """Split the payload of a close frame and judge it (RFC 6455 sections 5.5, 5.5.1 and 7.4)."""
    if not body:
        return ClosePayload(body, NO_STATUS, "", None)
    if len(body) == 1:
        fault = Fault(
            "one_byte",
            "a close frame carries either nothing or at least the two bytes of a code. The receiver of a single byte "
            "fails the connection with 1002",
            "RFC 6455 section 5.5.1",
        )
        return ClosePayload(body, None, "", fault)
    code = int.from_bytes(body[:2], "big")
    return ClosePayload(body, code, body[2:].decode("utf-8", "backslashreplace"), _fault(code, body))


def _fault(code: int, body: bytes) -> Fault | None:
    try:
        body[2:].decode()
    except UnicodeDecodeError as wrong:
        offset = 2 + wrong.start
        return Fault(
            "utf8",
            f"the reason is not UTF-8: byte 0x{body[offset]:02x} at offset {offset} of the payload. The receiver "
            f"fails the connection with 1007{_misread(body)}",
            "RFC 6455 sections 5.5.1 and 8.1",
        )
    explanation = explain_close(code)
    if not explanation.on_wire:
        return Fault(
            "code",
            f"{code} may not stand in a close frame. The receiver fails the connection with 1002{_misread(body)}",
            "RFC 6455 section 7.4.1" if explanation.name else "RFC 6455 section 7.4.2",
        )
    if len(body) > LARGEST:
        return Fault(
            "size",
            f"a control frame carries at most {LARGEST} bytes, so 123 of reason; these are {len(body)}. The receiver "
            "fails the connection with 1002",
            "RFC 6455 section 5.5",
        )
    return None


def _misread(body: bytes) -> str:
    inner = _inside_frame(body)
    if inner is not None:
        shown = inner.hex(" ") or "empty"
        return f". These bytes look like a whole close frame; its payload alone is `{shown}`"
    if all(0x20 <= byte < 0x7F for byte in body):
        return ". These bytes are plain text: was the code forgotten before the reason?"
    return ""


def _inside_frame(body: bytes) -> bytes | None:
    """Return the unmasked payload where ``body`` is a complete close frame with its header (section 5.2)."""
    if body[0] != 0x88:
        return None
    size, masked = body[1] & 0x7F, body[1] >> 7
    if len(body) != 2 + 4 * masked + size:
        return None
    if not masked:
        return body[2:]
    key = body[2:6]
    return bytes(byte ^ key[index % 4] for index, byte in enumerate(body[6:]))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
