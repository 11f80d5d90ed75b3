"""Steps done in order in a session: what is sent, and what is waited for. Loaded only where there are some.

A wait counts what came since the last thing before it was sent, or since the connection opened, so that an answer that
is quicker than we are does not go unseen. Of several waits in a row, each begins where the one before it was met.
"""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from wsinspect.errors import Exit, shortened
from wsinspect.events import Batch, Moment
from wsinspect.filters.expression import expression
from wsinspect.filters.sieve import Watch
from wsinspect.net.session import Session
from wsinspect.outgoing import Close, Message, Outgoing, Ping, Pong, Sleep, Wait
from wsinspect.vocabulary import WSMsgType

SEEN = frozenset(map(int, (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG, WSMsgType.CLOSE)))
"""Types of received rows that a wait looks at."""

POLL_S = 0.02
"""While we do not get to read, it is looked so often whether we do."""


async def _close(session: Session, step: Close) -> None:
    session.close(Exit.OK, "", step.code, step.reason)


SENDERS: dict[type, Callable[[Session, Any], Awaitable[None]]] = {
    Message: lambda session, step: session.send(step.type, step.payload),
    Ping: lambda session, step: session.ping(step.payload),
    Pong: lambda session, step: session.pong(step.payload),
    Close: _close,
}
"""How each step is done that sends something."""


class Script:
    """Does ``steps`` in one session; ``rest`` is awaited before each that sends something.

    Watches from the moment it is made. While `waiting`, `saw` must be given every batch in order.
    """

    def __init__(
        self,
        steps: Sequence[Outgoing],
        session: Session,
        rest: Callable[[], Awaitable[None]],
        clock: Callable[[], Moment],
    ) -> None:
        self._steps = steps
        self._session = session
        self._rest = rest
        self._clock = clock
        self._done = 0
        self._watches: deque[Watch] = deque()
        self._met = 0
        """So many waits were met and have not been passed."""

        self._changed = asyncio.Event()
        self._unmet = deque(step.condition for step in steps if isinstance(step, Wait))
        self._expect()
        self._watch()

    @property
    def waiting(self) -> bool:
        """A wait is pending."""
        return bool(self._watches)

    def saw(self, batch: Batch) -> None:
        """Look for what is waited for."""
        if batch.direction != "in":
            return
        watches = self._watches
        for type, payload, _ in batch.rows:
            if type in SEEN and watches[0](type, payload, batch.at):
                watches.popleft()
                self._met += 1
                self._unmet.popleft()
                self._expect()
                self._changed.set()
                if not watches:
                    return

    @property
    def done(self) -> int:
        """So many steps are behind us, waits that were met among them."""
        done, met = self._done, self._met
        while met:
            met -= isinstance(self._steps[done], Wait)
            done += 1
        return done

    async def run(self) -> bool:
        """Do what is left; tell whether all was done. What it does not do has ended the session, or follows its end."""
        while self._done < len(self._steps):
            step = self._steps[self._done]
            if isinstance(step, Wait):
                if not await self._wait(step):
                    return False
                self._done += 1
            elif isinstance(step, Sleep):
                await asyncio.sleep(step.seconds)
                self._done += 1
            else:
                await self._rest()
                if not self._session.open:
                    return False
                # From here on it is sent, whatever becomes of us while the transport is full.
                self._done += 1
                self._watch()
                await SENDERS[type(step)](self._session, step)
        return True

    async def _wait(self, step: Wait) -> bool:
        """Wait until it is met; while reading rests, because the output stands still, the time for it rests too."""
        session = self._session
        begun_at = self._clock().mono - session.paused_s()
        while not self._met:
            deadline = begun_at + session.paused_s() + step.timeout_s
            left_s = deadline - self._clock().mono
            # What came in time may not have been looked at yet.
            if left_s <= 0 and not (session.oldest is not None and session.oldest.mono <= deadline):
                within = f"within {step.timeout_s:g} s (see /wait)"
                session.close(Exit.UNMET, f"no message matched `{shortened(step.condition)}` {within}")
                return False
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), None if left_s == math.inf else max(left_s, POLL_S))
        self._met -= 1
        return True

    def _watch(self) -> None:
        """From now on, look for what the next waits want, up to the next step that sends something."""
        self._watches.clear()
        self._met = 0
        for step in self._steps[self._done :]:
            if isinstance(step, Wait):
                self._watches.append(Watch(expression(step.condition).holds))
            elif not isinstance(step, Sleep):
                break

    def _expect(self) -> None:
        """A connection that ends before all waits were met did not end as wished."""
        self._session.expecting = (
            f"the connection ended before a message matched `{shortened(self._unmet[0])}`" if self._unmet else ""
        )
