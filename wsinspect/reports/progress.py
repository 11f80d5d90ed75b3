"""Checks while they run, as a few lines: a bar, how many are done, what is not passed, and where the others are.

Knows no clock, no terminal and no rich; `term.live` draws what is made here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wsinspect.checks.plan import Check
from wsinspect.checks.result import CheckResult, Outcome
from wsinspect.masking import Mask
from wsinspect.render.cells import cells, clipped
from wsinspect.render.lines import duration_text
from wsinspect.render.palette import Palette
from wsinspect.reports.failure import LONGEST_NAME, LONGEST_SENTENCE, SIGNS, STYLES
from wsinspect.reports.inert import brief
from wsinspect.reports.lines import WIDEST_NAME, labels
from wsinspect.reports.words import counted

MOST_LINES = 16
"""Lines of the view, on terminals that are higher."""
MOST_BAD = 3
"""The last so many that are not passed are named."""
WIDEST_BAR = 30
_NARROW_BAR = 4


class UnderWay(NamedTuple):
    """A check that runs: since when, on the monotonic clock, and how many of its steps are done."""

    since: float
    done: int = 0


class Progress:
    """How far a run is; checks are named by their place in the list. It may be read while it changes."""

    def __init__(self, checks: Sequence[Check], began: float) -> None:
        self.began = began
        self._names = labels(checks)
        self._checks = checks
        self._running: dict[int, UnderWay] = {}
        self._counts = dict.fromkeys(Outcome, 0)
        self._bad: tuple[tuple[int, CheckResult], ...] = ()
        self._masks: dict[frozenset[str], Mask] = {}

    def started(self, index: int, at: float) -> None:
        """A check begins, or is tried again."""
        self._running[index] = UnderWay(at)

    def stepped(self, index: int, done: int) -> None:
        """So many of its steps are done."""
        running = self._running.get(index)
        if running is not None:
            self._running[index] = running._replace(done=done)

    def ended(self, index: int, result: CheckResult) -> None:
        """A check is over."""
        self._running.pop(index, None)
        self._counts[result.outcome] += 1
        if result.fault is not None:
            self._bad = (*self._bad, (index, result))[-MOST_BAD:]

    def lines(self, at: float, width: int, height: int, palette: Palette) -> list[str]:
        """Return at most ``height`` lines of at most ``width`` columns, as it is at this moment."""
        room = max(min(height, MOST_LINES), 1) - 1
        # A copy in one go: another thread may change it.
        running = list(self._running.items())
        running.sort(key=lambda item: item[1].since)
        bad = self._bad[max(len(self._bad) - room // 3, 0) :] if room >= 3 else ()
        room -= len(bad)
        hidden = len(running) - room
        if hidden > 0:
            running = running[: max(room - 1, 0)]
            hidden += room > 0
        columns = min(
            max([cells(self._names[index]) for index, _ in (*bad, *running)], default=0), WIDEST_NAME, width // 3
        )
        made = [self._head(at, width, palette)]
        made += [self._bad_line(index, result, columns, width, palette) for index, result in bad]
        made += [self._running_line(index, state, at, columns, width, palette) for index, state in running]
        if hidden > 0 and room > 0:
            made.append(f"{palette.dim}{clipped(f'  … {hidden:,} more', width)}{palette.reset}")
        return made

    def _head(self, at: float, width: int, palette: Palette) -> str:
        done, whole = sum(self._counts.values()), len(self._checks)
        parts = [f"{done:,}/{whole:,}"]
        styles = [palette.bold]
        for outcome, count in self._counts.items():
            if count and outcome is not Outcome.PASSED:
                parts.append(counted(outcome, count))
                styles.append(getattr(palette, STYLES[outcome]))
        parts.append(_elapsed(at - self.began))
        styles.append(palette.dim)
        words = "  ".join(parts)
        bar = min(WIDEST_BAR, width - len(words) - 2)
        if bar < _NARROW_BAR:
            return clipped(words, width)
        full = bar * done // whole if whole else bar
        hue = palette.error if self._counts[Outcome.FAILED] or self._counts[Outcome.ERROR] else palette.good
        shown = "  ".join([f"{style}{part}{palette.reset}" for style, part in zip(styles, parts, strict=True)])
        return f"{hue}{'━' * full}{palette.reset}{palette.dim}{'─' * (bar - full)}{palette.reset}  {shown}"

    def _bad_line(self, index: int, result: CheckResult, columns: int, width: int, palette: Palette) -> str:
        assert result.fault is not None
        style = getattr(palette, STYLES[result.outcome])
        room = width - columns - 4
        sentence = clipped(brief(result.fault.sentence, LONGEST_SENTENCE), room) if room > 0 else ""
        if not sentence:
            return clipped(f"{SIGNS[result.outcome]} {self._names[index]}", width)
        return f"{style}{SIGNS[result.outcome]}{palette.reset} {self._name(index, columns)}  {sentence}"

    def _running_line(self, index: int, state: UnderWay, at: float, columns: int, width: int, palette: Palette) -> str:
        took = _elapsed(at - state.since)
        room = width - columns - 4 - len(took) - 2
        if room <= 0:
            return clipped(f"· {self._names[index]}", width)
        words = clipped(self._where(index, state), room)
        filled = f"{self._name(index, columns)}  {words}{' ' * (room - cells(words))}"
        return f"{palette.dim}·{palette.reset} {filled}  {palette.dim}{took}{palette.reset}"

    def _name(self, index: int, columns: int) -> str:
        name = clipped(self._names[index], columns)
        return name + " " * max(columns - cells(name), 0)

    def _where(self, index: int, state: UnderWay) -> str:
        """Return the step at which a check is; its secrets are hidden, for a plan still has them."""
        check = self._checks[index]
        steps = check.steps
        if state.done >= len(steps):
            return "closing" if steps else "opening"
        step = steps[state.done]
        if check.secrets not in self._masks:
            self._masks[check.secrets] = Mask(check.secrets)
        told = brief(self._masks[check.secrets].text(step.told), LONGEST_NAME)
        on = f"{brief(step.on, LONGEST_NAME)}: " if step.on else ""
        return f"{state.done + 1}/{len(steps)}  {on}{told}"


def _elapsed(seconds: float) -> str:
    """Return a duration that does not change its unit while one looks."""
    return f"{max(seconds, 0.0):.1f} s" if seconds < 120 else duration_text(seconds)
