"""The README's account of what long runs have found: a table for each that was kept. Knows no command's internals."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from tests.measured import Measured, saved


class Tried(NamedTuple):
    """A long run: what `tests.measured` calls it, its title, what is tried, and what does it again."""

    name: str
    title: str
    words: str
    command: str


TRIED = (
    Tried(
        "conformance",
        "Conformance",
        "The [Autobahn test suite](https://github.com/crossbario/autobahn-testsuite) meets `connect --echo` and "
        "`serve --echo`, in what they answer and in how they close. What it calls informational it does not judge.",
        "python -m tests.conformance --all",
    ),
    Tried(
        "hostile",
        "Hostile servers",
        "Servers on raw sockets do at the handshake, in frames, in payloads and in behaviour what no server may. For "
        "each there is one wanted sentence, one exit code, a limit in time and one of 150 MiB of memory; the terminal "
        "is left as it was, and no traceback is ever seen.",
        "python -m tests.hostile",
    ),
    Tried(
        "fuzz",
        "Fuzzing",
        "Input that learns from what it reached, for all that reads what others wrote. Whatever it broke was mended, "
        "and is a test now.",
        "python -m tests.fuzz",
    ),
    Tried(
        "soak",
        "Load",
        "Streams at full speed for minutes, connections by the thousand, readers that stand still for a while.",
        "python -m tests.soak",
    ),
    Tried(
        "bench",
        "Speed",
        "Whole processes, in turns with what stands beside them; the median of the ratios of their times. Below 1, "
        "ours took less. Peers show bare payloads.",
        "python -m tests.bench",
    ),
)


def trust(found: Callable[[str], Measured | None] = saved) -> str:
    """Return the section's text: a title, words and a table for each run that was kept."""
    kept = {tried: table for tried in TRIED if (table := found(tried.name)) is not None}
    if not kept:
        return "No figures are kept yet; the commands under [Develop](#develop) find them.\n"
    usual, _ = Counter([(table.day, table.machine) for table in kept.values()]).most_common(1)[0]
    others = any((table.day, table.machine) != usual for table in kept.values())
    unless = ", unless another day or machine is named" if others else ""
    parts = [f"Measured on {usual[0]} on {usual[1]}{unless}.\n"]
    for tried, table in kept.items():
        when = "" if (table.day, table.machine) == usual else f" Measured on {table.day} on {table.machine}."
        parts.append(f"### {tried.title}\n\n{tried.words}{when} Again: `{tried.command}`.\n\n{_table(table)}")
    return "\n".join(parts)


def _table(table: Measured) -> str:
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    return "".join([f"| {' | '.join([cell.replace('|', '&#124;') for cell in row])} |\n" for row in rows])
