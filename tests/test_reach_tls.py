"""TLS as the command line wants it: whom we trust, who we are, which versions and protocols, over real sockets."""

import hashlib
import os
import pty
import subprocess
from pathlib import Path

import click
import pytest

from tests.certificates import (
    PASSPHRASE,
    authority,
    certificate,
    der_of,
    encrypted_key,
    made,
    old_server_context,
    server_context,
)
from tests.openings import connecting, handshake, refused
from tests.servers import BOUND_S, Peer, close, command, environment, open_, run, serving, together
from wsinspect.errors import Exit
from wsinspect.events import TlsFacts
from wsinspect.options.tls import Protocols, ServerName
from wsinspect.redirects import following

GOOD = [open_, close(), Peer.until_close]
CERT, KEY = certificate("client")


def facts(url: str, *arguments: str) -> TlsFacts:
    """Open a connection with these options; return what TLS agreed on."""
    tls = handshake(connecting(url, *arguments)).tls
    assert tls is not None
    return tls


# Whom we trust.


def test_authorities_in_a_file_or_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no certificate here\n")
    (tmp_path / "other.pem").write_bytes((made() / "other-ca.pem").read_bytes())
    (tmp_path / "mine.crt").write_bytes(b"# a comment: \xc3\xa4\n" + Path(authority()).read_bytes())
    with serving(*GOOD, tls=server_context()) as served:
        for where in (authority(), str(tmp_path)):
            assert facts(served.url, "--cacert", where).verified
        assert "unable to get local issuer" in refused(served.url, "--cacert", str(made() / "other-ca.pem")).message


def test_facts_of_a_verified_certificate() -> None:
    with serving(*GOOD, tls=server_context()) as served:
        tls = facts(served.url, "--cacert", authority())
    assert (tls.version, tls.verified, tls.issuer) == ("TLSv1.3", True, "ca")
    assert tls.names == ("localhost", "127.0.0.1", "::1")
    assert tls.sha256 == hashlib.sha256(der_of("good")).hexdigest()
    assert (tls.lowest, tls.highest, tls.server_name) == ("1.2", "1.3", "127.0.0.1")
    assert tls.begins is not None
    assert tls.expires is not None
    assert tls.expires - tls.begins == 2 * 86400


def test_facts_of_one_that_nobody_verified() -> None:
    with serving(*GOOD, tls=server_context("expired")) as served:
        tls = facts(served.url, "-k")
    assert not tls.verified
    assert tls.names == ("localhost", "127.0.0.1")
    assert tls.sha256 == hashlib.sha256(der_of("expired")).hexdigest()


NAMES = [
    ("other-name", "elsewhere.example", True),
    ("other-name", "elsewhere.example.", True),
    ("other-name", "localhost", False),
    ("idn", "bücher.example", True),
    ("idn", "xn--bcher-kva.example", True),
    ("idn", "a.wild.example", True),
    ("idn", "a.b.wild.example", False),
    ("good", "[::1]", True),
    ("good", "127.0.0.1", True),
    ("good", "127.0.0.2", False),
]


@pytest.mark.parametrize(("kind", "name", "fits"), NAMES)
def test_server_name(kind: str, name: str, fits: bool) -> None:
    asked: list[str | None] = []
    context = server_context(kind)
    context.sni_callback = lambda _, name, __: asked.append(name)
    options = ("--cacert", authority(), "--servername", name)
    with serving(*GOOD, tls=context) as served:
        if fits:
            tls = facts(served.url, *options)
            assert tls.verified
            # An address is no server name (RFC 6066 section 3).
            sent = None if tls.server_name[0] in "1:" else tls.server_name
            assert asked == [sent]
        else:
            assert "mismatch" in refused(served.url, *options).message


def test_what_an_error_tells_of_the_certificate() -> None:
    rows = [
        ("expired", "127.0.0.1", "certificate has expired; it is for localhost, 127.0.0.1, signed by ca, expired "),
        (
            "other-name",
            "localhost",
            "not valid for 'localhost'; it is for elsewhere.example, signed by ca, expires in ",
        ),
        ("self-signed", "127.0.0.1", "; it is for localhost, 127.0.0.1, signed by self-signed, expires in 2 days"),
    ]
    for kind, host, words in rows:
        with serving(*GOOD, tls=server_context(kind)) as served:
            error = refused(served.url.replace("127.0.0.1", host), "--cacert", authority())
        assert error.exit == Exit.TLS
        assert words in error.message


def test_who_we_are_is_not_shown_to_who_is_not_trusted() -> None:
    seen: list[object] = []
    context = server_context("self-signed", newest=False)
    context.verify_mode = context.verify_mode.CERT_OPTIONAL
    context.load_verify_locations(authority())

    def look(peer: Peer) -> None:
        seen.append(peer.sock.getpeercert())  # type: ignore[attr-defined]

    with serving(look, tls=context) as served:
        refused(served.url, "--cert", str(CERT), "--key", str(KEY))
    assert seen == [None]  # the look at its certificate, without ours


# Who we are.


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("client") / "both.pem"
    path.write_bytes(CERT.read_bytes() + KEY.read_bytes())
    return path


@pytest.mark.parametrize("newest", [False, True], ids=["TLS 1.2", "TLS 1.3"])
def test_client_certificate(both: Path, newest: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KEY_PASS", PASSPHRASE)
    (tmp_path / "pass").write_text(PASSPHRASE + "\n")
    locked = ("--cert", str(CERT), "--key", str(encrypted_key("client")))
    with serving(*GOOD, tls=server_context(wants_client=True, newest=newest)) as served:
        for options in (
            ("--cert", str(CERT), "--key", str(KEY)),
            ("--cert", str(both)),
            (*locked, "--pass", PASSPHRASE),
            (*locked, "--pass", "env:KEY_PASS"),
            (*locked, "--pass", f"@{tmp_path / 'pass'}"),
        ):
            assert facts(served.url, "--cacert", authority(), *options).version == f"TLSv1.{3 if newest else 2}"


def test_client_certificate_that_is_not_trusted() -> None:
    foreign, key = certificate("foreign-client")
    with serving(*GOOD, tls=server_context(wants_client=True)) as served:
        error = refused(served.url, "--cacert", authority(), "--cert", str(foreign), "--key", str(key))
    assert "does not trust our certificate" in error.message
    assert error.exit == Exit.TLS


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    """Told before anybody is asked: nothing listens on that port. No passphrase is repeated."""
    der, empty = tmp_path / "cert.der", tmp_path / "empty"
    der.write_bytes(der_of("client"))
    empty.mkdir()
    text = tmp_path / "text"
    text.write_text("hello\n")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = str(encrypted_key("client"))
    other_key = str(certificate("good")[1])
    no, cert = str(tmp_path / "no.pem"), str(CERT)
    rows = [
        (("--cacert", no), f"cannot read `{no}`: no such file"),
        (("--cacert", str(text)), f"`{text}` holds no certificate in PEM form"),
        (("--cacert", str(der)), f"`{der}` holds no certificate in PEM form"),
        (("--cacert", str(broken)), f"a certificate in `{broken}` cannot be read"),
        (("--cacert", str(empty)), f"the folder `{empty}` holds no PEM file with certificates"),
        (("--cert", no), f"cannot read `{no}`: no such file"),
        (("--cert", cert, "--key", no), f"cannot read `{no}`: no such file"),
        (("--cert", cert), f"`{cert}` holds no private key in PEM form"),
        (("--cert", str(der), "--key", str(KEY)), f"`{der}` holds no certificate in PEM form"),
        (("--cert", cert, "--key", str(der)), f"`{der}` holds no private key in PEM form"),
        (
            ("--cert", cert, "--key", other_key),
            f"the key in `{other_key}` does not belong to the certificate in `{cert}`",
        ),
        (("--cert", cert, "--key", locked, "--pass", "secret"), f"the passphrase does not open the key in `{locked}`"),
        (("--cert", cert, "--key", locked, "--pass", "env:NO_SUCH_ONE"), "variable `NO_SUCH_ONE` is not set"),
        (("--cert", cert, "--key", locked, "--pass", f"@{no}"), f"cannot read the passphrase {no}: no such file"),
        (("--cert", cert, "--key", locked, "--pass", "secret" * 200), "the passphrase is longer than 1000 bytes"),
    ]
    for options, message in rows:
        error = refused("wss://127.0.0.1:9/", *options)
        assert message in error.message
        assert error.exit == Exit.USAGE
        assert "secret" not in error.message + error.hint
    assert "openssl x509" in refused("wss://127.0.0.1:9/", "--cacert", str(der)).hint
    assert "--key" in refused("wss://127.0.0.1:9/", "--cert", cert).hint


def test_options_that_do_not_go_together() -> None:
    for options, message in [
        (("--key", str(KEY)), "--key belongs to --cert"),
        (("--tls-min", "1.3", "--tls-max", "1.2"), "leave no version"),
    ]:
        with pytest.raises(click.UsageError, match=message):
            connecting("wss://host/", *options)


def test_passphrase_is_asked_for_unseen() -> None:
    """On the terminal, without echo; where none is there, that is told."""
    options = ("--cacert", authority(), "--cert", str(CERT), "--key", str(encrypted_key("client")))
    with serving(*GOOD, tls=server_context(wants_client=True)) as served:
        nobody = run("connect", served.url, "-r", "-n", *options, start_new_session=True)
        ours, theirs = pty.openpty()
        # The terminal becomes the child's own once it has a session, as in `setsid --ctty`.
        program = (
            "import fcntl, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
            "from wsinspect.__main__ import main; sys.exit(main())"
        )
        child = subprocess.Popen(
            [command()[0], "-c", program, "connect", served.url, "-n", *options],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment(),
        )  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while b"passphrase of " not in shown:
                shown += os.read(ours, 4096)
            os.write(ours, PASSPHRASE.encode() + b"\n")
            while True:
                try:
                    shown += os.read(ours, 4096)
                except OSError:
                    break
            assert child.wait(BOUND_S) == 0
        finally:
            child.kill()
            child.wait()
            os.close(ours)
    assert PASSPHRASE.encode() not in shown
    assert b"connected" in shown
    assert nobody.exit == 2
    assert "there is no terminal to ask for the passphrase" in nobody.err
    assert "--pass env:NAME" in nobody.err


def test_who_we_are_stays_with_the_server_that_it_was_meant_for() -> None:
    wanted = connecting("wss://a.example/", "--cert", str(CERT), "--key", str(KEY), "--servername", "b.example")
    near = following(wanted, 302, [("Location", "/other")], 0)
    far = following(wanted, 302, [("Location", "wss://c.example/")], 0)
    assert near is not None
    assert far is not None
    assert near.tls == wanted.tls
    assert (far.tls.certificate, far.tls.key, far.tls.server_name) == (None, None, None)


# Versions and protocols.


def test_versions() -> None:
    trusting = ("--cacert", authority())
    with serving(*GOOD, tls=server_context(newest=False)) as served:
        assert facts(served.url, *trusting, "--tls-max", "1.2").version == "TLSv1.2"
        error = refused(served.url, *trusting, "--tls-min", "1.3")
    assert error.message.endswith("speaks none of the versions that we offer: TLS 1.3")
    assert error.hint.endswith("--tls-min 1.2 goes lower")
    with serving(*GOOD, tls=server_context()) as served:
        tls = facts(served.url, *trusting, "--tls-max", "1.2")
        assert (tls.version, tls.lowest, tls.highest) == ("TLSv1.2", "1.2", "1.2")
        assert facts(served.url, *trusting, "--tls-min", "1.3").version == "TLSv1.3"


def test_old_versions() -> None:
    try:
        context = old_server_context()
    except ValueError:
        pytest.skip("this OpenSSL knows no TLS 1.1")
    trusting = ("--cacert", authority())
    with serving(*GOOD, tls=context) as served:
        assert "speaks none of the versions" in refused(served.url, *trusting).message
        for options in (("--tls-min", "1.0"), ("--tls-min", "1.1"), ("--tls-max", "1.1")):
            assert facts(served.url, *trusting, *options).version == "TLSv1.1"


def test_alpn() -> None:
    with serving(*GOOD, tls=server_context(alpn=("http/1.1", "h2"))) as served:
        tls = facts(served.url, "-k")
        assert (tls.alpn, tls.offered_alpn) == ("http/1.1", ("http/1.1",))
        assert facts(served.url, "-k", "--alpn", "h3, h2").alpn == "h2"
        assert facts(served.url, "-k", "--alpn", "").alpn is None
    with serving(*GOOD, tls=server_context()) as served:
        assert facts(served.url, "-k").alpn is None


def test_http2_that_was_chosen() -> None:
    settings = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    for script in ([settings, Peer.absorb], [Peer.ask]):
        with serving(*script, tls=server_context(alpn=("h2",))) as served:
            error = refused(served.url, "-k", "--alpn", "h2,http/1.1")
        assert "leave h2 out of --alpn" in error.hint


def test_key_log(tmp_path: Path) -> None:
    log = tmp_path / "keys"
    with serving(*GOOD, tls=server_context()) as served:
        ran, failed = together(
            lambda path: run("connect", served.url, "-k", "-n", env={"SSLKEYLOGFILE": str(path)}),
            [log, tmp_path / "no" / "keys"],
        )
    assert ran.exit == 0
    assert "CLIENT_TRAFFIC_SECRET_0 " in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert failed.exit == 2
    assert "SSLKEYLOGFILE" in failed.err


@pytest.mark.parametrize("text", ["", "a b", "ws://host/", "host/path", "me@host", "host:80:1"])
def test_no_server_name(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ServerName().convert(text, None, None)


def test_protocols() -> None:
    convert = Protocols().convert
    assert convert("http/1.1, h2", None, None) == ("http/1.1", "h2")
    assert convert(" ", None, None) == ()
    for wrong in ("a,,b", "ä", "x" * 256):
        with pytest.raises(click.BadParameter):
            convert(wrong, None, None)
