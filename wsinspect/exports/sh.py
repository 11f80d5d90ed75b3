"""A script for sh that does again what the client did: `wsinspect connect` for each connection. Knows no file.

Every word that comes from a recording is quoted by shlex; what a terminal would not show harmlessly is in base64. A
payload that is too long for a command line is made a file, which the script removes again. Where websocat can say the
same, a comment tells how.
"""

from base64 import b64encode, encodebytes
from collections.abc import Iterable, Iterator
from shlex import quote
from time import gmtime, strftime

from wsinspect.close_codes import explain_close
from wsinspect.compose import REASON_LIMIT
from wsinspect.events import BINARY, CLOSE, CLOSING, DATA, PING, PONG, TEXT, Batch, close_parts
from wsinspect.exports import Told
from wsinspect.exports.client_side import Pieces, Side, Step, client_sides, seconds
from wsinspect.exports.leftovers import Leftovers
from wsinspect.literals import is_plain
from wsinspect.render.safe import is_neutral, neutral

LEAST_PAUSE_S = 0.05
"""Shorter pauses are those of the program that sent."""

LONGEST_WORD = 100_000
"""Bytes of a word of a command line; Linux takes 131,072."""

LONGEST_LINE = 1_000_000
"""Bytes of all words; beyond that, payloads are made files. Linux takes about two million."""

MOST_STEPS = 20_000
"""So many steps stand on a command line; each takes a few words."""

FILE_PIECE = 57 << 10
"""Bytes of a payload that are written at a time; 57 make a line of base64."""

SHORT_BINARY = 32
FEW = 20
"""So many messages are told to websocat as well."""

HEAD = "#!/bin/sh\n"
NONE = "# Nothing was sent: the recording holds no connection.\n"


def sh(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield a script."""
    left = Leftovers("sh")
    writing = _Writing(left)
    yield HEAD.encode()
    count = 0
    for side, pieces in client_sides(batches, left, writing.step):
        count += 1
        yield writing.head(side).encode()
        if side.number in writing.files:
            yield b"files=$(mktemp -d) || exit\ntrap 'rm -rf \"$files\"' EXIT\n"
            yield from pieces("files")
        yield writing.command(side).encode()
        yield from pieces("steps")
        yield b"\n"
        yield from writing.websocat(side, pieces)
    if not count:
        yield NONE.encode()
    left.tell(told)


class _Writing:
    """Writes the steps, and remembers by connection what they need."""

    def __init__(self, left: Leftovers) -> None:
        self.files: dict[int, int] = {}  # by connection: how many files
        self._left = left
        self._sizes: dict[int, int] = {}
        self._plain: dict[int, bool] = {}  # by connection: websocat can say the same

    def step(self, side: Side, step: Step) -> Iterator[tuple[str, bytes]]:
        """Yield the words of a step, and the file that it needs."""
        if side.steps > MOST_STEPS:
            self._left.add(f"more than {MOST_STEPS:,} steps of a connection")
            return
        number = side.number
        type, payload = step.type, step.payload
        is_long = type in DATA and len(payload) > LONGEST_WORD
        value = "" if is_long else self._value(type, payload)
        if value is None:
            self._left.add("close frames with a code that may not be sent")
            return
        plain = type == TEXT and not is_long and is_neutral(payload.decode()) and side.steps <= FEW
        self._plain[number] = self._plain.get(number, True) and plain
        if step.pause >= LEAST_PAUSE_S:
            yield "steps", f" \\\n  --send '/sleep {seconds(step.pause)}s'".encode()
        own = len(value.encode())
        size = self._sizes[number] = self._sizes.get(number, 0) + own + 50
        if is_long or (type in DATA and (own > LONGEST_WORD or (size > LONGEST_LINE and own > 50))):
            self._sizes[number] -= own
            self.files[number] = self.files.get(number, 0) + 1
            name = self.files[number]
            yield "files", f"base64 -d >\"$files/{name}\" <<'END'\n".encode()
            for start in range(0, len(payload), FILE_PIECE):
                yield "files", encodebytes(payload[start : start + FILE_PIECE])
            yield "files", b"END\n"
            yield "steps", f' \\\n  --send "/{"text" if type == TEXT else "binary"} @$files/{name}"'.encode()
        else:
            yield "steps", f" \\\n  --send {quote(value)}".encode()
        if self._plain[number]:
            yield "plain", f" {quote(payload.decode())}".encode()

    def head(self, side: Side) -> str:
        """Return what is told about a connection before its command."""
        lines = []
        handshake = side.handshake
        if handshake is not None:
            at = strftime("%Y-%m-%d %H:%M:%S", gmtime(handshake.at.wall))
            steps = "1 step" if side.steps == 1 else f"{side.steps:,} steps"
            lines.append(f"What the client of {neutral(handshake.url)} did at {at} UTC, in {steps}.")
        else:
            lines.append("Of this connection no handshake was recorded: give its URL to the script.")
        if side.hides:
            lines.append("Secrets are not in it: put them in place of each ***.")
        return "".join([f"\n# {line}" for line in lines]) + "\n"

    def command(self, side: Side) -> str:
        """Return the command up to its steps."""
        words = ["wsinspect connect", quote(side.url) if side.url else '"${1:?the URL is missing}"', "--no-stdin"]
        if side.user_agent is not None:
            words.append(f"--user-agent {quote(side.user_agent)}")
        if not side.compression:
            words.append("--no-compression")
        words += [f"\\\n  --header {quote(_header(name, value))}" for name, value in side.headers]
        words += [f"\\\n  --subprotocol {quote(name)}" for name in side.subprotocols]
        return " ".join(words)

    def websocat(self, side: Side, pieces: Pieces) -> Iterator[bytes]:
        """Yield a comment with the same for websocat, where that sends lines of text and nothing more."""
        if not self._plain.get(side.number) or not side.url or not is_neutral(side.url):
            return
        words = [f"-H {quote(_header(name, value))}" for name, value in side.headers]
        if side.subprotocols:
            words.append(f"--protocol {quote(','.join(side.subprotocols))}")
        options = "".join([f"{word} " for word in words])
        yield b"# By websocat, without the pauses:  printf '%s\\n'"
        yield from pieces("plain")
        yield f" | websocat {options}{quote(side.url)}\n".encode()

    def _value(self, type: int, payload: bytes) -> str | None:
        """Return a step as `wsinspect.compose` reads it; None where it cannot be sent."""
        if type == TEXT:
            text = payload.decode()
            if not is_neutral(text):
                return f"/text base64:{b64encode(payload).decode()}"
            if text.startswith(("/", "@")):
                return text[0] + text
            return text if is_plain(text) else f"text:{text}"
        if type == BINARY:
            return f"hex:{payload.hex()}" if len(payload) <= SHORT_BINARY else f"base64:{b64encode(payload).decode()}"
        if type in (PING, PONG):
            text = payload.decode("utf-8", "replace")
            simple = text.encode() == payload and is_neutral(text) and is_plain(text) and text == text.strip()
            return f"/{'ping' if type == PING else 'pong'} {text if simple else f'hex:{payload.hex()}'}".rstrip()
        assert type in (CLOSE, CLOSING)
        if not payload:
            return "/close none"
        code, reason = close_parts(payload)
        if not explain_close(code).on_wire:
            return None
        if not is_neutral(reason) or reason.strip() != reason or len(payload) > REASON_LIMIT + 2:
            self._left.add("reasons of a close that no command line holds")
            reason = ""
        return f"/close {code} {reason}".rstrip()


def _header(name: str, value: str) -> str:
    """Return a header as `wsinspect.headers` and curl read it."""
    return f"{name}: {value}" if value else f"{name};"
