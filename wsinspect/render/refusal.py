"""A handshake that was refused: what the server said instead, head and first lines of the body. Knows no stream."""

from typing import Protocol

from wsinspect.events import Handshake
from wsinspect.render.look import Look
from wsinspect.render.safe import neutral

SHOWN_HEADERS = 40
SHOWN_LINES = 12
SHOWN_COLUMNS = 300


class Said(Protocol):
    """An HTTP answer, as `net.answer.Answer` is one."""

    @property
    def version(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def body(self) -> bytes: ...


def refusal(handshake: Handshake, answer: Said, look: Look) -> str:
    """Return the answer as lines, each ended; headers are taken from the handshake, which holds no secrets."""
    palette = look.palette
    lead = f"  {palette.dim}<{palette.reset} "
    lines = [f"{palette.bold}{_clipped(f'{answer.version} {answer.status} {answer.reason}'.rstrip())}{palette.reset}"]
    headers = handshake.response
    lines += [
        f"{palette.key}{_clipped(name)}{palette.reset}: {_clipped(value)}" for name, value in headers[:SHOWN_HEADERS]
    ]
    if len(headers) > SHOWN_HEADERS:
        lines.append(f"{palette.dim}{_more(len(headers) - SHOWN_HEADERS, 'header')}{palette.reset}")
    body = _body_lines(answer.body)
    if body:
        lines.append("")
        lines += [_clipped(line) for line in body[:SHOWN_LINES]]
        if len(body) > SHOWN_LINES:
            lines.append(f"{palette.dim}{_more(len(body) - SHOWN_LINES, 'line')}{palette.reset}")
    return "".join(f"{lead}{line}".rstrip() + "\n" for line in lines)


def _body_lines(body: bytes) -> list[str]:
    if b"\0" in body:
        return [f"({len(body):,} bytes that are not text)"]
    return body.decode("utf-8", "replace").strip().splitlines()


def _more(count: int, what: str) -> str:
    return f"… {count:,} more {what}{'' if count == 1 else 's'}"


def _clipped(text: str) -> str:
    text = neutral(text)
    return text if len(text) <= SHOWN_COLUMNS else text[:SHOWN_COLUMNS] + "…"
