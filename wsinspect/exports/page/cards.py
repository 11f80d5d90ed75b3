"""A connection in plain markup: its opening handshake, its end, and the first rows. It needs no script."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from wsinspect.close_codes import CloseExplanation
from wsinspect.errors import Exit
from wsinspect.events import Closed, Handshake, Step, TlsFacts
from wsinspect.exports.page.connection import Connection
from wsinspect.pages.markup import NOTHING, Markup, joined, prose, tag
from wsinspect.render.certificates import is_valid_at, names_words, validity_words
from wsinspect.render.handshake import PHASES, terms
from wsinspect.render.lines import duration_text
from wsinspect.render.summary import how_it_ended

MOST_HEADERS = 200
"""Headers of a request or an answer that are shown."""


def connection_card(connection: Connection, *, alone: bool) -> Markup:
    """Return a connection's part of the page; where it is ``alone``, it needs no number."""
    handshake = connection.handshake
    title = "Handshake" if alone else f"Connection {connection.number}"
    received, sent = connection.messages["in"], connection.messages["out"]
    parts = [
        tag("h2", title),
        NOTHING if alone or handshake is None else tag("p", handshake.url, style="url"),
        NOTHING if alone else tag("p", f"{received:,} received, {sent:,} sent", style="about"),
        tag("p", "The recording holds no handshake of it.", style="about") if handshake is None else NOTHING,
        *(_handshake(handshake) if handshake else ()),
        _end(connection),
    ]
    return tag("section", *parts, style="connection", data_connection=str(connection.place), id=f"c{connection.number}")


def _handshake(handshake: Handshake) -> Iterable[Markup]:
    status = "good" if handshake.status == 101 else "bad"
    yield tag(
        "p",
        tag("span", f"{handshake.status} {handshake.reason}".rstrip(), style=f"badge {status}"),
        tag("span", f"in {duration_text(max(handshake.seconds, 0.0))}") if handshake.seconds else NOTHING,
        tag("span", f"from {handshake.address}") if handshake.address else NOTHING,
        style="opened",
    )
    yield tag("div", _steps(handshake), _terms(handshake), _tls(handshake.tls, handshake.at.wall), style="side-by-side")
    asked = f"GET {handshake.resource} HTTP/1.1"
    answered = f"HTTP/1.1 {handshake.status} {handshake.reason}".rstrip()
    request = _head("Request", asked, handshake.request) if handshake.request else NOTHING
    yield tag("div", request, _head("Response", answered, handshake.response), style="side-by-side")


def _steps(handshake: Handshake) -> Markup:
    steps = handshake.steps
    total = sum(max(step.seconds, 0.0) for step in steps)
    if not total:
        return NOTHING
    rows, before = [], 0.0
    for step in steps:
        seconds = max(step.seconds, 0.0)
        rows.append(_step(step, before / total, seconds / total))
        before += seconds
    return _part("Steps of opening", tag("table", tag("tbody", *rows), style="steps"))


def _step(step: Step, begin: float, share: float) -> Markup:
    bar = tag("rect", x=f"{begin * 100:.2f}%", width=f"{max(share * 100, 0.6):.2f}%", height="100%", rx="2")
    return tag(
        "tr",
        tag("th", PHASES.get(step.name, step.name), scope="row"),
        tag("td", tag("svg", bar, style="bar", aria_hidden="true")),
        tag("td", duration_text(max(step.seconds, 0.0)), style="number"),
        tag("td", step.detail, style="code"),
    )


def _terms(handshake: Handshake) -> Markup:
    rows = [
        tag(
            "tr",
            tag("th", name, scope="row"),
            tag("td", offered or "–"),
            tag("td", agreed or "–", style="warn" if differs else ""),
        )
        for name, offered, agreed, differs in terms(handshake)
    ]
    heads = [tag("th", tag("span", "Term", style="unseen"), scope="col")]
    heads += [tag("th", name, scope="col") for name in ("offered", "agreed")]
    return _part("Negotiated", tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows)))


def _tls(tls: TlsFacts | None, wall: float) -> Markup:
    if tls is None:
        return NOTHING
    facts = {
        "version": tls.version,
        "cipher": tls.cipher,
        "ALPN": tls.alpn or "",
        "verified": "yes" if tls.verified else "no: anybody may have made this certificate",
        "names": names_words(tls.names, 8),
        "issuer": tls.issuer,
        "valid": validity_words(tls, wall),
        "SHA-256": tls.sha256,
    }
    bad = {"valid"} if not is_valid_at(tls, wall) else set()
    return _part("TLS", _facts(facts, bad if tls.verified else bad | {"verified"}))


def _facts(facts: dict[str, str], bad: set[str]) -> Markup:
    rows = [
        tag("tr", tag("th", name, scope="row"), tag("td", value, style="bad" if name in bad else ""))
        for name, value in facts.items()
        if value
    ]
    return tag("table", tag("tbody", *rows))


def _head(title: str, first: str, headers: Sequence[tuple[str, str]]) -> Markup:
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in headers[:MOST_HEADERS]]
    more = len(headers) - MOST_HEADERS
    note = tag("p", f"… {more:,} more headers", style="about") if more > 0 else NOTHING
    table = tag("table", tag("tbody", *rows), style="headers")
    return _part(title, tag("p", first, style="code first"), table, note)


def _end(connection: Connection) -> Markup:
    closed = connection.closed
    if closed is None:
        return _part("End", tag("p", "The recording holds no end of it: it was open when the recording stopped."))
    lines = [tag("li", line) for line in connection.why]
    return _part(
        "End",
        tag("p", how_it_ended(closed, tongue=connection.tongue), style=f"end {tone(closed)}"),
        tag("ul", *lines) if lines else NOTHING,
        explanation_card(connection.tongue.explain(closed.code)),
    )


def tone(closed: Closed) -> str:
    """Return how an end is styled."""
    if closed.by == "nobody" or not (closed.clean or closed.exit == Exit.OK):
        return "bad"
    return "good" if closed.clean and closed.exit == Exit.OK else "warn"


def explanation_card(known: CloseExplanation) -> Markup:
    """Return what a close code means, and what to do."""
    lists = [
        joined(tag("h4", title), tag("ul", *[tag("li", prose(line)) for line in lines]))
        for title, lines in (("Likely causes", known.causes), ("Check first", known.checks))
        if lines
    ]
    return tag(
        "div",
        tag("p", tag("b", f"{known.code} {known.name}".rstrip()), f" · {known.summary}"),
        tag("p", prose(known.meaning)),
        tag("p", tag("b", "Reconnect: "), known.advice),
        *lists,
        tag("p", f"Source: {known.source}", style="about"),
        style="explained",
    )


def _part(title: str, *parts: Markup) -> Markup:
    return tag("section", tag("h3", title), *parts)


def clock_words(wall: float) -> Markup:
    """Return a moment as a time of the page."""
    began = datetime.fromtimestamp(wall, UTC)
    return tag("time", f"{began:%Y-%m-%d %H:%M:%S} UTC", datetime=f"{began:%Y-%m-%dT%H:%M:%SZ}")
