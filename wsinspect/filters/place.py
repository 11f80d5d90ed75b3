"""Where in what a user wrote a mistake is: two lines, the text and a mark below. Knows no language."""

from wsinspect.errors import InspectError
from wsinspect.render.cells import cells, fitting
from wsinspect.render.safe import units

COLUMNS = 72
"""So many columns of the text are shown, so that a line fits into 80."""

BEFORE = 40
"""So many columns of a longer text are shown before the mark."""

INDENT = "    "
CUT = "…"


class Misplaced(InspectError):
    """A mistake in an expression or pattern; ``column`` counts its characters from 0, and may be its length."""

    def __init__(self, message: str, text: str, column: int, *, hint: str = "") -> None:
        self.text = text
        self.column = max(0, min(column, len(text)))
        super().__init__(message, hint=hint, excerpt=pointed(text, self.column))

    def within(self, where: str) -> "Misplaced":
        """Return the error with the name of what the text belongs to in front."""
        return Misplaced(f"{where}: {self.message}", self.text, self.column, hint=self.hint)


def pointed(text: str, column: int) -> tuple[str, str]:
    """Return ``text`` on one line, safe to show, and a line with a caret below the character at ``column``."""
    shown = units(text)
    begin = 0
    if cells("".join(shown)) > COLUMNS:
        begin = column
        room = BEFORE
        while begin and (room := room - cells(shown[begin - 1])) >= 0:
            begin -= 1
    before = CUT if begin else ""
    end = fitting(shown, COLUMNS, begin) if begin < len(shown) else begin
    after = CUT if end < len(shown) else ""
    mark = cells(before + "".join(shown[begin:column]))
    return f"{INDENT}{before}{''.join(shown[begin:end])}{after}", f"{INDENT}{' ' * mark}^"
