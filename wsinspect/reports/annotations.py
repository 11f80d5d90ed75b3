r"""What CI services read in a log: annotations and groups of GitHub, sections of GitLab, and a summary in Markdown.

GitHub's commands are lines of ``::name key=value,...::data``; in data ``%``, CR and LF are escaped, in values ``:``
and ``,`` too. It shows ten errors of a step, so that the tenth tells how many there are besides. GitLab's sections are
``\x1b[0Ksection_start:UNIX:name[collapsed=true]\r\x1b[0K`` before a header, ``section_end`` behind. Knows no
environment and no stream.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from wsinspect.checks.result import CheckResult, Outcome, Results
from wsinspect.errors import InspectError
from wsinspect.render.lines import duration_text
from wsinspect.render.palette import NO_COLOUR, Palette
from wsinspect.reports.failure import LONGEST_NAME, LONGEST_SENTENCE, LONGEST_VALUE, remarks
from wsinspect.reports.inert import brief, inert
from wsinspect.reports.lines import block, block_title, label, last_line, titled
from wsinspect.reports.words import place_of

IN_DATA = "%\r\n"
IN_VALUES = "%\r\n:,"
"""Characters that are escaped there."""

MOST_ANNOTATIONS = 10
"""Errors, and warnings, of one step that GitHub shows; others are dropped without a word."""

LARGEST_SUMMARY = 900_000
"""Characters of a summary; GitHub takes a mebibyte a step."""

MOST_PASSED = 500
"""Names of passed checks in a summary."""

_SUMMARY_SIGNS = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.ERROR: "⚠️", Outcome.SKIPPED: "➖"}


def github_command(name: str, data: str, **properties: str) -> str:
    """Return a command of GitHub's runner, as a line without its end; empty properties are left out."""
    given = ",".join([f"{key}={_escaped(value, IN_VALUES)}" for key, value in properties.items() if value])
    return f"::{name}{' ' if given else ''}{given}::{_escaped(data, IN_DATA)}"


def github_block(result: CheckResult, palette: Palette = NO_COLOUR) -> list[str]:
    """Return the block of a check that is not passed as a group, which can be folded."""
    return [github_command("group", block_title(result)), *block(result, palette), "::endgroup::"]


def github_annotations(results: Results, folder: str = "") -> list[str]:
    """Return a line for each check that is not passed, or was only after another attempt.

    ``folder`` is where we are, seen from the root of the repository: there GitHub looks for files.
    """
    errors = [_annotation("error", result, folder) for result in results.checks if result.fault is not None]
    warnings = [
        _annotation("warning", result, folder)
        for result in results.checks
        if result.outcome is Outcome.PASSED and result.attempts > 1
    ]
    return [
        *_at_most("error", errors, "checks are not passed"),
        *_at_most("warning", warnings, "checks were passed only after another attempt"),
    ]


def github_mistakes(errors: Iterable[InspectError], folder: str = "") -> list[str]:
    """Return a line for each error that begins with the place of a mistake, ``FILE:LINE: ``."""
    lines = []
    for error in errors:
        if place := _PLACED.match(error.message):
            data = "\n".join([brief(text, LONGEST_SENTENCE) for text in (place["told"], error.hint) if text])
            lines.append(github_command("error", data, file=_from_root(place["file"], folder), line=place["line"]))
    return _at_most("error", lines, "mistakes are told")


_PLACED = re.compile(r"(?P<file>.+?):(?P<line>\d+): (?P<told>.+)", re.DOTALL)


def gitlab_block(result: CheckResult, number: int, palette: Palette = NO_COLOUR) -> list[str]:
    """Return the same block as a section of GitLab's log, which is folded; ``number`` makes its name unique."""
    name = f"wsinspect_check_{number}"
    began, ended = int(result.began), int(result.began + result.seconds)
    start = f"\x1b[0Ksection_start:{began}:{name}[collapsed=true]\r\x1b[0K{titled(result, palette)}"
    return [start, *block(result, palette), f"\x1b[0Ksection_end:{ended}:{name}\r\x1b[0K"]


def summary(results: Results) -> str:
    """Return a summary of all checks in Markdown, as GitHub shows it below a job."""
    return _bounded(_summary_parts(results))


def _summary_parts(results: Results) -> Iterator[str]:
    bad = [result for result in results.checks if result.fault is not None]
    yield f"### WebSocket checks: {_plain(last_line(results))}\n\n"
    if bad:
        yield "| | check | where | what |\n|---|---|---|---|\n"
        yield from map(_table_row, bad)
        yield "\n"
        for result in bad:
            yield _details(label(result), block(result))
    for outcome, word in ((Outcome.PASSED, "passed"), (Outcome.SKIPPED, "skipped")):
        named = [result for result in results.checks if result.outcome is outcome]
        if named:
            yield _list(f"{len(named):,} {word}", named)


def _escaped(text: str, characters: str) -> str:
    return re.sub(f"[{characters}]", lambda match: f"%{ord(match[0]):02X}", text)


def _annotation(name: str, result: CheckResult, folder: str) -> str:
    place, fault = place_of(result), result.fault
    told = "; ".join([brief(remark, LONGEST_SENTENCE) for remark in remarks(result)])
    if fault is not None:
        told = "\n".join(
            [
                brief(fault.sentence, LONGEST_SENTENCE),
                *[
                    f"{word}: {brief(text, LONGEST_VALUE)}"
                    for word, text in (("expected", fault.expected), ("came", fault.came), ("hint", fault.hint))
                    if text
                ],
            ]
        )
    file = _from_root(place.file, folder) if place.file else ""
    line = str(place.line) if place.file and place.line else ""
    return github_command(name, told, file=file, line=line, title=brief(result.name, LONGEST_NAME))


def _from_root(path: str, folder: str) -> str:
    """Return a file's path as GitHub looks for it."""
    path = posixpath.normpath(posixpath.join(folder, path))
    # One that is shortened or changed would be that of no file; it is no text for a terminal either.
    return path if inert(path) == path else brief(path, LONGEST_SENTENCE)


def _at_most(name: str, lines: Sequence[str], words: str) -> list[str]:
    hidden = len(lines) - MOST_ANNOTATIONS + 1
    if hidden <= 1:
        return list(lines)
    return [*lines[: MOST_ANNOTATIONS - 1], github_command(name, f"{hidden:,} more {words}: the log has them")]


def _table_row(result: CheckResult) -> str:
    assert result.fault is not None
    cells = [
        label(result),
        brief(str(place_of(result)), LONGEST_NAME),
        brief(result.fault.sentence, LONGEST_SENTENCE),
    ]
    return f"| {_SUMMARY_SIGNS[result.outcome]} | {' | '.join([_plain(cell) for cell in cells])} |\n"


def _details(title: str, lines: Iterable[str]) -> str:
    """Return lines as they are, to be unfolded; the fence is longer than any in them."""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"<details><summary>{_plain(title)}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>\n\n"


def _list(title: str, results: Sequence[CheckResult]) -> str:
    lines = []
    for result in results[:MOST_PASSED]:
        notes = "".join([f", {brief(note, LONGEST_NAME)}" for note in remarks(result)])
        took = f", {duration_text(result.seconds)}" if result.outcome is Outcome.PASSED else ""
        lines.append(f"- {_SUMMARY_SIGNS[result.outcome]} {_plain(label(result) + took + notes)}\n")
    hidden = len(results) - MOST_PASSED
    lines += [f"- … {hidden:,} more\n"] if hidden > 0 else []
    return f"<details><summary>{title}</summary>\n\n{''.join(lines)}\n</details>\n\n"


def _plain(text: str) -> str:
    """Return text that GitHub's Markdown shows as it is, links, formulas and emoji names too: what means something
    there is an entity."""
    return re.sub(r"[!#$&*:<>@\[\\\]_`|~]|(?<=www)\.", lambda match: f"&#{ord(match[0])};", text, flags=re.IGNORECASE)


def _bounded(parts: Iterable[str]) -> str:
    made: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST_SUMMARY:
            return "".join([*made, "\n… the rest stands in the log.\n"])
        made.append(part)
    return "".join(made)
