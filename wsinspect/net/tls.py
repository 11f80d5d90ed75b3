"""TLS as it is wanted, and what came of it. Knows no WebSocket."""

import hashlib
import os
import ssl
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wsinspect.certificate import read_certificate
from wsinspect.connecting import Tls
from wsinspect.errors import InspectError
from wsinspect.events import TlsFacts

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
LOWEST, HIGHEST = "1.2", "1.3"
"""What we offer unless told otherwise, as Python does."""

OLD = ("1.0", "1.1")
OLD_CIPHERS = "DEFAULT:!aNULL:!eNULL:@SECLEVEL=0"
"""TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL 3 does on security level 0 alone."""

CERTIFICATE_MARK = b"-----BEGIN CERTIFICATE-----"
KEY_MARK = b"PRIVATE KEY-----"
ENCRYPTED_MARKS = (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED")
READ_SIZE = 4 << 20
"""So much of a file is looked at to tell what is wrong with it."""

TO_PEM = "PEM is wanted: `openssl x509 -inform der` makes it of a DER file, `openssl pkcs12` of a .p12 or .pfx"


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Make the context; raises `InspectError` where a file cannot be used."""
    _prepare_key_log()
    context = ssl.create_default_context() if tls.authorities is None else _trusting(tls.authorities)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _limit(context, tls)
    if tls.alpn:
        context.set_alpn_protocols(list(tls.alpn))
    if tls.certificate is not None:
        _identify(context, tls.certificate, tls.key, tls.passphrase)
    return context


def server_name(tls: Tls, host: str) -> str:
    """Return the name that SNI and verification go by: no dot at its end, and no zone behind an address."""
    return tls.server_name or host.removesuffix(".").partition("%")[0]


def offered_versions(tls: Tls) -> tuple[str, str]:
    """Return the lowest and the highest version that we offer."""
    highest = tls.highest or HIGHEST
    return tls.lowest or min(LOWEST, highest), highest


def tls_facts(connection: ssl.SSLObject, tls: Tls) -> TlsFacts:
    """Return what was agreed on, after the TLS handshake."""
    # Python decodes a certificate only if it was verified; ours reads any.
    der = connection.getpeercert(True) or b""
    certificate = read_certificate(der)
    cipher = connection.cipher()
    lowest, highest = offered_versions(tls)
    return TlsFacts(
        version=connection.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=connection.selected_alpn_protocol(),
        verified=tls.verify,
        sha256=hashlib.sha256(der).hexdigest() if der else "",
        names=certificate.names,
        issuer=certificate.issuer,
        expires=certificate.expires,
        begins=certificate.begins,
        lowest=lowest,
        highest=highest,
        offered_alpn=tls.alpn,
        server_name=connection.server_hostname or "",
    )


def is_encrypted(path: str) -> bool:
    """Tell whether a key needs a passphrase; a file that is no ordinary one is not looked at."""
    data = _beginning(path)
    return any(mark in data for mark in ENCRYPTED_MARKS)


def _prepare_key_log() -> None:
    """Make the file of SSLKEYLOGFILE readable for its owner alone: who has it can read the traffic."""
    path = os.environ.get("SSLKEYLOGFILE")
    if path and not sys.flags.ignore_environment:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
        except OSError as fault:
            raise InspectError(
                f"the file of SSLKEYLOGFILE, `{path}`, cannot be written: {_reason(fault)}",
                hint="name another file, or unset the variable",
            ) from None


def _trusting(path: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities in a file or folder, and no others."""
    if not os.path.isdir(path):
        with _loading_authorities(path):
            return ssl.create_default_context(cafile=path)
    # By OpenSSL's rules only files count that are named by their hash, as c_rehash makes them; people have ca.pem.
    try:
        files = [str(file) for file in sorted(Path(path).iterdir())]
    except OSError as fault:
        raise _unreadable(path, fault) from None
    files = [file for file in files if CERTIFICATE_MARK in _beginning(file)]
    if not files:
        raise InspectError(f"the folder `{path}` holds no PEM file with certificates", hint=TO_PEM)
    with _loading_authorities(files[0]):
        context = ssl.create_default_context(cafile=files[0])
    for file in files[1:]:
        with _loading_authorities(file):
            context.load_verify_locations(file)
    return context


@contextmanager
def _loading_authorities(path: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as fault:
        if CERTIFICATE_MARK in _beginning(path):
            raise InspectError(f"a certificate in `{path}` cannot be read: {_reason(fault)}", hint=TO_PEM) from None
        raise InspectError(f"`{path}` holds no certificate in PEM form", hint=TO_PEM) from None
    except OSError as fault:
        raise _unreadable(path, fault) from None


def _limit(context: ssl.SSLContext, tls: Tls) -> None:
    """Set the versions that we offer; asked for old ones, also what else they need."""
    if tls.lowest is None and tls.highest is None:
        return  # the system's own configuration holds
    lowest, highest = offered_versions(tls)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = VERSIONS[lowest]
            if tls.highest is not None:
                context.maximum_version = VERSIONS[highest]
        if lowest in OLD:
            context.set_ciphers(OLD_CIPHERS)
    except (ValueError, ssl.SSLError):
        raise InspectError(
            f"{ssl.OPENSSL_VERSION} cannot speak TLS {lowest} to {highest}",
            hint="it was built without, or the system's configuration forbids it",
        ) from None


def _identify(context: ssl.SSLContext, certificate: str, key: str | None, passphrase: str | None) -> None:
    """Load our own certificate and its key; a passphrase is asked for neither here nor by OpenSSL."""
    asked = False

    def give() -> str:
        nonlocal asked
        asked = True
        if passphrase is None:
            raise InspectError(
                f"the key in `{key or certificate}` is encrypted, and there is no passphrase",
                hint="give it with --pass @FILE or --pass env:NAME",
            )
        return passphrase

    try:
        context.load_cert_chain(certificate, key, give)
    except ssl.SSLError as fault:
        raise _useless(certificate, key, asked, fault) from None
    except OSError as fault:
        for path in filter(None, (certificate, key)):
            if not os.access(path, os.R_OK):
                raise _unreadable(path, fault) from None
        raise _unreadable(certificate, fault) from None


def _useless(certificate: str, key: str | None, asked: bool, fault: ssl.SSLError) -> InspectError:
    """Tell which of certificate, key and passphrase is wrong; OpenSSL's own words hardly do."""
    where = key or certificate
    if fault.reason == "KEY_VALUES_MISMATCH":
        return InspectError(
            f"the key in `{where}` does not belong to the certificate in `{certificate}`",
            hint="the certificate stands first in its file, before those of the authorities that vouch for it",
        )
    if asked:
        return InspectError(f"the passphrase does not open the key in `{where}`", hint="is it that key's passphrase?")
    if CERTIFICATE_MARK not in _beginning(certificate):
        return InspectError(f"`{certificate}` holds no certificate in PEM form", hint=TO_PEM)
    if KEY_MARK not in _beginning(where):
        hint = TO_PEM if key else "name the file of the key with --key"
        return InspectError(f"`{where}` holds no private key in PEM form", hint=hint)
    return InspectError(f"OpenSSL cannot use the certificate in `{certificate}` and its key: {_reason(fault)}", hint="")


def _beginning(path: str) -> bytes:
    """Return how an ordinary file begins; of anything else, nothing."""
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read(READ_SIZE)
    except OSError:
        return b""


def _unreadable(path: str, fault: OSError) -> InspectError:
    return InspectError(f"cannot read `{path}`: {_reason(fault)}", hint="is the path right?")


def _reason(fault: OSError) -> str:
    if isinstance(fault, ssl.SSLError) and fault.reason:
        return fault.reason.replace("_", " ").lower()
    return (fault.strerror or str(fault)).lower()
