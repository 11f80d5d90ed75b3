"""``connect``: the options on how messages look, round trips, and the autopsy of a close; over real sockets."""

import json
import re
from typing import Any

import pytest

from tests.servers import Peer, Ran, binary, close, open_, ran_on, run, text, together
from wsinspect.wire.frames import PING, PONG, write_frame

JSON = '{"seq":12345678901234567890123,"price":0.10,"price":1e400,"tags":[]}'
SCRIPT = [open_, text(JSON) + binary(bytes(100)) + close(1000), Peer.until_close]


def lines(*arguments: str) -> list[str]:
    return ran_on(SCRIPT, "-nq", *arguments).out.splitlines()


def test_each_option() -> None:
    hex_of_all = " ".join(["00"] * 100)
    indented = [
        "  {",
        '    "seq": 12345678901234567890123,',
        '    "price": 0.10,',
        '    "price": 1e400,',
        '    "tags": []',
    ]
    cases: list[tuple[tuple[str, ...], Any]] = [
        (("--time", "none"), lambda out: out[0] == f"↓ TEXT       68 B  {JSON}"),
        (("--time=utc",), lambda out: re.match(r"\d\d:\d\d:\d\d\.\d{3}Z  ↓ TEXT", out[0])),
        (("--time=epoch",), lambda out: re.match(r"\d{10}\.\d{3}  ↓ TEXT", out[0])),
        (("--time=delta",), lambda out: re.match(r" {6}\+0\.000  ↓ TEXT", out[0])),
        (("--time=none", "--json-indent", "2"), lambda out: out[1:6] == indented),
        (("--time=none", "--json-indent", "2", "-f", "pretty"), lambda out: out[1:6] == indented),
        (("--max-payload", "10"), lambda out: out[0].endswith('{"seq":123 … 58 more bytes')),
        (("--max-payload", "0"), lambda out: out[0].endswith("  … 68 more bytes")),
        (("--width", "60"), lambda out: max(map(len, out)) <= 60 and "more" in out[0]),
        (("--width", "20"), lambda out: max(map(len, out)) <= 20 and out[0].startswith("↓ TEXT")),
        (("--width", "60", "-f", "pretty"), lambda out: max(map(len, out)) <= 60 and len(out) > 6),
        (("--width", "20", "--full"), lambda out: JSON in out[0] and hex_of_all in out[1]),
        (("--full", "-f", "pretty", "--width", "80"), lambda out: not [line for line in out if "more" in line]),
        (("--max-payload", "none", "-f", "pretty"), lambda out: not [line for line in out if "more" in line]),
        (("-f", "ndjson", "--max-payload", "1", "--json-indent", "1"), lambda out: json.loads(out[1])["text"] == JSON),
        (("-r", "--max-payload", "1"), lambda out: out[0] == JSON),
    ]  # fmt: skip
    for (arguments, right), out in zip(cases, together(lambda case: lines(*case[0]), cases), strict=True):
        assert right(out), (arguments, out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--full", "--max-payload", "1k"), "--full and --max-payload exclude each other"),
        (("--width", "19"), "19"),
        (("--width", "1001"), "1001"),
        (("--json-indent", "17"), "17"),
        (("--json-indent", "-1"), "-1"),
        (("--max-payload", "much"), "`much` is not a size"),
        (("--time", "local"), "local"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], sentence: str) -> None:
    ran = run("connect", "ws://127.0.0.1:1/", *arguments)
    assert ran.exit == 2
    assert sentence in ran.err


# --- pongs -----------------------------------------------------------------------------------------------------------


def ponging(peer: Peer) -> None:
    """Answer one ping after a while."""
    while (frame := peer.frame()) is not None:
        if frame[0] == PING:
            break
    assert frame is not None
    peer.listen(0.06)
    peer.send(write_frame(frame[1], PONG) + write_frame(b"unasked", PONG) + close(1000))
    peer.until_close()


def test_a_pong_shows_its_round_trip() -> None:
    formats = (("-f", "plain"), ("-f", "pretty"), ("-f", "ndjson"), ("-f", "plain", "--type", "pong"))
    for ran in together(lambda format: ran_on([open_, ponging], "-nq", "--send", "/ping hey", *format), formats):
        assert ran.exit == 0, ran.err
        (shown,) = (line for line in ran.out.splitlines() if "rtt" in line)
        found = re.search(r'"hey".* rtt ([\d.]+) ms|"text":"hey","rtt":0\.([\d.]+)}', shown)
        assert found, shown
        assert not [line for line in ran.out.splitlines() if "unasked" in line and "rtt" in line]


# --- autopsies -------------------------------------------------------------------------------------------------------


def last_words(script: list[Any], *arguments: str) -> tuple[Ran, list[str]]:
    ran = ran_on(script, "-n", *arguments)
    return ran, ran.err.splitlines()[1:]


def test_a_good_end_says_no_more() -> None:
    for script in (SCRIPT, [open_, text("a"), close(1001), Peer.until_close], [open_, close(None), Peer.until_close]):
        ran, said = last_words(script)
        assert ran.exit == 0
        assert len(said) == 1


def test_a_lost_connection_is_looked_into() -> None:
    ran, said = last_words([open_, text("a"), 0.2])
    assert ran.exit == 7
    assert re.fullmatch(r"  last data ↓ [\d.]+ m?s before the end", said[1])
    assert len(said) == 2
    _, said = last_words([open_])
    assert said[1] == "  no data went either way"
    assert re.match(r"  [\d.]+ ms after the upgrade, before any frame of the server: looks like a proxy", said[2])
    for part in (b"\x01\x03abc", b"\x81\x7e\x10"):
        assert last_words([open_, part])[1][1:] == ["  no whole message went either way"]


def test_codes_that_differ_are_told() -> None:
    def differing(peer: Peer) -> None:
        peer.open()
        while (frame := peer.frame()) is not None and frame[0] != 8:
            pass
        peer.send(close(1011, "too late"))

    _, said = last_words([differing], "--for", "100ms")
    assert said[1:] == ["  the codes differ: we said 1000 OK, the server answered 1011 INTERNAL_ERROR"]


def test_too_big_names_our_message() -> None:
    def refusing(peer: Peer) -> None:
        peer.open()
        peer.frame()
        peer.send(close(1009))
        peer.until_close()

    ran, said = last_words([refusing], "--send", "x" * 3000, "--send", "y")
    assert ran.exit == 6
    assert said[-1] == "  the largest message that we sent of late had 3000 B"


def test_the_summary_in_json_has_the_same_facts() -> None:
    ran = ran_on([open_, text("a"), close(4401), Peer.until_close], "-n", "--summary", "json")
    read = json.loads(ran.err.splitlines()[-1])
    assert set(read["last_data"]) == set(read["last_ping"]) == {"received", "sent"}
    assert read["last_data"]["received"] >= 0
    assert read["last_data"]["sent"] is read["last_ping"]["received"] is None
    assert "looks like missing or wrong credentials (no credentials were sent in a header)" in read["guess"]


def test_where_nothing_was_opened_there_is_nothing_to_tell() -> None:
    ran = run("connect", "ws://127.0.0.1:1/", "-n", "--summary", "json")
    read = json.loads(next(line for line in ran.err.splitlines() if line.startswith("{")))
    assert (read["last_data"], read["guess"]) == ({"received": None, "sent": None}, None)
