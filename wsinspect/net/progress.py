"""How far opening a connection has come, and how long each step took. Knows no socket."""

from collections.abc import Callable

from wsinspect.events import Moment, Step


class Progress:
    """Collects the steps of opening one connection; ``name`` is the step under way."""

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self.began = clock()
        self.steps: list[Step] = []
        self.name = "resolve"
        self._since = self.began.mono

    def begin(self, name: str) -> None:
        """The step ``name`` begins."""
        self.name = name
        self._since = self._clock().mono

    def done(self, detail: str = "") -> None:
        """The step under way is done; ``detail`` says what came of it."""
        self.steps.append(Step(self.name, self._clock().mono - self._since, detail))
