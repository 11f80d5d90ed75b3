"""The one list of telling results: everything that tells of checks, and every report, runs through it.

They are as `checking` hands them over: secrets are hidden already, texts from outside are not neutralised yet.
"""

from wsinspect.checks.plan import Check, Place, Step, Wait
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, Seen, StepResult
from wsinspect.errors import Exit

START = 1795349071.207123
"""The moment at which the run began, in seconds since the epoch."""

PASSED, FAILED, ERROR, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example/\x07a\tb\r\nc\x9b31m \u202eevil\u2066\u200b"
"""What a server sends that would write all over a terminal."""

COMMANDS = "\n::error file=secret.py,line=1::owned\r\n##[error]owned\n##vso[task.complete]\n::set-output name=a::b"
"""What a server sends that would command a CI service."""

MARKUP = "[bold red]x[/] ]]> <script>alert(1)</script> & \"quoted\" 'so' not ok 1 # SKIP"
"""What a server sends that means something in a form of report."""


def _steps(file: str, *rows: tuple[int, str, Outcome, float], on: str = "") -> tuple[StepResult, ...]:
    """Make steps of rows: the line, the action in words, the outcome, the seconds."""
    return tuple(
        StepResult(number, told, outcome, seconds, on, Place(file, line))
        for number, (line, told, outcome, seconds) in enumerate(rows, 1)
    )


FACTS = {
    "url": "ws://127.0.0.1:40123/",
    "address": "127.0.0.1:40123",
    "subprotocol": "chat.v2",
    "received": "3",
    "sent": "1",
}

passed = CheckResult(
    "ping answers",
    Place("smoke/ping.toml", 1),
    PASSED,
    0.1243,
    _steps(
        "smoke/ping.toml",
        (5, 'send {"op":"ping"}', PASSED, 0.0002),
        (8, "expect op == 'pong'", PASSED, 0.0311),
        (11, "expect the close 1000 OK", PASSED, 0.0009),
    ),
    None,
    START,
    facts=FACTS,
)

_PENDING = '{"op": "order", "data": {"id": 7, "state": "pending", "at": 1795349071}}'

unmet = CheckResult(
    "order is confirmed",
    Place("smoke/orders.toml", 1),
    FAILED,
    2.0361,
    _steps(
        "smoke/orders.toml",
        (12, 'send {"op":"order","id":7}', PASSED, 0.0002),
        (15, "expect JSON that holds at least {…}", FAILED, 2.0004),
        (23, "expect the close 1000 OK", SKIPPED, 0.0),
    ),
    Fault(
        Exit.UNMET,
        "no message in 2 s was what step 2 expects; 3 came",
        hint="the nearest differs in `data.state`; is the service slower here than `within`?",
        step=2,
        told="expect JSON that holds at least {…}",
        expected='{"data": {"id": 7, "state": "confirmed"}}',
        came=_PENDING,
        difference=('- data.state: "confirmed"', '+ data.state: "pending"'),
        events=(
            Seen(0.0004, "", "out", "TEXT", 24, '{"op":"order","id":7}'),
            Seen(0.0121, "", "in", "TEXT", 18, '{"op":"welcome"}'),
            Seen(
                0.0319, "", "in", "TEXT", 76, '{"op": "order", "data": {"id": 7, "state": "pending", "at": 1795349071}}'
            ),
            Seen(1.0322, "", "in", "PING", 4, "beat"),
            Seen(1.0323, "", "out", "PONG", 4, "beat"),
        ),
        place=Place("smoke/orders.toml", 15),
    ),
    START + 0.01,
    facts=FACTS,
)

closed = CheckResult(
    "subscription [BTC]",
    Place("smoke/subscribe.toml", 30),
    FAILED,
    0.0523,
    _steps(
        "smoke/subscribe.toml",
        (8, 'send {"op":"subscribe","pair":"BTC"}', PASSED, 0.0001),
        (11, "expect op == 'subscribed'", FAILED, 0.0112),
    ),
    Fault(
        Exit.UNMET,
        'the server closed with 1011 INTERNAL_ERROR "database gone" while step 2 waited',
        hint="`wsinspect decode-close 1011` tells what the code means",
        step=2,
        told="expect op == 'subscribed'",
        expected="op == 'subscribed'",
        came='close 1011 INTERNAL_ERROR "database gone"',
        events=(
            Seen(0.0003, "", "out", "TEXT", 36, '{"op":"subscribe","pair":"BTC"}'),
            Seen(0.0115, "", "in", "CLOSE", 15, "1011 database gone"),
        ),
        place=Place("smoke/subscribe.toml", 11),
    ),
    START + 0.02,
    facts=FACTS,
)

lost = CheckResult(
    "long poll",
    Place("smoke/long.toml", 1),
    FAILED,
    3.5,
    _steps("smoke/long.toml", (6, "wait 5 s", PASSED, 3.4)),
    Fault(
        Exit.LOST,
        "the connection was lost: the connection was reset (1006)",
        hint="a proxy or load balancer in between may have cut it; see its idle timeout",
        expected="",
        came="the connection was reset",
        place=Place("smoke/long.toml", 6),
    ),
    START + 0.02,
    facts=FACTS,
)

violation = CheckResult(
    "frames are sound",
    Place("smoke/frames.toml", 1),
    FAILED,
    0.0089,
    _steps(
        "smoke/frames.toml",
        (5, "send hello", PASSED, 0.0001),
        (8, "expect any message", PASSED, 0.003),
        (11, "reject text that contains error", PASSED, 0.0),
    ),
    Fault(
        Exit.VIOLATION,
        "the server broke the protocol: opcode 0x3 is reserved (RFC 6455 §5.2)",
        hint="`allow_violations = true` lets it pass",
        came="83 05 48 65 6c 6c 6f",
        events=(
            Seen(0.001, "", "in", "BINARY", 3, "82 a1 61"),
            Seen(0.0021, "", "in", "ERROR", 0, "opcode 0x3 is reserved · RFC 6455 §5.2 · at byte 1,024"),
        ),
        place=Place("smoke/frames.toml", 11),
    ),
    START + 0.03,
    facts=FACTS,
)

refused = CheckResult(
    "login",
    Place("smoke/login.toml", 1),
    ERROR,
    0.0041,
    _steps("smoke/login.toml", (9, "expect type == 'welcome'", SKIPPED, 0.0)),
    Fault(
        Exit.REFUSED,
        "the server refused the handshake: 401 Unauthorized",
        hint="it asks for `Bearer`; give a token in [handshake] auth",
        step=0,
        told="the handshake",
        expected="status 101",
        came='status 401, body "token expired"',
        place=Place("smoke/login.toml", 4),
    ),
    START + 0.04,
    facts={"url": "wss://example.com/ws?token=***", "status": "401"},
)

tls = CheckResult(
    "staging",
    Place("smoke/staging.toml", 1),
    ERROR,
    0.0123,
    (),
    Fault(
        Exit.TLS,
        "the server's certificate cannot be verified: it expired 3 days ago",
        hint="`-k` connects all the same",
        place=Place("smoke/staging.toml", 2),
    ),
    START + 0.05,
)

timeout = CheckResult(
    "slow",
    Place("smoke/slow.toml", 1),
    ERROR,
    30.0,
    _steps("smoke/slow.toml", (5, "send hello", PASSED, 0.0001), (8, "wait 1 min", ERROR, 29.99)),
    Fault(
        Exit.TIMEOUT,
        "the check took longer than its timeout of 30 s",
        hint="`timeout = ...` gives it more",
        step=2,
        told="wait 1 min",
        place=Place("smoke/slow.toml", 8),
    ),
    START + 0.06,
    facts=FACTS,
)

skipped = CheckResult(
    "not reached", Place("smoke/zz.toml", 1), SKIPPED, 0.0, notes=("left out after the first failure",)
)

retried = CheckResult(
    "flaky presence",
    Place("smoke/presence.toml", 1),
    PASSED,
    2.25,
    _steps("smoke/presence.toml", (5, "expect event == 'join'", PASSED, 0.2)),
    None,
    START + 0.07,
    attempts=3,
    facts=FACTS,
    notes=("passed at the third attempt",),
)

many = CheckResult(
    "five side by side",
    Place("smoke/many.toml", 1),
    FAILED,
    1.2,
    _steps("smoke/many.toml", (7, 'send "hi"', PASSED, 0.0), (10, "expect 3 texts hi", FAILED, 1.0)),
    Fault(
        Exit.UNMET,
        "2 of 3 messages came in 1 s",
        step=2,
        told="expect 3 texts hi",
        expected='3 messages with the text "hi"',
        came="2 of them, and 41 others",
        place=Place("smoke/many.toml", 10),
    ),
    START + 0.08,
    runs=5,
    failed_runs=2,
    facts=FACTS,
    notes=("2 of 5 runs failed",),
    recordings=("records/five side by side-1.ndjson", "records/five side by side-4.ndjson"),
)

hostile = CheckResult(
    f"hostile {ESCAPES}",
    Place(f"smoke/100%, odd: {ESCAPES}.toml", 3),
    FAILED,
    0.5,
    (
        StepResult(1, f"send {MARKUP}", PASSED, 0.001, "", Place("smoke/odd.toml", 5)),
        StepResult(2, f"expect {COMMANDS}", FAILED, 0.4, "", Place("smoke/odd.toml", 8)),
    ),
    Fault(
        Exit.UNMET,
        f"no message was as expected {COMMANDS}",
        hint=f"see {ESCAPES}",
        step=2,
        told=f"expect {COMMANDS}",
        expected=MARKUP,
        came=f"{COMMANDS} {ESCAPES} \udce9",
        difference=(f"- {MARKUP}", f"+ {ESCAPES}", "+::error::owned", "  " + "漢字 🎉 " * 60, f"+ {COMMANDS}"),
        events=(
            Seen(0.1, "", "in", "TEXT", 4096, "A" * 4096),
            Seen(0.2, "", "in", "TEXT", len(ESCAPES), ESCAPES),
            Seen(0.3, "", "in", "TEXT", len(COMMANDS), COMMANDS),
            Seen(0.4, "", "in", "TEXT", 15, "::error::owned"),
            Seen(0.5, "", "in", "CLOSE", 30, f"4001 {MARKUP} {ESCAPES}"),
        ),
        place=Place("smoke/odd.toml", 8),
    ),
    START + 0.09,
    facts={"url": f"ws://127.0.0.1/{ESCAPES}", "subprotocol": MARKUP},
    notes=(f"note {ESCAPES}",),
    recordings=(f"records/{ESCAPES}.ndjson",),
)

secret = CheckResult(
    "token is taken",
    Place("smoke/token.toml", 1),
    FAILED,
    0.2,
    _steps("smoke/token.toml", (6, 'send {"token":"***"}', PASSED, 0.0), (9, "expect ok", FAILED, 0.1)),
    Fault(
        Exit.UNMET,
        "no message in 100 ms was what step 2 expects; 1 came",
        step=2,
        told="expect ok",
        expected="ok == true",
        came='{"error": "token *** is unknown"}',
        events=(Seen(0.05, "", "in", "TEXT", 40, '{"error": "token *** is unknown"}'),),
        place=Place("smoke/token.toml", 9),
    ),
    START + 0.1,
    facts={"url": "wss://example.com/?token=***"},
)

two = CheckResult(
    "bob hears alice",
    Place("smoke/rooms.toml", 1),
    FAILED,
    1.5,
    (
        StepResult(1, 'send {"room":1}', PASSED, 0.001, "alice", Place("smoke/rooms.toml", 14)),
        StepResult(2, 'send {"room":1}', PASSED, 0.001, "bob", Place("smoke/rooms.toml", 18)),
        StepResult(3, 'send {"say":"hi"}', PASSED, 0.001, "alice", Place("smoke/rooms.toml", 22)),
        StepResult(4, "expect say == 'hi'", FAILED, 1.0, "bob", Place("smoke/rooms.toml", 26)),
        StepResult(5, "close 1000", SKIPPED, 0.0, "alice", Place("smoke/rooms.toml", 30)),
    ),
    Fault(
        Exit.UNMET,
        "nothing came in 1 s",
        hint="does the service send on to others in the room?",
        step=4,
        told="expect say == 'hi'",
        expected="say == 'hi'",
        came="nothing",
        events=(
            Seen(0.001, "alice", "out", "TEXT", 10, '{"room":1}'),
            Seen(0.002, "bob", "out", "TEXT", 10, '{"room":1}'),
            Seen(0.003, "alice", "out", "TEXT", 12, '{"say":"hi"}'),
            Seen(0.021, "alice", "in", "TEXT", 12, '{"ack":true}'),
        ),
        place=Place("smoke/rooms.toml", 26),
    ),
    START + 0.11,
    facts=FACTS,
)

one_line = CheckResult(
    "wss://example.com/ws",
    Place(),
    PASSED,
    0.08,
    (StepResult(1, "expect any message", PASSED, 0.01),),
    None,
    START + 0.12,
)

ALL: tuple[CheckResult, ...] = (
    passed,
    unmet,
    closed,
    lost,
    violation,
    refused,
    tls,
    timeout,
    skipped,
    retried,
    many,
    hostile,
    secret,
    two,
    one_line,
)
RESULTS = Results(ALL, 31.04, START)
"""All of them, as one run."""

GOOD = Results((passed, retried), 2.4, START)
"""A run that passed."""


def planned(result: CheckResult) -> Check:
    """Return a check that might have come to this; its actions are not those that its steps tell of."""
    steps = [Step(step.number, Wait(1.0), step.told, step.on, step.place) for step in result.steps]
    return Check(result.name, (), tuple(steps), place=result.place)
