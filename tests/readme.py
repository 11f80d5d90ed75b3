"""The generated parts of the README, and its picture. What a reader is told is what the program holds.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``. The picture shows the demo's own script through
the program's own renderer.
"""

import os
import re
import time
from importlib.metadata import version
from pathlib import Path

from tests.check_reference import reference
from tests.golden import stats
from tests.trust import trust
from wsinspect.dialects import DIALECTS
from wsinspect.errors import MEANINGS, Exit
from wsinspect.events import Batch, Closed, Direction, Handshake, Moment, Row, Tally
from wsinspect.exports import OTHER_ENDINGS
from wsinspect.filters.topic import EXAMPLES, LANGUAGE, RULES, TERMS
from wsinspect.net.demo import SCRIPT, answer_to
from wsinspect.registry import COMMANDS, EXPORTS, FORMATS, RECORDINGS, REPORTS
from wsinspect.render.look import Look
from wsinspect.render.palette import COLOUR
from wsinspect.render.pretty import pretty
from wsinspect.render.summary import connected, ended
from wsinspect.vocabulary import WSMsgType

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / ".readme" / "connect.svg"
WIDTH = 104

DRAWN_WITH = "15.0.0"
"""The version of rich that drew the picture; another one may draw the same text in other words."""

PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
KINDS = {"text": WSMsgType.TEXT, "fragments": WSMsgType.TEXT, "binary": WSMsgType.BINARY, "ping": WSMsgType.PING}


def files() -> dict[Path, str]:
    """Return the README and, where it can be drawn alike, the picture."""
    text = README.read_text(encoding="utf-8")
    made = {README: PART.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}{match[3]}", text)}
    return made | ({PICTURE: picture()} if version("rich") == DRAWN_WITH else {})


def command_named(name: str) -> str:
    """Return the one line of shell that stands in the README below ``<!-- command: NAME -->``."""
    found = re.search(rf"<!-- command: {name} -->\n```sh\n(.+)\n```", README.read_text(encoding="utf-8"))
    assert found, name
    return found[1]


def _commands() -> str:
    rows = [f"| [`wsinspect {name}`](#{name}) | {entry.help} |" for name, entry in COMMANDS.items()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows]) + "\n"


def _formats() -> str:
    rows = [f"| `--format {name}` | {entry.help} |" for name, entry in FORMATS.items()]
    return "\n".join(["| format | what it writes |", "|---|---|", *rows]) + "\n"


def _exits() -> str:
    rows = [f"| {int(code)} | {MEANINGS[code]} |" for code in Exit]
    return "\n".join(["| code | when |", "|---|---|", *rows]) + "\n"


def _dialects() -> str:
    return ", ".join(f"`{name}`" for name in DIALECTS) + ".\n"


def _terms() -> str:
    rows = [f"| `{name}` | {what} |" for name, what in TERMS.items()]
    return "\n".join(["| term | what it is |", "|---|---|", *rows]) + "\n"


def _expressions() -> str:
    rows = [f"| `{text.replace('|', chr(92) + '|')}` | {what} |" for text, what in EXAMPLES.items()]
    table = "\n".join(["| expression | |", "|---|---|", *rows])
    return f"{LANGUAGE}\n\n{_terms()}\n{table}\n\n" + "".join(f"- {rule}\n" for rule in RULES)


def _reports() -> str:
    rows = [f"| `--report {name}=FILE` | {entry.help} |" for name, entry in REPORTS.items()]
    return "\n".join(["| report | what it is |", "|---|---|", *rows]) + "\n"


def _recordings() -> str:
    rows = [f"| {name} | {entry.help} |" for name, entry in RECORDINGS.items()]
    return "\n".join(["| form | what it is |", "|---|---|", *rows]) + "\n"


def _stats() -> str:
    return f"```\n{stats.card(stats.account_of(stats.shop(), sequence='seq'))}```\n"


def _exports() -> str:
    rows = []
    for name, entry in EXPORTS.items():
        endings = [name, *[ending for ending, form in OTHER_ENDINGS.items() if form == name]]
        # What a name cannot end in is said.
        ways = ", ".join([f"`.{ending}`" for ending in endings if ending != "python"])
        rows.append(f"| `--to {name}` | {ways} | {entry.help} |")
    return "\n".join(["| form | files ending in | what it is |", "|---|---|---|", *rows]) + "\n"


PARTS = {
    "exports": _exports,
    "checks": reference,
    "recordings": _recordings,
    "reports": _reports,
    "expressions": _expressions,
    "commands": _commands,
    "formats": _formats,
    "exits": _exits,
    "dialects": _dialects,
    "stats": _stats,
    "trust": trust,
}


def session() -> str:
    """Return what `connect` shows of a short session with the demo, coloured."""
    look = Look(COLOUR, WIDTH)
    start = Moment(1_790_000_000.2, 0.0)
    url = "ws://127.0.0.1:40123/"
    handshake = Handshake(start, url, "127.0.0.1:40123", 101, 0.0031, None, "permessage-deflate", [], [])
    typed = b'{"op": "subscribe", "channel": "prices"}'
    reply = answer_to(WSMsgType.TEXT, typed)
    close = (1000).to_bytes(2, "big") + b"the demo is over"
    rows: list[tuple[float, Direction, Row]] = []
    at = 0.007
    for step in SCRIPT:
        kind = int(KINDS[step.kind])
        rows.append((at, "in", (kind, step.payload, len(step.payload) + 2)))
        if kind == WSMsgType.PING:
            rows.append((at, "out", (int(WSMsgType.PONG), step.payload, len(step.payload) + 6)))
        at += 0.121
    rows += [
        (2.114, "out", (int(WSMsgType.TEXT), typed, len(typed) + 6)),
        (2.116, "in", (int(WSMsgType.TEXT), reply.payload, len(reply.payload) + 2)),
        (5.12, "in", (int(WSMsgType.CLOSE), close, len(close) + 2)),
        (5.12, "out", (int(WSMsgType.CLOSING), close, len(close) + 6)),
    ]
    tally = Tally()
    render = pretty(look)
    text = connected(handshake, look) + "\n"
    for delay, direction, row in rows:
        data = row[0] in (WSMsgType.TEXT, WSMsgType.BINARY)
        size = len(row[1]) if data else 0
        batch = Batch(Moment(start.wall + delay, delay), direction, [row], messages=data, payload=size, wire=row[2])
        tally.add(batch)
        text += str(render(batch))
    return text + ended(Closed("peer", True, 1000, "the demo is over", 1000, "", 0), tally, 5.12, look) + "\n"


def picture() -> str:
    """Return the session as an SVG of a terminal."""
    from rich.console import Console
    from rich.text import Text

    zone = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        shown = session()
    finally:
        os.environ.pop("TZ")
        if zone is not None:
            os.environ["TZ"] = zone
        time.tzset()
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="standard")
        console.print(Text.from_ansi(f"$ wsinspect connect demo:\n{shown}"), end="")
    # What the font's makers serve would be fetched from elsewhere; the reader's own fonts do.
    svg = console.export_svg(title="wsinspect connect demo:", unique_id="wsinspect")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
