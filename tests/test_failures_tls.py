"""Why TLS failed: every situation its sentence, hint and exit code, through real sockets."""

import ssl

import pytest

from tests.certificates import authority, server_context
from tests.openings import failure
from tests.servers import Peer, answer, open_, serving
from wsinspect.connecting import Tls
from wsinspect.errors import Exit
from wsinspect.events import TlsFacts
from wsinspect.net.failures import Phase, unreachable
from wsinspect.net.tls_failures import CERTIFICATE_HINTS, TLS_REASONS
from wsinspect.target import parse_target

CERTIFICATES = [
    ("expired", "certificate has expired", "renew it"),
    ("other-name", "IP address mismatch", "for other addresses"),
    ("self-signed", "self-signed certificate", "SSL_CERT_FILE"),
    ("unknown-issuer", "unable to get local issuer certificate", "its issuer is unknown"),
]


@pytest.mark.parametrize(("kind", "message", "hint"), CERTIFICATES)
def test_certificate(monkeypatch: pytest.MonkeyPatch, kind: str, message: str, hint: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority())
    with serving(open_, tls=server_context(kind)) as served:
        error = failure(served.url)
    assert error.exit == Exit.TLS
    assert f"the certificate of `127.0.0.1` port {served.port} is not trusted: " in error.message
    assert message.lower() in error.message.lower().replace("self signed", "self-signed")
    assert hint in error.hint


def test_host_name_in_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority())
    with serving(open_, tls=server_context("other-name")) as served:
        error = failure(served.url.replace("127.0.0.1", "localhost"))
    assert (error.exit, error.hint) == (Exit.TLS, "the certificate is for other names; is the host right?")


def test_client_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """With TLS 1.3 the server says so only after the handshake, with 1.2 within it."""
    monkeypatch.setenv("SSL_CERT_FILE", authority())
    for newest, words in ((True, "wants a client certificate"), (False, "broke off the TLS handshake")):
        with serving(open_, Peer.drain, tls=server_context(wants_client=True, newest=newest)) as served:
            error = failure(served.url)
        assert error.exit == Exit.TLS
        assert words in error.message


def test_tls_on_a_plain_port() -> None:
    for script, words in [
        ([answer("400 Bad Request"), Peer.absorb], "does not speak TLS"),
        ([b"SSH-2.0-OpenSSH\r\n", Peer.absorb], "does not speak TLS"),
        ([], "ended the connection during the TLS handshake"),
        ([lambda peer: peer.sock.recv(9999), Peer.reset], "ended the connection during the TLS handshake"),
    ]:
        with serving(*script) as served:
            error = failure(served.url.replace("ws:", "wss:"))
        assert error.exit == Exit.TLS
        assert words in error.message


def test_plain_on_a_tls_port() -> None:
    with serving(open_, tls=server_context()) as served:
        error = failure(served.url.replace("wss:", "ws:"))
    assert error.exit == Exit.REFUSED
    assert "wss://" in error.hint


def test_no_answer_over_tls_hints_at_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", authority())
    with serving(Peer.ask, tls=server_context()) as served:
        error = failure(served.url)
    assert error.exit == Exit.REFUSED
    assert "wss" not in error.hint
    assert "client certificate" in error.hint


def test_reasons_of_openssl() -> None:
    """Those that no server here can bring about: the table is read by the end of the reason."""
    phase = Phase(parse_target("wss://host/"), 10, "tls")
    for end, message, hint in TLS_REASONS:
        fault = ssl.SSLError(1, "text")
        fault.reason = "TLSV1_" + end.upper().replace(" ", "_")
        error = unreachable(phase, fault, b"")
        assert (error.message, error.hint, error.exit) == (message.format(at="`host` port 443"), hint, Exit.TLS)
    fault = ssl.SSLError(1, "odd")
    assert "failed: odd" in unreachable(phase, fault, b"").message


