"""Why a connection could not be opened: from what was raised and what the peer sent, to a sentence, a hint and an exit.

What a status means is told by `refusals`, why TLS failed by `tls_failures`. Knows no terminal.
"""

import re
import socket
import ssl

from wsinspect.errors import Exit, InspectError
from wsinspect.events import Handshake
from wsinspect.net.answer import Answer, read_answer
from wsinspect.net.failure_tables import LIBRARY, TIMEOUTS, WRONG_PORT, banner_of
from wsinspect.net.refusals import cause_of
from wsinspect.net.tls_failures import tls_failed
from wsinspect.net.unopened import HandshakeRefused, Phase, Unopened
from wsinspect.redact import redact_subprotocols, redact_text
from wsinspect.render.safe import clipped

__all__ = ["HandshakeRefused", "Phase", "Unopened", "library_sentence", "refused", "stopped", "unreachable"]

SHOWN_TEXT = 60
SHOWN_BYTES = 16
SHOWN_WORDS = 200
"""So many characters of a peer's text stand in one of our sentences."""

NO_HTTP2 = "a WebSocket needs HTTP/1.1 here: leave h2 out of --alpn"
BARE_LF = re.compile(rb"\A(?:[^\n]*\r\n)*[^\n]*(?<!\r)\n")


def stopped(phase: Phase, error: InspectError) -> Unopened:
    """Return an error whose cause was known where it happened, with how far opening had come."""
    return Unopened(error.message, hint=error.hint, exit=error.exit, phase=phase)


def unreachable(phase: Phase, fault: Exception, head: bytes) -> Unopened:
    """Tell why there is no answer at all: no name, no TCP, no TLS, or no time left."""
    if isinstance(fault, TimeoutError) and fault.errno is None:
        return _too_slow(phase, head)
    if isinstance(fault, ssl.SSLError) or phase.name == "tls":
        return tls_failed(phase, fault)
    message, hint = _no_way(phase, fault)
    return Unopened(message, hint=hint, exit=Exit.UNREACHABLE, phase=phase)


def _no_way(phase: Phase, fault: Exception) -> tuple[str, str]:
    if isinstance(fault, socket.gaierror):
        if fault.errno == socket.EAI_AGAIN:
            return f"cannot resolve {phase.name_of_host}: no name server answered", "is the network up?"
        return f"cannot resolve {phase.name_of_host}", "check the spelling, and the network"
    at = phase.at
    # What `dial` tried; an address that stands in the sentence anyway is not told twice.
    tried = getattr(fault, "filename", None)
    if tried and tried not in at:
        at += f" ({tried})"
    if isinstance(fault, ConnectionRefusedError):
        return f"{at} refused the connection", "nothing listens there; " + WRONG_PORT
    reason = (getattr(fault, "strerror", None) or str(fault)).lower()
    hint = "is the network up, and is there a route to that host?"
    if isinstance(fault, ConnectionResetError):
        # It answered, so that there is a way to it.
        hint = "it dropped the connection at once: is it full, or only just starting?"
    return f"cannot connect to {at}: {reason}", hint


def _too_slow(phase: Phase, head: bytes) -> Unopened:
    if banner := banner_of(head):
        return Unopened(banner.message, hint=banner.hint, exit=Exit.REFUSED, phase=phase)
    seen = {"host": phase.target.host, "port": phase.target.port, "timeout": phase.timeout_s}
    seen |= {"at": phase.at, "name": phase.name_of_host}
    message, hint = (words.format(**seen) for words in TIMEOUTS[phase.name])
    if head:
        message += f"; it sent {_excerpt(head)}"
        hint = "its answer is not finished"
    elif phase.name == "upgrade" and phase.target.secure:
        hint = "does this port speak HTTP?"
    return Unopened(message, hint=hint, exit=Exit.TIMEOUT, phase=phase)


def refused(
    phase: Phase, handshake: Handshake, head: bytes, fault: Exception | None, lost_by: Exception | None, *, ended: bool
) -> Unopened:
    """Tell why an answer opened nothing: its status, its headers, or that it was no HTTP at all.

    ``ended`` says that the server ended the connection, and without a reset.
    """
    answer = read_answer(head, ended=ended)
    if answer is None:
        if isinstance(lost_by, ssl.SSLError):
            # With TLS 1.3 a server complains of the client's certificate only after the handshake.
            return tls_failed(phase, lost_by)
        message, hint = _no_answer(phase, handshake, head, lost_by)
        if fault is not None and not head and type(fault).__name__ == "SecurityError":
            # Interim answers, which are taken out, and too many of them.
            message, hint = library_sentence(fault)
        return HandshakeRefused(message, hint=hint, phase=phase, handshake=handshake, answer=None)
    handshake = handshake._replace(status=answer.status, reason=answer.reason, response=answer.headers)
    message, hint = _refusal(answer, handshake, head, fault)
    return HandshakeRefused(message, hint=hint, phase=phase, handshake=handshake, answer=answer)


def _no_answer(phase: Phase, handshake: Handshake, head: bytes, lost_by: Exception | None) -> tuple[str, str]:
    agreed = handshake.tls.alpn if handshake.tls is not None else None
    if banner := banner_of(head):
        if agreed == "h2":
            return "the server chose HTTP/2 by ALPN, and speaks it", NO_HTTP2
        return banner.message, banner.hint
    if head:
        return f"the server's answer is not HTTP: {_excerpt(head)}", WRONG_PORT
    how = "reset" if isinstance(lost_by, ConnectionResetError) else "ended"
    if agreed == "h2":
        hint = f"it chose HTTP/2 by ALPN; {NO_HTTP2}"
    elif phase.target.secure:
        hint = "a server that wants a client certificate (--cert) may do so (TLS 1.3)"
    else:
        hint = "a TLS port does so when spoken to without TLS: try wss://; so does an HTTP/2-only port"
    return f"the server {how} the connection without an answer", hint


def _refusal(answer: Answer, handshake: Handshake, head: bytes, fault: Exception | None) -> tuple[str, str]:
    """Choose between the status, which most refusals are, and a fault in an answer that says 101."""
    if answer.status != 101:
        reason = _cut(answer.reason) or "without a reason"
        return f"the server answered {answer.status:03} {reason} instead of 101", cause_of(answer, handshake)
    if answer.version != "HTTP/1.1":
        version = _cut(answer.version)
        return f"the server answered 101 in {version}, where RFC 6455 asks for HTTP/1.1", "is a proxy between?"
    if BARE_LF.search(head):
        return "the lines of the server's answer end in LF, where HTTP asks for CRLF", "a server written by hand?"
    if fault is None or isinstance(fault.__cause__, EOFError):
        return "the connection ended in the middle of the server's answer", WRONG_PORT
    if type(fault).__name__ == "NegotiationError":
        return _not_offered(answer, fault)
    if getattr(fault, "name", "") == "Sec-WebSocket-Protocol":
        chosen = _cut(redact_subprotocols(answer.every("Sec-WebSocket-Protocol")))
        return f"the server chose more than one subprotocol: `{chosen}`", "RFC 6455 section 4.2.2"
    return library_sentence(fault)


def _not_offered(answer: Answer, fault: Exception) -> tuple[str, str]:
    if "subprotocol" in str(fault):
        chosen = _cut(redact_subprotocols(answer.header("Sec-WebSocket-Protocol")))
        return f"the server chose the subprotocol `{chosen}`, which was not offered", "offer it with -s NAME"
    agreed = _cut(answer.every("Sec-WebSocket-Extensions"))
    return f"the server agreed to extensions that were not offered like this: `{agreed}`", "RFC 6455 section 9.1"


def library_sentence(fault: BaseException) -> tuple[str, str]:
    """Put one of websockets' exceptions in our words: a sentence and a hint."""
    name = _row(fault)
    if name == "InvalidMessage" and fault.__cause__ is not None:
        # Its own words are general; the cause's are not.
        fault = fault.__cause__
        name = _row(fault) if type(fault).__name__ in LIBRARY else name
    if name == "InvalidHeaderValue" and getattr(fault, "name", "") == "Sec-WebSocket-Accept":
        return (
            "the server's Sec-WebSocket-Accept does not fit our key",
            "a cache may answer in its place, or it takes shortcuts (RFC 6455 section 4.2.2)",
        )
    message, hint = LIBRARY[name]
    return message.format(fault=_cut(redact_text(str(fault)).rstrip("."))), hint


def _row(fault: BaseException) -> str:
    return next((kind.__name__ for kind in type(fault).__mro__ if kind.__name__ in LIBRARY), "WebSocketException")


def _excerpt(head: bytes) -> str:
    """Return how an answer begins: its first line as text, or its first bytes in hex."""
    count = "1 byte" if len(head) == 1 else f"{len(head):,} bytes"
    line = head.strip().partition(b"\n")[0].rstrip(b"\r")[:SHOWN_TEXT]
    if line and line.decode("latin-1").isprintable():
        return f"{count}, which begin `{line.decode('latin-1')}`"
    return f"{count}, which begin {head[:SHOWN_BYTES].hex(' ')}"


def _cut(text: str) -> str:
    return clipped(text, SHOWN_WORDS)
