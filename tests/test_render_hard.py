"""Hard payloads in every format: none raises, none makes more output than it should, and none is looked at twice.

No test measures time: what is quadratic on ten megabytes does not end within the bound of the suite.
"""

import json
from typing import Any

import pytest

from tests.common_events import BINARY, START, TEXT
from wsinspect.events import Batch
from wsinspect.registry import FORMATS
from wsinspect.render.cells import REMEMBERED, cells
from wsinspect.render.look import EVERYTHING, Look
from wsinspect.render.palette import COLOUR

MIB = 1 << 20

PAYLOADS: dict[str, bytes] = {
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
    "100,000 levels of objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "1,500 levels": b"[" * 1500 + b"]" * 1500,
    "30,000 levels, short enough to be parsed": b"[" * 30_000 + b"]" * 30_000,
    "a number of 60,000 digits": b'{"n": ' + b"9" * 60_000 + b"}",
    "a number of 10 MiB": b"[" + b"7" * (10 * MIB) + b"]",
    "1e400 and 0.10": b"[1e400, -1e-400, 0.10, 1E+0005, 12345678901234567890123]",
    "keys that come again": b"{" + b'"a": 1, ' * 8000 + b'"a": 2}',
    "NULs": b"\0" * 100_000,
    "NULs in JSON": b'{"a": "\0", "b": 1}',
    "10 MiB on a line": b"x" * (10 * MIB),
    "10 MiB of lines": b"line\n" * (2 * MIB),
    "10 MiB of spaces": b" " * (10 * MIB),
    "4 MiB of umlauts": "ä".encode() * (2 * MIB),
    "4 MiB of controls": b"\x1b" * (4 * MIB),
    "wide characters": "漢".encode() * MIB,
    "combining marks": "e\u0301".encode() * MIB,
    "every selector": "a\ufe0f".encode() * MIB,
    "many kinds of characters": "".join(map(chr, range(0x3400, 0x9FFF))).encode() * 4,
    "a string without an end": b'{"a": "' + b"\\" * (4 * MIB) + b"}",
    "quotation marks": b'{"' * MIB + b"}",
    "a surrogate escaped": b'{"a": "\\ud800 \\udc00"}',
}
LOOKS: dict[str, Look] = {
    "80": Look(width=80),
    "80 in colour": Look(COLOUR, 80),
    "20 in colour": Look(COLOUR, 20),
    "no width": Look(COLOUR),
    "folded": Look(COLOUR, 80, json_indent=2),
    "folded, no width": Look(json_indent=8),
    "1000 bytes": Look(COLOUR, 80, longest=1000),
    "1000 bytes, folded": Look(COLOUR, 80, longest=1000, json_indent=4),
}
MOST_SHOWN = {"pretty": 1 << 20, "plain": 1 << 20}
"""Characters that a limited format writes at most: 64 KiB of payload, each character an escape or in colour."""


def shown(name: str, look: Look, payload: bytes, type: int = TEXT) -> Any:
    return FORMATS.load(name)(look)(Batch(START, "in", [(type, payload, len(payload))], uniform=True))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["pretty", "plain"])
def test_line_formats_stay_short(name: str, look: str) -> None:
    for what, payload in PAYLOADS.items():
        text = shown(name, LOOKS[look], payload)
        assert len(text) <= MOST_SHOWN[name], what
        if len(payload) > 100_000:
            assert " more byte" in text or "…" in text, what


@pytest.mark.parametrize("what", PAYLOADS)
def test_ndjson_and_raw_keep_all(what: str) -> None:
    payload = PAYLOADS[what]
    line = shown("ndjson", Look(width=40, longest=10, json_indent=2), payload)
    assert line.count("\n") == 1
    assert json.loads(line)["text"].encode() == payload
    assert shown("raw", Look(longest=10), payload) == payload + b"\n"


@pytest.mark.parametrize("what", ["10 MiB on a line", "100,000 levels", "a number of 10 MiB", "10 MiB of spaces"])
@pytest.mark.parametrize("look", [Look(width=80, longest=EVERYTHING), Look(COLOUR, 80, longest=EVERYTHING)])
def test_all_of_it_if_wished(what: str, look: Look) -> None:
    payload = PAYLOADS[what]
    letter = chr(payload[len(payload) // 3])
    assert shown("pretty", look, payload).count(letter) >= payload.count(letter.encode())
    assert payload.decode() in shown("plain", look, payload)


def test_all_of_a_binary_message() -> None:
    payload = bytes(range(256)) * 4096
    for width in (None, 80):
        text = shown("pretty", Look(width=width, longest=EVERYTHING), payload, BINARY)
        assert text.count("\n") == len(payload) // 16 + 1
        assert "000ffff0  f0 f1" in text
    assert payload.hex(" ") in shown("plain", Look(longest=EVERYTHING), payload, BINARY)


@pytest.mark.parametrize("name", ["pretty", "plain"])
@pytest.mark.parametrize("longest", [0, 1, 2, 3, 50, 1000])
def test_no_more_of_a_payload_is_shown_than_wished(name: str, longest: int) -> None:
    for payload in (b"x" * 5000, "ä".encode() * 2500, "漢".encode() * 2000):
        text = shown(name, Look(width=None if name == "plain" else 80, longest=longest), payload)
        letter = payload.decode()[0]
        whole = longest // len(letter.encode())
        assert text.count(letter) == whole
        assert f"… {len(payload) - whole * len(letter.encode()):,} more bytes" in text


def test_widths_are_remembered_for_a_bounded_number_of_characters() -> None:
    from wsinspect.render.cells import _WIDTHS

    assert cells("".join(map(chr, range(0x3400, 0x9FFF)))) == 2 * (0x9FFF - 0x3400) - 64  # hexagrams are narrow
    assert len(_WIDTHS) <= REMEMBERED
