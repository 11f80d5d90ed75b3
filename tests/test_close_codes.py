"""Close codes: every number has a true answer, in the standard and in the dialects; payloads are split and judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wsinspect
from wsinspect.close_codes import code_of, dialect_of, explain_close, names
from wsinspect.close_explanation import ADVICE
from wsinspect.close_payload import LARGEST, parse_hex, parse_payload
from wsinspect.close_ranges import SPANS
from wsinspect.close_table import ROWS
from wsinspect.dialects import DIALECTS, SUBPROTOCOLS, note_of
from wsinspect.errors import InspectError
from wsinspect.render.close_card import Use, card, table, to_json
from wsinspect.render.palette import COLOUR, NO_COLOUR
from wsinspect.vocabulary import WSCloseCode

# code, our name, IANA's name, kind, on the wire, reconnect
STANDARD = [
    (0, "", "", "invalid", False, "unknown"),
    (999, "", "", "invalid", False, "unknown"),
    (1000, "OK", "Normal Closure", "standard", True, "unneeded"),
    (1001, "GOING_AWAY", "Going Away", "standard", True, "backoff"),
    (1002, "PROTOCOL_ERROR", "Protocol error", "standard", True, "no"),
    (1003, "UNSUPPORTED_DATA", "Unsupported Data", "standard", True, "no"),
    (1004, "RESERVED", "Reserved", "reserved", False, "unknown"),
    (1005, "NO_STATUS_RCVD", "No Status Rcvd", "reserved", False, "unneeded"),
    (1006, "ABNORMAL_CLOSURE", "Abnormal Closure", "reserved", False, "backoff"),
    (1007, "INVALID_TEXT", "Invalid frame payload data", "standard", True, "no"),
    (1008, "POLICY_VIOLATION", "Policy Violation", "standard", True, "no"),
    (1009, "MESSAGE_TOO_BIG", "Message Too Big", "standard", True, "no"),
    (1010, "MANDATORY_EXTENSION", "Mandatory Ext.", "standard", True, "no"),
    (1011, "INTERNAL_ERROR", "Internal Error", "standard", True, "backoff"),
    (1012, "SERVICE_RESTART", "Service Restart", "standard", True, "random_5_30"),
    (1013, "TRY_AGAIN_LATER", "Try Again Later", "standard", True, "other_address"),
    (1014, "BAD_GATEWAY", "Bad Gateway", "standard", True, "backoff"),
    (1015, "TLS_HANDSHAKE", "TLS handshake", "reserved", False, "no"),
    (1016, "", "Unassigned", "unassigned", False, "unknown"),
    (2999, "", "Unassigned", "unassigned", False, "unknown"),
    (3000, "UNAUTHORIZED", "Unauthorized", "library", True, "no"),
    (3001, "", "", "library", True, "unknown"),
    (3003, "FORBIDDEN", "Forbidden", "library", True, "no"),
    (3008, "TIMEOUT", "Timeout", "library", True, "backoff"),
    (3999, "", "", "library", True, "unknown"),
    (4000, "", "Reserved for Private Use", "private", True, "unknown"),
    (4999, "", "Reserved for Private Use", "private", True, "unknown"),
    (5000, "", "", "invalid", False, "unknown"),
    (65535, "", "", "invalid", False, "unknown"),
]

DIALECT_ROWS = [
    ("graphql-transport-ws", 4400, "BAD_REQUEST", "no"),
    ("graphql-transport-ws", 4401, "UNAUTHORIZED", "no"),
    ("graphql-transport-ws", 4403, "FORBIDDEN", "no"),
    ("graphql-transport-ws", 4406, "SUBPROTOCOL_NOT_ACCEPTABLE", "no"),
    ("graphql-transport-ws", 4408, "CONNECTION_INITIALISATION_TIMEOUT", "backoff"),
    ("graphql-transport-ws", 4409, "SUBSCRIBER_ALREADY_EXISTS", "no"),
    ("graphql-transport-ws", 4429, "TOO_MANY_INITIALISATION_REQUESTS", "no"),
    ("graphql-ws", 1011, "INTERNAL_ERROR", "no"),
    ("graphql-ws", 4400, "", "unknown"),
    ("pusher", 4000, "TLS_ONLY", "no"),
    ("pusher", 4004, "OVER_CONNECTION_QUOTA", "no"),
    ("pusher", 4099, "", "no"),
    ("pusher", 4100, "OVER_CAPACITY", "backoff"),
    ("pusher", 4150, "", "backoff"),
    ("pusher", 4200, "RECONNECT", "at_once"),
    ("pusher", 4299, "", "at_once"),
    ("pusher", 4300, "", "unknown"),
    ("discord", 4004, "AUTHENTICATION_FAILED", "no"),
    ("discord", 4006, "", "unknown"),
    ("discord", 4009, "SESSION_TIMED_OUT", "backoff"),
    ("discord", 4014, "DISALLOWED_INTENTS", "no"),
    ("discord-voice", 4015, "VOICE_SERVER_CRASHED", "backoff"),
    ("centrifugo", 3008, "SLOW", "backoff"),
    ("centrifugo", 3500, "INVALID_TOKEN", "no"),
    ("centrifugo", 4321, "", "backoff"),
    ("centrifugo", 4567, "", "no"),
    ("phoenix", 1012, "SERVICE_RESTART", "random_5_30"),
    ("twitch-eventsub", 4001, "CLIENT_SENT_TRAFFIC", "no"),
]


@pytest.mark.parametrize(("code", "name", "iana", "kind", "on_wire", "reconnect"), STANDARD)
def test_the_standard(code: int, name: str, iana: str, kind: str, on_wire: bool, reconnect: str) -> None:
    known = explain_close(code)
    assert (known.code, known.name, known.iana, known.kind) == (code, name, iana, kind)
    assert (known.on_wire, known.reconnect, known.dialect) == (on_wire, reconnect, None)


def test_every_number_has_an_answer() -> None:
    for code in range(0x10000):
        known = explain_close(code)
        assert known.code == code
        assert all((known.summary, known.meaning, known.sender, known.advice, known.causes, known.checks, known.source))
        assert known.on_wire == (known.kind in ("standard", "library", "private"))


def test_ranges_meet_and_leave_out_only_named_codes() -> None:
    covered = {code for span in SPANS for code in range(span.first, span.last + 1)}
    assert covered | set(ROWS) == set(range(0x10000))
    assert not any(1000 <= code < 1016 for code in covered)


@pytest.mark.parametrize("code", [-1, 65536, 70000])
def test_other_numbers_are_no_codes(code: int) -> None:
    with pytest.raises(ValueError, match=f"{code} is not a close code"):
        explain_close(code)


def test_names_are_those_of_the_enum() -> None:
    assert {member.value: member.name for member in WSCloseCode} == {
        code: ROWS[code].name for code in map(int, WSCloseCode)
    }


def test_the_same_from_the_package() -> None:
    assert wsinspect.explain_close(WSCloseCode.SERVICE_RESTART) == ROWS[1012]
    assert isinstance(wsinspect.explain_close(1011), wsinspect.CloseExplanation)


def test_summaries_fit_a_line_and_all_texts_show_as_they_are() -> None:
    everything = [*ROWS.values(), *(span.row for span in SPANS)]
    everything += [explain_close(code, dialect=name) for name, spoken in DIALECTS.items() for code in spoken.notes]
    for known in everything:
        assert len(known.summary) <= 90, known.summary
        for text in (known.summary, known.meaning, known.sender, known.advice, *known.causes, *known.checks):
            assert text.isprintable()
            assert text == text.strip()
            assert "  " not in text
        for sentence in (known.summary, known.meaning, known.advice, *known.checks):
            assert sentence[-1] in ".?`…)", sentence
            assert sentence[0].isupper() or sentence[0] in "`“", sentence
        assert known.reconnect in ADVICE


@pytest.mark.parametrize(("dialect", "code", "name", "reconnect"), DIALECT_ROWS)
def test_dialects(dialect: str, code: int, name: str, reconnect: str) -> None:
    known = explain_close(code, dialect=dialect)
    assert (known.code, known.name, known.reconnect) == (code, name, reconnect)
    assert known.kind == explain_close(code).kind
    assert known.dialect == (None if note_of(dialect, code) is None else dialect)


def test_a_dialect_adds_to_the_standard_or_replaces_it() -> None:
    added = explain_close(1011, dialect="graphql-ws")
    assert set(ROWS[1011].causes) < set(added.causes)
    assert added.meaning.endswith(ROWS[1011].meaning)
    replaced = explain_close(3008, dialect="centrifugo")
    assert replaced.iana == "Timeout"
    assert not set(ROWS[3008].causes) & set(replaced.causes)
    assert explain_close(1009, dialect="graphql-ws") == ROWS[1009]
    assert explain_close(4050, dialect="discord").meaning.startswith("discord gives this code no meaning of its own.")


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ValueError, match="no dialect is called 'nonsense': there are graphql-transport-ws"):
        explain_close(4000, dialect="nonsense")


def test_own_codes_outrank_the_dialect() -> None:
    own = {4000: "mine", 1008: "token expired"}
    assert explain_close(4000, dialect="pusher", own=own).summary == "mine"
    assert explain_close(4001, dialect="pusher", own=own).name == "APPLICATION_NOT_FOUND"
    known = explain_close(4000, dialect="myapp", own=own)
    assert (known.dialect, known.meaning, known.kind) == ("myapp", "mine", "private")
    assert explain_close(4000, own=own).dialect == "own"
    assert explain_close(4002, dialect="myapp", own=own) == explain_close(4002)
    assert explain_close(1008, dialect="myapp", own=own).causes == ROWS[1008].causes


@pytest.mark.parametrize(
    ("subprotocol", "dialect"),
    [
        ("graphql-transport-ws", "graphql-transport-ws"),
        ("graphql-ws", "graphql-ws"),
        ("graphql-subscriptions", "graphql-ws"),
        ("centrifuge-protobuf", "centrifugo"),
        ("phoenix", "phoenix"),
        ("myapp", "myapp"),
        ("chat", None),
        ("discord", None),
        ("", None),
        (None, None),
    ],
)
def test_the_subprotocol_selects_a_dialect(subprotocol: str | None, dialect: str | None) -> None:
    assert dialect_of(subprotocol, own={"myapp": {}}) == dialect


def test_no_two_dialects_claim_a_subprotocol() -> None:
    assert len(SUBPROTOCOLS) == sum(len(spoken.subprotocols) for spoken in DIALECTS.values())


@pytest.mark.parametrize(
    ("name", "dialect", "code"),
    [
        ("INTERNAL_ERROR", None, 1011),
        ("internal_error", None, 1011),
        ("Internal Error", None, 1011),
        ("Going Away", None, 1001),
        ("mandatory ext.", None, 1010),
        ("Mandatory-Extension", None, 1010),
        ("CloseGoingAway", None, 1001),
        ("CLOSE_NORMAL", None, 1000),
        ("Normal Closure", None, 1000),
        ("WS_1011_INTERNAL_ERROR", None, 1011),
        ("CloseInternalServerErr", None, None),
        ("no status", None, 1005),
        ("tls handshake", None, 1015),
        ("rate_limited", None, None),
        ("rate_limited", "discord", 4008),
        ("rate_limited", "myapp", None),
        ("ok", "discord", 1000),
        ("", None, None),
        ("1011", None, None),
    ],
)
def test_names(name: str, dialect: str | None, code: int | None) -> None:
    assert code_of(name, dialect=dialect) == code


def test_every_name_finds_its_code() -> None:
    for known in ROWS.values():
        assert code_of(known.name) == code_of(known.iana) == known.code
    for dialect, spoken in DIALECTS.items():
        for code, note in spoken.notes.items():
            if note.name and code_of(note.name) is None:
                assert code_of(note.name, dialect=dialect) == code
    assert names("pusher")["tlsonly"] == 4000


# text, body
HEX = [
    ("0x03f36465706c6f79", b"\x03\xf3deploy"),
    ("03 f3 64 65", b"\x03\xf3de"),
    ("03:F3:64", b"\x03\xf3d"),
    ("0x03, 0xf3", b"\x03\xf3"),
    ("\\x03\\xf3", b"\x03\xf3"),
    ("03-f3", b"\x03\xf3"),
    ("0x", b""),
    ("", b""),
]


@pytest.mark.parametrize(("text", "body"), HEX)
def test_hex(text: str, body: bytes) -> None:
    assert parse_hex(text) == body


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("0x3f3", "odd number of hex digits (3)", "`0x03f3`"),
        ("03f36", "odd number of hex digits (5)", "each byte takes two"),
        ("03 fg", "`g` is not a hex digit in the payload `03 fg`", "two bytes of code"),
        ("z" * 99, "`" + "z" * 39 + "…`", "two bytes of code"),
    ],
)
def test_bad_hex(text: str, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as error:
        parse_hex(text)
    assert message in error.value.message
    assert hint in error.value.hint
    assert error.value.exit == 2


# body, code, reason, rule broken, words of the fault
PAYLOADS: list[tuple[bytes, int | None, str, str | None, str]] = [
    (b"", 1005, "", None, ""),
    (b"\x03\xf3deploy", 1011, "deploy", None, ""),
    (b"\x03\xf3" + "grüß".encode(), 1011, "grüß", None, ""),
    (b"\x03\xf3" + b"x" * 123, 1011, "x" * 123, None, ""),
    (b"\x03\xf3" + b"x" * 124, 1011, "x" * 124, "size", "these are 126"),
    (b"\x03", None, "", "one_byte", "fails the connection with 1002"),
    (b"\x03\xed", 1005, "", "code", "1005 may not stand in a close frame"),
    (b"\x03\xee", 1006, "", "code", "1006 may not"),
    (b"\x00\x00", 0, "", "code", "0 may not"),
    (b"\x03\xf3\xff", 1011, "\\xff", "utf8", "byte 0xff at offset 2"),
    (b"\x03\xf3ok\xc3", 1011, "ok\\xc3", "utf8", "byte 0xc3 at offset 4"),
    (b"\x88\x02\x03\xe8", 34818, "\x03\\xe8", "utf8", "its payload alone is `03 e8`"),
    (b"\x88\x82\x00\x00\x00\x00\x03\x68", 34946, "\0\0\0\0\x03h", "code", "its payload alone is `03 68`"),
    (b"\x88\x82\x01\x02\x03\x04\x02\x6a", 34946, "\1\2\3\4\2j", "code", "its payload alone is `03 68`"),
    (b"\x88\x00", 34816, "", "code", "its payload alone is `empty`"),
    (b"\x88\x05", 34821, "", "code", "fails the connection with 1002"),
    (b"bye", 25209, "e", "code", "plain text"),
]


@pytest.mark.parametrize(("body", "code", "reason", "rule", "words"), PAYLOADS)
def test_payloads(body: bytes, code: int | None, reason: str, rule: str | None, words: str) -> None:
    payload = parse_payload(body)
    assert (payload.body, payload.code, payload.reason) == (body, code, reason)
    assert (payload.fault.rule if payload.fault else None) == rule
    assert payload.fault is None or words in payload.fault.sentence


@given(st.binary(max_size=140))
def test_any_payload_is_judged(body: bytes) -> None:
    payload = parse_payload(parse_hex(body.hex(" ")))
    assert payload.body == body
    if len(body) > 1 and payload.fault is None:
        assert len(body) <= LARGEST
        assert payload.code is not None
        assert explain_close(payload.code).on_wire
        assert payload.code.to_bytes(2, "big") + payload.reason.encode() == body
    if payload.code is not None:
        shown = card(explain_close(payload.code), NO_COLOUR, 60, payload=payload)
        assert all(line.isprintable() for line in shown.splitlines())


@given(st.integers(0, 65535), st.integers(1, 200), st.sampled_from([None, *DIALECTS]))
def test_cards_keep_their_width(code: int, width: int, dialect: str | None) -> None:
    shown = card(explain_close(code, dialect=dialect), NO_COLOUR, width, uses=[Use("a", "B", "C d e.")])
    longest = max(len(line) for line in shown.splitlines())
    assert longest <= max(40, min(width, 100))


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100])
def test_tables_keep_their_width(width: int) -> None:
    shown = table(ROWS.values(), SPANS, NO_COLOUR, width, title="The standard")
    assert max(len(line) for line in shown.splitlines()) <= width
    assert table([], [], NO_COLOUR, width, title="none") == "none\n"


def test_colour_changes_nothing_but_colour() -> None:
    import re

    for code in (1000, 1006, 4000):
        coloured = card(explain_close(code), COLOUR, 80)
        assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == card(explain_close(code), NO_COLOUR, 80)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5))
def test_json_is_exact_and_safe(value: object) -> None:
    import json

    text = to_json(value)
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))
