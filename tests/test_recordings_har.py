"""HAR read: what Chrome, Firefox, mitmproxy and Playwright write, and what no honest tool would."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import BINARY, CLOSE, CLOSED, CLOSING, HANDSHAKE, PING, TEXT, Batch, Closed, Handshake, Step
from wsinspect.recordings import har
from wsinspect.recordings.har import read
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson
from wsinspect.spool import Spool

STARTED = "2026-11-22T12:04:31.204Z"
START = 1795349071.204


def entry(messages: Any = (), **changes: Any) -> dict[str, Any]:
    """Return an entry in Chrome's form of today: messages stand last."""
    made = {
        "_initiator": {"type": "script"},
        "_priority": None,
        "_resourceType": "websocket",
        "cache": {},
        "connection": "443",
        "request": {
            "method": "GET",
            "url": "wss://example.com/feed?id=1",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Host", "value": "example.com"}, {"name": "Sec-WebSocket-Protocol", "value": "chat"}],
            "queryString": [{"name": "id", "value": "1"}],
            "cookies": [],
            "headersSize": 500,
            "bodySize": 0,
        },
        "response": {
            "status": 101,
            "statusText": "Switching Protocols",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Upgrade", "value": "websocket"}, {"name": "Sec-WebSocket-Protocol", "value": "chat"}],
            "cookies": [],
            "content": {"size": 0, "mimeType": "x-unknown", "text": "[" * 100_000},
            "redirectURL": "",
            "headersSize": 200,
            "bodySize": -200,
            "_transferSize": 0,
            "_error": None,
        },
        "serverIPAddress": "192.0.2.7",
        "startedDateTime": STARTED,
        "time": 60_050.5,
        "timings": {
            "blocked": -1, "dns": 10, "ssl": 20, "connect": 30, "send": 1, "wait": 9, "receive": 60_000,
            "_blocked_queueing": -1,
        },
        "_webSocketMessages": list(messages),
    }  # fmt: skip
    made.update(changes)
    return {key: value for key, value in made.items() if value is not ...}


def message(type: str = "receive", data: Any = "hi", opcode: Any = 1, time: Any = START + 1, **more: Any) -> Any:
    made = {"type": type, "time": time, "opcode": opcode, "data": data} | more
    return {key: value for key, value in made.items() if value is not ...}


def file_of(*entries: Any, **log: Any) -> bytes:
    return json.dumps({"log": {"version": "1.2", "creator": {}, "pages": [], "entries": list(entries)} | log}).encode()


def found(data: bytes) -> tuple[list[Batch], list[str]]:
    notes: list[str] = []
    return list(read(io.BytesIO(data), notes.append)), notes


def rows(*messages: Any, **changes: Any) -> list[Any]:
    """Return the rows of an entry's messages, without the handshake."""
    return [row for batch in found(file_of(entry(messages, **changes)))[0][1:] for row in batch.rows]


def handshake(**changes: Any) -> Handshake:
    made: Handshake = found(file_of(entry(**changes)))[0][0].rows[0][1]
    return made


def test_chrome() -> None:
    batches, notes = found(file_of(entry([message("send"), message(data="AAE=", opcode=2), message(data="é")])))
    assert not notes
    assert [batch.connection for batch in batches] == [1, 1, 1, 1]
    opening = batches[0].rows[0][1]
    assert opening.seconds == pytest.approx(0.05)
    assert opening._replace(request=[], response=[], at=None, seconds=0.0) == Handshake(
        None,  # type: ignore[arg-type]
        "wss://example.com/feed?id=1",
        "192.0.2.7:443",
        101,
        0.0,
        "chat",
        "",
        [],
        [],
        resource="/feed?id=1",
        steps=(Step("resolve", 0.01), Step("connect", 0.01), Step("tls", 0.02), Step("upgrade", 0.01)),
    )
    assert opening.at.wall == pytest.approx(START + 0.05)
    assert opening.request[0] == ("Host", "example.com")
    assert [(batch.direction, batch.rows) for batch in batches[1:]] == [
        ("out", [(TEXT, b"hi", 8)]),
        ("in", [(BINARY, b"\0\1", 4)]),
        ("in", [(TEXT, "é".encode(), 4)]),
    ]
    assert batches[1].at.wall == START + 1
    assert batches[1].at.mono - batches[0].at.mono == pytest.approx(0.95)


def test_chrome_of_old_puts_messages_first() -> None:
    old = {"_webSocketMessages": [message(), message()]} | entry(_webSocketMessages=...)
    assert next(iter(old)) == "_webSocketMessages"
    batches, _ = found(file_of(old))
    assert [batch.rows[0][0] for batch in batches] == [HANDSHAKE, TEXT, TEXT]
    assert batches[0].rows[0][1].url == "wss://example.com/feed?id=1"


def test_messages_that_wait_go_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    spools = []

    class Small(Spool):
        def __init__(self) -> None:
            super().__init__(in_memory=1000)
            spools.append(self)

    monkeypatch.setattr(har, "Spool", Small)
    old = {"_webSocketMessages": [message(data=str(each)) for each in range(1000)]} | entry(_webSocketMessages=...)
    batches, _ = found(file_of(old, old))
    assert [batch.rows[0][1] for batch in batches[1:1001]] == [b"%d" % each for each in range(1000)]
    assert len(batches) == 2002
    assert not spools[0].keys()


def test_firefox_writes_no_messages() -> None:
    firefox = entry(_webSocketMessages=..., _resourceType=..., _initiator=..., _securityState="secure")
    batches, notes = found(file_of(firefox))
    assert [batch.rows[0][0] for batch in batches] == [HANDSHAKE]
    assert notes == [
        "the HAR file holds no messages of 1 WebSocket: Firefox writes none, and Playwright may keep them in files "
        "beside it"
    ]


def test_mitmproxy_writes_https() -> None:
    opening = handshake(
        request={"url": "https://127.0.0.1:8443/a", "headers": []},
        connection=...,
        startedDateTime=STARTED[:-1] + "+00:00",
    )
    assert (opening.url, opening.address) == ("wss://127.0.0.1:8443/a", "192.0.2.7:8443")
    assert handshake(request={"url": "http://[::1]:80/"}, serverIPAddress="::1").address == "[::1]:80"
    assert opening.at.wall == pytest.approx(START + 0.05)


def test_playwright_writes_milliseconds() -> None:
    timings = {"send": -1, "wait": -1, "receive": -1}
    batches, notes = found(file_of(entry([message(time=(START + 2) * 1000), message(time=-1)], timings=timings)))
    assert batches[0].at.wall == START
    assert not batches[0].rows[0][1].steps
    assert [batch.at.wall for batch in batches[1:]] == pytest.approx([START + 2, START + 2])
    assert notes == ["the HAR file holds 1 message without a time, put at that of the one before"]
    assert handshake(response={"status": -1}).status == 0


def test_entries_that_are_no_websockets_are_passed_over() -> None:
    page = entry(_webSocketMessages=..., _resourceType="document", request={"url": "https://example.com/"})
    page["response"]["status"] = 200
    batches, notes = found(file_of(page, entry([message()]), page, 7, None))
    assert {batch.connection for batch in batches} == {1}
    assert notes == ["the HAR file holds 2 entries that are no WebSocket, passed over"]


@pytest.mark.parametrize("with_messages", [True, False])
def test_an_upgrade_is_known_by_its_headers(with_messages: bool) -> None:
    asked = {"url": "https://example.com/", "headers": [["Upgrade", "WebSocket"]]}
    changes = {} if with_messages else {"_webSocketMessages": ...}
    assert handshake(request=asked, _resourceType=..., **changes).url == "wss://example.com/"


def test_several_connections_count_from_one() -> None:
    batches, _ = found(file_of(*[entry([message()])] * 3))
    assert [batch.connection for batch in batches] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("time", "wall"),
    [
        (START + 3, START + 3),
        (str(START + 3), START + 3),
        (int(START), int(START)),
        ((START + 3) * 1000, START + 3),
        ("2026-11-22T12:04:34.204Z", START + 3),
        ("2026-11-22T13:04:34.204+01:00", START + 3),
        ("2026-11-22T12:04:34.204", START + 3),
        (..., START + 0.05),
        (None, START + 0.05),
        (True, START + 0.05),
        ("soon", START + 0.05),
        (1e300, START + 0.05),
        (float("nan"), START + 0.05),
        (float("inf"), START + 0.05),
        (-5, START + 0.05),
        ([], START + 0.05),
    ],
)
def test_times(time: Any, wall: float) -> None:
    batches, notes = found(file_of(entry([message(time=time)])))
    assert batches[1].at.wall == pytest.approx(wall)
    assert bool(notes) == (wall < START + 1 and time != int(START))


def test_no_handshake_is_later_than_the_first_message() -> None:
    batches, _ = found(file_of(entry([message(time=START + 0.01)])))
    assert [batch.at.wall for batch in batches] == [START + 0.01, START + 0.01]


def test_no_handshake_is_later_than_calendars_go() -> None:
    late = handshake(startedDateTime="9999-12-31T23:59:59Z")
    assert late.seconds
    assert '"time":"9999-12-31T23:59:59.000000Z"' in handshake_line(late)


def test_without_a_start_the_first_message_gives_the_time() -> None:
    batches, _ = found(file_of(entry([message()], startedDateTime=...)))
    assert [batch.at.wall for batch in batches] == [START + 1, START + 1]
    assert handshake(startedDateTime=...).at.wall == 0


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ([{"name": "A", "value": "b"}], [("A", "b")]),
        ([["A", "b"]], [("A", "b")]),
        ({"A": "b"}, [("A", "b")]),
        ([{"name": "A"}, {"value": "b"}, "A: b", ["A"], None, [1, 2]], [("A", "")]),
        ("A: b", []),
        (None, []),
    ],
)
def test_headers(headers: Any, read: list[tuple[str, str]]) -> None:
    assert handshake(request={"url": "wss://example.com/", "headers": headers}).request == read


@pytest.mark.parametrize(
    ("told", "row"),
    [
        (message(opcode=...), None),
        (message(opcode="1"), (TEXT, b"hi", 4)),
        (message(opcode=1.0), (TEXT, b"hi", 4)),
        (message(opcode=0), None),
        (message(opcode=True), None),
        (message(type="sent"), None),
        (message(type=...), None),
        (message(type=["send"]), None),
        (message(data=...), (TEXT, b"", 2)),
        (message(data={"a": [1, "é"]}), (TEXT, '{"a": [1, "é"]}'.encode(), 18)),
        (message(data="a\ud800b"), (TEXT, "a\ufffdb".encode(), 7)),
        (message(opcode=2, data="AAE"), (BINARY, b"\0\1", 4)),
        (message(opcode=2, data="_-8="), (BINARY, b"\xff\xef", 4)),
        (message(opcode=2, data="AA\nE="), (BINARY, b"\0\1", 4)),
        (message(opcode=2, data="no base64!"), (BINARY, b"no base64!", 12)),
        (message(opcode=2, data="é"), (BINARY, "é".encode(), 4)),
        (message(opcode=9, data="YmVhdA=="), (PING, b"beat", 6)),
        (message(opcode=9, data="a beat!"), (PING, b"a beat!", 9)),
        (message(opcode=8, data="A+hieWU="), (CLOSE, b"\x03\xe8bye", 7)),
        (message(opcode=8, data="", code=1001), (CLOSE, b"\x03\xe9", 4)),
        (message(opcode=8, data="", code=1001, reason="é"), (CLOSE, b"\x03\xe9\xc3\xa9", 6)),
        (message(opcode=8, data="", code=70000), (CLOSE, b"", 2)),
        (message(opcode=8, data="", code=1005, reason="none"), (CLOSE, b"", 2)),
        (message(opcode=8, data="A+1ieWU="), (CLOSE, b"", 2)),
        (message(opcode=8, data="AA=="), (CLOSE, b"", 2)),
        (message(opcode=8, data="A+j/"), (CLOSE, b"\x03\xe8\xef\xbf\xbd", 7)),
        (message("send", opcode=8, data=""), (CLOSING, b"", 6)),
        ("hi", None),
        (None, None),
        ([], None),
    ],
)
def test_messages(told: Any, row: Any) -> None:
    batches, notes = found(file_of(entry([told])))
    assert [each for batch in batches[1:] for each in batch.rows] == ([row] if row else [])
    assert row is not None or notes == ["the HAR file holds 1 message of no known kind, left out"]


def test_what_was_changed_is_told() -> None:
    _, notes = found(
        file_of(entry([message(opcode=2, data="no base64!"), message(data="\udfff"), message(data="\ud83d")]))
    )
    assert notes == [
        "the HAR file holds 1 message said to be binary, but no base64: taken as text",
        "the HAR file holds 2 messages with halves of surrogate pairs, put as U+FFFD",
    ]


def test_no_end_is_made_up() -> None:
    assert CLOSED not in [row[0] for row in rows(message(), message(opcode=8, data="A+g="))]


def test_both_close_frames_are_an_end() -> None:
    *_, end = rows(message(opcode=8, data="A+g="), message("send", opcode=8, data="A+g="))
    assert end == (CLOSED, Closed("peer", True, 1000, "", 1000, "", 0), 0)
    *_, end = rows(message("send", opcode=8, data="A+g="), message(opcode=8, data="A+k="))
    assert end == (CLOSED, Closed("us", True, 1001, "", 1000, "", 0), 0)


def test_errors_are_ends() -> None:
    lost = (CLOSED, Closed("nobody", False, 1006, "", None, "Invalid frame header", 7), 0)
    assert rows(message("error", "Invalid frame header", -1)) == [lost]
    assert rows(response={"status": 101, "_failureText": "Invalid frame header"}) == [lost]
    assert rows(message(), response={"status": 0, "_error": "Invalid frame header"})[-1] == lost
    assert rows(message("error", None, -1))[0][1].cause == "the connection failed"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n\t "])
def test_what_stands_before_it(mark: bytes) -> None:
    assert len(found(mark + file_of(entry([message()])))[0]) == 2


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = file_of(entry([message(data=f"number {each}") for each in range(10)]))
    cut = whole[: whole.index(b"number 7") + 4]
    seen: list[Batch] = []
    with pytest.raises(InspectError) as raised:
        seen.extend(read(io.BytesIO(cut)))
    assert [batch.rows[0][1] for batch in seen[1:]] == [b"number %d" % each for each in range(7)]
    assert raised.value.message == f"the HAR file is damaged at byte {len(cut):,}: it ends too early"
    assert raised.value.exit == Exit.OUTPUT


def test_messages_that_wait_are_not_lost_to_damage() -> None:
    old = {"_webSocketMessages": [message(), message()]} | entry(_webSocketMessages=...)
    whole = file_of(old)
    seen: list[Batch] = []
    with pytest.raises(InspectError, match="it ends too early"):
        seen.extend(read(io.BytesIO(whole[: whole.index(b'"response"')])))
    assert [batch.rows[0][0] for batch in seen] == [HANDSHAKE, TEXT, TEXT]
    assert seen[0].rows[0][1].url == "wss://example.com/feed?id=1"


def test_what_waits_is_not_lost_to_a_stream_that_fails() -> None:
    old = {"_webSocketMessages": [message(), message(opcode=7)]} | entry(_webSocketMessages=...)
    whole = file_of(old)
    pieces = [whole[: whole.index(b'"response"')]]

    class Failing:
        def read(self, size: int, /) -> bytes:
            if pieces:
                return pieces.pop()
            raise Unreadable("the disk fails")

    seen: list[Batch] = []
    notes: list[str] = []
    with pytest.raises(Unreadable, match="the disk fails"):
        seen.extend(read(Failing(), notes.append))
    assert [batch.rows[0][0] for batch in seen] == [HANDSHAKE, TEXT]
    assert notes == ["the HAR file holds 1 message of no known kind, left out"]


def test_damage_in_the_middle() -> None:
    whole = file_of(entry([message(), message(data="here")]), entry())
    at = whole.index(b'"here"')
    with pytest.raises(InspectError, match=rf"at byte {at:,}: it is not JSON") as raised:
        list(read(io.BytesIO(whole.replace(b'"here"', b"nowhere, and further"))))
    assert raised.value.exit == Exit.OUTPUT


@pytest.mark.parametrize("data", [b'{"log": 7}', b'{"log": {"entries": 7}}', b'{"log": {}}', b"[]", b"7"])
def test_json_that_is_no_har(data: bytes) -> None:
    with pytest.raises(InspectError, match=r"no HAR file: `log\.entries` is missing"):
        found(data)


DEEP = "[" * 100_000 + "]" * 100_000


def test_hostile_files() -> None:
    text = file_of(entry([message()])).decode()
    assert len(found(text.replace('"cache": {}', f'"cache": {DEEP}').encode())[0]) == 2
    assert len(found(text.replace('"time": 60050.5', '"time": ' + "9" * 10_000).encode())[0]) == 2
    with pytest.raises(InspectError, match="nested too deep"):
        found(text.replace('"data": "hi"', f'"data": {DEEP}').encode())
    huge = "9" * 10_000
    (_, told), notes = found(text.replace(f'"time": {START + 1}', f'"time": {huge}').encode())
    assert told.at.wall == pytest.approx(START + 0.05)
    assert notes
    assert found(text.replace('"opcode": 1', f'"opcode": {huge}').encode())[1]


def test_own_keys_that_make_no_sense_do_no_harm() -> None:
    odd = [
        message(_wsinspect=7),
        message(_wsinspect={"wire": -1, "mono": "x", "type": 9}),
        message("error", _wsinspect={"violation": {"rule": 7}}),
        message(_wsinspect={"wire": True, "mono": 1e300}),
        message(_wsinspect={"wire": 10**18}),
    ]
    own = {
        "_wsinspect": {"handshake": {"type": "HANDSHAKE", "url": 7}},
        "_wsinspectEnd": {"rows": [7, {"type": "TEXT"}]},
    }
    assert [row[2] for row in rows(*odd, **own)] == [4, 4, 4, 4]
    assert rows(_wsinspectEnd={"rows": 7}, _wsinspect={}) == []


NAMES = (
    "log entries request response url headers name value status startedDateTime timings dns _resourceType type time "
    "_webSocketMessages opcode data _wsinspect _wsinspectEnd handshake rows violation wire mono serverIPAddress "
    "statusText _error code reason"
)
KEYS = st.sampled_from(NAMES.split())
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["send", "receive", "error", "websocket", "wss://[", "https://x:y/", "HANDSHAKE"]),
    st.sampled_from([1, 2, 8, 9, 10, 101]),
)  # fmt: skip
ANY = st.recursive(ODD, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6))


@given(st.lists(st.dictionaries(KEYS, ANY, max_size=8), max_size=3), st.integers(0, 400))
def test_whatever_stands_there_is_read_or_told(entries: list[Any], cut: int) -> None:
    data = file_of(*entries)
    exits = set()
    for each in (data, data[:cut]):
        render = ndjson(Look())
        try:
            for batch in read(io.BytesIO(each)):
                str(render(batch)).encode()
        except InspectError as error:
            exits.add(error.exit)
    assert exits <= {Exit.OUTPUT}
