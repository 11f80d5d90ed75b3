"""What became of expectations and connections, in words for a person; and faults made of them. Knows no machine.

Texts from outside are not neutralised here.
"""

from wsinspect.checks.assertions import Miss
from wsinspect.checks.assertions.excerpts import cut
from wsinspect.checks.judging.wanted import Wanted
from wsinspect.checks.plan import ExpectClose
from wsinspect.checks.telling import told_close
from wsinspect.checks.variables import Scope
from wsinspect.close_codes import explain_close
from wsinspect.ending import GOOD_CODES
from wsinspect.events import ABNORMAL, BINARY, DATA, NO_STATUS, PING, PONG, TEXT, Closed, Violation

LONGEST = 120
"""Characters of what is wanted that stand in a sentence."""

NOUNS = {
    DATA: ("message", "messages"),
    frozenset({TEXT}): ("text message", "text messages"),
    frozenset({BINARY}): ("binary message", "binary messages"),
    frozenset({PING}): ("ping", "pings"),
    frozenset({PONG}): ("pong", "pongs"),
}


def span(seconds: float) -> str:
    """Return a time as sentences tell it: ``500 ms``, ``2 s``."""
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"


def unmet_in_time(wanted: Wanted, scope: Scope, of_all_s: float | None = None) -> str:
    """Return the sentence for an expectation whose time is over, or that of the whole check: ``of_all_s``."""
    within = f"within {span(wanted.expectation.within_s)}"
    if of_all_s is not None:
        within = f"before the {span(of_all_s)} of the check were over"
    return f"{_missing(wanted, scope)} {within}{_others(wanted)}"


def unmet_at_end(wanted: Wanted, scope: Scope, end: str, *, waited: bool) -> str:
    """Return the sentence for an expectation whose connection is gone; ``waited`` where that was while it waited."""
    when = "while" if waited else "before"
    one, several = NOUNS.get(wanted.expectation.types, NOUNS[DATA])
    count = wanted.expectation.count
    article = f"{count:,} {several}" if count > 1 else f"a {one}"
    matching = _told(wanted, scope)
    what = f"{article} matching `{matching}`" if matching else article
    had = f" ({wanted.came:,} came)" if count > 1 else ""
    verb = ("were" if count > 1 else "was") + " waited for" if waited else "came"
    return f"{end} {when} {what} {verb}{had}{_others(wanted)}"


def rejected(wanted: Wanted, scope: Scope) -> str:
    """Return the sentence for a message that must not come."""
    one, _ = NOUNS.get(wanted.expectation.types, NOUNS[DATA])
    told = _told(wanted, scope)
    return f"a {one} came that matches `{told}`, which must not be" if told else f"a {one} came, and none must"


def ended(closed: Closed, dialect: str | None, *, as_ordered: bool) -> str:
    """Return how a connection ended, as a sentence; ``as_ordered`` where a step closed it."""
    cause = f": {closed.cause}" if closed.cause else ""
    if closed.by == "nobody":
        return f"the connection was lost{cause}"
    if closed.by == "peer":
        return f"the server closed {code_words(closed.code, closed.reason, dialect)}"
    return "we had closed the connection" if as_ordered else f"we closed the connection{cause}"


def code_words(code: int, reason: str, dialect: str | None) -> str:
    """Return a close code and reason in words, to stand behind "closed"."""
    if code == NO_STATUS:
        return "without a code (1005)"
    if code == ABNORMAL:
        return "without a close frame (1006)"
    name = explain_close(code, dialect=dialect).name
    words = ["with", str(code), *([name] if name else []), *([f'"{reason}"'] if reason else [])]
    return " ".join(words)


def code_hint(closed: Closed, dialect: str | None) -> str:
    """Return what the code of the server's close means, if it is a bad one."""
    if closed.by != "peer" or closed.code in GOOD_CODES:
        return ""
    return explain_close(closed.code, dialect=dialect).summary


def broken(violation: Violation) -> str:
    """Return the sentence for a breach of the protocol."""
    return f"the server broke the protocol: {violation.sentence} ({violation.section})"


def close_miss(wish: ExpectClose, closed: Closed, dialect: str | None, *, reason_fits: bool) -> Miss | None:
    """Return what is wrong with how a connection ended; None where it is as wished."""
    codes = wish.codes is None or closed.code in wish.codes
    clean = wish.clean is None or closed.clean == wish.clean
    by = wish.by is None or closed.by == wish.by
    if codes and clean and by and reason_fits:
        return None
    who = {"peer": "by the server", "us": "by us", "nobody": "lost"}[closed.by]
    came = f"close {code_words(closed.code, closed.reason, dialect)}, {'clean' if closed.clean else 'not clean'}, {who}"
    return Miss("close", told_close(wish), came)


def close_sentence(wish: ExpectClose, closed: Closed, dialect: str | None, *, as_ordered: bool) -> str:
    """Return the sentence for an end that is not as wished."""
    how = ended(closed, dialect, as_ordered=as_ordered)
    if closed.by == "us":
        answer = code_words(closed.code, closed.reason, dialect)
        how += f", and the server answered {answer}"
    return f"{how}, where {told_close(wish)} was expected"


def _told(wanted: Wanted, scope: Scope) -> str:
    return cut(wanted.told(scope).removeprefix("where "), LONGEST)


def _missing(wanted: Wanted, scope: Scope) -> str:
    expectation = wanted.expectation
    one, several = NOUNS.get(expectation.types, NOUNS[DATA])
    told = _told(wanted, scope)
    verb = f"matched `{told}`" if told else "came"
    if expectation.count == 1:
        return f"no {one} {verb}"
    return f"only {wanted.came:,} of {expectation.count:,} {several} {verb}"


def _others(wanted: Wanted) -> str:
    if wanted.others:
        return f" ({wanted.others:,} other{'' if wanted.others == 1 else 's'} came)"
    return " (nothing came)" if not wanted.came else ""
