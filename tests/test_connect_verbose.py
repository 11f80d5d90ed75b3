"""``connect -v``: the opening in full, however it ends, on standard error and without secrets."""

import re

from tests.certificates import authority, certificate, der_of, server_context
from tests.servers import Peer, Ran, answer, close, opened, run, serving, text, together

GOOD = [text("hi"), close(), Peer.until_close]
SECRETS = ("-H", "Authorization: Bearer hunter2", "-b", "sid=hunter2", "-s", "bearer.hunter2,chat")


def sigils(ran: Ran) -> str:
    """Return the sigils of the lines of talk, without repetitions."""
    found = [line[2] for line in ran.err.splitlines() if line.startswith("  ")]
    return "".join(sigil for index, sigil in enumerate(found) if [sigil] != found[index - 1 : index])


def test_connected() -> None:
    agreed = ("Sec-WebSocket-Protocol: chat", "Set-Cookie: sid=hunter2")
    with serving(opened(*agreed), *GOOD, tls=server_context(alpn=("http/1.1",))) as served:
        ran = run("connect", f"{served.url}?token=hunter2", "-v", "-r", "--cacert", authority(), *SECRETS)
    assert (ran.exit, ran.out) == (0, "hi\n")
    assert sigils(ran) == "><="
    assert "hunter2" not in ran.err
    for line in (
        "> GET /?token=*** HTTP/1.1",
        "> Sec-WebSocket-Key: ",
        "> Authorization: Bearer ***",
        "> Sec-WebSocket-Protocol: bearer.***, chat",
        "< HTTP/1.1 101 Switching Protocols",
        "< Set-Cookie: sid=***",
        "= trust    verified for 127.0.0.1",
        "= names    localhost, 127.0.0.1, ::1",
        "= subprotocol  bearer.***, chat                chat",
    ):
        assert f"\n  {line}" in ran.err
    for phase in ("DNS", "TCP", "TLS", "upgrade", "total"):
        assert re.search(rf"^  = {phase} +[\d.]+ m?s", ran.err, re.MULTILINE)


def test_refused() -> None:
    with serving(
        Peer.ask, answer("401 No", b'{"error": "Bearer hunter2 is over"}', "Set-Cookie: sid=hunter2")
    ) as served:
        verbose, plain = together(lambda more: run("connect", served.url, *SECRETS, *more), [("-v",), ()])
    assert sigils(verbose) == "><=✕"
    assert sigils(plain) == "<"
    assert "hunter2" not in verbose.err + plain.err
    assert re.search(r"^  ✕ upgrade +[\d.]+ m?s\nerror: the server answered 401 No", verbose.err, re.MULTILINE)


def test_nobody_there_and_nobody_answers() -> None:
    with serving(Peer.ask, Peer.absorb) as silent:
        nobody, unanswered = together(
            lambda url: run("connect", url, "-v", "--connect-timeout", "400ms"), ["ws://127.0.0.1:9/", silent.url]
        )
    assert (nobody.exit, sigils(nobody)) == (3, "=✕")
    assert re.search(r"^  ✕ TCP +[\d.]+ m?s$", nobody.err, re.MULTILINE)
    assert (unanswered.exit, sigils(unanswered)) == (9, ">=✕")
    assert "> GET / HTTP/1.1" in unanswered.err


def test_not_trusted() -> None:
    """The server was asked for its certificate once more, so that it can be told."""
    import hashlib

    with serving(opened(), *GOOD, tls=server_context("expired")) as served:
        ran, insecure = together(
            lambda more: run("connect", served.url, "-v", *more), [("--cacert", authority()), ("-k",)]
        )
    sha256 = hashlib.sha256(der_of("expired")).hexdigest()
    assert (ran.exit, sigils(ran)) == (4, "=✕=")
    assert insecure.exit == 0
    for told in (ran.err, insecure.err):
        assert f"= SHA-256  {sha256}" in told
        assert "= trust    not verified" in told
        assert "= names    localhost, 127.0.0.1\n" in told
        assert re.search(r"= valid    expired .* ago \(", told)
    assert "; it is for localhost, 127.0.0.1, signed by ca, expired " in ran.err


def test_a_wrong_passphrase_is_not_repeated() -> None:
    cert, _ = certificate("client")
    ran = run("connect", "wss://127.0.0.1:9/", "-v", "--cert", str(cert), "--pass", "hunter2")
    assert ran.exit == 2
    assert "hunter2" not in ran.err
