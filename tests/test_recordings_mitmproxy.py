"""mitmproxy's flows, made batches. What mitmproxy itself reads and writes is tried in `test_har_peers`.

Here values stand in the place of its objects, so that every Python meets each case.
"""

import io
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from wsinspect.errors import Exit, InspectError, Unreadable
from wsinspect.events import BINARY, CLOSE, CLOSED, CLOSING, HANDSHAKE, TEXT, Batch, Closed, Handshake, Step
from wsinspect.recordings.mitmproxy import batches_of_flow, read


class Headers(dict[str, str]):
    def items(self, multi: bool = False) -> Any:
        return super().items()


def flow(*messages: Any, **changes: Any) -> Any:
    server = {"timestamp_start": 10.0, "timestamp_tcp_setup": 10.25, "timestamp_tls_setup": 10.75}
    websocket = {"timestamp_end": None, "close_code": None, "close_reason": None, "closed_by_client": None}
    return SimpleNamespace(
        request=SimpleNamespace(
            url=changes.pop("url", "https://example.com/a?b"), headers=Headers(Host="example.com"), timestamp_start=11.0
        ),
        response=SimpleNamespace(
            status_code=101, reason="Switching Protocols", timestamp_start=11.5, timestamp_end=11.6,
            headers=Headers({"sec-websocket-protocol": "chat", "x-odd": "a\udcff"}),
        ),
        server_conn=SimpleNamespace(**server, peername=changes.pop("peername", ("192.0.2.7", 443)), address=None),
        websocket=SimpleNamespace(messages=messages, **(websocket | changes)),
    )  # fmt: skip


def message(type: int, content: bytes, from_client: bool = False, dropped: bool = False) -> Any:
    return SimpleNamespace(type=type, content=content, from_client=from_client, dropped=dropped, timestamp=12.0)


def rows(made: Any) -> list[Any]:
    return [(batch.direction, *row) for batch in batches_of_flow(made, 1) for row in batch.rows]


def test_a_flow() -> None:
    found = list(batches_of_flow(flow(message(1, b"hi", True), message(2, b"\0"), message(1, b"a\xff")), 3))
    assert {batch.connection for batch in found} == {3}
    assert found[0].rows[0][1] == Handshake(
        found[0].at, "wss://example.com/a?b", "192.0.2.7:443", 101, 1.25, "chat", "", [("Host", "example.com")],
        [("sec-websocket-protocol", "chat"), ("x-odd", "a\ufffd")], resource="/a?b",
        steps=(Step("connect", 0.25), Step("tls", 0.5), Step("upgrade", 0.5)),
    )  # fmt: skip
    assert [(batch.direction, batch.rows[0]) for batch in found[1:]] == [
        ("out", (TEXT, b"hi", 8)), ("in", (BINARY, b"\0", 3)), ("in", (TEXT, "a\ufffd".encode(), 6))
    ]  # fmt: skip
    assert (found[0].at.wall, found[1].at.wall) == (11.6, 12.0)


def test_addresses() -> None:
    assert next(iter(batches_of_flow(flow(peername=("::1", 80, 0, 0)), 1))).rows[0][1].address == "[::1]:80"
    assert next(iter(batches_of_flow(flow(peername=None), 1))).rows[0][1].address == ""


def test_dropped_messages_are_left_out() -> None:
    assert [row[1] for row in rows(flow(message(1, b"a", dropped=True), message(1, b"b")))] == [HANDSHAKE, TEXT]


def test_ends() -> None:
    by_client = flow(timestamp_end=13.0, close_code=1000, close_reason="bye", closed_by_client=True)
    assert rows(by_client)[1:] == [
        ("out", CLOSING, b"\x03\xe8bye", 11), ("in", CLOSED, Closed("us", True, 1000, "bye", 1000, "", 0), 0)
    ]  # fmt: skip
    by_server = flow(timestamp_end=13.0, close_code=1005, close_reason=None, closed_by_client=False)
    assert rows(by_server)[1:] == [
        ("in", CLOSE, b"", 2), ("in", CLOSED, Closed("peer", True, 1005, "", 1005, "", 0), 0)
    ]  # fmt: skip
    lost = Closed("nobody", False, 1006, "", None, "", 7)
    assert rows(flow(timestamp_end=13.0, close_code=1006, closed_by_client=False))[1:] == [("in", CLOSED, lost, 0)]
    assert rows(flow())[1:] == []


def test_times_that_no_calendar_holds_are_those_before() -> None:
    made = flow(message(1, b"a"), message(1, b"b"), timestamp_end=float("inf"), close_code=1000, closed_by_client=True)
    made.websocket.messages[1].timestamp = float("nan")
    made.server_conn.timestamp_start = float("-inf")
    found = list(batches_of_flow(made, 1))
    assert [batch.at.wall for batch in found] == [11.6, 12.0, 12.0, 12.0, 12.0]
    assert found[0].rows[0][1].seconds == 1.0


class NoFlow(Exception):
    """What mitmproxy raises."""


def lacking() -> Any:
    raise KeyError("peername")


def unknown() -> Any:
    raise NoFlow("Version 99 is unknown.")


def below() -> Any:
    raise Unreadable("the disk fails")


def unanswered() -> Any:
    made = flow()
    made.response = None
    return made


@pytest.mark.parametrize(
    ("then", "error", "exit"),
    [
        (lacking, "the file of flows cannot be read behind byte 5: invalid data format", Exit.OUTPUT),
        (unanswered, "the file of flows cannot be read behind byte 5: invalid data format", Exit.OUTPUT),
        (unknown, "the file of flows cannot be read behind byte 5: version 99 is unknown", Exit.OUTPUT),
        (below, "the disk fails", Exit.USAGE),
    ],
)
def test_damage_of_any_kind(then: Callable[[], Any], error: str, exit: Exit, monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader:
        def __init__(self, stream: Any) -> None:
            self.stream_of = stream

        def stream(self) -> Any:
            # More is claimed than there is.
            self.stream_of.read(1 << 50)
            yield flow(message(1, b"hi"))
            yield SimpleNamespace(websocket=None)
            yield then()

    monkeypatch.setitem(sys.modules, "mitmproxy.exceptions", SimpleNamespace(FlowReadException=NoFlow))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "mitmproxy.io", SimpleNamespace(FlowReader=Reader))  # type: ignore[arg-type]
    notes: list[str] = []
    found: list[Batch] = []
    with pytest.raises(InspectError) as raised:
        found.extend(read(io.BufferedReader(io.BytesIO(b"12345")), notes.append))  # type: ignore[arg-type]
    assert (raised.value.message, raised.value.exit) == (error, exit)
    assert [batch.rows[0][0] for batch in found] == [HANDSHAKE, TEXT]
    assert notes == ["the file holds 1 flow that is no WebSocket, passed over"]
