"""The opening in full: the golden files show it; here is what must hold for any."""

import re

import pytest

from tests.golden.openings import ODD, PLAIN, SECURE, STEPS, TLS
from wsinspect.events import Handshake, Step
from wsinspect.render.cells import cells
from wsinspect.render.certificates import certificate_words, is_valid_at, names_words, validity_words
from wsinspect.render.handshake import phases, verbose
from wsinspect.render.look import Look
from wsinspect.render.palette import COLOUR

DAY = 86400.0


def shown(handshake: Handshake, width: int | None = 80) -> list[str]:
    return verbose(handshake, Look(width=width)).splitlines()


def row(handshake: Handshake, term: str) -> list[str]:
    """Return what was offered and what agreed on, of one term."""
    line = next(line for line in shown(handshake, 120) if line.startswith(f"  = {term:<13}"))
    return re.split(r" {2,}", line[17:].strip())


@pytest.mark.parametrize("handshake", [SECURE, PLAIN, ODD], ids=["secure", "plain", "odd"])
def test_colour_is_all_that_colour_adds(handshake: Handshake) -> None:
    coloured = verbose(handshake, Look(COLOUR, 80))
    for sequence in set(COLOUR):
        coloured = coloured.replace(sequence, "")
    assert [line.rstrip() for line in coloured.splitlines()] == shown(handshake)


@pytest.mark.parametrize("width", [50, 64, 80, 120])
def test_what_we_tell_stays_within_the_width(width: int) -> None:
    for handshake in (SECURE, PLAIN, ODD):
        assert all(cells(line) <= width for line in shown(handshake, width) if line.startswith("  ="))


def test_nothing_reaches_the_terminal_unseen() -> None:
    evil = "x\x1b[2J\u202e\x9b\n"
    hostile = SECURE._replace(
        resource=evil, reason=evil, subprotocol=evil, extensions=f"permessage-deflate; {evil}",
        request=[(evil, evil)], response=[(evil, evil)], steps=(Step("resolve", 0.1, evil), Step("connect", 0.1, evil)),
        tls=TLS._replace(names=(evil,), issuer=evil, alpn=evil, cipher=evil, version=evil, server_name=evil),
    )  # fmt: skip
    text = verbose(hostile, Look(width=80))
    assert all(character.isprintable() or character == "\n" for character in text)


def test_head_is_shown_whole_but_for_long_values() -> None:
    many = SECURE._replace(response=[(f"X-{number}", "y" * 400) for number in range(250)])
    text = "\n".join(shown(many))
    assert "X-199: " in text
    assert "… 50 more headers" in text
    assert "y" * 300 + "… 100 more characters" in text


DEFLATE = "permessage-deflate"
WHOLE = "32 KiB (15 bits)"
TERMS = [
    ("", "", {"compression": ["–", "none"]}),
    (DEFLATE, "", {"compression": [DEFLATE, "none"], "our window": [WHOLE, "–"]}),
    (DEFLATE, DEFLATE, {"our window": [WHOLE] * 2, "its window": ["any", WHOLE]}),
    (
        "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=9",
        {"our window": ["as the server likes", "512 bytes (9 bits)"]},
    ),
    (
        "permessage-deflate; client_max_window_bits=10; client_no_context_takeover",
        "permessage-deflate",
        {"our window": ["at most 1 KiB (10 bits)", "1 KiB (10 bits)"], "our context": ["new for each message"] * 2},
    ),
    (
        "permessage-deflate; server_max_window_bits=12; server_no_context_takeover",
        'permessage-deflate; server_max_window_bits="11"; server_no_context_takeover',
        {"its window": ["at most 4 KiB (12 bits)", "2 KiB (11 bits)"], "its context": ["new for each message"] * 2},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("offer", "agreed", "expected"), TERMS)
def test_compression_in_words(offer: str, agreed: str, expected: dict[str, list[str]]) -> None:
    handshake = PLAIN._replace(request=[("Sec-WebSocket-Extensions", offer)] if offer else [], extensions=agreed)
    for term, words in expected.items():
        assert row(handshake, term) == words


def test_subprotocol_in_words() -> None:
    offered = PLAIN._replace(request=[("Sec-WebSocket-Protocol", "a, b")])
    assert row(offered, "subprotocol") == ["a, b", "none of them"]
    assert row(offered._replace(subprotocol="b"), "subprotocol") == ["a, b", "b"]


def test_phases_up_to_the_one_that_failed() -> None:
    text = phases(STEPS[:2], Look(width=80), failed=Step("tls", 1.5, "the proxy `p`"))
    assert text.splitlines()[1:] == [
        "  = TCP       11.3 ms  93.184.216.34:443",
        "  ✕ TLS         1.5 s  the proxy `p`",
    ]


VALIDITY = [
    (-10, 80, "expires in 80 days", True),
    (-10, 1.2, "expires in 1 day", True),
    (-10, 0.5, "expires in 12 h", True),
    (-10, 1 / 48, "expires in 30 min", True),
    (-10, -3, "expired 3 days ago", False),
    (2, 80, "not valid before 2 days from now", False),
    (None, None, "", True),
]


@pytest.mark.parametrize(("begins", "expires", "words", "valid"), VALIDITY)
def test_validity(begins: float | None, expires: float | None, words: str, valid: bool) -> None:
    wall = 1e9
    tls = TLS._replace(
        begins=None if begins is None else wall + begins * DAY,
        expires=None if expires is None else wall + expires * DAY,
    )
    assert (validity_words(tls, wall), is_valid_at(tls, wall)) == (words, valid)


def test_certificate_in_words() -> None:
    assert names_words(tuple("abcdef")) == "a, b, c, d, 2 more"
    assert names_words(("x" * 99,)) == "x" * 80 + "…"
    assert certificate_words(TLS._replace(names=(), issuer="", begins=None, expires=None), 0) == ""
    words = "for example.com, *.example.com, signed by R11, Let's Encrypt, expires in 90 days"
    assert certificate_words(TLS, TLS.begins or 0) == words
