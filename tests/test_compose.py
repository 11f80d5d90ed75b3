"""The little language of what is sent: each text as the step it means, each mistake with its place."""

import base64
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.compose import COMMANDS, CONTROL_LIMIT, REASON_LIMIT, WAIT_S, compose
from wsinspect.durations import seconds_of
from wsinspect.errors import Exit, InspectError
from wsinspect.json_faults import json_fault
from wsinspect.outgoing import Close, Message, Outgoing, Ping, Pong, Sleep, Wait
from wsinspect.vocabulary import WSMsgType

FILES = {"hi.txt": b"hi\n", "pic.bin": b"\x89PNG\xff", "big": bytes(126), "empty": b"", "~x": b"x"}


def reads(path: str) -> bytes:
    try:
        return FILES[path]
    except KeyError:
        raise InspectError("it cannot be read") from None


def composed(text: str, dialect: str | None = None) -> Outgoing:
    return compose(text, reads=reads, dialect=dialect)


def text(payload: str) -> Message:
    return Message(WSMsgType.TEXT, payload.encode())


def binary(payload: bytes) -> Message:
    return Message(WSMsgType.BINARY, payload)


ROWS: list[tuple[str, Outgoing]] = [
    ("", text("")),
    ("hello", text("hello")),
    (' {"a": 1}\n', text(' {"a": 1}\n')),
    ("ä 🎉", text("ä 🎉")),
    (" /ping", text(" /ping")),
    (" @file", text(" @file")),
    ("//ping", text("/ping")),
    ("//", text("/")),
    ("///", text("//")),
    ("@@x", text("@x")),
    ("@@", text("@")),
    ("text:", text("")),
    ("text:/ping", text("/ping")),
    ("text:hex:0a", text("hex:0a")),
    ("text: a", text(" a")),
    ("HEX:0a", text("HEX:0a")),
    ("@hi.txt", text("hi\n")),
    ("@empty", text("")),
    ("@pic.bin", binary(b"\x89PNG\xff")),
    ("hex:", binary(b"")),
    ("hex:0a0b", binary(b"\n\x0b")),
    ("hex:0a 0B", binary(b"\n\x0b")),
    ("hex: 0x0a 0X0b ", binary(b"\n\x0b")),
    ("hex:0x0a0b,0c", binary(b"\n\x0b\x0c")),
    ("hex:de:ad:be:ef", binary(b"\xde\xad\xbe\xef")),
    ("hex:0a\n0b\t0c", binary(b"\n\x0b\x0c")),
    ("base64:", binary(b"")),
    ("base64:+/8=", binary(b"\xfb\xff")),
    ("base64:-_8", binary(b"\xfb\xff")),
    ("base64:AAEC\n AwQ=\n", binary(b"\0\1\2\3\4")),
    ("/text hello there", text("hello there")),
    ("/text", text("")),
    ("/text /ping", text("/ping")),
    ("/text @hi.txt", text("hi\n")),
    ("/text hex:68 69", text("hi")),
    ("/binary 0a0b", binary(b"\n\x0b")),
    ("/binary hex:0a", binary(b"\n")),
    ("/binary base64:AAE", binary(b"\0\1")),
    ("/binary text:hi", binary(b"hi")),
    ("/binary @hi.txt", binary(b"hi\n")),
    ("/binary", binary(b"")),
    ("/ping", Ping()),
    ("/ping ", Ping()),
    ("/ping beat 1", Ping(b"beat 1")),
    ("/ping\tbeat", Ping(b"beat")),
    ("/ping hex:00ff", Ping(b"\0\xff")),
    ("/ping " + "x" * CONTROL_LIMIT, Ping(b"x" * CONTROL_LIMIT)),
    ("/pong", Pong()),
    ("/pong base64:AA==", Pong(b"\0")),
    ("/close", Close(1000, "")),
    ("/close 1000", Close(1000, "")),
    ("/close  4001  see you  soon ", Close(4001, "see you  soon")),
    ("/close GOING_AWAY", Close(1001, "")),
    ("/close going-away ä", Close(1001, "ä")),
    ("/close ServiceRestart x", Close(1012, "x")),
    ("/close 1010", Close(1010, "")),
    ("/close 3000", Close(3000, "")),
    ("/close 4999", Close(4999, "")),
    ("/close none", Close(None, "")),
    ("/close 1000 " + "x" * REASON_LIMIT, Close(1000, "x" * REASON_LIMIT)),
    ("/sleep 500ms", Sleep(0.5)),
    ("/sleep 2", Sleep(2.0)),
    ("/wait ok", Wait("ok", WAIT_S, 6)),
    ("/wait   ok 5s", Wait("ok", 5.0, 8)),
    ("/wait type == 'a b' 250ms", Wait("type == 'a b'", 0.25, 6)),
    ("/wait ok inf", Wait("ok", math.inf, 6)),
    # What is no time with a unit, or stands behind an operator, belongs to the expression.
    ("/wait :size > 100", Wait(":size > 100", WAIT_S, 6)),
    ("/wait :size > 100 5s", Wait(":size > 100", 5.0, 6)),
    ("/wait :gap > 5s", Wait(":gap > 5s", WAIT_S, 6)),
    ("/wait name == 'at 5s'", Wait("name == 'at 5s'", WAIT_S, 6)),
    ("/wait a && b3s", Wait("a && b3s", WAIT_S, 6)),
    ("/wait 5s", Wait("5s", WAIT_S, 6)),
    ("/wait a ||\n  b 1m", Wait("a ||\n  b", 60.0, 6)),
]


@pytest.mark.parametrize(("written", "meant"), ROWS)
def test_what_a_text_means(written: str, meant: Outgoing) -> None:
    got = composed(written)
    assert got == meant
    assert type(got) is type(meant)


MISTAKES: list[tuple[str, str, str]] = [
    ("/pings", "there is no command called `/pings`", "did you mean `/ping`? to send a text that begins with a slash"),
    ("/PING", "there is no command called `/PING`", "`/ping`"),
    ("/", "there is no command of this name", "write //"),
    ("/ ping", "there is no command of this name", "write //"),
    ("/api/v1/hunter2", "there is no command of this name", "write //"),
    ("@", "no file is named after the @", "write @@"),
    ("@none", "it cannot be read", ""),
    ("hex:0g", "character 6 is not a hex digit", "hex:0a0b"),
    ("hex:0a 0", "from character 8 on are odd", "two hex digits"),
    ("hex:0x1 0x2", "from character 7 on are odd", "two hex digits"),
    ("hex:0x", "odd in number", "two hex digits"),
    ("/binary zz", "character 9 is not a hex digit", "base64:..."),
    ("/ping  hex:0g", "character 13 is not a hex digit", ""),
    ("base64:A*==", "character 9 is not base64", "letters"),
    ("base64:AA=A", "character 10 is not base64", "letters"),
    ("base64:AAAAA", "cut off", "four letters"),
    ("b\udcffd", "character 2 is not UTF-8", "hex:"),
    ("text:b\udcffd", "character 7 is not UTF-8", "hex:"),
    ("@@\udcff", "character 3 is not UTF-8", "hex:"),
    ("//\udcff", "character 3 is not UTF-8", "hex:"),
    ("/ping \udcff", "character 7 is not UTF-8", "hex:"),
    ("/close 1000 a\udcff", "character 14 is not UTF-8", ""),
    ("/wait \udcff", "character 7 is not UTF-8", ""),
    ("/text @pic.bin", "byte 1 of it is not UTF-8", "/binary"),
    ("/ping " + "x" * 126, "126 bytes do not fit into a control frame", "at most 125 bytes"),
    ("/pong " + "ä" * 63, "126 bytes do not fit", "RFC 6455 section 5.5"),
    ("/ping @big", "126 bytes do not fit", "125"),
    ("/close 1000 " + "x" * 124, "a reason of 124 bytes does not fit", "at most 123"),
    ("/close 1000 " + "ä" * 62, "a reason of 124 bytes does not fit", "UTF-8"),
    ("/close bye", "`bye` is neither a close code nor the name of one", "/close 1000 REASON"),
    ("/close GOING_AVAY", "`GOING_AVAY` is neither", "did you mean 1001?"),
    ("/close none bye", "without a code has no reason", "give a code"),
    ("/close 1005", "close code 1005 may not be sent: it stands for a close frame without a code", "/close none"),
    ("/close 1006", "1006 may not be sent: it stands for an end without a close frame", "4000"),
    ("/close 1015", "1015 may not be sent: it stands for a TLS handshake that failed", "4000"),
    ("/close ABNORMAL_CLOSURE", "close code ABNORMAL_CLOSURE may not be sent", "4000"),
    ("/close 999", "999 may not be sent: codes go from 1000 to 4999", "4000"),
    ("/close 0", "0 may not be sent", "4000"),
    ("/close 5000", "5000 may not be sent: codes go from 1000 to 4999", "4000"),
    ("/close 99999999999999999999999", "may not be sent: codes go from", "4000"),
    ("/close 1004", "1004 may not be sent: it is reserved", "4000"),
    ("/close 2000", "2000 may not be sent: it is reserved", "4000"),
    ("/sleep", "/sleep takes a time", "500ms"),
    ("/sleep soon", "/sleep takes a time", "500ms"),
    ("/sleep -1s", "/sleep takes a time", "500ms"),
    ("/sleep inf", "/sleep takes a time", "500ms"),
    ("/wait", "/wait says not for what", "EXPR"),
    ("/wait  ", "/wait says not for what", "EXPR"),
]


@pytest.mark.parametrize(("written", "message", "hint"), MISTAKES)
def test_mistakes(written: str, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as caught:
        composed(written)
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert error.exit == Exit.USAGE
    assert "\n" not in error.message
    assert "hunter2" not in error.message + error.hint


def test_names_of_a_dialect() -> None:
    with pytest.raises(InspectError):
        composed("/close TooManyRequests")
    got = composed("/close TooManyInitialisationRequests", "graphql-transport-ws")
    assert got == Close(4429, "")


def test_every_command_has_help() -> None:
    for name, command in COMMANDS.items():
        assert name.islower()
        assert command.help
        with pytest.raises(InspectError) as caught:
            composed(f"/{name}x")
        assert f"did you mean `/{name}`?" in caught.value.hint


# Properties.


@given(st.text())
def test_any_text_can_be_sent(payload: str) -> None:
    if not any("\ud800" <= character <= "\udfff" for character in payload):
        assert composed("text:" + payload) == composed("/text text:" + payload) == text(payload)
        for escaped in ("/" + payload, "@" + payload):
            assert composed(escaped[0] + escaped) == text(escaped)


SPELLINGS: list[Callable[[bytes], str]] = [
    lambda payload: "hex:" + payload.hex(),
    lambda payload: "hex:" + payload.hex(" ").upper(),
    lambda payload: "hex:" + payload.hex(":", 2).removeprefix(":") if len(payload) % 2 == 0 else "hex:" + payload.hex(),
    lambda payload: "hex:" + ", ".join(f"0x{byte:02x}" for byte in payload),
    lambda payload: "/binary " + payload.hex(),
    lambda payload: "base64:" + base64.b64encode(payload).decode(),
    lambda payload: "base64:" + base64.urlsafe_b64encode(payload).decode().rstrip("="),
    lambda payload: "base64:" + base64.encodebytes(payload).decode(),
]


@given(st.binary(max_size=200), st.sampled_from(SPELLINGS))
def test_any_bytes_can_be_sent(payload: bytes, spelled: Callable[[bytes], str]) -> None:
    assert composed(spelled(payload)) == binary(payload)


@given(
    st.sampled_from(
        ["", "/", "@", "hex:", "base64:", *(f"/{name}" for name in COMMANDS), *(f"/{n} " for n in COMMANDS)]
    ),
    st.text(),
)
def test_all_else_is_a_step_or_a_mistake(beginning: str, rest: str) -> None:
    try:
        step = composed(beginning + rest)
    except InspectError:
        return
    match step:
        case Message(type=WSMsgType.TEXT, payload=payload):
            payload.decode()
        case Ping(payload=payload) | Pong(payload=payload):
            assert len(payload) <= 125
        case Close(code=code, reason=reason):
            assert code is None or 1000 <= code <= 4999
            assert len(reason.encode()) <= 123
        case Wait(condition=condition, at=at):
            assert (beginning + rest)[at:].startswith(condition)
        case Sleep(seconds=seconds):
            assert seconds >= 0


# Times, and JSON.


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30), ("500ms", 0.5), ("1.5m", 90), ("2H", 7200), (".5", 0.5), (" 3 s ", 3), ("0", 0)]
    + [(bad, None) for bad in ("", "s", "-1", "1d", "1e3", "١s", "1 s s", "nan", "inf")],
)
def test_times(written: str, seconds: float | None) -> None:
    assert seconds_of(written) == seconds


def test_endless_times() -> None:
    assert seconds_of("INF", endless=True) == seconds_of("infinity", endless=True) == math.inf


GOOD_JSON = [
    "0",
    "null",
    ' {"a": [1, 2.5e3, "\\ud800", true]}\r\n',
    "1" * 10_000,
    "[" * 200 + "]" * 200,
    '{"a":1,"a":2}',
]
BAD_JSON = [
    ("", 1, 1, "a value is missing"),
    ('{"a": }', 1, 7, "a value is missing"),
    ('{"a": 1,\n "b" 2}', 2, 6, "a colon is missing"),
    ("[1 2]", 1, 4, "a comma or the end is missing"),
    ("{a: 1}", 1, 2, "a name in double quotes is missing"),
    ('{"a": 1} x', 1, 10, "something follows the value"),
    ('["a]', 1, 2, "does not end"),
    ('["a\nb"]', 1, 4, "control character"),
    ('["\\x"]', 1, 3, "no such escape"),
    ('["\\u12"]', 1, 4, "four hex digits"),
    ('["NaN",\n  NaN]', 2, 3, "NaN and Infinity"),
    ("[-Infinity]", 1, 2, "NaN and Infinity"),
    ("\ufeff1", 1, 1, "byte order mark"),
]


@pytest.mark.parametrize("good", GOOD_JSON, ids=lambda good: good[:20])
def test_json(good: str) -> None:
    assert json_fault(good) is None


@pytest.mark.parametrize(("bad", "line", "column", "what"), BAD_JSON)
def test_json_faults(bad: str, line: int, column: int, what: str) -> None:
    fault = json_fault(bad)
    assert fault is not None
    assert (fault.line, fault.column) == (line, column)
    assert what in fault.what
    assert str(fault) == f"line {line}, column {column}: {fault.what}"


def test_json_that_is_nested_without_end() -> None:
    assert "too deep" in str(json_fault("[" * 1_000_000))


@given(st.text())
def test_json_faults_are_told_for_any_text(given: str) -> None:
    fault = json_fault(given)
    if fault is not None:
        assert "this is not JSON" not in fault.what
        assert 1 <= fault.line <= given.count("\n") + 1
