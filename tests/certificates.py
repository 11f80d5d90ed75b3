"""A certificate authority and its certificates for tests, made once a run with the ``openssl`` command."""

import atexit
import functools
import shutil
import ssl
import subprocess
import tempfile
import threading
import warnings
from pathlib import Path

import pytest

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

ONE_AT_A_TIME = threading.RLock()

# Kind: subject alternative names, days of validity, and who signs it.
KINDS = {
    "good": ("DNS:localhost,IP:127.0.0.1,IP:::1", 2, "ca"),
    "expired": ("DNS:localhost,IP:127.0.0.1", -1, "ca"),
    "other-name": ("DNS:elsewhere.example", 2, "ca"),
    "unknown-issuer": ("DNS:localhost,IP:127.0.0.1", 2, "other-ca"),
    "idn": ("DNS:xn--bcher-kva.example,DNS:*.wild.example", 2, "ca"),
    "client": ("DNS:me", 2, "ca"),
    "foreign-client": ("DNS:me", 2, "other-ca"),
}
PASSPHRASE = "correct horse"


@functools.cache
def made() -> Path:
    """Make the authorities; return the folder."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command")
    folder = Path(tempfile.mkdtemp(prefix="wsinspect-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("ca", "other-ca"):
        _self_signed(folder, name, "-addext", "keyUsage=critical,keyCertSign")
    _self_signed(folder, "self-signed", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return folder


def certificate(kind: str) -> tuple[Path, Path]:
    """Return certificate and key of a kind: one of `KINDS`, or ``self-signed``."""
    with ONE_AT_A_TIME:
        return _certificate(kind)


@functools.cache
def _certificate(kind: str) -> tuple[Path, Path]:
    folder = made()
    pem, key = folder / f"{kind}.pem", folder / f"{kind}.key"
    if kind in KINDS:
        names, days, signer = KINDS[kind]
        (folder / f"{kind}.cnf").write_text(f"subjectAltName={names}\n")
        _openssl(folder, "req", "-new", *EC, "-keyout", key.name, "-out", f"{kind}.csr", "-subj", f"/CN={kind}")
        _openssl(
            folder, "x509", "-req", "-in", f"{kind}.csr", "-CA", f"{signer}.pem", "-CAkey", f"{signer}.key",
            "-set_serial", str(abs(hash(kind))), "-days", str(days), "-extfile", f"{kind}.cnf", "-out", pem.name,
        )  # fmt: skip
    return pem, key


@functools.cache
def encrypted_key(kind: str) -> Path:
    """Return the key of a kind, encrypted with `PASSPHRASE`."""
    with ONE_AT_A_TIME:
        _, key = _certificate(kind)
        _openssl(
            key.parent, "pkcs8", "-topk8", "-in", key.name, "-out", f"{kind}-encrypted.key",
            "-passout", f"pass:{PASSPHRASE}",
        )  # fmt: skip
        return key.with_name(f"{kind}-encrypted.key")


def der_of(kind: str) -> bytes:
    """Return a certificate as it travels."""
    return ssl.PEM_cert_to_DER_cert(certificate(kind)[0].read_text())


def authority() -> str:
    """Return the path of the authority's certificate, for SSL_CERT_FILE."""
    with ONE_AT_A_TIME:
        return str(made() / "ca.pem")


def server_context(
    kind: str = "good", *, wants_client: bool = False, newest: bool = True, alpn: tuple[str, ...] = ()
) -> ssl.SSLContext:
    """Return a server's TLS with a certificate of a kind; ``newest`` off stops at TLS 1.2; ``alpn`` lists protocols."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(kind))
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority())
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def old_server_context() -> ssl.SSLContext:
    """Return a server's TLS that knows version 1.1 alone."""
    context = server_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def _self_signed(folder: Path, name: str, *extensions: str) -> None:
    _openssl(
        folder, "req", "-x509", *EC, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}",
        "-days", "2", *extensions,
    )  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
