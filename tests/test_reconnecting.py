"""Whether and when to connect again, as rows; the dice are told what to show."""

import random
from email.utils import formatdate
from itertools import pairwise

import pytest

from wsinspect.close_codes import PLAIN_TONGUE, Tongue
from wsinspect.errors import Exit
from wsinspect.events import Closed
from wsinspect.reconnecting import Again, Insistence, Staying, Stop, retry_after_s


def lowest(low: float, high: float) -> float:
    return low


def highest(low: float, high: float) -> float:
    return high


def by_peer(code: int) -> Closed:
    return Closed("peer", True, code, "", code, "", 0)


LOST = Closed("nobody", False, 1006, "", None, "reset", int(Exit.LOST))


@pytest.mark.parametrize(
    ("code", "span"),
    [
        (1001, (0, 5)),
        (1011, (0, 5)),
        (1014, (0, 5)),
        (3008, (0, 5)),
        (3999, (0, 5)),
        (4321, (0, 5)),
        (1012, (5, 30)),
    ],
)
def test_codes_after_which_we_come_back(code: int, span: tuple[float, float]) -> None:
    delays = []
    for dice in (lowest, highest):
        verdict = Insistence(Staying(), dice).after_close(by_peer(code), PLAIN_TONGUE, 1.0)
        assert isinstance(verdict, Again)
        delays.append(verdict.delay_s)
    assert tuple(delays) == span


@pytest.mark.parametrize("code", [1000, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 3000, 3003])
def test_codes_after_which_we_stay_away(code: int) -> None:
    assert isinstance(Insistence(Staying(), lowest).after_close(by_peer(code), PLAIN_TONGUE, 1.0), Stop)
    assert isinstance(Insistence(Staying(always=True), lowest).after_close(by_peer(code), PLAIN_TONGUE, 1.0), Again)


def test_a_lost_connection_is_opened_again() -> None:
    assert Insistence(Staying(), highest).after_close(LOST, PLAIN_TONGUE, 1.0) == Again(5, "the connection was lost")


@pytest.mark.parametrize(
    ("exit", "kind"), [(Exit.OK, Stop), (Exit.VIOLATION, Stop), (Exit.TOO_BIG, Stop), (Exit.TIMEOUT, Again)]
)
def test_what_we_closed_ourselves(exit: Exit, kind: type) -> None:
    closed = Closed("us", True, 1000, "", 1000, "", int(exit))
    assert isinstance(Insistence(Staying(), lowest).after_close(closed, PLAIN_TONGUE, 1.0), kind)


def test_backoff_doubles_and_is_cut() -> None:
    insistence = Insistence(Staying(longest_s=60), highest)
    verdicts = [insistence.after_failure(Exit.UNREACHABLE, 0, None) for _ in range(100)]
    assert [verdict.delay_s for verdict in verdicts if isinstance(verdict, Again)][:6] == [5, 10, 20, 40, 60, 60]
    insistence = Insistence(Staying(longest_s=60), lowest)
    verdicts = [insistence.after_failure(Exit.UNREACHABLE, 0, None) for _ in range(100)]
    assert [verdict.delay_s for verdict in verdicts if isinstance(verdict, Again)][:6] == [0, 5, 10, 20, 30, 30]


def test_seeded_dice_stay_within_their_spans() -> None:
    insistence = Insistence(Staying(longest_s=20), random.Random(7).uniform)
    delays = [verdict.delay_s for verdict in (insistence.after_failure(3, 0, None) for _ in range(50)) if
              isinstance(verdict, Again)]  # fmt: skip
    assert len(delays) == 50
    assert 0 <= delays[0] <= 5 <= delays[1] <= 10 <= delays[2] <= 20
    assert all(10 <= delay <= 20 for delay in delays[3:])
    assert any(one != other for one, other in pairwise(delays[3:]))


def test_counting_begins_anew_after_a_connection_that_lasted() -> None:
    insistence = Insistence(Staying(retries=2), highest)
    for lasted, wanted in ((1.0, 5), (1.0, 10), (31.0, 5), (1.0, 10)):
        verdict = insistence.after_close(LOST, PLAIN_TONGUE, lasted)
        assert isinstance(verdict, Again)
        assert verdict.delay_s == wanted
    assert isinstance(insistence.after_close(LOST, PLAIN_TONGUE, 1.0), Stop)


def test_no_retries_at_all() -> None:
    assert isinstance(Insistence(Staying(retries=0), lowest).after_close(LOST, PLAIN_TONGUE, 1.0), Stop)


def test_try_again_later_wants_another_address() -> None:
    closed = by_peer(1013)
    alone = Insistence(Staying(), lowest).after_close(closed, PLAIN_TONGUE, 1.0, "10.0.0.1", ["10.0.0.1"])
    assert isinstance(alone, Stop)
    assert "another address" in alone.why
    both = Insistence(Staying(), lowest).after_close(closed, PLAIN_TONGUE, 1.0, "10.0.0.1", ["10.0.0.1", "10.0.0.2"])
    assert isinstance(both, Again)
    assert both.avoid == "10.0.0.1"
    insisting = Insistence(Staying(always=True), lowest).after_close(closed, PLAIN_TONGUE, 1.0, "10.0.0.1", [])
    assert isinstance(insisting, Again)


def test_at_once_is_so_only_once() -> None:
    insistence = Insistence(Staying(), highest)
    tongue = Tongue("discord-voice")
    at_once = [code for code in range(4000, 4100) if tongue.explain(code).reconnect == "at_once"]
    tongue = tongue if at_once else Tongue("pusher")
    at_once = at_once or [code for code in range(4000, 4400) if tongue.explain(code).reconnect == "at_once"]
    first, second = (insistence.after_close(by_peer(at_once[0]), tongue, 1.0) for _ in range(2))
    assert isinstance(first, Again)
    assert isinstance(second, Again)
    assert (first.delay_s, second.delay_s) == (0, 10)


@pytest.mark.parametrize(
    ("exit", "status", "kind"),
    [
        (Exit.UNREACHABLE, 0, Again),
        (Exit.TIMEOUT, 0, Again),
        (Exit.REFUSED, 0, Again),
        (Exit.REFUSED, 500, Again),
        (Exit.REFUSED, 502, Again),
        (Exit.REFUSED, 503, Again),
        (Exit.REFUSED, 429, Again),
        (Exit.REFUSED, 408, Again),
        (Exit.REFUSED, 400, Stop),
        (Exit.REFUSED, 401, Stop),
        (Exit.REFUSED, 404, Stop),
        (Exit.REFUSED, 200, Stop),
        (Exit.REFUSED, 101, Stop),
        (Exit.REFUSED, 501, Stop),
        (Exit.TLS, 0, Stop),
        (Exit.USAGE, 0, Stop),
    ],
)
def test_what_stood_in_the_way(exit: Exit, status: int, kind: type) -> None:
    assert isinstance(Insistence(Staying(), lowest).after_failure(exit, status, None), kind)


def test_the_server_says_when() -> None:
    soonest = Insistence(Staying(), lowest).after_failure(Exit.REFUSED, 503, 12.0)
    latest = Insistence(Staying(), highest).after_failure(Exit.REFUSED, 429, 12.0)
    assert isinstance(soonest, Again)
    assert isinstance(latest, Again)
    assert soonest.delay_s == 12
    assert 12 < latest.delay_s < 14
    assert isinstance(Insistence(Staying(), lowest).after_failure(Exit.REFUSED, 503, 61.0), Stop)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 400, 1e9),
        ("99999999999", 1e9),
        (formatdate(1_000_090, usegmt=True), 90.0),
        (formatdate(999_000, usegmt=True), 0.0),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, 1_000_000.0) == seconds
