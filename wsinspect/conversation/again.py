"""Between two connections: whether to open another one, and what is said of it. Loaded only where that is wished."""

import random
from collections.abc import Callable

from wsinspect.close_codes import Tongue
from wsinspect.conversation.voice import Voice
from wsinspect.errors import InspectError
from wsinspect.events import Moment
from wsinspect.net.session import Session
from wsinspect.reconnecting import Again, Insistence, Staying, Stop, retry_after_s
from wsinspect.redact import redact_text
from wsinspect.render.lines import duration_text
from wsinspect.render.safe import neutral


class Persistence:
    """Asks `Insistence` after each end, and says what comes of it."""

    def __init__(
        self,
        staying: Staying,
        voice: Voice,
        tongue_of: Callable[[str | None], Tongue],
        clock: Callable[[], Moment],
    ) -> None:
        self._insistence = Insistence(staying, random.uniform)
        self._voice = voice
        self._tongue_of = tongue_of
        self._clock = clock

    def after(self, session: Session | None, error: InspectError | None, lasted_s: float) -> Again | None:
        """Return how to go on after the end of a session, or after an error in its place; None where it is the last.

        ``lasted_s`` is for how many seconds the session was open; with a session, ``error`` is what is left to be told.
        """
        if session is not None:
            verdict = self._after_close(session, error, lasted_s)
        else:
            assert error is not None
            verdict = self._after_failure(error)
        if isinstance(verdict, Stop):
            self._voice.notice(f"not connecting again: {verdict.why}")
            return None
        why = f": {verdict.why}" if verdict.why else ""
        self._voice.notice(f"connecting again in {duration_text(verdict.delay_s)}{why}")
        return verdict

    def _after_close(self, session: Session, error: InspectError | None, lasted_s: float) -> Again | Stop:
        assert session.closed is not None
        if error is not None and error.exit != session.closed.exit:
            return Stop("the output failed")
        address = session.handshake.address.rpartition(":")[0].strip("[]")
        tongue = self._tongue_of(session.handshake.subprotocol)
        return self._insistence.after_close(session.closed, tongue, lasted_s, address, session.addresses)

    def _after_failure(self, error: InspectError) -> Again | Stop:
        from wsinspect.net.unopened import HandshakeRefused

        status, wait_s = 0, None
        if isinstance(error, HandshakeRefused):
            status = error.handshake.status
            if error.answer is not None:
                wait_s = retry_after_s(error.answer.header("Retry-After"), self._clock().wall)
        verdict = self._insistence.after_failure(error.exit, status, wait_s)
        if isinstance(verdict, Again):
            # Where it is the last one, the error itself is told.
            self._voice.notice(neutral(error.message if self._voice.shows_secrets else redact_text(error.message)))
        return verdict
