"""TLS where there should be none, none where there should be, and TLS that goes wrong in between."""

import functools
import os
import ssl
from collections.abc import Callable, Sequence

from tests.certificates import authority, certificate, server_context
from tests.hostile.kit import Case, turns
from tests.servers import Peer, Step, answer, close, forever, open_, text

GROUP = "TLS"
on_terminal = turns()
KEEPS = ["--connect-timeout", "1s"]
TRUSTED = ["--cacert", authority()]
NO_TLS = "does not speak TLS"
ENDED = "ended the connection during the TLS handshake"


def hello(peer: Peer) -> None:
    """Read what the client begins with."""
    peer.sock.recv(65536)


def alert(number: int) -> bytes:
    return b"\x15\x03\x03\x00\x02\x02" + bytes([number])


def plain(name: str, *script: Step, says: str | Sequence[str], exit: int = 4, arguments: Sequence[str] = KEEPS) -> Case:
    """Return a case of a server that is no TLS server, or a bad one, spoken to in TLS."""
    return Case(name, GROUP, script, ["wss://127.0.0.1:{port}/", *arguments], says, exit, terminal=on_terminal(name))


def secure(
    name: str,
    *script: Step,
    says: str | Sequence[str],
    exit: int,
    arguments: Sequence[str] = TRUSTED,
    tls: Callable[[], ssl.SSLContext] = server_context,
) -> Case:
    return Case(name, GROUP, script, arguments, says, exit, tls=tls, terminal=on_terminal(name))


def server(kind: str, **options: bool) -> Callable[[], ssl.SSLContext]:
    return functools.partial(server_context, kind, **options)


def cut_off(peer: Peer) -> None:
    """End the TCP connection under the TLS session, which nothing announces."""
    os.close(peer.sock.detach())


RECORD = b"\x16\x03\x03"

ROWS = [
    # Spoken to in TLS.
    plain("HTTP", hello, answer("400 Bad Request"), Peer.absorb, says=NO_TLS),
    plain("HTTP without being asked", answer("400 Bad Request"), Peer.absorb, says=NO_TLS),
    plain("SSH", b"SSH-2.0-OpenSSH_9.6\r\n", Peer.absorb, says=NO_TLS),
    plain("garbage", hello, bytes(range(255, -1, -1)), Peer.absorb, says=NO_TLS),
    plain("garbage without end", hello, forever(bytes(range(255, -1, -1)) * 256), says=NO_TLS),
    plain("escapes", hello, b"\x1b[2J\x1b]0;owned\x07", Peer.absorb, says=NO_TLS),
    plain("nothing", Peer.keep, says="did not finish the TLS handshake within 1 s", exit=9),
    plain("a byte, and no more", hello, b"\x16", Peer.keep, says="did not finish the TLS handshake within 1 s", exit=9),
    plain("a record that claims 64 KiB", hello, RECORD + b"\xff\xff" + bytes(99), Peer.absorb, says=NO_TLS),
    plain("a record that never ends", hello, RECORD + b"\x40\x00" + bytes(99), Peer.keep, says="within 1 s", exit=9),
    plain("an empty record", hello, RECORD + b"\x00\x00", Peer.keep, says="within 1 s", exit=9),
    plain("empty records without end", hello, forever((RECORD + b"\x00\x00") * 999), says="TLS handshake"),
    plain(
        "a handshake message of 16 MiB",
        hello,
        RECORD + b"\x00\x04\x02\xff\xff\xff",
        forever(RECORD + b"\x40\x00" + bytes(16384)),
        says="TLS handshake",
    ),
    plain("warnings without end", hello, forever(b"\x15\x03\x03\x00\x02\x01\x5a" * 999), says="TLS handshake"),
    plain("an alert of no number", hello, alert(255), Peer.absorb, says="TLS handshake"),
    plain("broken off", hello, alert(40), Peer.absorb, says="broke off the TLS handshake"),
    plain("no such name", hello, alert(112), Peer.absorb, says="has no certificate for the name"),
    plain("closed at once", says=ENDED),
    plain("closed when asked", hello, says=ENDED),
    plain("reset when asked", hello, Peer.reset, says=ENDED),
    plain("half-closed", hello, Peer.half_close, Peer.keep, says=ENDED),
    # Spoken to without TLS.
    Case("TLS where ws:// is meant", GROUP, [open_], ["ws://127.0.0.1:{port}/"], "wss://", 5, tls=server_context),
    # Certificates.
    secure("expired", open_, says="is not trusted: certificate has expired", exit=4, tls=server("expired")),
    secure("for another host", open_, says="it is for elsewhere.example", exit=4, tls=server("other-name")),
    secure("signed by itself", open_, says=["is not trusted", "signed by itself"], exit=4, tls=server("self-signed")),
    secure("of an unknown issuer", open_, says="its issuer is unknown", exit=4, tls=server("unknown-issuer")),
    secure("that nobody named", open_, says="is not trusted", exit=4, arguments=()),
    secure("for clients", open_, says="is not trusted", exit=4, tls=server("client")),
    secure(
        "wants ours",
        open_,
        Peer.drain,
        says="wants a client certificate",
        exit=4,
        tls=server("good", wants_client=True),
    ),
    secure(
        "wants ours, TLS 1.2",
        open_,
        Peer.drain,
        says="broke off the TLS handshake",
        exit=4,
        tls=server("good", wants_client=True, newest=False),
    ),
    secure(
        "does not know ours",
        open_,
        Peer.drain,
        says="does not trust our certificate",
        exit=4,
        tls=server("good", wants_client=True),
        arguments=[
            *TRUSTED,
            "--cert",
            str(certificate("foreign-client")[0]),
            "--key",
            str(certificate("foreign-client")[1]),
        ],
    ),
    # Behind the TLS handshake.
    secure(
        "no answer",
        Peer.ask,
        Peer.keep,
        says="did not answer the handshake within 1 s",
        exit=9,
        arguments=[*TRUSTED, *KEEPS],
    ),
    secure("closed inside when asked", Peer.ask, says="without an answer", exit=5),
    secure("garbage inside", Peer.ask, bytes(range(256)), says="the server's answer is not HTTP", exit=5),
    secure(
        "headers without end",
        Peer.ask,
        b"HTTP/1.1 101 Go\r\n",
        forever(b"X-A: 1\r\n" * 999),
        says="more than 128 header lines",
        exit=5,
    ),
    secure("cut off under TLS", open_, text("hi"), cut_off, says="connection", exit=7),
    secure("closed without a close", open_, text("hi"), says="without a close frame", exit=7),
    secure("a breach inside", open_, b"\x83\x00", Peer.until_close, says="opcode 0x3 is reserved", exit=8),
    secure("keeps the connection", open_, close(), Peer.keep, says="kept the TCP connection open for 2 s", exit=0),
    Case(
        "check: expired", GROUP, [open_], ["{url}", *TRUSTED], "has expired", 4, command="check", tls=server("expired")
    ),
    Case(
        "check: no TLS",
        GROUP,
        [hello, answer("400 No"), Peer.absorb],
        ["wss://127.0.0.1:{port}/"],
        NO_TLS,
        4,
        command="check",
    ),
]
