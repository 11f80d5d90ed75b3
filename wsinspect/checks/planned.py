"""What checks would do, in words, for a dry run: their names, where they connect to, their steps. Knows no result."""

from collections.abc import Iterable, Mapping

from wsinspect.checks.plan import Check, HandshakeWish, Link
from wsinspect.checks.telling import told_time
from wsinspect.render.palette import Palette
from wsinspect.render.safe import neutral

INDENT = "  "


def planned(check: Check, urls: Mapping[str, str], style: Palette) -> str:
    """Return the lines of a check; ``urls`` are what its connections are opened with, by name, as they may be shown."""
    place = f"  {style.dim}{neutral(str(check.place))}{style.reset}" if check.place.file else ""
    lines = [f"{style.bold}{neutral(check.name)}{style.reset}{place}"]
    for link in check.links:
        name = f"{neutral(link.name)}: " if link.name else ""
        lines.append(f"{INDENT}{name}{neutral(urls[link.name])}{_wished(link)}")
    width = len(str(len(check.steps)))
    for step in check.steps:
        on = f"{neutral(step.on)}: " if step.on else ""
        lines.append(f"{INDENT}{step.number:>{width}}. {on}{neutral(step.told)}")
    if manner := _manner(check):
        lines.append(f"{INDENT}{style.dim}{', '.join(manner)}{style.reset}")
    return "".join(f"{line}\n" for line in lines)


def counted(checks: Iterable[Check]) -> str:
    """Return how many checks there are, and in how many files."""
    places = [check.place.file for check in checks]
    files = len(set(places) - {""})
    count = f"{len(places)} check{'s' if len(places) != 1 else ''}"
    return f"{count} in {files} file{'s' if files != 1 else ''}" if files else count


def _wished(link: Link) -> str:
    words = list(_wishes(link.wish))
    return f"  expect {', '.join(words)}" if words else ""


def _wishes(wish: HandshakeWish) -> Iterable[str]:
    if wish.status is not None:
        yield "status " + " or ".join(str(status) for status in sorted(wish.status))
    if wish.subprotocol is not None:
        yield f"subprotocol {neutral(wish.subprotocol)}" if wish.subprotocol else "no subprotocol"
    if wish.extensions is not None:
        yield f"extensions {neutral(', '.join(wish.extensions))}" if wish.extensions else "no extensions"
    for name, pattern in wish.headers.items():
        yield f"no header {neutral(name)}" if pattern is None else f"header {neutral(name)} like /{neutral(pattern)}/"
    if wish.body is not None:
        yield "a body with a certain text"
    if wish.within_s is not None:
        yield f"within {told_time(wish.within_s)}"


def _manner(check: Check) -> Iterable[str]:
    """Return what is out of the ordinary."""
    rows = (
        (check.strict, "strict"),
        (check.allow_violations, "violations allowed"),
        (check.repeat > 1, f"{check.repeat} times"),
        (check.copies > 1, f"{check.copies} side by side"),
        (check.retry.times > 0, f"tried again up to {check.retry.times} times"),
    )
    return [words for holds, words in rows if holds]
