"""Servers that answer the opening handshake wrongly, slowly, endlessly, or in another protocol.

Where an answer is odd but right (RFC 9112, RFC 6455 section 4.2.2), the connection must open.
"""

import time
from collections.abc import Sequence

from tests.hostile.kit import Case, turns
from tests.servers import Peer, Step, answer, close, dripping, forever, open_, opened, text

GROUP = "handshake"
on_terminal = turns()
KEEPS = ["--connect-timeout", "1s"]
"""For servers that go on for ever: the opening has so long."""

BYE = [text("hi") + close(), Peer.until_close]
ODD = "the server's answer is not HTTP"
NOT_WEBSOCKET = "the server answered 101, but not for a WebSocket"
NO_ACCEPT = "Sec-WebSocket-Accept"
TOO_SLOW = "did not answer the handshake within 1 s"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"


def opens(name: str, *script: Step, arguments: Sequence[str] = (), says: Sequence[str] = ()) -> Case:
    """Return a case of an answer that is odd, and right."""
    wanted = ["101", "closed by the server, cleanly", *says]
    return Case(name, GROUP, [*script, *BYE], arguments, wanted, terminal=on_terminal(name))


def refused(name: str, *script: Step, says: str | Sequence[str], arguments: Sequence[str] = (), exit: int = 5) -> Case:
    return Case(name, GROUP, script, arguments, says, exit, terminal=on_terminal(name))


def sends(data: bytes) -> list[Step]:
    """Return a script that sends this instead of an answer, and ends."""
    return [Peer.ask, data]


def line(first: str, *headers: str) -> list[Step]:
    """Return a script whose answer is right but for its first line."""
    return [opened(*headers, line=first)]


def changed(before: bytes, after: bytes) -> list[Step]:
    """Return a script with an answer in which something is replaced."""

    def reply(peer: Peer) -> None:
        head = peer.head()
        assert before in head
        peer.send(head.replace(before, after))

    return [reply]


def dripped(data: bytes, pause_s: float) -> Step:
    """Return a step that sends bytes one by one."""

    def drip(peer: Peer) -> None:
        for byte in data:
            peer.send(bytes([byte]))
            time.sleep(pause_s)

    return drip


def half_an_answer(peer: Peer) -> None:
    head = peer.head()
    peer.send(head[: len(head) // 2])


def loris(peer: Peer) -> None:
    """Send the right head, a byte every tenth of a second: it would take a quarter of a minute."""
    dripped(peer.head(), 0.1)(peer)


def headers_without_end(peer: Peer) -> None:
    peer.send(peer.head()[:-2])
    number = 0
    while True:
        peer.send(b"".join(b"X-%d: x\r\n" % index for index in range(number, number + 1000)))
        number += 1000


ROWS = [
    # Headers that open a WebSocket.
    refused("no Upgrade", opened(upgrade=None), says=[NOT_WEBSOCKET, "Upgrade"]),
    refused("another Upgrade", opened(upgrade="h2c"), says=[NOT_WEBSOCKET, "h2c"]),
    refused("Upgrade with escapes", opened(upgrade="web\x1b[2Jsocket"), says="not a valid HTTP answer"),
    refused("no Connection", opened(connection=None), says=[NOT_WEBSOCKET, "Connection"]),
    refused("another Connection", opened(connection="keep-alive"), says=[NOT_WEBSOCKET, "keep-alive"]),
    opens("Connection with more", opened(connection="keep-alive, Upgrade")),
    opens("Upgrade in capitals", opened(upgrade="WEBSOCKET", connection="UPGRADE")),
    refused("no Accept", opened(accept=None), says=NO_ACCEPT),
    refused("empty Accept", opened("Sec-WebSocket-Accept:", accept=None), says=NO_ACCEPT),
    refused("Accept for another key", opened(accept="s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), says="does not fit our key"),
    refused("Accept with more behind it", changed(b"=\r\n", b"=x\r\n")[0], says="does not fit our key"),
    refused("Accept twice", opened("Sec-WebSocket-Accept: AAAA"), says=NO_ACCEPT),
    # The first line.
    refused("HTTP/1.0", *line("HTTP/1.0 101 Switching Protocols"), says="101 in HTTP/1.0, where RFC 6455 asks for"),
    refused("HTTP/2", *line("HTTP/2 101 Switching Protocols"), says="101 in HTTP/2, where RFC 6455 asks for"),
    refused("HTTP/9.9", *line("HTTP/9.9 101 Switching Protocols"), says="101 in HTTP/9.9"),
    refused("version in small letters", *line("http/1.1 101 Switching Protocols"), says=ODD),
    opens("no reason phrase", *line("HTTP/1.1 101 ")),
    refused("letters in the status", *line("HTTP/1.1 1O1 Switching Protocols"), says=ODD),
    refused("a status of nine digits", *line("HTTP/1.1 101000000 Switching Protocols"), says=ODD),
    refused("a status of one digit", *line("HTTP/1.1 1 Switching Protocols"), says=ODD),
    refused("a negative status", *line("HTTP/1.1 -101 Switching Protocols"), says=ODD),
    refused("no version", *line("101 Switching Protocols"), says=ODD),
    refused("no status", *line("HTTP/1.1"), says=ODD),
    refused("empty first line", *line(" "), says="HTTP"),
    refused("another protocol's name", *line("ICY 200 OK"), says=ODD),
    refused("escapes for a first line", *line("\x1b[2J\x1b]0;owned\x07"), says=ODD),
    refused(
        "first line without end", Peer.ask, b"HTTP/1.1 101 ", forever(b"x" * 65536), says="first line", arguments=KEEPS
    ),
    # Header lines.
    refused("lines end in LF", changed(b"\r\n", b"\n")[0], says="end in LF, where HTTP asks for CRLF"),
    refused("a header without a colon", opened("nonsense"), says="not a valid HTTP answer"),
    refused("a space before the colon", opened("X-A : 1"), says="not a valid HTTP answer"),
    refused("a header without a name", opened(": 1"), says="not a valid HTTP answer"),
    refused("a folded header", opened("X-A: 1\r\n  2"), says="not a valid HTTP answer"),
    refused("NUL in a header", opened("X-A: 1\x002"), says="not a valid HTTP answer"),
    refused(
        "escapes in a header",
        opened("X-A: \x1b[2J\x1b]52;c;aGk=\x07"),
        arguments=["-v"],
        says="not a valid HTTP answer",
    ),
    opens("bytes above 0x7f in a header", opened("X-A: \xe9\x9b2J\x85"), arguments=["-v"], says=["X-A"]),
    opens("a header of 8 KB", opened("X-A: " + "x" * 8000), arguments=["-v"]),
    refused("a header of 9 KB", opened("X-A: " + "x" * 9000), says="longer than 8 KiB"),
    refused("a header of 10 MB", opened("X-A: " + "x" * 10_000_000), says="longer than 8 KiB"),
    opens("120 headers", opened(*(f"X-{number}: 1" for number in range(120)))),
    refused("200 headers", opened(*(f"X-{number}: 1" for number in range(200))), says="more than 128 header lines"),
    refused("headers of 100 KB", opened(*(f"X-{number}: " + "x" * 4000 for number in range(25))), says="larger than"),
    refused(
        "a header without end",
        Peer.ask,
        b"HTTP/1.1 101 Go\r\nX-A: ",
        forever(b"x" * 65536),
        says="longer than 8 KiB",
        arguments=KEEPS,
    ),
    refused("headers without end", headers_without_end, says="more than 128 header lines", arguments=KEEPS),
    refused("no empty line", lambda peer: peer.send(peer.head()[:-2]), says="in the middle of the server's answer"),
    # Time.
    opens("byte by byte", dripping()),
    refused("slow loris", loris, Peer.keep, says=["within 1 s", "its answer is not finished"], arguments=KEEPS, exit=9),
    refused("no answer", Peer.ask, Peer.keep, says=TOO_SLOW, arguments=KEEPS, exit=9),
    refused("nothing is read", Peer.keep, says=TOO_SLOW, arguments=KEEPS, exit=9),
    refused(
        "a line and no more",
        Peer.ask,
        b"HTTP/1.1 101 Switching Protocols\r\n",
        Peer.keep,
        says="within 1 s",
        arguments=KEEPS,
        exit=9,
    ),
    # Ends.
    refused("closed at once", says="without an answer"),
    refused("closed when asked", Peer.ask, says="the server ended the connection without an answer"),
    refused("reset unasked", 0.3, Peer.reset, says="the server reset the connection without an answer"),
    refused("reset when asked", Peer.ask, Peer.reset, says="the server reset the connection without an answer"),
    refused("half-closed when asked", Peer.ask, Peer.half_close, Peer.keep, says="without an answer", arguments=KEEPS),
    refused("closed within the answer", half_an_answer, says="in the middle of the server's answer"),
    refused("reset within the answer", half_an_answer, 0.2, Peer.reset, says="in the middle of the server's answer"),
    Case("reset behind the answer", GROUP, [open_, 0.2, Peer.reset], says="the connection was reset", exit=7),
    Case("closed behind the answer", GROUP, [open_], says="without a close frame", exit=7),
    # Something else than HTTP.
    refused("garbage", *sends(bytes(range(256)) * 8), says=ODD),
    refused("garbage without end", Peer.ask, forever(bytes(range(254, -1, -1)) * 256), says=ODD, arguments=KEEPS),
    refused("NUL without end", Peer.ask, forever(bytes(65536)), says=ODD, arguments=KEEPS),
    refused("lines without end", Peer.ask, forever(b"\r\n" * 32768), says=ODD, arguments=KEEPS),
    refused("frames instead of an answer", *sends(text("hi")), says=ODD),
    refused("a page without HTTP", *sends(b"<html><script>alert(1)</script>\x1b[2J"), says=ODD),
    refused("SSH", b"SSH-2.0-OpenSSH_9.6\r\n", Peer.keep, says="the server speaks SSH, not HTTP", arguments=KEEPS),
    refused("SMTP", b"220 mail ESMTP\r\n", Peer.keep, says="the server speaks FTP or SMTP, not HTTP", arguments=KEEPS),
    refused("SSH with escapes", b"SSH-2.0-\x1b[2J\x1b]0;x\x07\r\n", Peer.keep, says="speaks SSH", arguments=KEEPS),
    refused("Redis", *sends(b"-ERR unknown command 'GET'\r\n"), says="the server speaks Redis' protocol"),
    refused("HTTP/2 settings", *sends(b"\0\0\x12\x04\0\0\0\0\0" + bytes(18)), says="the server speaks HTTP/2 only"),
    refused("a TLS alert", *sends(b"\x15\x03\x01\x00\x02\x02\x46"), says="the server speaks TLS"),
    refused("a TLS record", *sends(b"\x16\x03\x03\x00\x7a" + bytes(122)), says="the server speaks TLS"),
    # Answers before the answer.
    opens("100 before 101", Peer.ask, b"HTTP/1.1 100 Continue\r\n\r\n", open_),
    opens("103 before 101", Peer.ask, answer("103 Early Hints", b"", "Link: </a>", length=False), open_),
    refused(
        "100 and no more",
        Peer.ask,
        b"HTTP/1.1 100 Continue\r\n\r\n",
        Peer.keep,
        says=["within 1 s", "which begin `HTTP/1.1 100 Continue`"],
        arguments=KEEPS,
        exit=9,
    ),
    refused(
        "100 without end",
        Peer.ask,
        forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        says="interim answers",
        arguments=KEEPS,
    ),
    # Subprotocols and extensions.
    refused(
        "a subprotocol that was not offered",
        opened("Sec-WebSocket-Protocol: mqtt"),
        says="`mqtt`, which was not offered",
    ),
    refused(
        "another subprotocol",
        opened("Sec-WebSocket-Protocol: mqtt"),
        arguments=["-s", "chat"],
        says="`mqtt`, which was not offered",
    ),
    refused(
        "a subprotocol in other letters",
        opened("Sec-WebSocket-Protocol: CHAT"),
        arguments=["-s", "chat"],
        says="`CHAT`, which was not offered",
    ),
    refused(
        "two subprotocols",
        opened("Sec-WebSocket-Protocol: a, b"),
        arguments=["-s", "a,b"],
        says="more than one subprotocol",
    ),
    refused(
        "two subprotocols in two headers",
        opened("Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"),
        arguments=["-s", "a,b"],
        says="more than one subprotocol: `a, b`",
    ),
    refused("bidi for a subprotocol", opened("Sec-WebSocket-Protocol: \xe2\x80\xaeabc"), says="Sec-WebSocket-Protocol"),
    opens("no subprotocol, though offered", open_, arguments=["-s", "chat"]),
    refused("an unknown extension", opened("Sec-WebSocket-Extensions: x-webkit-foo"), says="`x-webkit-foo`"),
    refused(
        "compression that was not offered", opened(DEFLATE), arguments=["--no-compression"], says="`permessage-deflate`"
    ),
    refused("compression twice", opened(f"{DEFLATE}, permessage-deflate"), says="permessage-deflate"),
    refused("compression in two headers", opened(DEFLATE, DEFLATE), says="`permessage-deflate, permessage-deflate`"),
    refused("a window of 7 bits", opened(f"{DEFLATE}; server_max_window_bits=7"), says="server_max_window_bits"),
    refused("a window of 16 bits", opened(f"{DEFLATE}; server_max_window_bits=16"), says="server_max_window_bits"),
    refused("a window of letters", opened(f"{DEFLATE}; server_max_window_bits=abc"), says="server_max_window_bits"),
    refused("a window without bits", opened(f"{DEFLATE}; server_max_window_bits"), says="server_max_window_bits"),
    refused("an unknown parameter", opened(f"{DEFLATE}; turbo"), says="turbo"),
    refused(
        "a parameter twice",
        opened(f"{DEFLATE}; server_no_context_takeover; server_no_context_takeover"),
        says="server_no_context_takeover; server_no_context_takeover",
    ),
    refused(
        "a client's window that was not offered",
        opened(f"{DEFLATE}; client_max_window_bits=10"),
        arguments=["--deflate", ""],
        says="client_max_window_bits",
    ),
    refused("extensions without sense", opened('Sec-WebSocket-Extensions: ;;;,,="\x7f'), says="answer"),
    opens(
        "every parameter",
        opened(
            f"{DEFLATE}; server_max_window_bits=9; client_max_window_bits=9; "
            "server_no_context_takeover; client_no_context_takeover"
        ),
        arguments=["-v"],
    ),
    # 101 with what belongs to other answers.
    opens("101 with a length of 0", opened("Content-Length: 0")),
    Case(
        "101 with a body",
        GROUP,
        [opened("Content-Length: 5", glued=b"hello"), Peer.until_close],
        says="a frame has RSV1 and RSV2 set",
        exit=8,
    ),
    Case(
        "101 in chunks",
        GROUP,
        [opened("Transfer-Encoding: chunked", glued=b"3\r\n" + text("a") + b"\r\n0\r\n\r\n"), Peer.until_close],
        says="opcode 0x3 is reserved",
        exit=8,
    ),
    # Through the other commands.
    Case(
        "check: no Accept", GROUP, [opened(accept=None)], ["{url}", "--expect-text", "x"], NO_ACCEPT, 5, command="check"
    ),
    Case(
        "check: slow loris",
        GROUP,
        [loris, Peer.keep],
        ["{url}", "--connect-timeout", "1s"],
        "within 1 s",
        9,
        command="check",
    ),
    Case("check: garbage", GROUP, sends(bytes(range(256))), ["{url}"], ODD, 5, command="check"),
    Case("recorded: garbage", GROUP, sends(bytes(range(256))), ["{url}", "--record", "a.ndjson"], ODD, 5),
    Case("ndjson: escapes for a first line", GROUP, line("\x1b[2J\x1b]0;owned\x07"), ["-f", "ndjson"], ODD, 5),
]
