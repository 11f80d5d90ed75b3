"""The little language of what is to be sent: one text becomes one step, for every place where a user writes one.

=====================  ====================================================================
``hello``              a text message; so is anything that does not begin as below
``text:hello``         a text message, whatever it begins with
``@file``              what the file holds: a text message where that is UTF-8, else a binary one
``hex:0a 0b``          a binary message; ``0x``, spaces, commas and colons may stand between bytes
``base64:CgsM``        a binary message; url-safe letters and missing padding are fine
``/command``           see `COMMANDS`
``//x`` and ``@@x``    the text messages ``/x`` and ``@x``
=====================  ====================================================================

Pure: files are read by a function that is passed in, and the condition of a ``/wait`` is compiled by whoever waits.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from wsinspect.durations import seconds_of
from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.literals import Literal, Reads, from_hex, is_plain, literal, not_utf8_at, utf8
from wsinspect.outgoing import Close, Message, Outgoing, Ping, Pong, Sleep, Wait
from wsinspect.vocabulary import WSMsgType

CONTROL_LIMIT = 125
"""Bytes in a control frame, at most (RFC 6455 section 5.5)."""

REASON_LIMIT = CONTROL_LIMIT - 2
"""Bytes of a close frame that its code leaves to the reason."""

WAIT_S = 10.0
"""So long a ``/wait`` waits that does not say how long."""

LONGEST_NAME = 20


def compose(text: str, *, reads: Reads, dialect: str | None = None) -> Outgoing:
    """Return what ``text`` says is to be sent or done.

    Args:
        text: one value of ``--send``, one line of the prompt, one step of a check.
        reads: how the files that ``@`` names are read.
        dialect: a name from `dialects.DIALECTS`, whose names for close codes are known besides.

    Raises:
        InspectError: there is a mistake in it, or a file cannot be read. No payload is repeated.
    """
    if text.startswith("//"):
        return _message(Literal(utf8(text[1:], 1), True))
    if not text.startswith("/"):
        return _message(literal(text, 0, reads))
    name = _NAME.findall(text)[0]
    if name not in COMMANDS:
        # What is no word may well be a secret.
        told = f"called `/{name}`" if name.isascii() and name.isalpha() and len(name) < LONGEST_NAME else "of this name"
        near = nearest(name.lower(), COMMANDS)
        meant = f"did you mean `/{near}`? " if near else ""
        raise InspectError(
            f"there is no command {told}", hint=f"{meant}to send a text that begins with a slash, write //"
        )
    rest = text[1 + len(name) :].lstrip()
    return _MAKERS[name](_Arguments(rest, len(text) - len(rest), reads, dialect))


_NAME = re.compile(r"^/(\S*)")


class Command(NamedTuple):
    """A slash command: what follows its name, and a line of help."""

    usage: str
    help: str


COMMANDS = {
    "text": Command("VALUE|@FILE", "send a text message"),
    "binary": Command("HEX|base64:...|@FILE", "send a binary message"),
    "ping": Command("[TEXT|hex:...]", "send a ping"),
    "pong": Command("[TEXT|hex:...]", "send a pong that nobody asked for"),
    "close": Command("[CODE|NAME] [REASON]", "close: with 1000 unless a code is given, `none` sends no code"),
    "wait": Command("EXPR [TIMEOUT]", f"wait until a received message matches, at most {WAIT_S:g}s or TIMEOUT"),
    "sleep": Command("TIME", "send nothing for so long"),
}
"""The slash commands that send something, or pause, by name without the slash."""


class _Arguments(NamedTuple):
    """What follows a command's name, and where it begins."""

    text: str
    at: int
    reads: Reads
    dialect: str | None


def _message(value: Literal) -> Message:
    return Message(WSMsgType.TEXT if value.is_text else WSMsgType.BINARY, value.payload)


def _text(given: _Arguments) -> Message:
    payload = literal(given.text, given.at, given.reads).payload
    wrong = not_utf8_at(payload)
    if wrong is not None:
        raise InspectError(f"byte {wrong + 1} of it is not UTF-8, so it is no text", hint="send it with /binary")
    return Message(WSMsgType.TEXT, payload)


def _binary(given: _Arguments) -> Message:
    if not is_plain(given.text):
        return Message(WSMsgType.BINARY, literal(given.text, given.at, given.reads).payload)
    try:
        return Message(WSMsgType.BINARY, from_hex(given.text, given.at))
    except InspectError as fault:
        # It may have been meant as something else.
        raise InspectError(fault.message, hint="/binary takes hex digits, base64:..., text:... or @FILE") from None


def _control(given: _Arguments) -> bytes:
    payload = literal(given.text, given.at, given.reads).payload
    if len(payload) > CONTROL_LIMIT:
        raise InspectError(
            f"{len(payload)} bytes do not fit into a control frame",
            hint=f"it carries at most {CONTROL_LIMIT} bytes (RFC 6455 section 5.5)",
        )
    return payload


def _close(given: _Arguments) -> Close:
    if not given.text:
        return Close()
    word, *rest = given.text.split(maxsplit=1)
    reason = rest[0].rstrip() if rest else ""
    size = len(utf8(reason, given.at + len(given.text) - len(rest[0]) if rest else 0))
    if word == "none":
        if reason:
            raise InspectError("a close frame without a code has no reason", hint="write `/close none`, or give a code")
        return Close(None)
    code = _code(word, given.dialect)
    check_reason(size)
    return Close(code, reason)


def check_reason(size: int) -> None:
    """Raise `InspectError` where a reason of so many bytes does not fit into a close frame."""
    if size > REASON_LIMIT:
        raise InspectError(
            f"a reason of {size} bytes does not fit into a close frame",
            hint=f"it carries at most {REASON_LIMIT} bytes of UTF-8 beside the code (RFC 6455 section 5.5)",
        )


def _code(word: str, dialect: str | None) -> int:
    """Return the close code of a number or name, if it may be sent (RFC 6455 section 7.4)."""
    from wsinspect.close_codes import HIGHEST, RANGE, code_in, explain_close, nearest_code

    code = code_in(word, dialect=dialect)
    if code is None:
        near = nearest_code(word, dialect=dialect)
        meant = f"did you mean {near}? " if near else ""
        raise InspectError(
            f"`{shortened(word, LONGEST_NAME)}` is neither a close code nor the name of one",
            hint=f"{meant}a reason stands behind a code: `/close 1000 REASON`",
        )
    if code > HIGHEST or not explain_close(code).on_wire:
        why = _UNSENT.get(code) or (_RESERVED if code in RANGE else _INVALID)
        hint = (
            "`/close none` sends a close frame without a code" if code == 1005 else "4000 to 4999 are for private use"
        )
        raise InspectError(f"close code {shortened(word, LONGEST_NAME)} may not be sent: {why}", hint=hint)
    return code


_INVALID = "codes go from 1000 to 4999 (RFC 6455 section 7.4.2)"
_RESERVED = "it is reserved for the protocol itself (RFC 6455 section 7.4)"
_UNSENT = {
    1005: "it stands for a close frame without a code (RFC 6455 section 7.4.1)",
    1006: "it stands for an end without a close frame (RFC 6455 section 7.4.1)",
    1015: "it stands for a TLS handshake that failed (RFC 6455 section 7.4.1)",
}


def _wait(given: _Arguments) -> Wait:
    condition, timeout_s = given.text.rstrip(), WAIT_S
    match = _TIMED.fullmatch(condition)
    seconds = seconds_of(match[2], endless=True) if match else None
    if match and seconds is not None:
        condition, timeout_s = match[1], seconds
    if not condition:
        raise InspectError("/wait says not for what", hint="write `/wait EXPR [TIMEOUT]`, such as `/wait ok 5s`")
    utf8(condition, given.at)
    return Wait(condition, timeout_s, given.at)


# A time at the end has a unit: `:size > 5` ends with a number of its own. Behind an operator nothing is a timeout.
_TIMED = re.compile(r"(.*[^\s<>=!&|(,.\[])\s+(inf|[\d.]+[a-zA-Z]+)", re.DOTALL)


def _sleep(given: _Arguments) -> Sleep:
    seconds = seconds_of(given.text)
    if seconds is None:
        raise InspectError("/sleep takes a time", hint="write 500ms, 2s or 1m")
    return Sleep(seconds)


_MAKERS: dict[str, Callable[[_Arguments], Outgoing]] = {
    "text": _text,
    "binary": _binary,
    "ping": lambda given: Ping(_control(given)),
    "pong": lambda given: Pong(_control(given)),
    "close": _close,
    "wait": _wait,
    "sleep": _sleep,
}
