"""How far opening a connection has come, and how long each step took. Knows no socket."""

from collections.abc import Callable

from wsinspect.events import Moment, Step


class Progress:
    """Collects the steps of opening one connection; ``name`` is the step under way.

    ``via`` says with whom that step is taken where it is not the server, as a part of a sentence: "the proxy `...`".
    """

    def __init__(self, clock: Callable[[], Moment]) -> None:
        self._clock = clock
        self.began = clock()
        self.steps: list[Step] = []
        self.name = "resolve"
        self.via = ""
        self._since = self.began.mono

    def begin(self, name: str, via: str = "") -> None:
        """The step ``name`` begins."""
        self.name = name
        self.via = via
        self._since = self._clock().mono

    def done(self, detail: str = "", at: Moment | None = None) -> None:
        """The step under way is done, or was ``at`` that moment; ``detail`` says what came of it."""
        self.steps.append(Step(self.name, (at or self._clock()).mono - self._since, detail))

    def under_way(self) -> Step:
        """Return the step under way, with the time it has taken so far."""
        return Step(self.name, self._clock().mono - self._since, self.via)
