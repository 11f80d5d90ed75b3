"""An X.509 certificate read from DER, as far as a person wants to know it (RFC 5280). Verifies nothing; knows no TLS.

Python's own decoder tells of a certificate only once it is trusted; people look at those that are not. Whoever made
the bytes may have meant them badly: what cannot be read is left out, and nothing recurses.
"""

from ipaddress import ip_address
from typing import NamedTuple

SHOWN_NAMES = 100
"""So many names of a certificate are read; some have thousands."""

LONGEST_NAME = 256

SEQUENCE, UTC_TIME = 0x30, 0x17
VERSION, EXTENSIONS = 0xA0, 0xA3
DNS_NAME, IP_ADDRESS = 0x82, 0x87

COMMON_NAME = b"\x55\x04\x03"
ORGANIZATION = b"\x55\x04\x0a"
ALTERNATIVE_NAMES = b"\x55\x1d\x11"

BMP_STRING = 0x1E
"""The only kind of string that is not ASCII, Latin-1 or UTF-8."""

Value = tuple[int, bytes]
"""A tag and what stands in it."""


class Certificate(NamedTuple):
    """``names`` are those it is for (the common name, where there are no others); ``issuer`` is who signed it.

    ``begins`` and ``expires`` are seconds since the epoch, None where they cannot be read.
    """

    names: tuple[str, ...] = ()
    issuer: str = ""
    begins: float | None = None
    expires: float | None = None
    self_signed: bool = False


def read_certificate(der: bytes) -> Certificate:
    """Read a certificate; never raises, and what cannot be read stays empty."""
    try:
        fields = _fields(der)
    except (IndexError, ValueError):
        return Certificate()
    names: list[str] = []
    begins = expires = None
    issuer = subject = b""
    try:
        _, _, issuer, validity, subject, *_ = [content for _, content in fields]
        begins, expires = (_seconds(*time) for time in _values(validity))
    except (IndexError, ValueError):
        pass
    for tag, content in fields:
        if tag == EXTENSIONS:
            names = _alternative_names(content)
    return Certificate(
        tuple(names or filter(None, [_part(subject, COMMON_NAME)])),
        ", ".join(filter(None, [_part(issuer, COMMON_NAME), _part(issuer, ORGANIZATION)])),
        begins,
        expires,
        bool(subject) and subject == issuer,
    )


def _fields(der: bytes) -> list[Value]:
    """Return what a certificate says, from its serial number on."""
    [(tag, certificate)] = _values(der)[:1]
    (inner, said), *_ = _values(certificate)
    if (tag, inner) != (SEQUENCE, SEQUENCE):
        raise ValueError("not a certificate")
    fields = _values(said)
    return fields[1:] if fields[0][0] == VERSION else fields


def _values(data: bytes) -> list[Value]:
    """Split DER into its values (X.690 section 8.1)."""
    found: list[Value] = []
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            if not 0 < count <= 4:
                raise ValueError("a length of no or too many bytes")
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise ValueError("a value ends behind the data")
        found.append((tag, data[at : at + size]))
        at += size
    return found


def _part(name: bytes, wanted: bytes) -> str:
    """Return a part of a distinguished name (X.501), or an empty string."""
    try:
        for _, group in _values(name):
            for _, pair in _values(group):
                (_, kind), (tag, text) = _values(pair)
                if kind == wanted:
                    return _text(tag, text)
    except (IndexError, ValueError):
        pass
    return ""


def _text(tag: int, text: bytes) -> str:
    if tag == BMP_STRING:
        return text[: 2 * LONGEST_NAME].decode("utf-16-be", "replace")
    return text[:LONGEST_NAME].decode("utf-8", "replace")


def _alternative_names(wrapped: bytes) -> list[str]:
    """Return the DNS names and addresses of a subjectAltName (RFC 5280 section 4.2.1.6)."""
    names: list[str] = []
    try:
        [(_, extensions)] = _values(wrapped)
        for _, extension in _values(extensions):
            (_, kind), *_, (_, value) = _values(extension)
            if kind != ALTERNATIVE_NAMES:
                continue
            [(_, listed)] = _values(value)
            for tag, name in _values(listed):
                if tag == DNS_NAME:
                    names.append(_text(tag, name))
                elif tag == IP_ADDRESS and len(name) in (4, 16):
                    names.append(str(ip_address(name)))
                if len(names) == SHOWN_NAMES:
                    break
    except (IndexError, ValueError):
        pass
    return names


def _seconds(tag: int, time: bytes) -> float:
    """Return a time as seconds since the epoch (RFC 5280 section 4.1.2.5): ``YYMMDDHHMMSSZ``, or a year of four."""
    text = time.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    digits = text.removesuffix("Z")
    if len(digits) != 14 or not digits.isdecimal():
        raise ValueError("not a time")
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    hour, minute, second = int(digits[8:10]), int(digits[10:12]), int(digits[12:])
    return float((_days(year, month, day) * 24 + hour) * 3600 + minute * 60 + second)


def _days(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 on; years begin in March here, so that the leap day is the last."""
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
