"""What a form cannot hold: counted while it is written, told at the end. Knows no form."""

from wsinspect.exports import Told


class Leftovers:
    """Counts by kind; ``form`` is the form's name in a sentence."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._counts: dict[str, int] = {}

    def add(self, kind: str, count: int = 1) -> None:
        """Count more of a kind, which is named in the plural."""
        self._counts[kind] = self._counts.get(kind, 0) + count

    def tell(self, told: Told) -> None:
        """Tell each kind once."""
        for kind, count in self._counts.items():
            told(f"{self._form} holds no {kind}: {count:,} {'is' if count == 1 else 'are'} left out")
