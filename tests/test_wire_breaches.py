"""Every rule a peer can break: bytes, and the violation wanted, fed whole, byte by byte, and with bytes behind."""

from typing import Any, NamedTuple

import pytest

from tests.wire_peer import CLOSE, ERROR, PING, TEXT, feed, read, read_bytewise, same, violation_in
from wsinspect.events import Row, Violation
from wsinspect.wire.inflate import Deflate
from wsinspect.wire.reader import Reader
from wsinspect.wire.rules import RULES, sendable, violation

SERVER: dict[str, Any] = {"masked": False}
CLIENT: dict[str, Any] = {"masked": True}
SERVER_DEFLATE: dict[str, Any] = {"masked": False, "deflate": Deflate()}
CLIENT_DEFLATE: dict[str, Any] = {"masked": True, "deflate": Deflate()}
K = "00000000 "  # a masking key that leaves the payload readable


class Case(NamedTuple):
    rule: str
    code: int
    what: str
    options: dict[str, Any]
    sent: str
    before: list[Row]
    offset: int
    data: str
    sentence: str


A_ROW: Row = (TEXT, b"a", 3)
A_ROW_MASKED: Row = (TEXT, b"a", 7)

CASES = [
    Case("masked", 1002, "first frame", SERVER, "81 81 00000000 61", [], 0, "81 81",
         "the server masked a frame, which only clients do"),
    Case("masked", 1002, "after a good one", SERVER, "81 01 61 89 80 00000000", [A_ROW], 3, "89 80",
         "the server masked a frame, which only clients do"),
    Case("unmasked", 1002, "first frame", CLIENT, "81 01 61", [], 0, "81 01",
         "the client sent a frame without masking it"),
    Case("unmasked", 1002, "after a good one", CLIENT, "81 81" + K + "61 88 00", [A_ROW_MASKED], 7, "88 00",
         "the client sent a frame without masking it"),
    Case("rsv", 1002, "RSV1 without deflate", SERVER, "c1 01 61", [], 0, "c1 01",
         "a frame has RSV1 set, which no agreed extension gives a meaning"),
    Case("rsv", 1002, "all three", CLIENT, "f2 80" + K, [], 0, "f2 80",
         "a frame has RSV1 and RSV2 and RSV3 set, which no agreed extension gives a meaning"),
    Case("rsv", 1002, "RSV2 beside a legal RSV1", SERVER_DEFLATE, "81 01 61 e1 00", [A_ROW], 3, "e1 00",
         "a frame has RSV2 set, which no agreed extension gives a meaning"),
    Case("rsv", 1002, "RSV3 with deflate", CLIENT_DEFLATE, "91 80" + K, [], 0, "91 80",
         "a frame has RSV3 set, which no agreed extension gives a meaning"),
    Case("rsv1-place", 1002, "on PING", SERVER_DEFLATE, "c9 00", [], 0, "c9 00",
         "RSV1 is set on a PING frame; compression marks only a message's first"),
    Case("rsv1-place", 1002, "on CONTINUATION", CLIENT_DEFLATE, "41 81" + K + "4a c0 80" + K, [], 7, "c0 80",
         "RSV1 is set on a CONTINUATION frame; compression marks only a message's first"),
    Case("opcode", 1002, "data", SERVER, "83 00", [], 0, "83 00", "opcode 0x3 is reserved"),
    Case("opcode", 1002, "control", CLIENT, "8f 80" + K, [], 0, "8f 80", "opcode 0xF is reserved"),
    Case("length-minimal", 1002, "125 in 16 bits", SERVER, "81 7e 00 7d", [], 0, "81 7e 00 7d",
         "a length of 125 stands in 16 bits, more than it needs"),
    Case("length-minimal", 1002, "65535 in 64 bits", CLIENT, "82 ff 00 00 00 00 00 00 ff ff", [], 0,
         "82 ff 00 00 00 00 00 00 ff ff", "a length of 65535 stands in 64 bits, more than it needs"),
    Case("length-top-bit", 1002, "server", SERVER, "81 01 61 82 7f 80 00 00 00 00 00 00 00", [A_ROW], 3,
         "82 7f 80 00 00 00 00 00 00 00", "the top bit of a 64-bit length is set"),
    Case("length-top-bit", 1002, "client", CLIENT, "81 ff ff ff ff ff ff ff ff ff", [], 0,
         "81 ff ff ff ff ff ff ff ff ff", "the top bit of a 64-bit length is set"),
    Case("control-fragmented", 1002, "PING", SERVER, "09 01 61", [], 0, "09 01",
         "a PING frame is fragmented, as no control frame may be"),
    Case("control-fragmented", 1002, "CLOSE", CLIENT, "08 80" + K, [], 0, "08 80",
         "a CLOSE frame is fragmented, as no control frame may be"),
    Case("control-length", 1002, "16 bits", SERVER, "8a 7e 00 7e", [], 0, "8a 7e",
         "a PONG frame is longer than a control frame's 125 bytes"),
    Case("control-length", 1002, "64 bits", CLIENT, "88 ff", [], 0, "88 ff",
         "a CLOSE frame is longer than a control frame's 125 bytes"),
    Case("continuation-stray", 1002, "first frame", SERVER, "80 01 61", [], 0, "80 01",
         "a continuation frame came with no message to continue"),
    Case("continuation-stray", 1002, "after a whole message", CLIENT, "01 81" + K + "61 80 80" + K + "00 80" + K,
         [(TEXT, b"a", 13)], 13, "00 80", "a continuation frame came with no message to continue"),
    Case("continuation-missing", 1002, "TEXT", SERVER, "01 01 61 81 01 62", [], 3, "81 01",
         "a TEXT frame came inside an unfinished message"),
    Case("continuation-missing", 1002, "BINARY, after a PING", CLIENT, "02 80" + K + "89 80" + K + "82 80" + K,
         [(PING, b"", 6)], 12, "82 80", "a BINARY frame came inside an unfinished message"),
    Case("utf8", 1007, "no first byte", SERVER, "81 03 61 ff 62", [], 3, "ff", "a text message is not valid UTF-8"),
    Case("utf8", 1007, "second message of a chunk", SERVER, "81 01 61 81 03 61 c3 28", [A_ROW], 6, "c3 28",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "ends inside a character", SERVER, "81 03 61 e2 82", [], 3, "e2 82",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "surrogate", CLIENT, "81 83" + K + "ed a0 80", [], 6, "ed a0",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "inside an unfinished frame", SERVER, "81 7e 04 00 61 62 f4 90", [], 6, "f4 90",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "character broken off in the next frame", SERVER, "01 02 61 e2 80 01 41", [], 3, "e2 41",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "character over three frames, a PING between", CLIENT,
         "01 81" + K + "f0 00 81" + K + "9f 89 80" + K + "80 81" + K + "ff", [(PING, b"", 6)], 6, "f0 9f ff",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "unfinished character, empty last frame", SERVER, "01 01 c3 80 00", [], 2, "c3",
         "a text message is not valid UTF-8"),
    Case("utf8", 1007, "compressed", SERVER_DEFLATE, "81 01 61 c1 09 00 03 00 fc ff 61 c3 28 00", [A_ROW], 3, "c3 28",
         "a text message is not valid UTF-8"),
    Case("close-length", 1002, "server", SERVER, "81 01 61 88 01 03", [A_ROW], 5, "03",
         "a CLOSE frame holds a single byte, where a code takes two"),
    Case("close-length", 1002, "client", CLIENT, "88 81" + K + "03", [], 6, "03",
         "a CLOSE frame holds a single byte, where a code takes two"),
    Case("close-code", 1002, "1005", SERVER, "88 02 03 ed", [], 2, "03 ed",
         "a CLOSE frame carries code 1005, which must not stand on the wire"),
    Case("close-code", 1002, "0 with a reason", CLIENT, "88 83" + K + "00 00 61", [], 6, "00 00",
         "a CLOSE frame carries code 0, which must not stand on the wire"),
    Case("close-utf8", 1007, "wrong", SERVER, "88 05 03 e8 61 ff 62", [], 5, "ff",
         "the reason in a CLOSE frame is not valid UTF-8"),
    Case("close-utf8", 1007, "unfinished", CLIENT, "88 84" + K + "03 e8 e2 82", [], 8, "e2 82",
         "the reason in a CLOSE frame is not valid UTF-8"),
    Case("after-close", 1002, "data", SERVER, "88 00 81 01 61", [(CLOSE, b"", 2)], 2, "81 01 61",
         "more frames came after the CLOSE frame"),
    Case("after-close", 1002, "another CLOSE", CLIENT, "88 82" + K + "03 e8 88 80" + K, [(CLOSE, b"\x03\xe8", 8)], 8,
         "88 80 00 00 00 00", "more frames came after the CLOSE frame"),
    Case("deflate", 1002, "block type 3", SERVER_DEFLATE, "81 01 61 c1 02 07 00", [A_ROW], 3, "c1 02 07 00",
         "a compressed message cannot be inflated: invalid block type"),
    Case("deflate", 1002, "distance before the first byte", CLIENT_DEFLATE, "c2 84" + K + "03 02 ff ff", [], 0,
         "c2 84 00 00 00 00 03 02 ff ff", "a compressed message cannot be inflated: invalid distance too far back"),
    Case("deflate", 1002, "second frame", SERVER_DEFLATE, "42 05 f2 48 cd c9 c9 80 02 07 07", [], 7, "80 02 07 07",
         "a compressed message cannot be inflated: it ends inside a block"),
    Case("deflate", 1002, "stored block cut short", SERVER_DEFLATE, "c2 07 00 09 00 f6 ff 61 62", [], 0,
         "c2 07 00 09 00 f6 ff 61 62", "a compressed message cannot be inflated: it ends inside a block"),
    Case("too-big", 1009, "short frame", {"max_size": 4}, "81 05 68 65 6c 6c 6f", [], 0, "81 05 68 65 6c 6c 6f",
         "a message is larger than the limit of 4 bytes"),
    Case("too-big", 1009, "by its header alone", {"max_size": 1 << 24}, "82 7f 40 00 00 00 00 00 00 00", [], 0,
         "82 7f 40 00 00 00 00 00 00 00", "a message is larger than the limit of 16777216 bytes"),
    Case("too-big", 1009, "no limit but that of memory", {}, "82 7f 7f ff ff ff ff ff ff ff", [], 0,
         "82 7f 7f ff ff ff ff ff ff ff", "a message is larger than the limit of 9223372036854775806 bytes"),
    Case("too-big", 1009, "second fragment", {"max_size": 4, **CLIENT},
         "02 83" + K + "61 62 63 80 82" + K + "64 65", [], 9, "80 82 00 00 00 00 64 65",
         "a message is larger than the limit of 4 bytes"),
    Case("too-big", 1009, "inflated", {"max_size": 4, "deflate": Deflate()}, "c1 07 f2 48 cd c9 c9 07 00", [], 0,
         "c1 07 f2 48 cd c9 c9 07 00", "a message is larger than the limit of 4 bytes"),
    Case("too-big", 1009, "inflated, second fragment", {"max_size": 4, "deflate": Deflate()},
         "41 03 f2 48 cd 80 04 c9 c9 07 00", [], 5, "80 04 c9 c9 07 00",
         "a message is larger than the limit of 4 bytes"),
]  # fmt: skip

EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")


def wanted(case: Case) -> list[Row]:
    section = RULES[case.rule].section
    fault = Violation(case.rule, section, case.sentence, case.offset, bytes.fromhex(case.data), case.code)
    return [*case.before, (ERROR, fault, 0)]


@EVERY_CASE
def test_breach_fed_whole(case: Case) -> None:
    assert read(bytes.fromhex(case.sent), **case.options) == wanted(case)


@EVERY_CASE
def test_breach_fed_byte_by_byte(case: Case) -> None:
    assert same(read_bytewise(bytes.fromhex(case.sent), **case.options), wanted(case))


@EVERY_CASE
def test_breach_is_the_last_row(case: Case) -> None:
    reader = Reader(**case.options)
    more = b"\x81\x01a" * 3
    first, second, third = feed(reader, [bytes.fromhex(case.sent) + more, more, b""])
    assert same(first.rows, wanted(case))
    assert reader.over
    assert not first.uniform
    assert second.rows == third.rows == []
    assert (second.wire, second.messages) == (9, 0)
    assert reader.unfinished() == ""


@EVERY_CASE
def test_breach_with_frame_rows(case: Case) -> None:
    rows = read(bytes.fromhex(case.sent), frames=True, **case.options)
    assert rows[-1] == wanted(case)[-1]


def test_every_rule_has_rows() -> None:
    assert {case.rule for case in CASES} == set(RULES)


def test_every_rule_has_rows_in_both_directions_unless_it_belongs_to_one() -> None:
    for rule in RULES.keys() - {"masked", "unmasked"}:
        assert {case.options.get("masked", False) for case in CASES if case.rule == rule} == {False, True}, rule


def test_every_breach_names_its_section() -> None:
    for rule in RULES.values():
        assert rule.section.startswith(("RFC 6455 §", "RFC 7692 §"))


def test_violation_keeps_sixteen_of_the_offending_bytes() -> None:
    assert violation("opcode", 7, bytes(range(100)), opcode=3).data == bytes(range(16))
    assert len(violation_in(read(b"\x88\x00" + b"\x81\x01a" * 20)).data) == 16


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF])
def test_every_reserved_opcode_is_refused(opcode: int) -> None:
    assert violation_in(read(bytes([0x80 | opcode, 0]))).rule == "opcode"


def test_sendable_close_codes() -> None:
    legal = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
    assert {code for code in range(65536) if sendable(code)} == legal


def test_every_close_code_is_judged_on_the_wire() -> None:
    for code in range(65536):
        rows = read(b"\x88\x02" + code.to_bytes(2, "big"))
        assert (rows[-1][0] == CLOSE) is sendable(code)
