"""What can go wrong while a connection opens, as tables: time limits, other protocols, the library's exceptions.

A row has a sentence and a hint; a test walks the library's exceptions and fails on one without a row. Knows no socket.
"""

import re
from typing import NamedTuple

WRONG_PORT = "is the host and the port right, and is the server running?"

TIMEOUTS: dict[str, tuple[str, str]] = {
    "resolve": ("resolving {name} took longer than {timeout:g} s", "is the network up?"),
    "connect": (
        "{at} did not accept a connection within {timeout:g} s",
        "a firewall may drop the packets; " + WRONG_PORT,
    ),
    "proxy": (
        "{at} did not open a way to `{host}` port {port} within {timeout:g} s",
        "is it a proxy of that kind? It may also wait for that server in vain",
    ),
    "tls": (
        "`{host}` port {port} did not finish the TLS handshake within {timeout:g} s",
        "does this port speak TLS? If not, use ws://",
    ),
    "upgrade": (
        "`{host}` port {port} accepted the connection, but did not answer the handshake within {timeout:g} s",
        "does this port speak HTTP? A TLS port wants wss://",
    ),
}
"""By step: the sentence and the hint where it took too long; {at} and {name} are the server, or the proxy."""

HTTP2_FRAME = re.compile(rb"\x00[\s\S]{2}[\x04\x07][\x00\x01]\x00{4}")
"""The head of a SETTINGS or GOAWAY frame (RFC 9113 section 4.1), with which an HTTP/2 server begins."""


class Banner(NamedTuple):
    """How another protocol's answer begins: a pattern, an example for the tests, a sentence and a hint."""

    pattern: re.Pattern[bytes]
    example: bytes
    message: str
    hint: str


def _speaks(protocol: str, pattern: bytes, example: bytes) -> Banner:
    return Banner(re.compile(pattern), example, f"the server speaks {protocol}, not HTTP", WRONG_PORT)


# What came with the end of a line is known at once, the rest after a while.
BANNERS: tuple[Banner, ...] = (
    Banner(
        re.compile(rb"[\x15\x16]\x03[\x00-\x04]"),
        b"\x15\x03\x01\x00\x02\x02\x46",
        "the server speaks TLS",
        "use wss:// instead of ws://",
    ),
    Banner(
        HTTP2_FRAME,
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        "the server speaks HTTP/2 only",
        "a WebSocket needs HTTP/1.1 here; ask for a port that speaks it",
    ),
    _speaks("SSH", rb"SSH-", b"SSH-2.0-OpenSSH_9.6\r\n"),
    _speaks("FTP or SMTP", rb"220[ -]", b"220 mail ESMTP\r\n"),
    _speaks("POP3", rb"\+OK", b"+OK ready\r\n"),
    _speaks("IMAP", rb"\* OK", b"* OK IMAP4rev1\r\n"),
    _speaks("Redis' protocol", rb"-(?:ERR|DENIED|NOAUTH)", b"-ERR unknown command\r\n"),
    _speaks("memcached's protocol", rb"ERROR\r\n", b"ERROR\r\n"),
    _speaks("NATS", rb"INFO \{", b'INFO {"server_id":"x"}\r\n'),
    _speaks("PostgreSQL's protocol", rb"E\x00\x00[\s\S]{2}S[A-Z]", b"E\x00\x00\x00\x8dSFATAL\x00"),
    _speaks("MySQL's protocol", rb"[\s\S]\x00\x00\x00\x0a\d+\.", b"J\x00\x00\x00\x0a8.0.36"),
    _speaks("RTSP", rb"RTSP/", b"RTSP/1.0 400 Bad Request\r\n"),
    _speaks("SIP", rb"SIP/2", b"SIP/2.0 400 Bad Request\r\n"),
    _speaks("VNC", rb"RFB ", b"RFB 003.008\n"),
    _speaks("AMQP", rb"AMQP", b"AMQP\x00\x00\x09\x01"),
    _speaks("Telnet", rb"\xff[\xfb-\xfe]", b"\xff\xfd\x18"),
    _speaks("ZeroMQ", rb"\xff\x00{7}[\s\S]\x7f", b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"),
)


def banner_of(head: bytes) -> Banner | None:
    """Return the protocol that an answer begins like, if it is a known one."""
    return next((row for row in BANNERS if row.pattern.match(head)), None)


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
