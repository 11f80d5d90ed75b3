"""Why a connection could not be opened: from what was raised and what the peer sent, to a sentence, a hint and an exit.

Tables first; a test walks the library's exceptions and fails on one without a row. Knows no terminal.
"""

import re
import socket
import ssl
from typing import NamedTuple

from wsinspect.errors import Exit, InspectError
from wsinspect.events import Handshake
from wsinspect.net.answer import Answer, read_answer
from wsinspect.redact import redact_subprotocols, redact_text, redact_url
from wsinspect.target import Target


class HandshakeRefused(InspectError):
    """The server answered, but opened nothing. ``answer`` is what it said, if it was HTTP."""

    def __init__(self, message: str, *, hint: str, handshake: Handshake, answer: Answer | None) -> None:
        super().__init__(message, hint=hint, exit=Exit.REFUSED)
        self.handshake = handshake
        self.answer = answer


class Phase(NamedTuple):
    """Where opening has come to: ``resolve``, ``connect``, ``tls`` or ``upgrade``."""

    target: Target
    timeout_s: float
    name: str = "resolve"


SHOWN_TEXT = 60
SHOWN_BYTES = 16
SHOWN_WORDS = 200
"""So many characters of a peer's text stand in one of our sentences."""

BARE_LF = re.compile(rb"\A(?:[^\n]*\r\n)*[^\n]*(?<!\r)\n")

WRONG_PORT = "is the host and the port right, and is the server running?"

TIMEOUTS: dict[str, str] = {
    "resolve": "resolving `{host}` took longer than {timeout:g} s",
    "connect": "`{host}` port {port} did not accept a connection within {timeout:g} s",
    "tls": "`{host}` port {port} did not finish the TLS handshake within {timeout:g} s",
    "upgrade": "`{host}` port {port} accepted the connection, but did not answer the handshake within {timeout:g} s",
}
TIMEOUT_HINTS: dict[str, str] = {
    "resolve": "is the network up?",
    "connect": "a firewall may drop the packets; " + WRONG_PORT,
    "tls": "does this port speak TLS? If not, use ws://",
    "upgrade": "does this port speak HTTP? A TLS port wants wss://",
}

# OpenSSL's verify codes (X509_V_ERR_*), which Python hands on.
CERTIFICATE_HINTS: dict[int, str] = {
    10: "the certificate has expired; renew it, or check this machine's clock",
    9: "the certificate is not valid yet; check this machine's clock",
    18: "the certificate is signed by itself; trust it with SSL_CERT_FILE=cert.pem, or pass -k to look without trust",
    19: "an unknown authority signed it: a private CA, or something between that intercepts TLS; name it with "
    "SSL_CERT_FILE=ca.pem, or pass -k to look without trust",
    20: "its issuer is unknown: a private CA, or the server leaves out the intermediate certificate; name the CA with "
    "SSL_CERT_FILE=ca.pem, or pass -k to look without trust",
    62: "the certificate is for other names; is the host right?",
    64: "the certificate is for other addresses; use the host's name",
}

# The end of OpenSSL's reason, whose start depends on its version: a sentence and a hint.
TLS_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "alert certificate required",
        "{at} wants a client certificate",
        "it lets only those in whose certificate it trusts",
    ),
    (
        "alert handshake failure",
        "{at} broke off the TLS handshake",
        "it may want a client certificate, or other versions or ciphers than this OpenSSL offers",
    ),
    ("unrecognized name", "{at} has no certificate for that host name", "is the host right?"),
    ("alert protocol version", "{at} speaks no TLS version that this OpenSSL offers", "it may be too old"),
    ("unsupported protocol", "{at} speaks no TLS version that this OpenSSL offers", "it may be too old"),
    ("dh key too small", "{at} offers a key exchange that is too weak", "its TLS settings want renewal"),
    ("alert no application protocol", "{at} does not speak HTTP/1.1 over TLS", WRONG_PORT),
)
NO_TLS = ("wrong version number", "record layer failure", "packet length too long", "bad record type", "http request")
"""OpenSSL's reasons where the other side speaks something else than TLS."""

WANTS_TLS = re.compile(rb"HTTP request (?:was sent )?to (?:an )?HTTPS|plain HTTP to an SSL-enabled")
"""What nginx, Go and Apache say on a TLS port that is spoken to without it."""

STATUS_HINTS: dict[int, str] = {
    200: "a plain web page answers here: the path is probably wrong, or a proxy does not hand on the Upgrade header",
    301: "{location}",
    302: "{location}",
    303: "{location}",
    307: "{location}",
    308: "{location}",
    400: "the server did not take this for a WebSocket handshake; a proxy may have taken out the Upgrade header",
    401: "credentials are missing or wrong; send them with -H 'Authorization: {scheme} ...'",
    403: "credentials lack the right, or the server wants another Origin; set one with -H 'Origin: https://...'",
    404: "nothing is at this path; check it",
    405: "this path takes other methods than a WebSocket's GET; check it",
    407: "a proxy wants credentials",
    421: "this server does not serve that host; check the host and its certificate",
    426: "the server wants another protocol or version: {upgrade}",
    431: "the headers of the request are too large; send fewer, or smaller cookies",
    429: "too many requests; wait{retry}",
    500: "the server failed while it handled the handshake; its log knows more",
    502: "a proxy could not reach the server behind it",
    503: "the service is not available now; wait{retry}",
    504: "a proxy waited in vain for the server behind it",
}

# How an answer begins that is no HTTP; what came with the end of a line is known at once, the rest after a while.
BANNERS: tuple[tuple[bytes, str, str], ...] = (
    (b"SSH-", "the server speaks SSH, not HTTP", WRONG_PORT),
    (b"\x15\x03", "the server speaks TLS", "use wss:// instead of ws://"),
    (b"\x16\x03", "the server speaks TLS", "use wss:// instead of ws://"),
    (b"\x00\x00", "the server speaks HTTP/2 only", "a WebSocket needs HTTP/1.1 here; ask for a port that speaks it"),
    (b"220", "the server speaks FTP or SMTP, not HTTP", WRONG_PORT),
    (b"+OK", "the server speaks POP3, not HTTP", WRONG_PORT),
    (b"* OK", "the server speaks IMAP, not HTTP", WRONG_PORT),
    (b"-ERR", "the server speaks Redis' protocol, not HTTP", WRONG_PORT),
    (b"RTSP/", "the server speaks RTSP, not HTTP", WRONG_PORT),
    (b"RFB ", "the server speaks VNC, not HTTP", WRONG_PORT),
    (b"AMQP", "the server speaks AMQP, not HTTP", WRONG_PORT),
)

# Every name that websockets.exceptions exports: what it means where it may reach us in a handshake. Those that only
# the library's own reading, sending or proxying could raise are here too, since a later version may move them.
LIBRARY: dict[str, tuple[str, str]] = {
    "WebSocketException": ("the handshake failed: {fault}", ""),
    "ConnectionClosed": ("the connection closed during the handshake", WRONG_PORT),
    "ConnectionClosedOK": ("the connection closed during the handshake", WRONG_PORT),
    "ConnectionClosedError": ("the connection closed during the handshake", WRONG_PORT),
    "InvalidURI": ("the URL cannot be used: {fault}", "a URL looks like wss://example.com/path"),
    "InvalidProxy": ("the proxy's address cannot be used: {fault}", "it looks like http://host:3128"),
    "InvalidHandshake": ("the server's answer opens no WebSocket: {fault}", ""),
    "SecurityError": ("the server's answer exceeds a limit: {fault}", ""),
    "RequestLineTooLong": ("a request line is too long", ""),
    "StatusLineTooLong": ("the first line of the server's answer is too long", WRONG_PORT),
    "HeaderLineTooLong": ("a header line of the server's answer is longer than 8 KiB", "is it a cookie that grew?"),
    "TooManyHeaders": ("the server's answer has more than 128 header lines", "the most that are taken"),
    "TooManyFragments": ("a message has too many fragments", ""),
    "ProxyError": ("the proxy failed: {fault}", ""),
    "InvalidProxyMessage": ("the proxy's answer is not HTTP", "is it an HTTP proxy?"),
    "InvalidProxyStatus": ("the proxy refused to connect: {fault}", ""),
    "InvalidMessage": ("the server's answer is not a valid HTTP answer: {fault}", WRONG_PORT),
    "InvalidMethod": ("a request has another method than GET", ""),
    "InvalidProtocol": ("a request has another version than HTTP/1.1", ""),
    "InvalidStatus": ("the handshake was refused: {fault}", ""),
    "InvalidHeader": (
        "the server's answer opens no WebSocket: {fault}",
        "RFC 6455 section 4.2.2 says what must be in it",
    ),
    "InvalidHeaderFormat": ("a header of the server's answer cannot be read: {fault}", ""),
    "InvalidHeaderValue": ("a header of the server's answer has a wrong value: {fault}", ""),
    "InvalidOrigin": ("the Origin is refused: {fault}", "set another with -H 'Origin: https://...'"),
    "InvalidUpgrade": (
        "the server answered 101, but not for a WebSocket: {fault}",
        "a proxy between may have taken out the Upgrade or Connection header",
    ),
    "NegotiationError": (
        "the server agreed to what was not offered: {fault}",
        "RFC 6455 section 4.1: a client must then fail the connection",
    ),
    "DuplicateParameter": ("a compression parameter stands twice: {fault}", "RFC 7692 section 7.1"),
    "InvalidParameterName": ("a compression parameter is unknown: {fault}", "RFC 7692 section 7.1"),
    "InvalidParameterValue": ("a compression parameter has a wrong value: {fault}", "RFC 7692 section 7.1"),
    "ProtocolError": ("the connection was used wrongly: {fault}", ""),
    "PayloadTooBig": ("a payload is too big: {fault}", ""),
    "InvalidState": ("the connection is not in the right state: {fault}", ""),
    "ConcurrencyError": ("two tasks used the connection at once", ""),
}


def unreachable(phase: Phase, fault: Exception, head: bytes) -> InspectError:
    """Tell why there is no answer at all: no name, no TCP, no TLS, or no time left."""
    target = phase.target
    at = f"`{target.host}` port {target.port}"
    if isinstance(fault, ssl.SSLError) or phase.name == "tls":
        return _tls_failed(at, phase, fault)
    if isinstance(fault, socket.gaierror):
        again = fault.errno == socket.EAI_AGAIN
        return InspectError(
            f"cannot resolve `{target.host}`" + (": no name server answered" if again else ""),
            hint="is the network up?" if again else "check the spelling, and the network",
            exit=Exit.UNREACHABLE,
        )
    if isinstance(fault, ConnectionRefusedError):
        return InspectError(
            f"{at} refused the connection", hint="nothing listens there; " + WRONG_PORT, exit=Exit.UNREACHABLE
        )
    if isinstance(fault, TimeoutError) and fault.errno is None:
        return _too_slow(phase, head)
    return InspectError(
        f"cannot connect to {at}: {(getattr(fault, 'strerror', None) or str(fault)).lower()}",
        hint="is the network up, and is there a route to that host?",
        exit=Exit.UNREACHABLE,
    )


def _too_slow(phase: Phase, head: bytes) -> InspectError:
    if banner := _banner(head):
        return InspectError(banner[0], hint=banner[1], exit=Exit.REFUSED)
    seen = {"host": phase.target.host, "port": phase.target.port, "timeout": phase.timeout_s}
    message, hint = TIMEOUTS[phase.name].format(**seen), TIMEOUT_HINTS[phase.name]
    if head:
        message += f"; it sent {_excerpt(head)}"
        hint = "its answer is not finished"
    elif phase.name == "upgrade" and phase.target.secure:
        hint = "does this port speak HTTP?"
    return InspectError(message, hint=hint, exit=Exit.TIMEOUT)


def _banner(head: bytes) -> tuple[str, str] | None:
    return next(((message, hint) for start, message, hint in BANNERS if head.startswith(start)), None)


def _tls_failed(at: str, phase: Phase, fault: Exception) -> InspectError:
    if isinstance(fault, TimeoutError) and fault.errno is None:
        return _too_slow(phase, b"")
    if isinstance(fault, ssl.SSLCertVerificationError):
        return InspectError(
            f"the certificate of {at} is not trusted: {_lowered(fault.verify_message)}",
            hint=CERTIFICATE_HINTS.get(fault.verify_code, "pass -k to look without trust"),
            exit=Exit.TLS,
        )
    reason = (getattr(fault, "reason", None) or "").replace("_", " ").lower()
    if reason in NO_TLS:
        return InspectError(f"{at} does not speak TLS", hint="use ws:// instead of wss://", exit=Exit.TLS)
    for end, message, hint in TLS_REASONS:
        if reason.endswith(end):
            return InspectError(message.format(at=at), hint=hint, exit=Exit.TLS)
    if isinstance(fault, ssl.SSLEOFError | ConnectionError) or reason == "unexpected eof while reading":
        return InspectError(
            f"{at} ended the connection during the TLS handshake",
            hint="does this port speak TLS? It may also want a client certificate or another host name (SNI)",
            exit=Exit.TLS,
        )
    return InspectError(
        f"the TLS handshake with {at} failed: {reason or fault}",
        hint="the server may speak only versions or ciphers that this OpenSSL does not, or want a certificate",
        exit=Exit.TLS,
    )


def refused(
    phase: Phase, handshake: Handshake, head: bytes, fault: Exception | None, lost_by: Exception | None
) -> InspectError:
    """Tell why an answer opened nothing: its status, its headers, or that it was no HTTP at all."""
    answer = read_answer(head)
    if answer is None:
        if isinstance(lost_by, ssl.SSLError):
            # With TLS 1.3 a server complains of the client's certificate only after the handshake.
            return _tls_failed(f"`{phase.target.host}` port {phase.target.port}", phase, lost_by)
        return _no_answer(phase, handshake, head, lost_by)
    handshake = handshake._replace(status=answer.status, response=answer.headers)
    message, hint = _refusal(answer, head, fault)
    return HandshakeRefused(message, hint=hint, handshake=handshake, answer=answer)


def _no_answer(phase: Phase, handshake: Handshake, head: bytes, lost_by: Exception | None) -> InspectError:
    if banner := _banner(head):
        message, hint = banner
    elif head:
        message, hint = f"the server's answer is not HTTP: {_excerpt(head)}", WRONG_PORT
    else:
        how = "reset" if isinstance(lost_by, ConnectionResetError) else "ended"
        message = f"the server {how} the connection without an answer"
        if phase.target.secure:
            hint = "a server that wants a client certificate may do so (TLS 1.3)"
        else:
            hint = "a TLS port does so when spoken to without TLS: try wss://"
    return HandshakeRefused(message, hint=hint, handshake=handshake, answer=None)


def _refusal(answer: Answer, head: bytes, fault: Exception | None) -> tuple[str, str]:
    """Choose between the status, which most refusals are, and a fault in an answer that says 101."""
    if answer.status != 101:
        reason = _clipped(answer.reason) or "without a reason"
        message = f"the server answered {answer.status} {reason} instead of 101"
        if WANTS_TLS.search(answer.body):
            return message, "this port speaks TLS: use wss:// instead of ws://"
        seconds = _clipped(answer.header("Retry-After"))
        hint = STATUS_HINTS.get(answer.status, "its headers and body may tell more").format(
            location=_points_to(answer.header("Location")),
            scheme=_scheme(answer.header("WWW-Authenticate")),
            upgrade=_wants(answer),
            retry=f", as it asks: Retry-After: {seconds}" if seconds else " and try again",
        )
        return message, hint
    if answer.version != "HTTP/1.1":
        version = _clipped(answer.version)
        return f"the server answered 101 in {version}, where RFC 6455 asks for HTTP/1.1", "is a proxy between?"
    if BARE_LF.search(head):
        return "the lines of the server's answer end in LF, where HTTP asks for CRLF", "a server written by hand?"
    if fault is None or isinstance(fault.__cause__, EOFError):
        return "the connection ended in the middle of the server's answer", WRONG_PORT
    if type(fault).__name__ == "NegotiationError":
        return _not_offered(answer, fault)
    if getattr(fault, "name", "") == "Sec-WebSocket-Protocol":
        chosen = _clipped(redact_subprotocols(answer.header("Sec-WebSocket-Protocol")))
        return f"the server chose more than one subprotocol: `{chosen}`", "RFC 6455 section 4.2.2"
    return library_sentence(fault)


def _points_to(location: str) -> str:
    if not location:
        return "it names no address to try instead"
    return f"try the address it points to: {_clipped(redact_url(location))}"


def _scheme(challenge: str) -> str:
    scheme = challenge.partition(" ")[0]
    return scheme if scheme.isascii() and scheme.isalpha() and len(scheme) < 20 else "Bearer"


def _wants(answer: Answer) -> str:
    for name in ("Sec-WebSocket-Version", "Upgrade"):
        if value := answer.header(name):
            return f"{name}: {_clipped(value)}"
    return "it does not say which"


def _not_offered(answer: Answer, fault: Exception) -> tuple[str, str]:
    if "subprotocol" in str(fault):
        chosen = _clipped(redact_subprotocols(answer.header("Sec-WebSocket-Protocol")))
        return f"the server chose the subprotocol `{chosen}`, which was not offered", "offer it with -s NAME"
    agreed = _clipped(answer.header("Sec-WebSocket-Extensions"))
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
    return message.format(fault=_clipped(redact_text(str(fault)).rstrip("."))), hint


def _row(fault: BaseException) -> str:
    return next((kind.__name__ for kind in type(fault).__mro__ if kind.__name__ in LIBRARY), "WebSocketException")


def _lowered(words: str) -> str:
    """Return a sentence of OpenSSL's as a part of one of ours."""
    words = words.rstrip(".")
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def _excerpt(head: bytes) -> str:
    """Return how an answer begins: its first line as text, or its first bytes in hex."""
    count = "1 byte" if len(head) == 1 else f"{len(head):,} bytes"
    line = head.strip().partition(b"\n")[0].rstrip(b"\r")[:SHOWN_TEXT]
    if line and line.decode("latin-1").isprintable():
        return f"{count}, which begin `{line.decode('latin-1')}`"
    return f"{count}, which begin {head[:SHOWN_BYTES].hex(' ')}"


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN_WORDS else text[:SHOWN_WORDS] + "…"
