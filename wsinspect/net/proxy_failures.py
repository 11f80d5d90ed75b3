"""Why a proxy did not do what it was asked: its statuses and replies, to a sentence and a hint. Knows no connection."""

import ssl

from wsinspect.asked import repeatable
from wsinspect.errors import Exit, InspectError
from wsinspect.masking import Mask
from wsinspect.net.answer import Answer
from wsinspect.net.tls_failures import NO_TLS
from wsinspect.proxies import Proxy
from wsinspect.render.safe import clipped

SHOWN_WORDS = 200
SHOWN_BYTES = 16
TLS_RECORD = (b"\x15\x03", b"\x16\x03")

CERTIFICATE_HINTS = {
    9: "check this machine's clock",
    10: "check this machine's clock; --proxy-insecure does without trust",
    62: "is the proxy's host right?",
    64: "use the proxy's name instead of its address",
}
"""By OpenSSL's verify code (X509_V_ERR_*); what is not here is a matter of trust."""

DISTRUST = "name its authority with --proxy-cacert, or pass --proxy-insecure to do without trust"

NEEDS_SOCKS = "pip install 'wsinspect[socks]'"

STATUSES: dict[int, str] = {
    400: "it did not understand CONNECT; is it a proxy, and not a web server?",
    401: "it answers as a web server; is it a proxy?",
    403: "its rules do not allow it: many proxies let CONNECT through to port 443 alone, and to known hosts",
    404: "it answers as a web server; is it a proxy?",
    405: "it does not know CONNECT: it is a web server, or a proxy for plain requests alone",
    407: "",  # it depends on the schemes it asks for
    429: "too many requests; wait and try again",
    451: "its rules do not allow it",
    500: "the proxy failed; its log knows more",
    501: "it does not know CONNECT: it is a web server, or a proxy for plain requests alone",
    502: "it could not reach the server: does the name mean anything there, and does the server run?",
    503: "it could not reach the server, or is overloaded",
    504: "it waited in vain for the server: is the host and the port right?",
}
BEYOND = (502, 503, 504)
"""Statuses that say nothing of the proxy, but of the address it was asked for."""

TELLING = ("Proxy-Status", "X-Squid-Error", "Retry-After")
"""Headers in which proxies say more (RFC 9209 for the first)."""

# By SOCKS5's reply (RFC 1928 section 6) and SOCKS4's code: what it means, a hint, and whether it is about the address.
REPLIES: dict[int, tuple[str, str, bool]] = {
    1: ("it failed without saying why", "its log knows more", False),
    2: ("its rules do not allow it", "it may let through known hosts and ports alone", False),
    3: ("it has no route to that network", "is the server reachable from there?", True),
    4: ("it cannot reach that host, or find its address", "does the name mean anything there?", True),
    5: ("the server refused the connection", "is the port right, and is the server running?", True),
    6: ("its packets never arrived (TTL expired)", "is the server reachable from there?", True),
    7: ("it does not know the command CONNECT", "is it made for other things than connections?", False),
    8: ("it does not take that kind of address", "socks5h:// sends the name, socks5:// an IP address", True),
    0x5B: ("it refused, or could not connect", "is the server reachable from there? A user may be needed, too", True),
    0x5C: ("it could not reach identd on this machine", "its rules ask for identd", False),
    0x5D: ("identd on this machine names another user", "give that one: socks4://USER@host", False),
}

# What python-socks says where there is no code, in part: a sentence, and a hint.
CREDENTIALS = "give them in the proxy's URL: {scheme}://USER:PASSWORD@host, with %40 for @, %3A for : and %2F for /"
SAYINGS: tuple[tuple[str, str, str], ...] = (
    ("authentication failure", "{at} did not accept the user and password", "are they right? %40 means @ in them"),
    ("acceptable authentication", "{at} wants other credentials", CREDENTIALS),
    ("closed unexpectedly", "{at} ended the connection instead of answering", "is it a proxy of that kind?"),
)


class Unreached(InspectError):
    """The proxy is willing, but could not connect to this address of the server's; another may do."""


def without_socks() -> InspectError:
    """Tell that the package for SOCKS is missing, or too old: nothing was tried, so it is no matter of the network."""
    return InspectError("a SOCKS proxy needs the package python-socks, 3.0 or newer", hint=NEEDS_SOCKS)


def no_tls(proxy: Proxy, fault: Exception) -> InspectError:
    """Tell why there is no TLS with an https proxy, or, with the other one, why it left so early."""
    at = _at(proxy)
    if isinstance(fault, ssl.SSLCertVerificationError):
        hint = CERTIFICATE_HINTS.get(fault.verify_code, DISTRUST)
        words = fault.verify_message.rstrip(".")
        words = words if words[:2].isupper() else words[:1].lower() + words[1:]
        return InspectError(f"the certificate of {at} is not trusted: {words}", hint=hint, exit=Exit.TLS)
    reason = (getattr(fault, "reason", None) or "").replace("_", " ").lower()
    if reason in NO_TLS:
        hint = f"use http://{proxy.name.partition('://')[2]}"
        return InspectError(f"{at} does not speak TLS", hint=hint, exit=Exit.TLS)
    if reason and not isinstance(fault, ssl.SSLEOFError):
        return InspectError(f"the TLS handshake with {at} failed: {reason}", exit=Exit.TLS)
    return InspectError(
        f"{at} ended the connection during the TLS handshake", hint="does it speak TLS? If not, http://", exit=Exit.TLS
    )


def no_answer(proxy: Proxy, head: bytes, lost_by: Exception | None) -> InspectError:
    """Tell of what is no HTTP, or nothing at all."""
    at = _at(proxy)
    hint = "is its port right, and is it an HTTP proxy? A SOCKS proxy is written socks5h://"
    if not head:
        how = "reset" if isinstance(lost_by, ConnectionResetError) else "ended"
        if proxy.scheme == "http":
            hint += ", one that speaks TLS https://"
        return _unreachable(f"{at} {how} the connection without an answer", hint)
    if head.startswith(b"HTTP/"):
        return _unreachable(f"{at} sent {len(head):,} bytes of an answer whose head does not end", hint)
    if head.startswith(TLS_RECORD):
        return _unreachable(f"{at} speaks TLS", f"use https://{proxy.name.partition('://')[2]}")
    head = _mask(proxy).data(head)
    line = head.strip().partition(b"\n")[0].rstrip(b"\r")[:60].decode("latin-1")
    seen = f"`{line}`" if line and line.isprintable() else head[:SHOWN_BYTES].hex(" ")
    return _unreachable(f"{at} does not speak HTTP; its answer begins {seen}", hint)


def refusal(proxy: Proxy, answer: Answer, address: str) -> InspectError:
    """Tell of a status that opens no tunnel."""
    hidden = _mask(proxy).text
    hint = STATUSES.get(answer.status, "its log may tell more")
    if answer.status == 407:
        hint = _credentials(proxy, answer)
    more = [f"{name}: {clipped(hidden(answer.header(name)), SHOWN_WORDS)}" for name in TELLING if answer.header(name)]
    if more:
        hint += f" ({'; '.join(more)})"
    reason = clipped(hidden(answer.reason), SHOWN_WORDS) or "without a reason"
    kind = Unreached if answer.status in BEYOND else InspectError
    message = f"{_at(proxy)} answered {answer.status} {reason} when asked to connect to {address}"
    return kind(message, hint=hint, exit=Exit.UNREACHABLE)


def _mask(proxy: Proxy) -> Mask:
    """Return what hides our credentials, for a proxy may repeat them."""
    return Mask(repeatable([proxy.password or proxy.user or ""]))


def socks_refusal(proxy: Proxy, code: int | None, words: str, address: str) -> InspectError:
    """Tell of a SOCKS proxy's reply by its code, or by what python-socks says where there is none."""
    at = _at(proxy)
    if code in REPLIES:
        meaning, hint, beyond = REPLIES[code]
        kind = Unreached if beyond else InspectError
        message = f"{at} did not connect to {address}: {meaning} (reply {code})"
        return kind(message, hint=hint, exit=Exit.UNREACHABLE)
    for part, message, hint in SAYINGS:
        if part in words.lower():
            return _unreachable(message.format(at=at), hint.format(scheme=proxy.scheme))
    version = proxy.scheme[5:6]
    return _unreachable(
        f"{at} does not speak SOCKS{version}: {words.rstrip('.').lower()}",
        "is its port right? HTTP proxies are written http://, and older SOCKS socks4a://",
    )


def broken_off(proxy: Proxy, fault: OSError) -> InspectError:
    """Tell of a SOCKS proxy that left in the middle."""
    how = "reset" if isinstance(fault, ConnectionResetError) else "ended"
    return _unreachable(f"{_at(proxy)} {how} the connection without an answer", "is it a SOCKS proxy?")


def _credentials(proxy: Proxy, answer: Answer) -> str:
    """Say how to give credentials, or that what the proxy asks for is nothing we can give."""
    asked = [value for name, value in answer.headers if name.lower() == "proxy-authenticate"]
    schemes = [value.partition(" ")[0][:20] for value in asked]
    shown = ", ".join(dict.fromkeys(scheme for scheme in schemes if scheme)) or "no scheme by name"
    if asked and not any(scheme.lower() == "basic" for scheme in schemes):
        return (
            f"it asks for {shown}, and only Basic is spoken here; a local proxy such as cntlm or px can stand between"
        )
    if proxy.user is not None:
        return f"it did not accept the user and password (it asks for {shown}); %40 means @ in them"
    return f"it asks for {shown}: " + CREDENTIALS.format(scheme=proxy.scheme)


def _at(proxy: Proxy) -> str:
    return f"the proxy `{proxy.name}`"


def _unreachable(message: str, hint: str) -> InspectError:
    return InspectError(message, hint=hint, exit=Exit.UNREACHABLE)
