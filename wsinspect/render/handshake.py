"""The opening handshake in full, for ``-v``: what was sent and what came, how long each phase took, what was agreed on.

Lines begin with a sigil: ``>`` sent, ``<`` received, ``=`` what came of it, ``✕`` where it failed. Expects a handshake
without secrets; knows no terminal.
"""

from collections.abc import Iterable, Sequence
from time import gmtime, strftime

from wsinspect.events import Handshake, Step, TlsFacts
from wsinspect.extensions import DEFLATE, MOST_BITS, Terms, terms_of
from wsinspect.render.cells import cells, wrapped_words
from wsinspect.render.certificates import is_valid_at, names_words, validity_words
from wsinspect.render.lines import LOST, duration_text
from wsinspect.render.look import Look
from wsinspect.render.refusal import RECEIVED, head_lines, with_sigil
from wsinspect.render.safe import clipped

SENT, CAME = ">", "="

WIDTH, NARROWEST = 80, 50
SHOWN_HEADERS = 200
SHOWN_NAMES = 8
LONGEST = 300

LABEL = 9
"""Columns of a phase's name, or of what is told of a certificate."""

TIME = 8
"""Columns of a duration."""

TERM = 13
"""Columns of what was bargained about."""

PHASES = {"resolve": "DNS", "connect": "TCP", "proxy": "proxy", "tls": "TLS", "upgrade": "upgrade"}
"""Steps, as a reader knows them."""

NOTHING = "–"
FRESH, KEPT, EITHER = "new for each message", "kept between messages", "kept or not"


def verbose(handshake: Handshake, look: Look) -> str:
    """Return the whole of a handshake that opened a connection, as lines, each ended."""
    return (
        request(handshake, look)
        + response(handshake, look)
        + phases(handshake.steps, look, tls=handshake.tls, wall=handshake.at.wall, total_s=handshake.seconds or None)
        + with_sigil(CAME, ["", *_bargain(handshake, look)], look)
    )


def request(handshake: Handshake, look: Look) -> str:
    """Return the request as it was sent; empty where none was."""
    if not handshake.request:
        return ""
    first = f"GET {handshake.resource} HTTP/1.1"
    return with_sigil(SENT, [*head_lines(first, handshake.request, look, SHOWN_HEADERS), ""], look)


def response(handshake: Handshake, look: Look) -> str:
    """Return the head of the answer."""
    first = f"HTTP/1.1 {handshake.status} {handshake.reason}".rstrip()
    return with_sigil(RECEIVED, [*head_lines(first, handshake.response, look, SHOWN_HEADERS), ""], look)


def phases(
    steps: Sequence[Step],
    look: Look,
    *,
    failed: Step | None = None,
    tls: TlsFacts | None = None,
    wall: float = 0.0,
    total_s: float | None = None,
) -> str:
    """Return the phases with their times, those that are done and the one that failed, and what TLS tells.

    ``wall`` is the time in seconds since the epoch, from which a certificate's validity is counted.
    """
    palette = look.palette
    lines = [_phase(step, tls if step.name == "tls" else None, look) for step in steps]
    shown = with_sigil(CAME, [line for phase in lines for line in phase], look)
    if failed is not None:
        shown += with_sigil(f"{palette.reset}{palette.error}{LOST}", _phase(failed, None, look), look)
    if total_s is not None:
        shown += with_sigil(CAME, [f"{_label('total', look)}{duration_text(total_s):>{TIME}}"], look)
    if tls is not None:
        shown += with_sigil(CAME, ["", *_certificate(tls, wall, look)], look)
    return shown


def _phase(step: Step, tls: TlsFacts | None, look: Look) -> list[str]:
    name = PHASES.get(step.name, step.name)
    detail = step.detail
    if step.name == "connect" and (detail[:1] in ("@", "~") or "/" in detail):
        name = "socket"  # of this machine: there is no TCP
    if tls is not None:
        alpn = f"ALPN {tls.alpn}" if tls.alpn else ""
        detail = " · ".join(filter(None, [f"TLS {_version(tls.version)}", tls.cipher, alpn]))
    taken = LABEL + TIME + 2
    first, *others = _wrapped(detail, taken, look) or [""]
    line = f"{_label(name, look)}{duration_text(step.seconds):>{TIME}}  {first}".rstrip()
    return [line, *(" " * taken + other for other in others)]


def _certificate(tls: TlsFacts, wall: float, look: Look) -> list[str]:
    """Return what a certificate says, and whether it was believed."""
    palette = look.palette
    if tls.verified:
        trust, style = f"verified{f' for {tls.server_name}' if tls.server_name else ''}", palette.good
    else:
        trust, style = "not verified: anybody may have made this certificate", palette.warn
    validity = validity_words(tls, wall)
    if validity and tls.expires is not None:
        validity += f" ({strftime('%Y-%m-%d %H:%M', gmtime(tls.expires))} UTC)" if abs(tls.expires) < 1e11 else ""
    rows = [
        ("trust", trust, style),
        ("names", names_words(tls.names, SHOWN_NAMES), ""),
        ("issuer", tls.issuer, ""),
        ("valid", validity, "" if is_valid_at(tls, wall) else palette.error),
        ("SHA-256", tls.sha256, ""),
    ]
    lines = []
    for name, text, style in rows:
        margin = _label(name, look)
        for line in _wrapped(text, LABEL, look):
            lines.append(f"{margin}{style}{line}{palette.reset if style else ''}")
            margin = " " * LABEL
    return lines


def _bargain(handshake: Handshake, look: Look) -> list[str]:
    """Return what was offered and what was agreed on, side by side."""
    palette = look.palette
    column = (_width(look) - 4 - TERM - 2) // 2
    lines = [f"{'':{TERM}}{palette.bold}{'offered':{column}}  agreed{palette.reset}"]
    for term, offered, agreed, differs in terms(handshake):
        left = wrapped_words(clipped(offered, LONGEST), column) or [NOTHING]
        right = wrapped_words(clipped(agreed, LONGEST), column) or [NOTHING]
        style = palette.warn if differs else ""
        for number in range(max(len(left), len(right))):
            name = term if number == 0 else ""
            said = left[number] if number < len(left) else ""
            got = right[number] if number < len(right) else ""
            line = f"{palette.dim}{name:{TERM}}{palette.reset}{said}{' ' * max(column - cells(said), 0)}  "
            lines.append(f"{line}{style}{got}{palette.reset if style else ''}".rstrip())
    return lines


def terms(handshake: Handshake) -> Iterable[tuple[str, str, str, bool]]:
    """Yield each term: its name, what was offered, what was agreed on, and whether that is worth a warning."""
    tls = handshake.tls
    yield "HTTP", "1.1", "1.1", False
    if tls is not None:
        versions = tls.lowest if tls.lowest == tls.highest else f"{tls.lowest} to {tls.highest}"
        yield "TLS", versions, _version(tls.version), _version(tls.version) < "1.2"
        without = "nothing: it does not answer ALPN" if tls.offered_alpn else NOTHING
        yield "ALPN", ", ".join(tls.offered_alpn), tls.alpn or without, False
    version = _header(handshake.request, "Sec-WebSocket-Version")
    yield "WebSocket", f"version {version}" if version else NOTHING, "version 13" if version == "13" else version, False
    protocols = _header(handshake.request, "Sec-WebSocket-Protocol")
    chosen = handshake.subprotocol or ("none of them" if protocols else NOTHING)
    yield "subprotocol", protocols, chosen, bool(protocols) and handshake.subprotocol is None
    yield from _compression(handshake)


def _compression(handshake: Handshake) -> Iterable[tuple[str, str, str, bool]]:
    offer = terms_of(_header(handshake.request, "Sec-WebSocket-Extensions"))
    agreed = terms_of(handshake.extensions)
    yield "compression", DEFLATE if offer else NOTHING, DEFLATE if agreed else "none", False
    if offer is None:
        return
    # What we offered for our side holds, whether the answer repeats it or not (RFC 7692 section 7.1).
    bits = min(agreed.client_bits or MOST_BITS, offer.client_bits or MOST_BITS) if agreed else 0
    fresh = offer.client_fresh or (agreed is not None and agreed.client_fresh)
    yield "our window", _our_window(offer), _window(bits) if agreed else NOTHING, False
    yield (
        "our context",
        FRESH if offer.client_fresh else EITHER,
        (FRESH if fresh else KEPT) if agreed else NOTHING,
        False,
    )
    limit = f"at most {_window(offer.server_bits)}" if offer.server_bits else "any"
    yield "its window", limit, _window(agreed.server_bits or MOST_BITS) if agreed else NOTHING, False
    kept = (FRESH if agreed.server_fresh else KEPT) if agreed else NOTHING
    yield "its context", FRESH if offer.server_fresh else EITHER, kept, False


def _our_window(offer: Terms) -> str:
    if offer.client_bits is None:
        return _window(MOST_BITS)
    return f"at most {_window(offer.client_bits)}" if offer.client_bits else "as the server likes"


def _window(bits: int) -> str:
    size = 1 << bits
    return f"{size >> 10} KiB ({bits} bits)" if size >= 1024 else f"{size} bytes ({bits} bits)"


def _version(name: str) -> str:
    """Return OpenSSL's name of a version of TLS as a number: ``TLSv1`` is 1.0."""
    number = name.removeprefix("TLSv")
    return f"{number}.0" if "." not in number and number.isdecimal() else number


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return ", ".join(value for key, value in headers if key.lower() == name.lower())


def _label(name: str, look: Look) -> str:
    return f"{look.palette.dim}{name:<{LABEL}}{look.palette.reset}"


def _wrapped(text: str, taken: int, look: Look) -> list[str]:
    """Return a text as lines that have room behind the columns that are taken."""
    return wrapped_words(clipped(text, LONGEST), _width(look) - 4 - taken)


def _width(look: Look) -> int:
    return max(look.width or WIDTH, NARROWEST)
