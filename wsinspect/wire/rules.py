"""The rules a peer can break, one row each: section, what happened in a sentence, and the close code to answer with.

RFC 6455 section 7.4.1 gives the codes: 1002 for a breach of the protocol, 1007 for a payload that does not fit its
type, 1009 for a message that is too big. Knows no bytes.
"""

from typing import NamedTuple

from wsinspect.events import Violation

SHOWN_BYTES = 16
"""So many of the offending bytes are kept in a violation."""


class Rule(NamedTuple):
    """``sentence`` is a format string; the reader fills in what it saw."""

    section: str
    sentence: str
    code: int


RULES: dict[str, Rule] = {
    "masked": Rule("RFC 6455 §5.1", "the server masked a frame, which only clients do", 1002),
    "unmasked": Rule("RFC 6455 §5.1", "the client sent a frame without masking it", 1002),
    "rsv": Rule("RFC 6455 §5.2", "a frame has {bits} set, which no agreed extension gives a meaning", 1002),
    "rsv1-place": Rule("RFC 7692 §6", "RSV1 is set on a {frame} frame; compression marks only a message's first", 1002),
    "opcode": Rule("RFC 6455 §5.2", "opcode 0x{opcode:X} is reserved", 1002),
    "length-minimal": Rule("RFC 6455 §5.2", "a length of {length} stands in {bits} bits, more than it needs", 1002),
    "length-top-bit": Rule("RFC 6455 §5.2", "the top bit of a 64-bit length is set", 1002),
    "control-fragmented": Rule("RFC 6455 §5.5", "a {frame} frame is fragmented, as no control frame may be", 1002),
    "control-length": Rule("RFC 6455 §5.5", "a {frame} frame is longer than a control frame's 125 bytes", 1002),
    "continuation-stray": Rule("RFC 6455 §5.4", "a continuation frame came with no message to continue", 1002),
    "continuation-missing": Rule("RFC 6455 §5.4", "a {frame} frame came inside an unfinished message", 1002),
    "utf8": Rule("RFC 6455 §8.1", "a text message is not valid UTF-8", 1007),
    "close-length": Rule("RFC 6455 §5.5.1", "a CLOSE frame holds a single byte, where a code takes two", 1002),
    "close-code": Rule("RFC 6455 §7.4", "a CLOSE frame carries code {code}, which must not stand on the wire", 1002),
    "close-utf8": Rule("RFC 6455 §5.5.1", "the reason in a CLOSE frame is not valid UTF-8", 1007),
    "after-close": Rule("RFC 6455 §5.5.1", "more frames came after the CLOSE frame", 1002),
    "deflate": Rule("RFC 7692 §7.2.2", "a compressed message cannot be inflated: {fault}", 1002),
    "too-big": Rule("RFC 6455 §7.4.1", "a message is larger than the limit of {limit} bytes", 1009),
}


def violation(rule: str, offset: int, data: bytes, **seen: object) -> Violation:
    """Fill in a rule's row with what was seen."""
    section, sentence, code = RULES[rule]
    return Violation(rule, section, sentence.format(**seen), offset, bytes(data[:SHOWN_BYTES]), code)


def sendable(code: int) -> bool:
    """Tell whether a close code may stand in a CLOSE frame (RFC 6455 sections 7.4.1 and 7.4.2, IANA registry)."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
