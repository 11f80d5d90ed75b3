"""Why TLS failed: every situation its sentence, hint and exit code, through real sockets."""

import contextlib
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
    ("other-name", "IP address mismatch", "--servername"),
    ("self-signed", "self-signed certificate", "--cacert"),
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
    assert (error.exit, error.hint) == (Exit.TLS, "is the host right? --servername NAME asks for another one")
    assert "it is for elsewhere.example" in error.message


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


# A TLS alert (RFC 8446 section 6) that a server sends at once, and what is made of it.
ALERTS = [
    (40, "broke off the TLS handshake", "(TLS 1.2 to 1.3); --tls-min 1.1 goes lower"),
    (42, "does not accept our certificate, or wants one", "--cert"),
    (46, "does not accept our certificate", "log"),
    (48, "does not trust our certificate", "--cert"),
    (70, "speaks none of the versions that we offer: TLS 1.2 to 1.3", "--tls-min 1.1 goes lower"),
    (71, "asks for stronger ciphers", "log"),
    (80, "failed during the TLS handshake", "log"),
    (112, "has no certificate for the name `127.0.0.1`", "--servername"),
    (116, "wants a client certificate", "--cert FILE and --key FILE"),
    (120, "none of the protocols that we offer by ALPN: http/1.1", "HTTP/2 only"),
]


@pytest.mark.parametrize(("number", "message", "hint"), ALERTS, ids=[str(row[0]) for row in ALERTS])
def test_alerts(number: int, message: str, hint: str) -> None:
    alert = b"\x15\x03\x03\x00\x02\x02" + bytes([number])
    with serving(lambda peer: peer.sock.recv(9999), alert, Peer.absorb) as served:
        error = failure(served.url.replace("ws:", "wss:"))
    assert error.exit == Exit.TLS
    assert message in error.message
    assert hint in error.hint


def test_reasons_of_openssl() -> None:
    """Those that no server here can bring about: the table is read by the end of the reason."""
    phase = Phase(parse_target("wss://host/"), 10, "tls", Tls(lowest="1.0", alpn=()))
    for end, message, _ in TLS_REASONS:
        fault = ssl.SSLError(1, "text")
        fault.reason = "TLSV1_" + end.upper().replace(" ", "_")
        error = unreachable(phase, fault, b"")
        given = {"at": "`host` port 443", "versions": "TLS 1.0 to 1.3", "alpn": "nothing", "name": "host"}
        assert (error.message, error.exit) == (message.format(**given), Exit.TLS)
        assert "goes lower" not in error.hint
    assert "failed: odd" in unreachable(phase, ssl.SSLError(1, "odd"), b"").message


def test_reasons_are_told_apart() -> None:
    """A reason that ends like another one stands before it."""
    for index, (end, _, _) in enumerate(TLS_REASONS):
        assert not any(end.endswith(other) for other, _, _ in TLS_REASONS[:index])


def test_certificate_that_nobody_could_look_at() -> None:
    """The second look fails, or shows nothing: the error is the same without it."""
    fault = ssl.SSLCertVerificationError(1, "text")
    fault.verify_code, fault.verify_message = 999, "Odd thing."
    phase = Phase(parse_target("wss://host/"), 10, "tls")
    for shown in (None, TlsFacts("TLSv1.3", "x", None, False, "")):
        error = unreachable(phase._replace(shown=shown), fault, b"")
        assert error.message == "the certificate of `host` port 443 is not trusted: odd thing"
        assert error.hint == "pass -k to look without trust"


def test_a_server_that_does_not_come_back_for_a_second_look() -> None:
    seen: list[Peer] = []

    def once(peer: Peer) -> None:
        seen.append(peer)
        if len(seen) == 1:
            with contextlib.suppress(ssl.SSLError):
                server_context("self-signed").wrap_socket(peer.sock, server_side=True)

    with serving(once) as served:
        error = failure(served.url.replace("ws:", "wss:"))
    assert len(seen) == 2
    assert error.exit == Exit.TLS
    assert error.message.lower().replace("self signed", "self-signed").endswith("not trusted: self-signed certificate")


def test_hints_end_like_all_others() -> None:
    assert not [hint for hint in CERTIFICATE_HINTS.values() if hint.endswith(".")]
