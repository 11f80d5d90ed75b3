"""Golden files of the renderers.

One file a renderer and look, with the common events in it. What is long and regular is folded, and ESC is written as
``␛``, so that a difference can be read.
"""

import os
import time
from pathlib import Path

from tests.common_events import ENDS, HANDSHAKE, batches, tally
from wsinspect.registry import FORMATS
from wsinspect.render import ndjson, summary
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line
from wsinspect.render.palette import COLOUR
from wsinspect.render.pieces import text_of

FOLDER = Path(__file__).parent / "render"
FOLDED = 2000
"""Characters of a line that are kept."""

LOOKS = {
    "pretty-80.txt": ("pretty", Look(width=80, frames=True)),
    "pretty-120-colour.txt": ("pretty", Look(COLOUR, 120, frames=True)),
    "pretty-40.txt": ("pretty", Look(width=40, frames=True)),
    "pretty-no-width.txt": ("pretty", Look(frames=True)),
    "plain.txt": ("plain", Look(frames=True)),
    "plain-100.txt": ("plain", Look(width=100)),
    "pretty-24.txt": ("pretty", Look(width=24, frames=True)),
    "plain-24.txt": ("plain", Look(width=24, frames=True)),
    "pretty-80-indent-colour.txt": ("pretty", Look(COLOUR, 80, json_indent=2)),
    "plain-indent.txt": ("plain", Look(json_indent=4)),
    "pretty-80-delta-100-bytes.txt": ("pretty", Look(width=80, time="delta", longest=100)),
    "pretty-80-no-time.txt": ("pretty", Look(width=80, time="none")),
    "plain-utc-40-bytes.txt": ("plain", Look(time="utc", longest=40)),
    "plain-epoch-60.txt": ("plain", Look(width=60, time="epoch")),
    "ndjson.txt": ("ndjson", Look(frames=True)),
    "raw-terminal.txt": ("raw", Look(neutral=True)),
}


def rendered(name: str, look: Look) -> str:
    """Return all common events in one format."""
    render = FORMATS.load(name)(look)
    return "".join([text_of(render(batch)) for _, batch in batches()])


def talk(look: Look) -> str:
    """Return the lines of talk: the opening, and every end."""
    lines = [summary.connected(HANDSHAKE, look)]
    lines += [summary.ended(closed, tally(), 62.0, look) for _, closed in ENDS]
    return "\n".join(lines) + "\n" + "".join([ndjson.summary_line(closed, tally(), 62.0) for _, closed in ENDS])


def files() -> dict[Path, str]:
    """Return what each file should hold; the time zone is Vienna's."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"
    time.tzset()
    try:
        made = {file: rendered(name, look) for file, (name, look) in LOOKS.items()}
        made["talk.txt"] = talk(Look())
        made["talk-colour.txt"] = talk(Look(COLOUR))
        made["handshake.txt"] = handshake_line(HANDSHAKE)
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
    return {FOLDER / file: folded(text) for file, text in made.items()}


def folded(text: str) -> str:
    """Make a text short enough for a repository, and readable."""
    for unit, times in (("0123456789abcdef", 4096), ("0", 4000)):
        text = text.replace(unit * times, f"«{times} × {unit}»")
    lines = [line if len(line) <= FOLDED else f"{line[:FOLDED]}«+{len(line) - FOLDED}»" for line in text.split("\n")]
    return "\n".join(lines).replace("\x1b", "␛")
