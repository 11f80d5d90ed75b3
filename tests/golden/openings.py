"""Golden files of openings in full (``-v``): those that succeeded, were refused, or came to nothing.

ESC is written as ``␛``, so that a difference can be read.
"""

from pathlib import Path

from tests.common_events import HANDSHAKE, START
from tests.servers import answer
from wsinspect.events import Handshake, Step, TlsFacts
from wsinspect.net.answer import read_answer
from wsinspect.render.handshake import phases, request, verbose
from wsinspect.render.look import Look
from wsinspect.render.palette import COLOUR
from wsinspect.render.refusal import refusal

FOLDER = Path(__file__).parent / "opening"
DAY_S = 86400.0

TLS = TlsFacts(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    alpn="http/1.1",
    verified=True,
    sha256="5f" * 32,
    names=("example.com", "*.example.com"),
    issuer="R11, Let's Encrypt",
    begins=START.wall - 7 * DAY_S,
    expires=START.wall + 83 * DAY_S,
    lowest="1.2",
    highest="1.3",
    offered_alpn=("http/1.1",),
    server_name="example.com",
)
STEPS = (
    Step("resolve", 0.0012, "93.184.216.34, 2606:2800:220:1:248:1893:25c8:1946"),
    Step("connect", 0.0113, "93.184.216.34:443"),
    Step("tls", 0.032),
    Step("upgrade", 0.0124),
)
ASKED = [
    ("Host", "example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Sec-WebSocket-Protocol", "chat.v2, chat"),
    ("User-Agent", "wsinspect/0.1.0"),
    ("Authorization", "Bearer ***"),
]
SECURE = HANDSHAKE._replace(
    url="wss://example.com/feed?token=***",
    address="93.184.216.34:443",
    seconds=0.0571,
    extensions="permessage-deflate; server_max_window_bits=12; client_max_window_bits=10; server_no_context_takeover",
    request=ASKED,
    response=[
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Sec-WebSocket-Protocol", "chat.v2"),
        ("X-Odd", "a\x1b[31m\u202eb\udce9"),
        ("X-Long", "y" * 999),
    ],
    resource="/feed?token=***",
    steps=STEPS,
    tls=TLS,
)
PLAIN = HANDSHAKE._replace(
    subprotocol=None,
    extensions="",
    request=[("Host", "127.0.0.1:40123"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Protocol", "chat")],
    response=[("Upgrade", "websocket")],
    steps=(Step("resolve", 0.0001, "127.0.0.1"), Step("connect", 0.0004, "127.0.0.1:40123"), Step("upgrade", 0.0021)),
)
ODD = PLAIN._replace(
    extensions="permessage-deflate; client_no_context_takeover",
    request=[
        ("Sec-WebSocket-Version", "13"),
        (
            "Sec-WebSocket-Extensions",
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=8; client_no_context_takeover",
        ),
    ],
    steps=(
        Step("resolve", 0.0021, "10.0.0.7 (proxy.example)"),
        Step("connect", 0.0104, "10.0.0.7:3128"),
        Step("proxy", 1.204, "example.com:443 by the proxy `http://***@proxy.example:3128`"),
        Step("tls", 0.012),
        Step("upgrade", 0.0021),
    ),
    tls=TLS._replace(
        version="TLSv1", alpn=None, verified=False, expires=START.wall - 3 * DAY_S, lowest="1.0", server_name="",
        names=tuple(f"host-{number}.example" for number in range(30)), issuer="Evil \x1b[31m CA",
    ),
)  # fmt: skip
SOCKET = PLAIN._replace(steps=(Step("connect", 0.0001, "/run/app.sock"), Step("upgrade", 0.0021)), request=[])
GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    b"<hr><center>nginx/1.25.3</center>\r\n</body>\r\n</html>\r\n"
)
PROBLEM = b'{"type":"about:blank","title":"Unauthorized","status":401,"detail":"token \\u001b[31mexpired","trace":[]}'


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    made = {
        "secure-80.txt": verbose(SECURE, Look(width=80)),
        "secure-50.txt": verbose(SECURE, Look(width=50)),
        "secure-80-colour.txt": verbose(SECURE, Look(COLOUR, 80)),
        "plain.txt": verbose(PLAIN, Look()),
        "odd-100.txt": verbose(ODD, Look(width=100)),
        "socket.txt": verbose(SOCKET, Look()),
        "refused-502.txt": _refused(answer("502 Bad Gateway", GATEWAY, "Content-Type: text/html"), Look()),
        "refused-401-colour.txt": _refused(
            answer("401 Unauthorized", PROBLEM, "Content-Type: application/problem+json"), Look(COLOUR, 80)
        ),
        "untrusted.txt": _failed(3, Step("tls", 0.0123), TLS._replace(verified=False, expires=START.wall - 3 * DAY_S)),
        "unresolved-colour.txt": _failed(0, Step("resolve", 5.02), None, COLOUR),
    }
    return {FOLDER / name: text.replace("\x1b", "␛") for name, text in made.items()}


def _refused(sent: bytes, look: Look) -> str:
    read = read_answer(sent)
    assert read is not None
    handshake: Handshake = SECURE._replace(status=read.status, reason=read.reason, response=read.headers)
    return (
        request(handshake, look)
        + refusal(handshake, read, look)
        + phases(STEPS[:-1], look, failed=STEPS[-1], tls=TLS, wall=START.wall)
    )


def _failed(done: int, failed: Step, tls: TlsFacts | None, palette: object = None) -> str:
    look = Look(width=80) if palette is None else Look(COLOUR, 80)
    return phases(STEPS[: done - 1 if done else 0], look, failed=failed, tls=tls, wall=START.wall)
