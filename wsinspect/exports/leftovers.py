"""What a form cannot hold: counted while it is written, told at the end. Knows no form."""

from wsinspect.exports import Told


class Leftovers:
    """Counts by kind; ``form`` is the form's name in a sentence."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._counts: dict[str, int] = {}

    def add(self, one: str) -> None:
        """Count one more of a kind, which is named in the singular."""
        self._counts[one] = self._counts.get(one, 0) + 1

    def tell(self, told: Told) -> None:
        """Tell each kind once."""
        for one, count in self._counts.items():
            told(f"{self._form} holds no {one}s: {count:,} {'is' if count == 1 else 'are'} left out")
