"""What became of expectations and connections, in words for a person; and faults made of them. Knows no machine.

Texts from outside are not neutralised here.
"""

from wsinspect.checks.assertions import Miss
from wsinspect.checks.judging.wanted import Wanted
from wsinspect.checks.plan import ExpectClose
from wsinspect.checks.telling import nouns, told_close, told_count, told_time
from wsinspect.checks.variables import Scope
from wsinspect.close_codes import explain_close
from wsinspect.ending import GOOD_CODES
from wsinspect.errors import shortened
from wsinspect.events import ABNORMAL, NO_STATUS, Closed, Violation

LONGEST = 120
"""Characters of what is wanted that stand in a sentence."""


def unmet_in_time(wanted: Wanted, scope: Scope, of_all_s: float | None = None) -> str:
    """Return the sentence for an expectation whose time is over, or that of the whole check: ``of_all_s``."""
    within = f"within {told_time(wanted.expectation.within_s)}"
    if of_all_s is not None:
        within = f"before the {told_time(of_all_s)} of the check were over"
    return f"{_missing(wanted, scope)} {within}{_others(wanted)}"


def unmet_at_end(wanted: Wanted, scope: Scope, end: str, *, waited: bool) -> str:
    """Return the sentence for an expectation whose connection is gone; ``waited`` where that was while it waited."""
    when = "while" if waited else "before"
    count = wanted.expectation.count
    messages = told_count(wanted.expectation.types, count)
    matching = _told(wanted, scope)
    what = f"{messages} matching `{matching}`" if matching else messages
    had = f" ({wanted.came:,} came)" if count > 1 else ""
    verb = ("were" if count > 1 else "was") + " waited for" if waited else "came"
    return f"{end} {when} {what} {verb}{had}{_others(wanted)}"


def rejected(wanted: Wanted, scope: Scope) -> str:
    """Return the sentence for a message that must not come."""
    message = told_count(wanted.expectation.types)
    told = _told(wanted, scope)
    return f"{message} came that matches `{told}`, which must not be" if told else f"{message} came, and none must"


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
    return shortened(wanted.told(scope).removeprefix("where "), LONGEST)


def _missing(wanted: Wanted, scope: Scope) -> str:
    expectation = wanted.expectation
    one, several = nouns(expectation.types)
    told = _told(wanted, scope)
    verb = f"matched `{told}`" if told else "came"
    if expectation.count == 1:
        return f"no {one} {verb}"
    return f"only {wanted.came:,} of {expectation.count:,} {several} {verb}"


def _others(wanted: Wanted) -> str:
    if wanted.others:
        return f" ({wanted.others:,} other{'' if wanted.others == 1 else 's'} came)"
    return " (nothing came)" if not wanted.came else ""
