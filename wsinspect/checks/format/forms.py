"""The format of check files as one table: for each table of a file its keys, what they take, and what they mean.

The reader, the JSON Schema and the README all go by it. Values are looked at when ``${NAME}`` in them is filled, but
for those that are *late*: they may refer to what a step saves. Reads nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wsinspect import events
from wsinspect.checks.format.kinds import (
    CODE,
    CODES,
    EXPECTS,
    EXPRESSIONS,
    NAMED_LINKS,
    NUMBER,
    PATTERNS,
    PAUSE,
    STATUS,
    STATUSES,
    TABLE,
    TEXT,
    TEXTS,
    TIME,
    TRUE,
    VALUE,
    VARIABLES,
    YES_NO,
    Kind,
    choice,
    table,
    tables,
    whole,
)
from wsinspect.checks.plan import TIMEOUT_S, WITHIN_S
from wsinspect.registry import ASSERTIONS

MOST = 1_000_000
MOST_COPIES = 10_000
NO_CODE = "none"
"""Stands for a close frame without a code (RFC 6455 section 5.5.1)."""

TYPES = {
    "text": frozenset({events.TEXT}),
    "binary": frozenset({events.BINARY}),
    "ping": frozenset({events.PING}),
    "pong": frozenset({events.PONG}),
}
"""What `type` can be, and the types of rows that it means."""

ACTIONS = ("send", "expect", "reject", "expect_ping", "wait", "close", "expect_close")
"""Of these, a step has exactly one."""

PAYLOADS = ("text", "json", "binary", "file", "ping")
"""Of these, a table of `send` has exactly one."""


class Key(NamedTuple):
    """A key of a table: any of ``kinds``, what it means, and a value as it stands in a file.

    ``late`` values may refer to variables that a step saves, and are filled when the step is done; in a ``pattern``
    what is filled in is escaped.
    """

    kinds: tuple[Kind, ...]
    help: str
    example: str
    late: bool = False
    pattern: bool = False


class Form(NamedTuple):
    """A table: its name in a file, what it is, its keys; ``others`` is what any other key takes, None for no others."""

    title: str
    help: str
    keys: Mapping[str, Key]
    others: Key | None = None


_EXAMPLES = {
    "text": '"ready"',
    "contains": '["ready", "steady"]',
    "regex": "'^order \\d+$'",
    "json": '{ op = "pong" }',
    "partial": '{ op = "pong", id = "${any:integer}" }',
    "where": '"data.n > `3`"',
    "schema": '"event.schema.json"',
    "size": "{ min = 1, max = 100 }",
    "binary": '"hex:82a1"',
    "prefix": '"hex:82"',
}
_ASKED = {name: Key((VALUE,), entry.help, _EXAMPLES.get(name, ""), late=True) for name, entry in ASSERTIONS.items()}
"""Assertions know themselves what they take."""

_TYPE = Key((choice(*TYPES),), "the type of the message; text or binary where it is not given", '"text"')
_WITHIN = Key((TIME,), f"counted from the step's begin; {WITHIN_S:g} s, or the file's `within`", '"2s"')
_COUNT = Key((whole(1, MOST),), "so many messages must match; they need not follow each other", "3")
_REASON = Key((TEXT,), "a regular expression that is found in the reason", '"^deploy"', pattern=True)
_EXPECT_HANDSHAKE = Key((table("handshake_expect"),), "what the opening handshake must be like", "{ status = 101 }")

_HANDSHAKE = {
    "headers": Key((TABLE, TEXTS), "headers of the request; false leaves out one of ours", '{ X-Id = "1" }'),
    "auth": Key((TABLE,), "`bearer`, or `user` and `password`", '{ bearer = "${secret:API_TOKEN}" }'),
    "subprotocols": Key((TEXTS,), "subprotocols that are offered", '["chat.v2"]'),
    "tls": Key((TABLE,), "`cacert`, `cert`, `key`, `servername`, `insecure` and so on", '{ cacert = "ca.pem" }'),
    "expect": _EXPECT_HANDSHAKE,
}
OPTION = Key(
    (TEXT, YES_NO, NUMBER, TEXTS, TABLE),
    "any option of `connect` that says how a connection is opened, by its long name",
    '"10s"',
)

FORMS: dict[str, Form] = {
    "file": Form(
        "top of the file",
        "stands above the first [table]",
        {
            "name": Key((TEXT,), "the name of the check; the file's own where it is not given", '"ping answers"'),
            "url": Key((TEXT,), "as for `connect`: short forms, `demo:` and `@profile`, too", '"wss://${HOST}/feed"'),
            "timeout": Key((TIME,), f"for each run of the whole check; {TIMEOUT_S:g} s", '"30s"'),
            "within": Key((TIME,), f"for each expectation that says nothing else; {WITHIN_S:g} s", '"5s"'),
            "strict": Key((YES_NO,), "true: a message that no step asked for is a failure", "true"),
            "allow_violations": Key((YES_NO,), "true: the server may break the protocol", "true"),
            "repeat": Key((whole(1, MOST),), "run the check so often, one after the other", "10"),
            "retry": Key(
                (whole(0, 1000), table("retry")),
                "try a check that fails so many times more",
                '{ times = 2, delay = "1s" }',
            ),
            "connections": Key(
                (
                    whole(1, MOST_COPIES),
                    NAMED_LINKS,
                ),
                "so many copies of the check side by side; or named connections of one check",
                "5",
            ),
            "variables": Key((VARIABLES,), "values by name, for `${NAME}`", '{ HOST = "127.0.0.1:8080" }'),
            "handshake": Key(
                (table("handshake"),),
                "how the connection is opened, and what must come of it",
                '{ subprotocols = ["chat.v2"] }',
            ),
            "cases": Key((tables("case", 1),), "each is a check of its own, with these variables", '[{ INPUT = "A" }]'),
            "steps": Key((tables("step"),), "what is done and expected, one after the other", '[{ send = "hello" }]'),
        },
    ),
    "retry": Form(
        "retry",
        "how a check that fails is tried again",
        {
            "times": Key((whole(0, 1000),), "at most so many times more", "2"),
            "delay": Key((PAUSE,), "so much later; 1 s", '"1s"'),
        },
    ),
    "handshake": Form("[handshake]", "the keys of a profile: how the connection is opened", _HANDSHAKE, OPTION),
    "connection": Form(
        "[connections.NAME]",
        "a named connection: what stands in [handshake], replaced key by key",
        {
            "url": Key((TEXT,), "where it goes; the file's `url` where it is not given", '"wss://${HOST}/b"'),
            **_HANDSHAKE,
        },
        OPTION,
    ),
    "handshake_expect": Form(
        "[handshake.expect]",
        "what the opening handshake must be like",
        {
            "status": Key(
                (STATUS, STATUSES), "other than 101, to be refused is what is wanted; no steps follow then", "401"
            ),
            "subprotocol": Key((TEXT,), "the one that is agreed on; empty for none", '"chat.v2"'),
            "extensions": Key((TEXTS,), "those that are agreed on, and no others", '["permessage-deflate"]'),
            "headers": Key(
                (PATTERNS,),
                "regular expressions found in the values; false: it is absent, true: it is there",
                '{ Server = "nginx", X-Powered-By = false }',
            ),
            "body": Key((TEXT,), "stands in the body of a refusal", '"token expired"'),
            "within": Key((TIME,), "so long the whole opening may take", '"500ms"'),
        },
    ),
    "case": Form(
        "[[cases]]",
        "a row of inputs: all keys but `name` are variables",
        {"name": Key((TEXT,), "names the case; its number where it is not given", '"upper"')},
        Key((VALUE,), "a variable", '"A"'),
    ),
    "step": Form(
        "[[steps]]",
        "one thing to do or to expect",
        {
            "send": Key((TEXT, table("send")), "send a text message, or what the table says", '"hello"', late=True),
            "expect": Key(
                (TEXT, table("expect"), EXPECTS),
                "a message that must come: a condition, a table, or a list of them, one after the other",
                "\"op == 'pong'\"",
                late=True,
            ),
            "reject": Key(
                (TEXT, table("reject")),
                "a message that must not come, from here to the end, or for some time",
                '{ contains = "error", for = "2s" }',
                late=True,
            ),
            "expect_ping": Key((TRUE, table("expect_ping")), "a ping that must come", "true", late=True),
            "wait": Key((PAUSE,), "do nothing for so long", '"1s"'),
            "close": Key((TRUE, CODE, table("close")), 'close: true is 1000, "none" sends no code', "1000"),
            "expect_close": Key(
                (TRUE, CODE, CODES, table("expect_close")),
                "the connection must end: true with any code; 1005 is a close frame without one, 1006 none at all",
                '[1000, "GOING_AWAY"]',
            ),
            "on": Key((TEXT,), "the connection, where several are named", '"alice"'),
            "any_order": Key((YES_NO,), "beside a list in `expect`: they may come in any order", "true"),
        },
    ),
    "send": Form(
        "send",
        "exactly one message",
        {
            "text": Key((TEXT,), "a text message", '"hello"', late=True),
            "json": Key((VALUE,), "a text message that is this value as JSON", '{ op = "ping" }', late=True),
            "binary": Key((TEXT,), "a binary message: hex:..., base64:... or hex digits", '"hex:00ff"', late=True),
            "file": Key((TEXT,), "what a file holds, from the check's folder on", '"payload.bin"'),
            "type": Key((choice("text", "binary"),), "beside `file`; text where that is UTF-8", '"binary"'),
            "ping": Key((TEXT,), "a ping with this payload", '"beat"', late=True),
        },
    ),
    "expect": Form(
        "expect",
        "all that stands here must hold for one message",
        {
            "type": _TYPE,
            **_ASKED,
            "count": _COUNT,
            "within": _WITHIN,
            "save": Key(
                (EXPRESSIONS,), "variables, and expressions on the message that give their values", '{ ID = "data.id" }'
            ),
        },
    ),
    "reject": Form(
        "reject",
        "all that stands here must hold for no message",
        {
            "type": _TYPE,
            **_ASKED,
            "for": Key((TIME,), "the step takes so long; without it, from here to the end", '"2s"'),
        },
    ),
    "expect_ping": Form(
        "expect_ping",
        "a ping that must come",
        {
            "text": Key((TEXT,), "its payload", '"beat"', late=True),
            "count": _COUNT._replace(help="so many pings"),
            "within": _WITHIN,
        },
    ),
    "close": Form(
        "close",
        "the close frame that we send",
        {
            "code": Key((CODE,), 'a code or its name; "none" sends none', "1000"),
            "reason": Key((TEXT,), "at most 123 bytes", '"done"'),
        },
    ),
    "expect_close": Form(
        "expect_close",
        "how the connection must end",
        {
            "code": Key((CODE, CODES), "any of these codes", "1000"),
            "reason": _REASON,
            "clean": Key((YES_NO,), "with close frames both ways (RFC 6455 section 7.1.4), or without", "true"),
            "by": Key((choice("server", "us"),), "who began", '"server"'),
            "within": _WITHIN,
        },
    ),
}
"""Every table of the format, by the name that it has in the schema."""
