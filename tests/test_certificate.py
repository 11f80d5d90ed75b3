"""Certificates read from DER: those that openssl makes, side by side with Python's decoder, then anything at all."""

import random
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.certificates import KINDS, authority, der_of, made
from wsinspect.certificate import Certificate, read_certificate


def decoded(pem: Path) -> dict[str, object]:
    """Return what Python's decoder says of an authority, or of a certificate that is made one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pem)
    [told] = context.get_ca_certs()
    return told


def value(tag: int, *parts: bytes) -> bytes:
    """Return DER of a tag and what stands in it."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def name(*parts: tuple[bytes, int, bytes]) -> bytes:
    return value(
        0x30, *[value(0x31, value(0x30, value(6, b"\x55\x04" + kind), value(tag, text))) for kind, tag, text in parts]
    )


def made_up(
    *, issuer: bytes = b"", begins: bytes = b"", expires: bytes = b"", subject: bytes = b"", names: bytes | None = None
) -> bytes:
    """Return a certificate without a signature."""
    begins = begins or value(0x17, b"500101000000Z")
    expires = expires or value(0x18, b"20500101000000Z")
    fields = [
        value(0xA0, b"\x02\x01\x02"),
        value(2, b"\x01"),
        value(0x30),
        issuer or name((b"\x03", 0x0C, b"CA")),
        value(0x30, begins, expires),
        subject or name((b"\x03", 0x13, b"me")),
        value(0x30),
    ]
    if names is not None:
        other = value(0x30, value(6, b"\x55\x1d\x0f"), value(1, b"\xff"), value(4, b"\x03\x02\x05\xa0"))
        alternative = value(0x30, value(6, b"\x55\x1d\x11"), value(4, value(0x30, names)))
        fields.append(value(0xA3, value(0x30, other, alternative)))
    return value(0x30, value(0x30, *fields), value(0x30), value(3, b"\x00"))


@pytest.mark.parametrize("kind", KINDS)
def test_as_openssl_made_it(kind: str) -> None:
    listed, days, signer = KINDS[kind]
    read = read_certificate(der_of(kind))
    names = tuple(name.partition(":")[2] for name in listed.split(","))
    assert read.names == names
    assert read.issuer == signer
    assert not read.self_signed
    assert read.begins is not None
    assert read.expires is not None
    assert read.expires - read.begins == days * 86400


def test_as_python_reads_it() -> None:
    told = decoded(Path(authority()))
    read = read_certificate(ssl.PEM_cert_to_DER_cert(Path(authority()).read_text()))
    assert read == Certificate(
        ("ca",),
        "ca",
        ssl.cert_time_to_seconds(str(told["notBefore"])),
        ssl.cert_time_to_seconds(str(told["notAfter"])),
        True,
    )
    assert read_certificate(ssl.PEM_cert_to_DER_cert((made() / "self-signed.pem").read_text())).self_signed


ROWS = [
    ({}, Certificate(("me",), "CA", -631152000.0, 2524608000.0)),
    ({"names": value(0x82, b"a.example") + value(0x81, b"me@x") + value(0x87, bytes(4))}, ("a.example", "0.0.0.0")),
    ({"names": value(0x87, bytes(15) + b"\x01") + value(0x87, b"odd")}, ("::1",)),
    ({"names": b""}, ("me",)),
    ({"names": value(0x82, b"x" * 999)}, ("x" * 256,)),
    ({"names": value(0x82, b"a\x00\xff")}, ("a\x00�",)),
    ({"names": b"".join(value(0x82, b"h%d" % number) for number in range(300))}, tuple(f"h{n}" for n in range(100))),
    ({"subject": name((b"\x03", 0x1E, "né".encode("utf-16-be")))}, ("né",)),
    ({"subject": name((b"\x06", 0x13, b"AT"))}, ()),
    ({"issuer": name((b"\x0a", 0x13, b"Org"), (b"\x03", 0x13, b"R1"))}, "R1, Org"),
    ({"issuer": b"\x30\x00"}, ""),
    ({"begins": value(0x17, b"000229235959Z")}, 951868799.0),
    ({"begins": value(0x17, b"0002292359Z")}, None),
    ({"begins": value(0x17, b"xxxxxxxxxxxxZ")}, None),
]


@pytest.mark.parametrize(("parts", "expected"), ROWS)
def test_rows(parts: dict[str, bytes], expected: object) -> None:
    read = read_certificate(made_up(**parts))
    if isinstance(expected, Certificate):
        assert read == expected
    elif isinstance(expected, tuple):
        assert read.names == expected
    elif isinstance(expected, str):
        assert read.issuer == expected
    else:
        assert read.begins == expected


@pytest.mark.parametrize(
    "der", [b"", b"0", b"\x30\x80", b"\x30\x85aaaaa", b"\x30\x02\x30", b"\x04\x02\x30\x00", b"\x30\x02\x30\x00"]
)
def test_what_is_none(der: bytes) -> None:
    assert read_certificate(der) == Certificate()


@given(st.binary(max_size=200))
def test_anything(data: bytes) -> None:
    read_certificate(data)


@given(st.integers(0, 10**6))
def test_a_certificate_with_a_mistake(seed: int) -> None:
    dice = random.Random(seed)
    der = bytearray(der_of("good"))
    for _ in range(dice.randint(1, 4)):
        der[dice.randrange(len(der))] = dice.randrange(256)
    read_certificate(bytes(der))
