"""A handshake that was refused: what the server said instead, head and first lines of the body. Knows no stream."""

from typing import Protocol

from wsinspect.events import Handshake
from wsinspect.render.body import readable
from wsinspect.render.json_highlight import highlight
from wsinspect.render.lines import size_text
from wsinspect.render.look import Look
from wsinspect.render.safe import clipped

SHOWN_HEADERS = 40
SHOWN_LINES = 20
SHOWN_COLUMNS = 300
RECEIVED = "<"
"""The sigil before what came; ``>`` stands before what was sent."""


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
    @property
    def whole(self) -> bool: ...
    def header(self, name: str) -> str: ...


def refusal(handshake: Handshake, answer: Said, look: Look) -> str:
    """Return the answer as lines, each ended; headers are taken from the handshake, which holds no secrets."""
    first = f"{answer.version} {answer.status} {answer.reason}".rstrip()
    lines = head_lines(first, handshake.response, look, SHOWN_HEADERS)
    lines += _body_lines(answer, look)
    return with_sigil(RECEIVED, lines, look)


def head_lines(first: str, headers: list[tuple[str, str]], look: Look, most: int) -> list[str]:
    """Return the head of a request or an answer; of more than ``most`` headers the others are counted."""
    palette = look.palette
    lines = [f"{palette.bold}{clipped(first, SHOWN_COLUMNS)}{palette.reset}"]
    lines += [
        f"{palette.key}{clipped(name, SHOWN_COLUMNS)}{palette.reset}: {clipped(value, SHOWN_COLUMNS)}"
        for name, value in headers[:most]
    ]
    if len(headers) > most:
        lines.append(_dim(_more(len(headers) - most, "header"), look))
    return lines


def with_sigil(sigil: str, lines: list[str], look: Look) -> str:
    """Return lines, each with a sigil before it and its end behind."""
    lead = f"  {look.palette.dim}{sigil}{look.palette.reset} "
    return "".join(f"{lead}{line}".rstrip() + "\n" for line in lines)


def _body_lines(answer: Said, look: Look) -> list[str]:
    body = readable(answer.body, answer.header("Content-Type"))
    if not body.lines:
        return []
    lines = [""]
    lines += [clipped(line, SHOWN_COLUMNS) for line in body.lines[:SHOWN_LINES]]
    if body.kind == "JSON" and look.palette.reset:
        lines = [highlight(line, look.palette) for line in lines]
    elif body.kind == "HTML":
        lines[1] = f"{look.palette.bold}{lines[1]}{look.palette.reset}"
    left_out = []
    if len(body.lines) > SHOWN_LINES:
        left_out.append(_more(len(body.lines) - SHOWN_LINES, "line"))
    if body.kind == "HTML":
        left_out.append(f"the text of {size_text(len(answer.body))} of HTML")
    if not answer.whole:
        left_out.append(f"the body did not end within {size_text(len(answer.body))}")
    if left_out:
        lines.append(_dim(f"({'; '.join(left_out)})", look))
    return lines


def _more(count: int, what: str) -> str:
    return f"… {count:,} more {what}{'' if count == 1 else 's'}"


def _dim(text: str, look: Look) -> str:
    return f"{look.palette.dim}{text}{look.palette.reset}"
