"""Golden files of decode-close.

ESC is written as ``␛``, so that a difference can be read.
"""

from pathlib import Path

from wsinspect.close_codes import explain_close
from wsinspect.close_payload import parse_payload
from wsinspect.close_ranges import SPANS
from wsinspect.close_table import ROWS
from wsinspect.dialects import DIALECTS
from wsinspect.render.close_card import Use, as_dict, broken_card, broken_dict, card, table, to_json
from wsinspect.render.palette import COLOUR, NO_COLOUR

FOLDER = Path(__file__).parent / "decode_close"

HOSTILE = b"\x03\xf3" + "\x1b[31m\r\n\u202eevil\u200b\x9b".encode()


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    hostile = parse_payload(HOSTILE)
    forbidden = parse_payload(b"\x03\xed")
    single = parse_payload(b"\x03")
    own = {4001: "session expired"}
    made = {
        "1006-60.txt": card(explain_close(1006), NO_COLOUR, 60),
        "1006-40.txt": card(explain_close(1006), NO_COLOUR, 40),
        "1011-colour.txt": card(explain_close(1011), COLOUR, 80),
        "1011-hostile.txt": card(explain_close(1011), NO_COLOUR, 80, payload=hostile),
        "1011-hostile.json": to_json(as_dict(explain_close(1011), hostile)),
        "1005-on-the-wire.txt": card(explain_close(1005), NO_COLOUR, 80, payload=forbidden),
        "one-byte.txt": broken_card(single, NO_COLOUR, 80),
        "one-byte.json": to_json(broken_dict(single)),
        "4001-own.txt": card(explain_close(4001, dialect="myapp", own=own), NO_COLOUR, 80),
        "4403.txt": card(
            explain_close(4403), NO_COLOUR, 80, uses=[Use("myapp", "", "no rights"), Use("other", "FORBIDDEN", "No.")]
        ),
        "59395-swapped.txt": card(explain_close(59395), NO_COLOUR, 80),
        "standard-40.txt": table(ROWS.values(), SPANS, NO_COLOUR, 40, title="The standard"),
        "standard-80.txt": table(ROWS.values(), SPANS, NO_COLOUR, 80, title="The standard"),
        "standard-100-colour.txt": table(ROWS.values(), SPANS, COLOUR, 100, title="The standard"),
    }
    made |= {f"{code}.txt": card(known, NO_COLOUR, 80) for code, known in ROWS.items()}
    for name, dialect in DIALECTS.items():
        cards = [card(explain_close(code, dialect=name), NO_COLOUR, 80) for code in dialect.notes]
        made[f"dialect-{name}.txt"] = "\n".join(cards)
    return {FOLDER / name: text.replace("\x1b", "␛") for name, text in made.items()}
