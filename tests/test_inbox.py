"""The queue between socket and screen: bounded in what it holds, and never stuck."""

import asyncio
from collections.abc import Callable

import pytest

from tests.servers import BOUND_S
from wsinspect.events import ROW_COST, Batch, Moment
from wsinspect.net.inbox import HIGH, LOW, WIDE, Inbox
from wsinspect.vocabulary import WSMsgType

AT = Moment(0.0, 0.0)


def batch(wire: int, *, rows: int = 1, payload: int = 0) -> Batch:
    return Batch(AT, "in", [(int(WSMsgType.TEXT), b"", 0)] * rows, wire=wire, payload=payload)


class Flow:
    """An inbox, and what it asked for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.inbox = Inbox(lambda: self.calls.append("pause"), lambda: self.calls.append("resume"))

    def take(self, count: int = 1) -> list[Batch | None]:
        async def get() -> list[Batch | None]:
            return [await asyncio.wait_for(self.inbox.get(), BOUND_S) for _ in range(count)]

        return asyncio.run(get())


def test_order_and_end() -> None:
    flow = Flow()
    put = [batch(number) for number in range(5)]
    for one in put:
        flow.inbox.put(one)
    flow.inbox.end()
    assert flow.take(7) == [*put, None, None]
    assert flow.calls == []


@pytest.mark.parametrize("wake", [lambda inbox: inbox.put(batch(1)), Inbox.end])
def test_who_waits_is_woken(wake: Callable[[Inbox], None]) -> None:
    async def wait() -> bool:
        inbox = Inbox(lambda: None, lambda: None)
        asyncio.get_running_loop().call_later(0.01, wake, inbox)
        # Woken twice in one turn of the loop.
        asyncio.get_running_loop().call_later(0.01, inbox.end)
        return await asyncio.wait_for(inbox.get(), BOUND_S) is not None

    assert asyncio.run(wait()) is (wake is not Inbox.end)


def test_pauses_above_high_and_resumes_at_low() -> None:
    flow = Flow()
    step = HIGH // 8 - ROW_COST
    for _ in range(8):
        flow.inbox.put(batch(step))
    assert flow.calls == []
    flow.inbox.put(batch(step))
    flow.inbox.put(batch(step))
    assert flow.calls == ["pause"]
    flow.take(10 - LOW // (HIGH // 8) - 1)
    assert flow.calls == ["pause"]
    flow.take()
    assert flow.calls == ["pause", "resume"]
    for _ in range(5):
        flow.inbox.put(batch(step))
    assert flow.calls == ["pause", "resume", "pause"]


@pytest.mark.parametrize(
    "heavy",
    [
        batch(HIGH + 1),
        batch(100, rows=HIGH // ROW_COST + 1),
        batch(1000, payload=HIGH + 1),  # came compressed
    ],
    ids=["bytes", "rows", "inflated"],
)
def test_what_weighs(heavy: Batch) -> None:
    flow = Flow()
    flow.inbox.put(heavy)
    assert flow.calls == ["pause"]
    assert flow.take() == [heavy]
    assert flow.calls == ["pause", "resume"]


def test_takes_more_for_the_end() -> None:
    flow = Flow()
    flow.inbox.put(batch(HIGH + 1))
    flow.inbox.widen()
    assert flow.calls == ["pause", "resume"]
    flow.inbox.put(batch(WIDE - 2 * HIGH))
    assert flow.calls == ["pause", "resume"]
    flow.inbox.put(batch(HIGH))
    assert flow.calls == ["pause", "resume", "pause"]


def test_widened_while_it_holds_too_much_for_that() -> None:
    flow = Flow()
    flow.inbox.put(batch(WIDE))
    flow.inbox.widen()
    assert flow.calls == ["pause"]
    flow.take()
    assert flow.calls == ["pause", "resume"]
