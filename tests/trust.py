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
    shown: Callable[[Measured], Measured] = lambda table: table
    """Makes of what was kept what is worth a reader's time."""


TEN_MINUTES = 600


def ten_minutes(table: Measured) -> Measured:
    """Put what was fuzzed for less than ten minutes into one row, with its sums. Cells: name, seconds, two counts."""
    short = [row for row in table.rows if _number(row[1]) < TEN_MINUTES]
    if not short:
        return table
    sums = [f"{sum(_number(row[column]) for row in short):,}" for column in (1, 2, 3)]
    together = [f"{len(short)} for less than ten minutes each, together", *sums]
    return table._replace(rows=[*[row for row in table.rows if row not in short], together])


def _number(cell: str) -> int:
    return int(cell.replace(",", ""))


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
        "Servers and clients on raw sockets do at the handshake, in frames, in payloads and in behaviour what they "
        "must not. Each case wants a sentence and an exit code, within its time and 150 MiB of memory. A traceback, a "
        "control character that comes through, or a terminal that is not as it was fails it.",
        "python -m tests.hostile",
    ),
    Tried(
        "fuzz",
        "Fuzzing",
        "Input that learns from what it reached, for all that reads what others wrote; seconds are of CPU time. What "
        "was broken and is mended is a test now.",
        "python -m tests.fuzz --all --seconds 600",
        ten_minutes,
    ),
    Tried(
        "soak",
        "Load",
        "Streams at full speed, readers that stand still, connections by the thousand. Each message carries its "
        "number: none lost means that all came out, once and in order, in the recording too. MiB are the most that "
        "were in use; the exit code was 0 where no other is named.",
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
        parts.append(
            f"### {tried.title}\n\n{tried.words}{when} Again: `{tried.command}`.\n\n{_table(tried.shown(table))}"
        )
    return "\n".join(parts)


def _table(table: Measured) -> str:
    rows = [table.columns, ["---"] * len(table.columns), *table.rows]
    return "".join([f"| {' | '.join([cell.replace('|', '&#124;') for cell in row])} |\n" for row in rows])
