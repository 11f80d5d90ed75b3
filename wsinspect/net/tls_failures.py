"""Why TLS failed: from OpenSSL's reasons to a sentence and a hint, with the certificate that the server showed."""

import re
import ssl

from wsinspect.errors import Exit
from wsinspect.net.tls import VERSIONS, offered_versions
from wsinspect.net.unopened import Phase, Unopened
from wsinspect.render.certificates import certificate_words

TRUST = "name it with --cacert FILE, or pass -k to look without trust"

# OpenSSL's verify codes (X509_V_ERR_*), which Python hands on.
CERTIFICATE_HINTS: dict[int, str] = {
    9: "check this machine's clock",
    10: "renew it, or check this machine's clock; -k looks without trust",
    18: f"it is signed by itself: {TRUST}",
    19: f"an unknown authority signed it: a private CA, or something between that intercepts TLS; {TRUST}",
    20: f"its issuer is unknown: a private CA, or the server leaves out the intermediate certificate; {TRUST}",
    21: f"its issuer is unknown: the server leaves out the intermediate certificate; {TRUST}",
    23: "its authority took it back; it is no longer to be trusted",
    26: "it is not meant for servers; is it a client's?",
    62: "is the host right? --servername NAME asks for another one",
    64: "use the host's name, or --servername NAME",
    66: "its key is too weak for this OpenSSL's security level",
    67: "its authority's key is too weak for this OpenSSL's security level",
    68: "its signature is too weak for this OpenSSL's security level",
    79: "who signed it is no authority; is the right file named with --cacert?",
    **dict.fromkeys(range(80, 95), "RFC 5280 forbids it, but browsers and curl let it pass; -k looks without trust"),
}

NO_VERSION, TOO_OLD = "{at} speaks none of the versions that we offer: {versions}", "it may be too old{lower}"

# The end of OpenSSL's reason, whose start depends on its version: a sentence and a hint. Of these, {versions} are those
# that we offer, {lower} tells how to offer more, {alpn} is what we offer there.
TLS_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        "alert certificate required",
        "{at} wants a client certificate",
        "it lets only those in whose certificate it trusts: give one with --cert FILE and --key FILE",
    ),
    (
        "alert unknown ca",
        "{at} does not trust our certificate: it does not know its issuer",
        "is it from the right authority? The intermediate certificates belong into the file of --cert, too",
    ),
    ("alert certificate expired", "{at} does not accept our certificate: it has expired", "renew it"),
    ("alert certificate revoked", "{at} does not accept our certificate: it was revoked", "renew it"),
    ("alert bad certificate", "{at} does not accept our certificate, or wants one", "give one with --cert and --key"),
    ("alert certificate unknown", "{at} does not accept our certificate", "its log may know more"),
    ("alert unsupported certificate", "{at} does not accept our kind of certificate", "may it be used for clients?"),
    ("alert access denied", "{at} knows our certificate, but does not let us in", "its log may know more"),
    (
        "alert handshake failure",
        "{at} broke off the TLS handshake",
        "it may want a client certificate (--cert), or other versions or ciphers than we offer ({versions}){lower}",
    ),
    ("unrecognized name", "{at} has no certificate for the name `{name}`", "is the host right? --servername sets it"),
    ("alert protocol version", NO_VERSION, TOO_OLD),
    ("unsupported protocol", NO_VERSION, TOO_OLD),
    ("no protocols available", "this OpenSSL allows none of {versions}", "its configuration may forbid them"),
    ("alert insufficient security", "{at} asks for stronger ciphers than we offer", "its log may know more"),
    ("dh key too small", "{at} offers a key exchange that is too weak", "its TLS settings want renewal"),
    ("ee key too small", "{at} has a certificate whose key is too weak", "it wants renewal"),
    ("ca md too weak", "{at} has a certificate whose signature is too weak", "it wants renewal"),
    (
        "unsafe legacy renegotiation disabled",
        "{at} knows only the old, unsafe renegotiation",
        "its TLS settings want renewal",
    ),
    (
        "alert no application protocol",
        "{at} speaks none of the protocols that we offer by ALPN: {alpn}",
        "it may speak HTTP/2 only, where a WebSocket needs HTTP/1.1",
    ),
    ("alert internal error", "{at} failed during the TLS handshake", "its log knows more"),
)
NO_TLS = ("wrong version number", "record layer failure", "packet length too long", "bad record type", "http request")
"""OpenSSL's reasons where the other side speaks something else than TLS."""


def tls_failed(phase: Phase, fault: BaseException) -> Unopened:
    """Tell why TLS failed."""
    message, hint = _told(phase, fault)
    return Unopened(message, hint=hint, exit=Exit.TLS, phase=phase)


def _told(phase: Phase, fault: BaseException) -> tuple[str, str]:
    at = phase.at
    if isinstance(fault, ssl.SSLCertVerificationError):
        message = f"the certificate of {at} is not trusted: {_lowered(fault.verify_message)}"
        if phase.shown is not None and (words := certificate_words(phase.shown, phase.wall)):
            message += f"; it is {words}"
        return message, CERTIFICATE_HINTS.get(fault.verify_code, "pass -k to look without trust")
    reason = reason_of(fault)
    if reason in NO_TLS:
        return f"{at} does not speak TLS", "use ws:// instead of wss://"
    lowest, highest = offered_versions(phase.tls)
    lower = [version for version in VERSIONS if version < lowest]
    given = {
        "at": at,
        "versions": f"TLS {lowest}" if lowest == highest else f"TLS {lowest} to {highest}",
        "lower": f"; --tls-min {lower[-1]} goes lower" if lower else "",
        "alpn": ", ".join(phase.tls.alpn) or "nothing",
        "name": phase.tls.server_name or phase.target.host,
    }
    for end, message, hint in TLS_REASONS:
        if reason.endswith(end):
            return message.format(**given), hint.format(**given)
    if isinstance(fault, ssl.SSLEOFError | ConnectionError) or reason == "unexpected eof while reading":
        return (
            f"{at} ended the connection during the TLS handshake",
            "does this port speak TLS? It may also want a client certificate or another host name (SNI)",
        )
    return (
        f"the TLS handshake with {at} failed: {reason or fault}",
        "the server may speak only versions or ciphers that this OpenSSL does not, or want a certificate",
    )


def reason_of(fault: BaseException) -> str:
    """Return OpenSSL's reason in small letters; where Python has no name for it, it stands in the fault's text."""
    if getattr(fault, "reason", None):
        return str(getattr(fault, "reason", "")).replace("_", " ").lower()
    return (
        re.sub(r"\[[^]]*\]|\(_ssl\.c:\d+\)", "", str(fault)).strip().lower() if isinstance(fault, ssl.SSLError) else ""
    )


def _lowered(words: str) -> str:
    """Return a sentence of OpenSSL's as a part of one of ours."""
    words = words.rstrip(".")
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
