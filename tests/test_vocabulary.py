"""The words, held against aiohttp's public API as written down here, and against aiohttp itself where installed."""

import json
import subprocess
import sys
from enum import IntEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]

TYPES = {
    "CONTINUATION": 0x0,
    "TEXT": 0x1,
    "BINARY": 0x2,
    "CLOSE": 0x8,
    "PING": 0x9,
    "PONG": 0xA,
    "CLOSING": 0x100,
    "CLOSED": 0x101,
    "ERROR": 0x102,
}
ALIASES = ("text", "binary", "ping", "pong", "close", "closing", "closed", "error")
CODES = {
    "OK": 1000,
    "GOING_AWAY": 1001,
    "PROTOCOL_ERROR": 1002,
    "UNSUPPORTED_DATA": 1003,
    "ABNORMAL_CLOSURE": 1006,
    "INVALID_TEXT": 1007,
    "POLICY_VIOLATION": 1008,
    "MESSAGE_TOO_BIG": 1009,
    "MANDATORY_EXTENSION": 1010,
    "INTERNAL_ERROR": 1011,
    "SERVICE_RESTART": 1012,
    "TRY_AGAIN_LATER": 1013,
    "BAD_GATEWAY": 1014,
}


@pytest.fixture(params=["wsinspect.vocabulary", "aiohttp"])
def words(request: pytest.FixtureRequest) -> ModuleType:
    """Our words and aiohttp's: what holds for one must hold for the other."""
    if find_spec(request.param) is None:
        pytest.skip("aiohttp is not installed; its names and values are written down in this file")
    return import_module(request.param)


def test_message_types(words: ModuleType) -> None:
    assert {member.name: member.value for member in words.WSMsgType} == TYPES
    assert issubclass(words.WSMsgType, IntEnum)


def test_message_type_aliases(words: ModuleType) -> None:
    for alias in ALIASES:
        assert getattr(words.WSMsgType, alias) is words.WSMsgType[alias.upper()]
    assert set(words.WSMsgType.__members__) == {*TYPES, *ALIASES}


def test_close_codes(words: ModuleType) -> None:
    assert {member.name: member.value for member in words.WSCloseCode} == CODES
    assert set(words.WSCloseCode.__members__) == set(CODES)
    assert issubclass(words.WSCloseCode, IntEnum)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1015, 3000, 3003, 3008, 4000])
def test_codes_without_a_member(words: ModuleType, code: int) -> None:
    with pytest.raises(ValueError, match="is not a valid WSCloseCode"):
        words.WSCloseCode(code)


def test_close_message_carries_code_and_reason(words: ModuleType) -> None:
    message = words.WSMessage(words.WSMsgType.CLOSE, words.WSCloseCode.OK, "bye")
    assert (message.type, message.data, message.extra) == (8, 1000, "bye")


def test_types_and_codes_are_ints_in_every_use(words: ModuleType) -> None:
    assert {words.WSMsgType.TEXT: "a"}[1] == "a"
    assert f"{words.WSCloseCode.OK:d}" == "1000"
    assert json.dumps([words.WSMsgType.ERROR, words.WSCloseCode.BAD_GATEWAY]) == "[258, 1014]"


class TestWSMessage:
    """Ours alone: newer versions of aiohttp have a class for each type, and `WSMessage` is their union."""

    def test_fields(self) -> None:
        from wsinspect.vocabulary import WSMessage, WSMsgType

        assert WSMessage._fields == ("type", "data", "extra")
        message = WSMessage(WSMsgType.TEXT, "a", None)
        type, data, extra = message
        assert (type, data, extra) == (message.type, message.data, message.extra) == (1, "a", None)

    def test_json(self) -> None:
        from wsinspect.vocabulary import WSMessage, WSMsgType

        message = WSMessage(WSMsgType.TEXT, '{"a": [1, 2.5]}', "")
        assert message.json() == {"a": [1, 2.5]}
        assert message.json(loads=len) == 15
        assert WSMessage(WSMsgType.BINARY, b"[]", "").json() == []
        with pytest.raises(json.JSONDecodeError):
            WSMessage(WSMsgType.TEXT, "{", "").json()
        with pytest.raises(TypeError):
            message.json(len)  # type: ignore[call-arg]


@pytest.mark.parametrize("module", ["vocabulary", "events", "wire.frames", "wire.rules", "wire.reader"])
def test_import_needs_the_standard_library_alone(module: str) -> None:
    """With -S no installed package can be found; the list tells what came from elsewhere."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import wsinspect.{module};"
        "print({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__', 'wsinspect'})"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
