"""How a connection ended, worked out from what was seen on it, in order. Knows no socket and no clock.

Several things can go wrong on the way out; the first cause decides, and what came after it does not hide it.
"""

from typing import Literal

from wsinspect.errors import Exit
from wsinspect.events import ABNORMAL, Closed, Violation, close_parts

GOOD_CODES = (1000, 1001, 1005)


class Ending:
    """Collects what is seen of an end, and tells it as a `Closed`."""

    def __init__(self) -> None:
        self._by: Literal["peer", "us", "nobody"] | None = None
        self._exit: int | None = None
        self._cause = ""
        self._received: tuple[int, str] | None = None
        self._sent: int | None = None

    def wish(self, exit: int, cause: str = "") -> None:
        """We decided to close; ``exit`` is what the program is to end with."""
        self._begin("us", exit, cause)

    def close_received(self, body: bytes) -> None:
        """A close frame came."""
        code, reason = close_parts(body)
        if self._received is None:
            self._received = code, reason
        self._begin("peer", Exit.OK if code in GOOD_CODES else Exit.CLOSED_BADLY, "")

    def close_sent(self, body: bytes) -> None:
        """A close frame left."""
        if self._sent is None:
            self._sent = close_parts(body)[0]
        self._begin("us", Exit.OK, "")

    def violated(self, violation: Violation) -> None:
        """The peer broke a rule, or our limit in size."""
        exit = Exit.TOO_BIG if violation.rule == "too-big" else Exit.VIOLATION
        sentence = f"{violation.sentence} ({violation.section})"
        self._begin("us", exit, sentence)
        # Behind a close it decides nothing, but is told.
        self._remark(sentence)

    def lost(self, cause: str) -> None:
        """The TCP connection is gone; ``cause`` tells how, and counts only where nothing came before it."""
        self._begin("nobody", Exit.LOST, cause)

    def waited_in_vain(self, seconds: float) -> None:
        """The peer did not end the connection after a close, so we did."""
        if self._received is None:
            self._remark(f"the peer did not answer our close within {seconds:g} s")
        else:
            self._remark(f"the peer kept the TCP connection open for {seconds:g} s after the close, so we ended it")

    def stood_still(self) -> None:
        """We ended the connection after a close, but could not read what the peer answered: our output stood still."""
        self._remark("the output stood still, so that the peer's answer was not read")

    def closed(self) -> Closed:
        """Tell the end."""
        code, reason = self._received or (ABNORMAL, "")
        clean = self._received is not None and self._sent is not None
        by = self._by or "nobody"
        return Closed(
            by, clean, code, reason, self._sent, self._cause, int(self._exit if self._exit is not None else Exit.LOST)
        )

    def _begin(self, by: Literal["peer", "us", "nobody"], exit: int, cause: str) -> None:
        if self._by is None:
            self._by, self._exit = by, exit
            self._remark(cause)

    def _remark(self, cause: str) -> None:
        if cause and not self._cause:
            self._cause = cause
