"""The golden file of the exporter of captures: its blocks in hex over the common events, and what it tells."""

from pathlib import Path

from tests.common_events import ENDS, HANDSHAKE, START, batches
from wsinspect import __version__
from wsinspect.events import CLOSED, Batch, Moment, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports.pcapng import pcapng

FILE = Path(__file__).parent / "exports" / "pcapng.txt"
ROW = 32
SHOWN_ROWS = 12


def recording() -> list[Batch]:
    """Return a session with all common events in it, and one for each end."""
    made = [alone(START, "in", (BEGINS, HANDSHAKE, 0)), *[batch for _, batch in batches()]]
    for number, (_, closed) in enumerate(ENDS, 1):
        at = Moment(START.wall + 10 + number, START.mono + 10 + number)
        made += [
            alone(at, "in", (BEGINS, HANDSHAKE._replace(at=at), 0), number),
            alone(at, "in", (CLOSED, closed, 0), number),
        ]
    return made


def exported(made: list[Batch]) -> tuple[bytes, list[str]]:
    """Return a capture, and what it cannot hold."""
    told: list[str] = []
    return b"".join(pcapng(made, told.append)), told


def shown() -> str:
    """Return the blocks in hex, long ones shortened, and what was told."""
    told: list[str] = []
    lines = []
    for number, block in enumerate(pcapng(recording(), told.append)):
        block = block.replace(__version__.encode(), b"VERSION") if number == 0 else block
        lines.append(f"block {number}: {len(block)} bytes" if number else "beginning")
        rows = [block[at : at + ROW] for at in range(0, len(block), ROW)]
        for index, row in enumerate(rows[:SHOWN_ROWS]):
            text = "".join([chr(byte) if 32 <= byte < 127 else "." for byte in row])
            lines.append(f"  {index * ROW:04x}  {row.hex(' ', 4):<71}  {text}")
        if len(rows) > SHOWN_ROWS:
            lines.append(f"  … {len(block) - SHOWN_ROWS * ROW} bytes more")
    return "\n".join([*lines, "", *[f"told: {sentence}" for sentence in told], ""])


def files() -> dict[Path, str]:
    """Return what the file should hold."""
    return {FILE: shown()}
