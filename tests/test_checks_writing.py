"""Checks written from recordings: what is guessed, how it reads, and that it passes against the server it came from."""

import json
import random
import secrets
import subprocess
import time
import tomllib
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.common_events import HANDSHAKE, START, batches
from tests.servers import BOUND_S, Peer, Served, binary, close, ended, open_, ping, run, serving, start, text
from wsinspect.asked import redact_handshake
from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.judging.machine import Machine
from wsinspect.checks.written.toml_text import pairs, string
from wsinspect.checks.written.volatile import guessed, within
from wsinspect.checks.written.writing import check_from
from wsinspect.errors import InspectError
from wsinspect.events import (
    BINARY,
    CLOSE,
    CLOSED,
    CLOSING,
    ERROR,
    PING,
    PONG,
    TEXT,
    Batch,
    Closed,
    Handshake,
    Moment,
    Violation,
)
from wsinspect.outgoing import Message
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line, ndjson
from wsinspect.render.pieces import text_of
from wsinspect.wire.frames import CLOSE as CLOSE_FRAME

WALL = START.wall
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
TOKEN = "V1StGXR8_Z5jdHi6B-myT"

Row = tuple[str, int, Any]
"""Direction, type, and payload; text may stand for bytes."""

OPENED = HANDSHAKE._replace(request=[("Host", "127.0.0.1:40123"), ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")], subprotocol=None)  # fmt: skip


def recorded(*rows: Row, handshake: Handshake = OPENED, every: float = 0.1) -> list[str]:
    """Return the lines of a recording in which something happens ``every`` so many seconds."""
    render = ndjson(Look())
    lines = [handshake_line(redact_handshake(handshake))]
    for number, (way, type, payload) in enumerate(rows, 1):
        at = Moment(START.wall + number * every, START.mono + number * every)
        if isinstance(payload, str | dict | list):
            payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
        lines.append(render(Batch(at, way, [(type, payload, 9)])))  # type: ignore[arg-type]
    return lines


def said(payload: Any) -> Row:
    return "out", TEXT, payload


def came(payload: Any) -> Row:
    return "in", TEXT, payload


def written(*rows: Row, **given: Any) -> dict[str, Any]:
    """Return what stands in the check that is written, as TOML reads it; it is a check that can be read."""
    return parsed(check_from(recorded(*rows, **given), "recorded"))


def parsed(content: str) -> dict[str, Any]:
    made = tomllib.loads(content)
    variables = dict.fromkeys(names_of_secrets(content), "x")
    read_checks(content, "recorded.toml", variables, Sources({}, lambda path: b""))
    return made


def names_of_secrets(content: str) -> list[str]:
    return [part.partition("}")[0] for part in content.split("${secret:")[1:]]


def steps(*rows: Row, **given: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = written(*rows, **given).get("steps", [])
    return made


# What is guessed.

VOLATILE = [
    ("id", UUID, "${any:uuid}"),
    ("session_id", "3f2a9c1b", "${any:token}"),
    ("x", TOKEN, "${any:token}"),
    ("x", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "${any:token}"),
    ("x", "507f1f77bcf86cd799439011", "${any:token}"),
    ("token", "rJWhPnHU/GA+EIpavUdcSfqVwLmEIcPw", "${any:token}"),
    ("token", "UXIryMYC-zBhNZiK_AJULTHA", "${any:token}"),
    ("x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "${any:token}"),
    ("x", "req-3f2a9c1b", "${any:token}"),
    ("x", "175928847299117063", "${any:token}"),
    ("x", "req_ab-cd1e2f3a4b5c", "${any:token}"),
    ("id", "a8Xk2p", "${any:string}"),
    ("id", "48213", r"${match:^\d+$}"),
    ("at", "2026-11-22T12:04:31.207Z", "${any:time}"),
    ("at", "2026-11-22 12:04:31", "${any:time}"),
    ("at", "2026-11-22T12:04:31+02:00", "${any:time}"),
    ("ts", 1795349071, "${any:time}"),
    ("ts", 1795349071.207, "${any:time}"),
    ("ts", 1795349071207, "${any:time}"),
    ("ts", "1795349071207", "${any:time}"),
    ("exp", 1795349071 + 30 * 86400, "${any:time}"),
    ("day", "2026-11-22", "${any:date}"),
    ("load", 0.5, "${any:number}"),
    ("uptimeMs", 12, "${any:number}"),
    ("x", 0.12345, "${any:number}"),
    ("price", "64012.55", r"${match:^-?\d+(\.\d+)?$}"),
    ("order_id", 48213, "${any:integer}"),
    ("x", 175928847299117063, "${any:integer}"),
]
STEADY = [
    ("id", "user-42"), ("id", 7), ("id", "1"), ("op", "pong"), ("x", "my-long-channel-name-2"), ("ok", True),
    ("x", "user_profile_updated_v2"), ("x", "iPhone-15-Pro-Max"), ("x", "orders-2026-q1-eu-west-1"), ("x", None),
    ("born", "1987-03-14"), ("created", "2020-01-01T00:00:00Z"), ("ts", 1234567890), ("x", 0.75), ("x", 42),
    ("x", "https://example.com/v1/things"), ("x", "application/json;charset=utf8"), ("x", "192.168.100.200:54321"),
    ("key", "getUserAccountSettingsById"), ("key", "Europe/Berlin/Mitte"), ("token", "BTC-USD:ETH-USD:SOL-USD"),
    ("version", "1.2.3-beta.4"), ("x", "12345678"), ("x", ""), ("x", "2026-99-99"), ("x", "deadbeef"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "pattern"), VOLATILE)
def test_what_will_be_another_is_guessed(name: str, value: object, pattern: str) -> None:
    assert guessed(name, value, WALL) == pattern


@pytest.mark.parametrize(("name", "value"), STEADY)
def test_what_stays_is_not(name: str, value: object) -> None:
    assert guessed(name, value, WALL) is None


@pytest.mark.parametrize(
    ("said", "pattern"),
    [
        ("session 3f2a9c1b opened at 12:04:31", r"^session [\w-]+ opened at \d\d:\d\d:\d\d[.\d]*$"),
        ("Request served by 7811941c69e658", r"^Request served by [\w-]+$"),
        ("now 2026-11-22T12:04:31.2+00:00 (x)", r"^now \d{4}-\d\d-\d\d[T ][\d:.,]+\S* \(x\)$"),
        ("Sun, 22 Nov 2026 12:04:31 GMT", r"^\w{3}[\w,: ]*\d\d:\d\d:\d\d[\w ]*$"),
        ("node-ed1a9161 says so", "^node-[0-9A-Za-z]+ says so$"),
        ("t=1795349071.22;", r"^t=\d+(\.\d+)?;$"),
        (f"<{UUID}>", "^<[0-9A-Fa-f-]{36}>$"),
        ("Welcome. Type a line, and it is answered [1.5] {b}", None),
        ("2020-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_what_changes_within_a_text_is_guessed(said: str, pattern: str | None) -> None:
    assert within(said, WALL) == pattern


@given(st.text(max_size=80), st.floats(-6e10, 2e11))
def test_a_guess_finds_what_it_was_guessed_from(said: str, wall: float) -> None:
    import re

    for sample in (said, f"{said} {UUID} {said}"):
        pattern = within(sample, wall)
        assert pattern is None or re.search(pattern, sample)


# How it reads.


def test_it_reads_well() -> None:
    handshake = OPENED._replace(
        url="wss://example.com/chat?room=7&access_token=abcdef123456",
        subprotocol="chat.v2",
        request=[
            ("Host", "example.com"), ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
            ("User-Agent", "wsinspect/0.1.0"), ("Origin", "https://example.com"),
            ("Authorization", "Bearer 0123456789abcdef0123456789abcdef"), ("Cookie", "sid=abcdef123456"),
        ],
    )  # fmt: skip
    made = check_from(
        recorded(
            came({"type": "welcome", "session": {"id": UUID}, "at": "2026-11-22T12:04:31Z", "motd": None}),
            said({"op": "resume", "session": UUID, "n": None}),
            came({"ok": True, "session": UUID}),
            said("plain text"),
            came("it is 12:04:31 now"),
            came("it is 12:04:32 now"),
            ("in", PING, b"beat"),
            ("in", CLOSE, b"\x0f\xa0bye 3f2a9c1b"),
            ("in", CLOSED, Closed("peer", True, 4000, "bye 3f2a9c1b", 4000, "", 6)),
            handshake=handshake,
        ),
        "smoke",
    )
    parsed(made)
    assert made == GOLDEN, made


GOLDEN = r"""# Written from a session of 2026-11-22 12:04:31 UTC: 0.9 s, 4 received, 2 sent.
# What would be another value the next time became a pattern, such as ${any:time}: see whether it says what
# you mean. Of an object, names that are not here are ignored.
# The server sent a ping, answered unasked; to demand them: expect_ping = true.
#
# Secrets do not stand here: set ACCESS_TOKEN, BEARER_TOKEN and SID in the environment, or give them with
# --var ACCESS_TOKEN=VALUE. They are masked in all that is told.

name = "smoke"
url = "wss://example.com/chat?room=7&access_token=${secret:ACCESS_TOKEN}"

[handshake]
subprotocols = ["chat.v2", "chat.v1"]
auth = { bearer = "${secret:BEARER_TOKEN}" }
headers = { Origin = "https://example.com", Cookie = "sid=${secret:SID}" }

[handshake.expect]
subprotocol = "chat.v2"

[[steps]]
[steps.expect]
partial = { type = "welcome", session = { id = "${any:uuid}" }, at = "${any:time}", motd = "${null}" }
save = { SESSION_ID = "session.id" }

[[steps]]
send = { json = { op = "resume", session = "${SESSION_ID}", n = "${null}" } }

[[steps]]
expect = { partial = { ok = true, session = "${SESSION_ID}" } }

[[steps]]
send = "plain text"

[[steps]]
expect = { regex = '^it is \d\d:\d\d:\d\d[.\d]* now$', count = 2 }

[[steps]]
expect_close = { code = 4000, reason = '^bye [\w-]+$' }
"""


def test_what_we_sent_comes_back_as_we_send_it() -> None:
    made = steps(said({"id": TOKEN, "ts": 1795349071207}), came({"id": TOKEN, "ts": 1795349071207, "own": UUID}))
    assert made[1]["expect"]["partial"] == {"id": TOKEN, "ts": 1795349071207, "own": "${any:uuid}"}


def test_what_the_server_made_and_we_sent_on_is_saved() -> None:
    made = steps(
        came({"items": [{"id": 48213, "name": "a"}], "odd key": {"token": TOKEN}}),
        said(f"get 1 {TOKEN}"),
        said({"ref": 48213}),
        came(f"got {TOKEN} of 3f2a9c1b"),
    )
    assert made[0]["expect"]["save"] == {"ITEMS_ID": "items[0].id", "ODD_KEY_TOKEN": '"odd key".token'}
    assert [step["send"] for step in made[1:3]] == ["get 1 ${ODD_KEY_TOKEN}", {"json": {"ref": "${ITEMS_ID}"}}]
    assert made[3]["expect"] == {"regex": r"^got ${ODD_KEY_TOKEN} of [\w-]+$"}


def test_a_text_that_is_an_id_is_saved_whole() -> None:
    made = steps(came(TOKEN), said(f"AUTH {TOKEN}"))
    assert made[0]["expect"] == {"regex": r"^[\w-]+$", "save": {"VALUE": ":text"}}
    assert made[1]["send"] == "AUTH ${VALUE}"


def test_secrets_that_we_sent_become_variables() -> None:
    lines = recorded(said({"user": "ada", "password": "hunter2", "auth": {"token": "abc"}}), came({"seen": "hunter2"}))
    content = check_from(lines, "x")
    assert "hunter2" not in content
    made = parsed(content)["steps"]
    assert made[0]["send"]["json"] == {
        "user": "ada",
        "password": "${secret:PASSWORD}",
        "auth": {"token": "${secret:AUTH_TOKEN}"},
    }
    assert made[1]["expect"]["partial"] == {"seen": "${secret:PASSWORD}"}
    assert "set PASSWORD and AUTH_TOKEN in the environment" in " ".join(content.replace("#", " ").split())


def test_what_was_hidden_in_payloads_is_no_value() -> None:
    made = steps(said({"key": "***", "n": 1}), came({"key": "***", "to": "a ***!"}), came("key *** taken"), came("***"))
    assert made[0]["send"]["json"] == {"key": "${secret:KEY}", "n": 1}
    assert [step["expect"] for step in made[1:]] == [
        {"partial": {"key": "${secret:KEY}", "to": "${match:^a .+!$}"}},
        {"regex": "^key .+ taken$"},
        {"regex": "^.+$"},
    ]


def test_many_of_a_kind_are_one_expectation() -> None:
    ticks = [came({"type": "tick", "seq": n, "bid": n * 1.5, "tag": "a" if n % 2 else None}) for n in range(30, 42)]
    made = steps(said({"op": "sub"}), came({"type": "ack"}), *ticks, came({"type": "end"}))
    assert [list(step) for step in made] == [["send"], ["expect"], ["expect"], ["expect"]]
    assert made[2]["expect"] == {
        "partial": {"type": "tick", "seq": "${any:integer}", "bid": "${any:number}", "tag": "${any:null|string}"},
        "count": 12,
    }


def test_of_a_stream_only_a_hundred_are_waited_for() -> None:
    made = steps(*[came(f"line {n}") for n in range(1500)], every=0.01)
    assert made == [{"expect": {"regex": r"^line \d+$", "count": 100}}]


def test_what_comes_between_others_may_come_in_any_order() -> None:
    tick = {"type": "tick", "seq": 1}
    made = steps(said("a"), came(tick), came({"type": "reply"}), came(tick))
    assert made[1]["any_order"] is True
    assert made[1]["expect"] == [{"partial": tick, "count": 2}, {"partial": {"type": "reply"}}]


def test_replies_to_several_requests_may_come_in_any_order() -> None:
    made = steps(said("a"), said("b"), came("A"), came("B"))
    assert made[2] == {"any_order": True, "expect": [{"text": "A"}, {"text": "B"}]}
    made = steps(said("a"), came("A"), came("B"))
    assert [step.get("expect") for step in made[1:]] == [{"text": "A"}, {"text": "B"}]


def test_numbers_that_count_up_are_no_values() -> None:
    replies = [row for n in range(7, 10) for row in (said({"q": "a"}), came({"n": n, "size": 3}))]
    made = steps(*replies)
    assert made[1]["expect"]["partial"] == {"n": "${any:integer}", "size": 3}


def test_times_are_generous() -> None:
    made = written(said("a"), came("A"), every=9.0)
    assert made["steps"][1]["expect"] == {"text": "A", "within": "30s"}
    assert made["timeout"] == "60s"


ENDS = [
    (Closed("peer", True, 1000, "", 1000, "", 0), ("in", CLOSE, b"\x03\xe8"), {"expect_close": 1000}),
    (Closed("peer", True, 1005, "", 1005, "", 0), ("in", CLOSE, b""), {"expect_close": 1005}),
    (Closed("us", True, 1000, "", 1000, "", 0), ("out", CLOSING, b"\x03\xe8"), {"close": 1000}),
    (
        Closed("us", True, 1001, "off ${x}", 1001, "", 0),
        ("out", CLOSING, b"\x03\xe9off ${x}"),
        {"close": {"code": 1001, "reason": "off $${x}"}},
    ),
    (Closed("us", True, 1005, "", 1005, "", 0), ("out", CLOSING, b""), {"close": "none"}),
    (Closed("nobody", False, 1006, "", None, "reset", 7), None, {"expect_close": 1006}),
    (None, ("in", CLOSE, b"\x03\xf4deploying"), {"expect_close": {"code": 1012, "reason": "^deploying$"}}),
    (None, None, None),
]


@pytest.mark.parametrize(("closed", "frame", "step"), ENDS)
def test_each_end_is_a_step(closed: Closed | None, frame: Row | None, step: object) -> None:
    rows: list[Row] = [came("a"), *([frame] if frame else [])]
    if frame is not None and closed is not None and closed.by == "peer":
        rows.append(("out", CLOSING, frame[2]))
    rows += [("in", CLOSED, closed)] if closed else []
    assert steps(*rows)[1:] == ([step] if step else [])


def test_a_refusal_is_what_is_expected() -> None:
    closed = Closed("nobody", False, 1006, "", None, "refused", 5)
    made = written(("in", CLOSED, closed), handshake=OPENED._replace(status=401))
    assert made["handshake"]["expect"] == {"status": 401}
    assert "steps" not in made


def test_payloads_of_each_kind() -> None:
    clock = int(WALL).to_bytes(4, "big")
    made = steps(
        ("out", BINARY, b"\x00\xff"),
        ("in", BINARY, b"\x00\xff"),
        ("in", BINARY, b"\x82\xa1" + clock),
        ("in", BINARY, bytes(range(200))),
        ("in", BINARY, b'{"op": "a"}'),
        said("[1, 2]"),
        came("[1, 2]"),
        came(""),
        came("a" * 5000),
        came({"op": "big", "rows": [{"a": "b" * 50}] * 200, "n": 1, "long": "c" * 300}),
        said('{"a": 1e400}'),
        came("costs ${5} or $${6}"),
    )
    values = [step.get("send", step.get("expect")) for step in made]
    assert (
        values
        == [
            {"binary": "hex:00ff"},
            {"binary": "hex:00ff"},
            {"type": "binary", "prefix": "hex:82a1" + clock.hex(), "size": {"min": 4, "max": 9}},
            {"type": "binary", "prefix": "hex:" + bytes(range(16)).hex(), "size": {"min": 133, "max": 300}},
            {"type": "binary", "partial": {"op": "a"}},
            "[1, 2]",
            {"partial": [1, 2]},
            {"text": ""},
            {"prefix": "text:" + "a" * 16, "size": {"min": 3333, "max": 7500}},
            {"partial": {"op": "big", "rows": "${any:list}", "n": 1, "long": "${any:string}"}},
            '{"a": 1e400}',
            {"text": "costs $${5} or $$${6}"},
        ]
        or made
    )


def test_pings_of_ours_are_sent_and_a_keepalive_is_not() -> None:
    made = steps(("out", PING, b"x"), ("in", PONG, b"x"), ("in", PONG, b"unasked"))
    assert made == [{"send": {"ping": "x"}}, {"expect": {"type": "pong", "text": "x"}}]
    beats = [row for n in range(9) for row in (("out", PING, b"%d" % n), ("in", PONG, b"%d" % n))]
    assert steps(*beats) == []


def test_of_a_long_session_the_first_steps_are_taken() -> None:
    rows = [row for n in range(400) for row in (said(f"ask {n}"), came(f"told {n}"))]
    content = check_from(recorded(*rows), "long")
    assert len(parsed(content)["steps"]) == 200
    assert "only its first 200 steps are here" in content


def test_a_large_message_of_ours_is_left_to_a_file() -> None:
    content = check_from(recorded(said("a" * 70_000)), "x")
    assert len(content) < 2000
    assert "A message of 70,000 bytes was sent here" in content


def test_a_breach_is_told_and_not_permitted() -> None:
    broken = Violation("opcode", "RFC 6455 §5.2", "opcode 0x3 is\x1b[31m reserved", 7, b"\x83", 1002)
    content = check_from(recorded(came("a"), ("in", ERROR, broken)), "x")
    assert "The server broke the protocol: opcode 0x3 is\\x1b[31m reserved." in content
    assert "allow_violations" not in parsed(content)


def test_options_of_the_handshake_are_kept() -> None:
    asked = OPENED._replace(
        url="ws://example.com/",
        request=[("Host", "other.example"), ("X-A", "1"), ("X-A", "${2}"), ("Sec-WebSocket-Version", "8"),
            ("User-Agent", "curl"), ("Authorization", "Basic YWRhOmx2bGM=")],
    )  # fmt: skip
    made = written(came("a"), handshake=asked)["handshake"]
    assert made == {
        "auth": {"user": "${secret:LOGIN}", "password": "${secret:PASSWORD}"},
        "headers": {"X-A": ["1", "$${2}"], "User-Agent": "curl", "Host": "other.example"},
        "no-compression": True,
        "version-header": "8",
    }


def test_a_recording_that_hides_nothing_is_no_reason_to_tell() -> None:
    shown = OPENED._replace(url="ws://example.com/?token=tr0ub4dor9", request=[("X-Api-Key", "tr0ub4dor8")])
    content = check_from([handshake_line(shown)], "x")
    assert "tr0ub4dor" not in content


def test_further_connections_and_notes_are_told() -> None:
    later = OPENED._replace(at=Moment(START.wall + 60, START.mono + 60))
    lines = [*recorded(came("a")), *recorded(came("b"), handshake=later), '{"type":"NEW"}\n', '{"ty']
    content = check_from(lines, "x")
    assert len(parsed(content)["steps"]) == 1
    told = " ".join(content.replace("\n#", " ").split())
    assert "further connections, which are not here" in told
    assert "`NEW` on line 5 is no type known here" in told
    assert "line 6, the last, was torn off" in told


@pytest.mark.parametrize("lines", [[], ["\n"], recorded(came("a"))[1:]])
def test_without_a_connection_there_is_no_check(lines: list[str]) -> None:
    with pytest.raises(InspectError, match="no connection begins in the recording"):
        check_from(lines, "x")


def test_the_common_events_make_a_check() -> None:
    render = ndjson(Look(frames=True))
    content = check_from([handshake_line(HANDSHAKE), *(text_of(render(batch)) for _, batch in batches())], "common")
    parsed(content)
    assert content.isprintable() or all(line.isprintable() for line in content.splitlines())
    assert "\u202e" not in content


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("${any}")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=9,
)
PAYLOADS = st.text(max_size=30) | VALUES.map(
    lambda value: json.dumps(value, allow_nan=False) if _is_json(value) else ""
)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["in", "out"]), st.sampled_from([TEXT, BINARY]), PAYLOADS), max_size=12))
def test_whatever_was_recorded_makes_a_check(rows: list[Row]) -> None:
    content = check_from(recorded(*rows), "x")
    parsed(content)
    assert all(line.isprintable() for line in content.splitlines())


FRESH = st.sampled_from([
    {"id": UUID, "n": 1}, {"type": "tick", "seq": 1, "at": "2026-11-22T12:04:31Z"}, {"type": "tick", "seq": 2, "at": 1},
    [UUID, {"a": None}], {"id": 48213, "token": TOKEN}, {"ref": 48213}, {"auth": {"token": TOKEN}}, {"x": [1, True]},
]).map(json.dumps)  # fmt: skip
WORDS = st.sampled_from(
    ["tick 1", "tick 2", f"AUTH {TOKEN}", TOKEN, "at 12:04:31", "${any}", "", f"{UUID} ${{x}}", "a\nb"]
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["in", "in", "out"]), st.sampled_from([TEXT, TEXT, TEXT, BINARY]),
                  FRESH | WORDS | PAYLOADS),
        max_size=25,
    )
)  # fmt: skip
def test_it_passes_against_the_recording_itself(rows: list[Row]) -> None:
    content = check_from(recorded(*rows, ("in", CLOSE, b"\x03\xe8")), "x")
    # What else is hidden by its name, nobody knows here.
    assume(all(name.endswith("TOKEN") for name in names_of_secrets(content)))
    variables = dict.fromkeys(names_of_secrets(content), TOKEN)
    (check,) = read_checks(content, "x.toml", variables, Sources({}, lambda path: b""))
    machine = Machine(check, 0.0)
    shown = machine.opened("", OPENED._replace(at=Moment(WALL, 0.0)), 0.0)
    closed = Closed("peer", True, 1000, "", 1000, "", 0)
    for number, (way, type, payload) in enumerate([*rows, ("in", CLOSE, b"\x03\xe8"), ("in", CLOSED, closed)], 1):
        at = Moment(WALL, number / 1000)
        while shown:
            # What is ordered leaves at once.
            what = shown.pop(0).what
            assert isinstance(what, Message)
            shown += machine.saw("", Batch(at, "out", [(int(what.type), what.payload, 9)]))
        if way == "in":
            data = payload.encode() if isinstance(payload, str) else payload
            shown = machine.saw("", Batch(at, "in", [(type, data, 9)]))
    assert machine.done
    assert machine.result().fault is None, content


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(TEXTS, st.recursive(st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20)))  # fmt: skip
def test_what_is_written_is_what_toml_reads(table: dict[str, Any]) -> None:
    content = "\n".join(["[a.b]", *pairs(table, ("a", "b"))]) + "\n"
    assert tomllib.loads(content) == {"a": {"b": table}}
    assert all(line.isprintable() for line in content.splitlines())


def test_strings_are_quoted_for_a_reader() -> None:
    assert string('say "a"') == "'say \"a\"'"
    assert string('it\'s "a"') == '"it\'s \\"a\\""'
    assert string("a\u202eb\U000e0041") == '"a\\u202eb\\U000e0041"'


# Against servers that make everything anew.


def stamp() -> str:
    return datetime.now(UTC).isoformat()


def made_up(size: int) -> str:
    """Return hex digits with letters among them: a number would be guessed to be one, and be another kind next time."""
    return f"c4{secrets.token_hex(size - 1)}"


def chat(peer: Peer) -> None:
    """Serve a chat whose ids, times and numbers are others for everybody."""
    peer.open()
    session, number = str(uuid.uuid4()), random.randrange(10**6)
    peer.send(text(json.dumps({"type": "welcome", "session": session, "at": stamp(), "motd": "hi"})))
    peer.send(ping(b"beat"))
    while (frame := peer.frame()) is not None and frame[0] != CLOSE_FRAME:
        opcode, payload = frame
        if opcode == 2:
            peer.send(binary(payload) + binary(int(time.time()).to_bytes(8, "big") + secrets.token_bytes(8)))
        elif opcode == 1:
            number += random.randrange(1, 9)
            for answer in answers(payload.decode(), session, number):
                peer.send(answer)
            if payload == b"bye":
                peer.until_close()
                return
    peer.send(close(1000))


def answers(asked: str, session: str, number: int) -> Iterable[bytes]:
    if asked == "time":
        yield text(f"it is {stamp()}, says node-{made_up(4)}")
    elif asked == "large":
        yield text(json.dumps({"type": "large", "id": str(uuid.uuid4()), "rows": [secrets.token_hex(20)] * 300}))
    elif asked == "bye":
        yield close(4001, f"bye {session}")
    elif asked.startswith("{"):
        said = json.loads(asked)
        reply: dict[str, Any] = {"type": "reply", "id": said["id"], "seq": number, "ts": int(time.time() * 1000)}
        if said["op"] == "sub":
            yield text(json.dumps(reply | {"token": made_up(12)}))
            for _ in range(9):
                price = round(random.uniform(1, 9), 2)
                tick = {"type": "tick", "seq": (number := number + 1), "price": price, "at": stamp()}
                yield text(json.dumps(tick))
            return
        ok = said["op"] != "resume" or said["session"] == session
        yield text(json.dumps(reply | {"ok": ok, "took": random.random() / 7}))


def converse(served: Served) -> str:
    """Return a recording of a conversation in which what the server makes is sent on."""
    process = start("connect", served.url, "--format", "ndjson", "--linger", "300ms", stdin=subprocess.PIPE, bufsize=0)
    assert process.stdin is not None
    assert process.stdout is not None
    lines = [process.stdout.readline(), process.stdout.readline()]
    session = json.loads(json.loads(lines[1])["text"])["session"]
    for line in [
        json.dumps({"op": "resume", "id": "r-1", "session": session}),
        '{"op": "sub", "id": "8d5e1f7a-1111-4222-8333-944444444444", "topic": "news"}',
        "time",
        "large",
        "bye",
    ]:
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
        # So that each has its answers before the next is sent.
        time.sleep(0.2)
    ran = ended(process)
    assert ran.exit == 6
    return b"".join(lines).decode() + ran.out


def test_it_passes_against_the_server_it_came_from(tmp_path: Path) -> None:
    with serving(chat) as served:
        recording = tmp_path / "chat.ndjson"
        recording.write_text(converse(served), encoding="utf-8")
        file = tmp_path / "chat.ws.toml"
        ran = run("check", "--from", str(recording), "-o", str(file))
        assert ran.exit == 0, ran.err
        content = file.read_text(encoding="utf-8")
        for _ in range(3):
            ran = run("check", str(file))
            assert ran.exit == 0, content + ran.out + ran.err
    made = parsed(content)
    assert made["name"] == "chat"
    sent = [step["send"] for step in made["steps"] if "send" in step]
    assert sent[0]["json"]["session"] == "${SESSION}"
    counts = [step["expect"]["count"] for step in made["steps"] if "count" in step.get("expect", ())]
    assert counts == [9], content


def test_it_fails_where_the_server_changed(tmp_path: Path) -> None:
    with serving(open_, text('{"op": "a", "n": 1}'), close(1000)) as served:
        recording = run("connect", served.url, "--format", "ndjson").out
    with serving(open_, text('{"op": "a", "n": 2}'), close(1000)) as served:
        content = check_from(recording.splitlines(keepends=True), "x")
        url = json.loads(recording.partition("\n")[0])["url"]
        file = tmp_path / "x.toml"
        file.write_text(content.replace(url, served.url), encoding="utf-8")
        assert run("check", str(file)).exit == 1


@pytest.mark.parametrize("path", ["demo:", "demo:1012", "demo:1006", "demo:echo"])
def test_it_passes_against_the_demo(path: str, tmp_path: Path) -> None:
    given = b'{"op": "ping", "id": 1}\nhello\n'
    recording = run("connect", path, "--format", "ndjson", "--linger", "300ms", given=given).out
    content = check_from(recording.splitlines(keepends=True), "demo")
    url = json.loads(recording.partition("\n")[0])["url"]
    file = tmp_path / "demo.toml"
    file.write_text(content.replace(url, path), encoding="utf-8")
    ran = run("check", str(file), bound_s=2 * BOUND_S)
    assert ran.exit == 0, content + ran.out + ran.err
