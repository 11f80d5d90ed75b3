"""Servers that mean no rule of the protocol but whoever looks on: what they put into messages, and how much of it.

Small ones would steer a terminal, hide what stands there, or break a form of output; large ones are of the greatest
size that is taken, of what each form takes most room to show.
"""

import functools
import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

from tests.hostile.kit import Case, Outcome
from tests.servers import Peer, Step, answer, binary, close, open_, opened, text
from wsinspect.wire.frames import BINARY, CONTINUATION, TEXT, write_frame

GROUP = "payloads"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate"
MOST = 16 << 20
"""The greatest size of a message that is taken unless told otherwise."""

SLOW_S = 60.0
"""What comes to a hundred megabytes takes its time on a busy machine."""

REST_S = 5.0
"""So long nothing follows a large message that is to be drawn at a prompt, where it would give way."""

ESCAPES = {
    "CSI": "\x1b[2J\x1b[31mred\x1b[?1049h",
    "OSC 0 and 2": "\x1b]0;title\x07\x1b]2;title\x1b\\",
    "OSC 8": "\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07",
    "OSC 52": "\x1b]52;c;cm0gLXJm\x07",
    "DCS, APC, PM, SOS": "\x1bP$qm\x1b\\\x1b_Gi=1;\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    "C1": "".join(map(chr, range(0x80, 0xA0))),
    "returns, backspaces, bells": "true\r\x08\x08false\x07\x0b\x0c",
    "full reset and keypad": "\x1bc\x1b=\x1b>\x1b(0lqk\x0e",
    "bidi": "\u202eevil\u202c\u2066x\u2069\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u2060\ufeffd\u00ad",
    "separators": "one\u2028two\u2029three\u0085four",
    "tags and selectors": "x\U000e0041\U000e0042\ufe0f\u180e",
    "NUL": "a\0b",
    "DEL": "a\x7fb",
}


def showing(name: str, payload: str, *arguments: str, says: str = "") -> Case:
    """Return a case of a text that is shown on a terminal and in pipes."""
    script: list[Step] = [open_, text(payload), text("harmless"), close(1000), Peer.until_close]
    return Case(f"escapes in a text: {name}", GROUP, script, arguments, ["harmless", *filter(None, [says])])


def is_ndjson(*payloads: object) -> Callable[[Outcome], str | None]:
    """Return a judge of what stands on standard output: lines of JSON, with these texts."""

    def judge(outcome: Outcome) -> str | None:
        lines = outcome.out.decode().splitlines()
        try:
            found = [event.get("text") for event in map(json.loads, lines) if event["type"] == "TEXT"]
        except ValueError as fault:
            return f"a line is no JSON: {fault}"
        return None if found == list(payloads) else f"the texts are {found!r:.300}"

    return judge


def has_size(size: int, file: str = "") -> Callable[[Outcome], str | None]:
    """Return a judge of how many bytes stand on standard output, or in a file: at least so many."""

    def judge(outcome: Outcome) -> str | None:
        written = len((outcome.folder or {})[file] if file else outcome.out)
        return None if written >= size else f"{written:,} bytes are there, {size:,} are missing"

    return judge


# Large ones are made when their turn comes.

LARGE: dict[str, Callable[[], bytes]] = {
    "letters": lambda: text("x" * MOST),
    "controls": lambda: text("\x01" * MOST),
    "quotes": lambda: text('"' * MOST),
    "0xFF": lambda: binary(b"\xff" * MOST),
    "one emoji among letters": lambda: text("x" * (MOST - 4) + "😀"),
    "an emoji and controls": lambda: text("😀" + "\x01" * (MOST - 4)),
    "Chinese": lambda: text("水" * (MOST // 3)),
    "escapes": lambda: text("\x1b]52;c;aGk=\x07" * (MOST // 14)),
    "newlines": lambda: text("\n" * MOST),
    "brackets": lambda: text("[" * MOST),
    "tables": lambda: text("[" + "{}," * (MOST // 3 - 2) + "{}]"),
    "keys": lambda: text("{" + ",".join([f'"{number}":{number}' for number in range(900_000)]) + "}"),
    "a secret": lambda: text("s3cretTOKEN9 " * (MOST // 13)),
}


def sending(name: str, times: int = 1) -> Sequence[Step]:
    """Return a script that sends a large message, perhaps several times."""

    def send(peer: Peer) -> None:
        frame = made(name)
        for _ in range(times):
            peer.send(frame)

    return [open_, send, close(1000), Peer.until_close]


def alone(name: str) -> Sequence[Step]:
    """Return a script that sends a large message and nothing more for a while: a prompt has time to draw it."""

    def send(peer: Peer) -> None:
        peer.send(made(name))
        time.sleep(REST_S)

    return [open_, send, close(1000), Peer.until_close]


@functools.lru_cache(1)
def made(name: str) -> bytes:
    """Return a large message's frame; kept, since the same are asked for one after the other."""
    return LARGE[name]()


def large(
    name: str,
    what: str,
    *arguments: str,
    times: int = 1,
    judge: Callable[[Outcome], str | None] | None = None,
    says: str = "",
    exit: int = 0,
    command: str = "connect",
    terminal: bool = False,
) -> Case:
    count = f"{times} times " if times > 1 else ""
    return Case(
        f"{count}16 MiB of {name}: {what}",
        "large payloads",
        sending(name, times),
        arguments,
        says,
        exit,
        command,
        SLOW_S,
        terminal=terminal,
        judge=judge,
    )


def deflated(size: int) -> bytes:
    """Return a frame of a message that inflates to so many zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # A block that knows nothing of the one before it can be sent again and again.
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return write_frame((block * (size >> 20))[:-4], BINARY, rsv=4)


def bomb(size: int) -> Sequence[Step]:
    def send(peer: Peer) -> None:
        peer.send(deflated(size))

    return [opened(DEFLATE), send, close(1000), Peer.until_close]


def crumbs(peer: Peer) -> None:
    """Step: a message of a mebibyte in fragments of a byte."""
    piece = write_frame(b"a", CONTINUATION, fin=False) * (1 << 16)
    peer.send(write_frame(b"", TEXT, fin=False))
    for _ in range(16):
        peer.send(piece)
    peer.send(write_frame(b"", CONTINUATION))


def nested() -> Iterator[Case]:
    deep = "[" * 100_000 + "]" * 100_000
    script: list[Step] = [open_, text(deep), text('{"n":' + "9" * 1_000_000 + "}"), text('{"n":1e999999}')]
    script += [text('{"s":"\\ud800"}'), text("\ufeff{}"), text("end"), close(1000), Peer.until_close]
    ways: dict[str, Sequence[str]] = {
        "shown": (),
        "folded": ("--json-indent", "2"),
        "looked through": ("--where", "n || :text == 'end'"),
        "taken apart": ("--select", "n"),
        "in NDJSON": ("-f", "ndjson"),
        "in full": ("--full",),
    }
    for name, arguments in ways.items():
        says = "TEXT" if name != "taken apart" else ""
        yield Case(f"strange JSON {name}", GROUP, script, arguments, says, limit_s=20.0, terminal=name != "in full")
    wanted = ["check", "{url}", "--expect-json", '{"n": 2}', "--within", "5s"]
    yield Case("strange JSON checked", GROUP, script, wanted[1:], "was waited for", 1, "check", 20.0)


EVIL = "\x1b]0;x\x07\x1b[31m\u202e\x9b1m"
ALL = "".join(ESCAPES.values())

ROWS = [
    *(showing(name, payload) for name, payload in ESCAPES.items()),
    showing("all, in full", ALL, "--full"),
    showing("all, as JSON folded out", json.dumps({"a": ALL}, ensure_ascii=False), "--json-indent", "2"),
    showing("all, in JSON's escapes", json.dumps({"a": ALL})),
    showing("all, raw", ALL, "--raw"),
    Case(
        "escapes in a text: NDJSON",
        GROUP,
        [open_, text(ALL), text("\ufeffx"), close(1000), Peer.until_close],
        ["-f", "ndjson"],
        terminal=False,
        judge=is_ndjson(ALL, "\ufeffx"),
    ),
    Case(
        "escapes in a text: recorded",
        GROUP,
        [open_, text(ALL), close(1000), Peer.until_close],
        ["--record", "a.ndjson"],
        judge=has_size(len(ALL), "a.ndjson"),
    ),
    Case(
        "escapes in bytes",
        GROUP,
        [open_, binary(ALL.encode() + b"\xff\x9b"), close(1000), Peer.until_close],
        says="BINARY",
    ),
    Case("escapes in a close's reason", GROUP, [open_, close(4000, EVIL), Peer.until_close], says="4000", exit=6),
    Case(
        "escapes in a ping", GROUP, [open_, write_frame(EVIL.encode(), 9), close(1000), Peer.until_close], says="PING"
    ),
    Case(
        "escapes in a header",
        GROUP,
        [opened("X-Evil: \x1b]0;x\x07\x1b[31m\x9b"), close(1000), Peer.until_close],
        ["-v"],
        exit=5,
    ),
    Case(
        "escapes in a refusal's body",
        GROUP,
        [Peer.ask, answer("403 Forbidden", ALL.encode(), "Content-Type: text/plain")],
        says="403",
        exit=5,
    ),
    *nested(),
    Case("a line of 10 MiB", GROUP, [open_, text("x" * (10 << 20)), close(1000), Peer.until_close], says="10.5 MB"),
    *(
        Case(
            f"escapes in a message that a check reports: {form}",
            GROUP,
            [open_, text(ALL), close(4000, EVIL), Peer.until_close],
            ["{url}", "--expect-text", "x", "--report", f"{form}=report"],
            "",
            1,
            "check",
            judge=has_size(100, "report"),
        )
        for form in ("junit", "tap", "json", "html")
    ),
    # How much.
    *(
        large(name, "shown", says="received, 0 sent", terminal=True)
        for name in ("letters", "controls", "0xFF", "escapes")
    ),
    large("an emoji and controls", "NDJSON", "-f", "ndjson", judge=has_size(6 * (MOST - 4))),
    large("one emoji among letters", "NDJSON", "-f", "ndjson", judge=has_size(MOST)),
    large("0xFF", "NDJSON", "-f", "ndjson", judge=has_size(4 * MOST // 3)),
    large("controls", "in full", "--full", judge=has_size(4 * MOST)),
    large("0xFF", "in full", "--full", judge=has_size(4 * MOST)),
    large("quotes", "recorded", "--record", "a.ndjson", judge=has_size(2 * MOST, "a.ndjson")),
    large("Chinese", "recorded in gzip", "--record", "a.ndjson.gz"),
    large("newlines", "recorded with frames", "--record-frames", "--record", "a.ndjson", "-q"),
    large("a secret", "hidden", "--record", "a.ndjson", "--bearer", "s3cretTOKEN9", "-q"),
    large("brackets", "looked through", "--where", "a == 'b'"),
    large("tables", "looked through", "--where", "a == 'b'"),
    large("keys", "taken apart", "--select", '"77"'),
    large("one emoji among letters", "searched", "--grep", "zzz"),
    large("one emoji among letters", "checked", "{url}", "--expect-match", "z+y", exit=1, command="check"),
    large(
        "keys",
        "checked",
        "{url}",
        "--expect-json",
        '{"77": 78}',
        exit=1,
        command="check",
        says="too large to be kept",
    ),
    *(
        Case(
            f"16 MiB of {name}: at a prompt, {' '.join(way)}",
            "large payloads",
            alone(name),
            way,
            pipes=False,
            limit_s=SLOW_S,
        )
        for name, way in (("0xFF", ["--full"]), ("controls", ["-f", "ndjson"]))
    ),
    large("letters", "raw", "--raw", times=20, judge=has_size(20 * MOST)),
    large("one emoji among letters", "NDJSON", "-f", "ndjson", times=5, judge=has_size(5 * MOST)),
    Case("a mebibyte inflates to a gibibyte", "large payloads", bomb(1 << 30), [], "larger than", 10),
    Case("what inflates to just 16 MiB", "large payloads", bomb(MOST), ["-q"], limit_s=SLOW_S, terminal=False),
    Case(
        "a mebibyte in fragments of a byte",
        "large payloads",
        [open_, crumbs, close(1000), Peer.until_close],
        ["-q"],
        limit_s=SLOW_S,
        terminal=False,
    ),
]
