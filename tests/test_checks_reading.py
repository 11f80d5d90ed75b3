"""Check files: rows of what each part of the format makes."""

from pathlib import Path
from typing import Any

import pytest

from tests.check_files import PATH, SECRET, URL, action, check, checks, expectation, read_file, step
from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.plan import (
    Check,
    Close,
    Expect,
    ExpectClose,
    HandshakeWish,
    Link,
    Place,
    Reject,
    Retry,
    Send,
    Step,
    Wait,
)
from wsinspect.events import BINARY, PING, PONG, TEXT
from wsinspect.profiles import Later, Source

# --- the file as a whole


def test_a_check_that_only_opens() -> None:
    made = check('url = "wss://h/x"')
    assert made == Check(
        name="smoke",
        links=(Link("", "wss://h/x", place=Place(PATH, 1)),),
        place=Place(PATH, 1),
        origin='url = "wss://h/x"',
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "a b"', {"name": "a b"}),
        ('timeout = "1.5m"', {"timeout_s": 90.0}),
        ("timeout = 2", {"timeout_s": 2.0}),
        ("strict = true\nallow_violations = true", {"strict": True, "allow_violations": True}),
        ("repeat = 3", {"repeat": 3}),
        ("retry = 2", {"retry": Retry(2, 1.0)}),
        ('retry = { times = 2, delay = "20ms" }', {"retry": Retry(2, 0.02)}),
        ("retry = { times = 2, delay = 0 }", {"retry": Retry(2, 0.0)}),
        ("connections = 4", {"copies": 4}),
        ('repeat = "${N}"\nname = "n${N}"\n[variables]\nN = 3', {"repeat": 3, "name": "n3"}),
        ('name = "${N}"\n[variables]\nN = 3', {"name": "3"}),
        ('timeout = "${N}s"\n[variables]\nN = 3', {"timeout_s": 3.0}),
        ('strict = "${S}"\n[variables]\nS = true', {"strict": True}),
    ],
)
def test_what_stands_at_the_top(text: str, expected: dict[str, Any]) -> None:
    made = check(URL + text)
    assert {name: getattr(made, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b.toml", "b"), ("b.ws.toml", "b"), ("B.WS.TOML", "B"), (".toml", ".toml"), ("x", "x"), ("", "check")],
)
def test_a_check_is_named_after_its_file(path: str, name: str) -> None:
    (made,) = read_checks(URL, path, {}, Sources({}, read_file))
    assert made.name == name
    (made,) = read_checks(URL, path, {}, Sources({}, read_file), "given")
    assert made.name == "given"


def test_a_mark_in_front_is_no_part_of_the_text() -> None:
    assert check("\ufeff" + URL).links[0].url == "wss://h/x"


# --- variables, secrets and cases


def test_variables_refer_to_each_other_and_elsewhere() -> None:
    made = check(
        """url = "ws://${HOST}/${PATH}"
        [variables]
        PATH = "${env:HOME}/${file:hello.txt}"
        HOST = "${NAME}:${PORT}"
        NAME = "h"
        PORT = 80
        NOTHING = ["${null}", { a = "${null}" }]
        """
    )
    assert made.links[0].url == "ws://h:80//home/x/hello"
    assert made.variables["NOTHING"] == [None, {"a": None}]
    assert made.variables["env:HOME"] == "/home/x"
    assert made.variables["file:hello.txt"] == "hello"
    assert not made.secrets


def test_a_case_outranks_what_is_given_and_that_the_file() -> None:
    text = URL + '[variables]\nA = "file"\nB = "file"\nC = "file"\n[[cases]]\nA = "case"\n[[cases]]\nname = "x"\n'
    first, second = checks(text, A="given", B="${C}")
    assert first.name == "smoke [1]"
    assert second.name == "smoke [x]"
    assert (first.place.line, second.place.line) == (6, 8)
    assert [first.variables[name] for name in "ABC"] == ["case", "${C}", "file"]
    assert second.variables["A"] == "given"


def test_only_what_counts_is_fetched() -> None:
    assert check(URL + '[variables]\nA = "${env:MISSING}"\n', A="x").variables == {"A": "x"}


def test_cases_fill_what_is_not_late() -> None:
    first, second = checks(
        """name = "n"
        url = "wss://${WHERE}/x"
        [[cases]]
        name = "${WHERE}"
        WHERE = "a"
        N = 1
        [[cases]]
        name = "b"
        WHERE = "b"
        N = 2
        [[steps]]
        send = "${WHERE}"
        [[steps]]
        expect = { text = "${WHERE}", count = "${N}" }
        [[steps]]
        wait = 1
        """
    )
    assert [first.name, second.name] == ["n [a]", "n [b]"]
    assert [first.links[0].url, second.links[0].url] == ["wss://a/x", "wss://b/x"]
    assert [one.steps[1].action.expectations[0].count for one in (first, second)] == [1, 2]  # type: ignore[union-attr]
    assert second.steps[0].action == Send({"text": "${WHERE}"})
    assert second.steps[0].told == "send b"
    # What has no variables is the same in all.
    assert first.steps[2] is second.steps[2]


def test_secrets_are_known_and_told_nowhere() -> None:
    made = check(
        """url = "wss://h/?token=${TOKEN}"
        [variables]
        TOKEN = "x${secret:API_TOKEN}"
        [handshake]
        auth = { bearer = "${TOKEN}" }
        [[steps]]
        send = { json = { token = "${TOKEN}", given = "${secret:GIVEN}" } }
        [[steps]]
        expect = { text = "${TOKEN}", contains = ["${env:HOME}"] }
        [[steps]]
        close = { reason = "${TOKEN}" }
        [[steps]]
        expect_close = { reason = "^${TOKEN}$" }
        """,
        GIVEN=12345678,
    )
    assert made.secrets == {SECRET, "12345678"}
    assert made.links[0].url == f"wss://h/?token=x{SECRET}"
    assert made.links[0].options == {"bearer": f"x{SECRET}"}
    assert made.steps[2].action == Close(1000, f"x{SECRET}")
    assert [one.told for one in made.steps] == [
        'send {"token": "${TOKEN}", "given": "${secret:GIVEN}"}',
        'expect a message "${TOKEN}" and with "${env:HOME}" in it',
        'close 1000 OK "${TOKEN}"',
        "expect a close with reason /^${TOKEN}$/",
    ]


# --- connections and the handshake


def test_the_handshake_is_a_profile() -> None:
    made = check(
        URL
        + """[handshake]
        headers = { X-A = "1", X-B = "${V}", X-C = false }
        auth = { user = "u", password = { env = "PASS" } }
        subprotocols = ["a", "${V}"]
        tls = { cacert = "ca.pem" }
        max_size = "1k"
        [variables]
        V = "$${v}"
        """
    )
    (link,) = made.links
    source = Source("env", ("PASS",), ("handshake", "auth", "password"))
    folder = str(Path("dir").absolute())
    assert link.options == {
        "header": ["X-A: 1", "X-B: ${v}", "X-C:"],
        "user": Later(("u", ":", source)),
        "subprotocol": ["a", "${v}"],
        "cacert": f"{folder}/ca.pem",
        "max-size": "1k",
    }
    assert link.keys["cacert"] == ("handshake", "tls", "cacert")
    assert link.place.line == 1


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("status = 101", HandshakeWish(status=frozenset({101}))),
        ("status = [401, 403]", HandshakeWish(status=frozenset({401, 403}))),
        ('status = ["${S}", 403]', HandshakeWish(status=frozenset({401, 403}))),
        ('subprotocol = ""', HandshakeWish(subprotocol="")),
        ('extensions = []\nwithin = "500ms"', HandshakeWish(extensions=(), within_s=0.5)),
        ('status = 401\nbody = "no ${S}"', HandshakeWish(status=frozenset({401}), body="no 401")),
        (
            'headers = { Server = "^ng", X-No = false, X-Any = true, X-V = "^${D}$" }',
            HandshakeWish(headers={"Server": "^ng", "X-No": None, "X-Any": "", "X-V": r"^1\.2$"}),
        ),
    ],
)
def test_the_wish(text: str, wish: HandshakeWish) -> None:
    made = check(f'{URL}[variables]\nS = 401\nD = "1.2"\n[handshake.expect]\n{text}')
    assert made.links[0].wish == wish._replace(place=Place(PATH, 5))


def test_named_connections_replace_what_stands_at_the_top() -> None:
    made = check(
        URL
        + """[handshake]
        headers = { X-A = "1", X-B = "2" }
        auth = { bearer = "t" }
        subprotocols = ["a"]
        tls = { insecure = true, servername = "s" }
        expect = { subprotocol = "a", headers = { Server = "x", Via = false }, within = "1s" }
        [connections.alice]
        [connections.bob]
        url = "wss://other/"
        headers = { x-b = "3", X-C = "4" }
        auth = { user = "bob" }
        tls = { insecure = false }
        expect = { subprotocol = "b", headers = { SERVER = "y" } }
        [connections.carol]
        headers = ["Authorization: Basic x"]
        [[steps]]
        on = "bob"
        send = "x"
        """
    )
    alice, bob, carol = made.links
    assert [link.name for link in made.links] == ["alice", "bob", "carol"]
    assert alice.url == "wss://h/x"
    assert alice.options == {
        "header": ["X-A: 1", "X-B: 2"],
        "bearer": "t",
        "subprotocol": ["a"],
        "insecure": True,
        "servername": "s",
    }
    assert bob.url == "wss://other/"
    assert bob.options == {
        "header": ["X-A: 1", "x-b: 3", "X-C: 4"],
        "user": "bob",
        "subprotocol": ["a"],
        "insecure": False,
        "servername": "s",
    }
    assert bob.keys["insecure"] == ("connections", "bob", "tls", "insecure")
    assert bob.keys["servername"] == ("handshake", "tls", "servername")
    assert alice.wish.headers == {"Server": "x", "Via": None}
    assert (alice.wish.subprotocol, alice.wish.within_s) == ("a", 1.0)
    assert bob.wish.headers == {"SERVER": "y", "Via": None}
    assert (bob.wish.subprotocol, bob.wish.within_s) == ("b", 1.0)
    assert carol.options["header"] == ["X-A: 1", "X-B: 2", "Authorization: Basic x"]
    assert "bearer" not in carol.options
    assert (alice.place.line, bob.place.line) == (8, 9)
    assert made.steps[0].on == "bob"
    assert made.copies == 1


def test_one_named_connection_need_not_be_named() -> None:
    assert check('[connections.a]\nurl = "demo:"\n[[steps]]\nsend = "x"').steps[0].on == "a"


# --- steps


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ('send = "hello  ${V}"', Send({"text": "hello  ${V}"}), "send hello ${V}"),
        ('send = { text = "$${V}" }', Send({"text": "$${V}"}), "send $${V}"),
        (
            'send = { json = { a = [1, "${null}", "${V}"] } }',
            Send({"json": {"a": [1, "${null}", "${V}"]}}),
            'send {"a": [1, "${null}", "${V}"]}',
        ),
        ("send = { json = true }", Send({"json": True}), "send true"),
        ('send = { binary = "hex:00ff" }', Send({"binary": "hex:00ff"}), "send binary hex:00ff"),
        ('send = { binary = "00 ff" }', Send({"binary": "00 ff"}), "send binary 00 ff"),
        ('send = { ping = "" }', Send({"ping": ""}), "send a ping"),
        ('send = { ping = "beat" }', Send({"ping": "beat"}), 'send a ping "beat"'),
        (
            'send = { file = "hello.txt" }',
            Send({"payload": b"hello\r\n", "type": "text"}),
            "send the file hello.txt",
        ),
        ('send = { file = "blob" }', Send({"payload": b"\xff\x00", "type": "binary"}), "send the file blob"),
        (
            'send = { file = "${F}.txt", type = "binary" }',
            Send({"payload": b"hello\r\n", "type": "binary"}),
            "send the file ${F}.txt",
        ),
        ('wait = "1s"', Wait(1.0), "wait 1 s"),
        ("wait = 0", Wait(0.0), "wait 0 s"),
        ('wait = "250ms"', Wait(0.25), "wait 250 ms"),
        ('wait = "2m"', Wait(120.0), "wait 2 min"),
        ("close = true", Close(1000), "close"),
        ("close = 4001", Close(4001), "close 4001"),
        ('close = "going away"', Close(1001), "close 1001 GOING_AWAY"),
        ('close = "none"', Close(None), "close without a code"),
        ('close = { reason = "bye" }', Close(1000, "bye"), 'close 1000 OK "bye"'),
        ('close = { code = "${C}" }', Close(4002), "close 4002"),
        ("expect_close = true", ExpectClose(within_s=5.0), "expect a close"),
        ("expect_close = 1000", ExpectClose(frozenset({1000})), "expect close 1000 OK"),
        ('expect_close = "1006"', ExpectClose(frozenset({1006})), "expect close 1006 ABNORMAL_CLOSURE"),
        (
            'expect_close = [1000, "GOING_AWAY"]',
            ExpectClose(frozenset({1000, 1001})),
            "expect close 1000 OK or 1001 GOING_AWAY",
        ),
        (
            'expect_close = { code = 4001, reason = "^x", clean = true, by = "server", within = "2s" }',
            ExpectClose(frozenset({4001}), "^x", True, "peer", 2.0),
            "expect a clean close 4001 with reason /^x/ by the server",
        ),
        (
            'expect_close = { clean = false, by = "us", reason = "${D}" }',
            ExpectClose(None, r"a\.b", False, "us"),
            "expect an unclean close with reason /${D}/ by us",
        ),
    ],
)
def test_what_is_done(text: str, expected: Any, words: str) -> None:
    made = step(f"[[steps]]\n{text}", V="v", F="hello", C=4002, D="a.b")
    assert made == Step(1, expected, words, place=Place(PATH, 2))


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("", {"wanted": {}}, "any message"),
        ('type = "text"', {"types": frozenset({TEXT})}, "a text message"),
        ('type = "binary"', {"types": frozenset({BINARY})}, "a binary message"),
        ('type = "pong"\ntext = "b"', {"types": frozenset({PONG}), "wanted": {"text": "b"}}, 'a pong "b"'),
        ('text = "a"\nsize = 1', {"wanted": {"text": "a", "size": 1}}, 'a message "a" and of 1 B'),
        ('contains = ["a", "b"]\ncount = 3', {"count": 3}, '3 messages with "a" and "b" in it'),
        ("regex = '^a'", {"wanted": {"regex": "^a"}}, "a message like /^a/"),
        ("json = { a = 1 }", {"wanted": {"json": {"a": 1}}}, 'a message {"a": 1}'),
        (
            "partial.id = '${any:uuid}'",
            {"wanted": {"partial": {"id": "${any:uuid}"}}},
            'a message with at least {"id": "${any:uuid}"}',
        ),
        ('where = "a > `3`"', {"wanted": {"where": "a > `3`"}}, "a > `3`"),
        ('where = "a"\ntype = "text"', {}, "a text message where a"),
        (
            'schema = "event.schema.json"',
            {"wanted": {"schema": {"type": "object", "required": ["${x}"]}}},
            "a message valid by event.schema.json",
        ),
        ("schema = { type = 'array' }", {"wanted": {"schema": {"type": "array"}}}, "a message valid by a schema"),
        ("size = { min = 1, max = 3 }", {}, "a message of 1 to 3 B"),
        ("size.max = 3", {}, "a message of at most 3 B"),
        ("size.min = 3", {}, "a message of at least 3 B"),
        ('binary = "hex:82"', {"wanted": {"binary": "hex:82"}}, "a message hex:82"),
        ('prefix = "hex:82"', {}, "a message beginning with hex:82"),
        ('text = "a"\nwithin = "2s"', {"within_s": 2.0}, 'a message "a" within 2 s'),
        ('save = { ID = "data.id" }', {"save": {"ID": "data.id"}}, "any message"),
        ('text = "${V}"', {"wanted": {"text": "${V}"}, "needs": frozenset()}, 'a message "${V}"'),
    ],
)
def test_what_is_expected(text: str, expected: dict[str, Any], words: str) -> None:
    made = expectation(text, V="v")
    assert {name: getattr(made, name) for name in expected} == expected
    assert made.told == words
    assert made.place.line is not None


def test_a_condition_alone_and_the_time_of_the_file() -> None:
    made = check("url = 'demo:'\nwithin = '7s'\n[[steps]]\nexpect = \"op == 'x'\"\n[[steps]]\nexpect_close = 1000\n")
    first, second = (one.action for one in made.steps)
    assert isinstance(first, Expect)
    assert isinstance(second, ExpectClose)
    assert first.expectations[0].wanted == {"where": "op == 'x'"}
    assert first.expectations[0].within_s == second.within_s == 7.0
    assert made.steps[0].told == "expect op == 'x'"


def test_several_expectations_in_a_step() -> None:
    text = "expect = [\n  'a',\n  { text = 'b' },\n]\n"
    made = step(f"[[steps]]\n{text}")
    assert isinstance(made.action, Expect)
    assert [one.place.line for one in made.action.expectations] == [4, 5]
    assert made.told == 'expect a, then a message "b"'
    made = step(f"[[steps]]\n{text}any_order = true\n")
    assert isinstance(made.action, Expect)
    assert made.action.any_order
    assert made.told == 'expect a and a message "b" in any order'


def test_pings_and_what_must_not_come() -> None:
    ping = action('expect_ping = { text = "beat", count = 2, within = "40s" }').expectations[0]
    assert (ping.types, ping.wanted, ping.count, ping.within_s) == ({PING}, {"text": "beat"}, 2, 40.0)
    assert action("expect_ping = true").expectations[0].types == {PING}
    forever = action("reject = \"op == 'error'\"")
    assert isinstance(forever, Reject)
    assert forever.for_s is None
    short = step('[[steps]]\nreject = { contains = "error", for = "2s" }')
    assert isinstance(short.action, Reject)
    assert short.action.for_s == 2.0
    assert short.told == 'reject a message with "error" in it for 2 s'


def test_what_a_step_saves_is_known_to_the_next() -> None:
    made = check(
        URL
        + """[[steps]]
        expect = { save = { ID = "id", N = "n", B = ":text" } }
        [[steps]]
        send = { json = { id = "${ID}", host = "${V}" } }
        [[steps]]
        expect = { where = "id == ${ID} && '${N}'", size = "${N}", binary = "hex:${B}", save = { X = "[a, ${ID}]" } }
        [[steps]]
        send = { ping = "${X}" }
        """,
        V="v",
    )
    assert made.steps[1].action == Send({"json": {"id": "${ID}", "host": "${V}"}}, frozenset({"ID"}))
    expect = made.steps[2].action
    assert isinstance(expect, Expect)
    assert expect.expectations[0].needs == {"ID", "N", "B"}
    assert expect.expectations[0].wanted["size"] == "${N}"
    assert made.variables == {"V": "v"}
