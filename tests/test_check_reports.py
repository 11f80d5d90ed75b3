"""Reports of checks: what others' readers make of them, and that hostile texts cannot get out of their places."""

import base64
import hashlib
import itertools
import json
import os
import random
import re
import signal
import subprocess
import tempfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, Skipped
from lxml import etree
from tap.parser import Parser

from tests.check_results import ALL, ESCAPES, GOOD, MARKUP, RESULTS, START, hostile, many, passed, skipped, two, unmet
from tests.peer_programs import program
from tests.servers import environment
from wsinspect.checking.report_files import write_whole
from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, Seen, StepResult
from wsinspect.errors import Exit
from wsinspect.registry import REPORTS
from wsinspect.render.safe import is_neutral, neutral
from wsinspect.reports import words
from wsinspect.reports.failure import difference_of
from wsinspect.reports.html import html
from wsinspect.reports.json_report import json_report
from wsinspect.reports.junit import junit
from wsinspect.reports.lines import block
from wsinspect.reports.tap import tap

SCHEMAS = Path(__file__).parent / "schemas"
JUNIT_SCHEMA = etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd"))
JSON_SCHEMA = Draft202012Validator(json.loads((SCHEMAS / "check-report.schema.json").read_text()))
BOUND_S = 60

NASTY = [
    "",
    " ",
    "{",
    "a {",
    "-",
    "---",
    "...",
    "  ...",
    "- ",
    "#",
    "\\",
    "\\#",
    "x \\# SKIP",
    "# SKIP",
    "#todo",
    "# time=1ms",
    "ok 1",
    "not ok 2 - x",
    "1..0",
    "Bail out!",
    "\nBail out!\n",
    "\nok 99 - owned # SKIP",
    "pragma +strict",
    "# Subtest: x",
    ": x",
    "a: b",
    "'",
    '"',
    "`a` `b",
    "&amp;",
    "&#x1b;",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[x]]>",
    "</script><script>owned()</script>",
    "</style><script>owned()</script>",
    "</title><script>owned()</script>",
    "</details></main><img src=x onerror=owned()>",
    '"><svg onload=owned()>',
    "' onclick='owned()' x='",
    "javascript:owned()",
    "<a href=javascript:owned()>",
    "{{7*7}}${7*7}<%= 7 %>",
    "[[ATTACHMENT|/etc/passwd]]",
    "\x00\x01\x08\x0b\x0c\x0e\x1f\x7f\x80\x85\x9b",
    "\r\n",
    "\u2028\u2029\ufeff\ufffe\uffff\U0001ffff\ufdd0",
    "\ud800",
    "\udfff\ud83d",
    "👩‍🚀 漢字 ünï",
    "\u202eevil\u2066\u200b\u061c",
    ESCAPES,
    MARKUP,
    "1e999",
    "nul",
    "~",
    "*a",
    "&a",
    "!!python/object:x",
    "%YAML 1.2",
]
ENDLESS = ["A" * 30_000, "line\n" * 1000]
TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(categories=None, codec=None), max_size=30),
    st.lists(st.sampled_from(NASTY), max_size=3).map("".join),
)
TIMES = st.floats(0, 1e6) | st.sampled_from([0.0, -0.001, 1e-9])
PLACES = st.builds(Place, TEXTS, st.none() | st.integers(1, 10**6))
FAULTS = st.builds(
    Fault,
    st.sampled_from([Exit.UNMET, Exit.VIOLATION, Exit.TLS, Exit.OUTPUT, Exit.SIGINT]),
    TEXTS,
    TEXTS,
    st.none() | st.integers(0, 5),
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(TEXTS, max_size=4).map(tuple),
    st.lists(
        st.builds(Seen, TIMES, TEXTS, st.sampled_from(["in", "out"]), TEXTS, st.integers(0, 2**40), TEXTS), max_size=3
    ).map(tuple),
    PLACES,
)
OUTCOMES = st.sampled_from(list(Outcome))
CHECKS = st.builds(
    CheckResult,
    TEXTS,
    PLACES,
    OUTCOMES,
    TIMES,
    st.lists(st.builds(StepResult, st.integers(1, 99), TEXTS, OUTCOMES, TIMES, TEXTS, PLACES), max_size=3).map(tuple),
    st.none(),
    st.sampled_from([0.0, START]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
    st.dictionaries(TEXTS, TEXTS, max_size=3),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
)


@st.composite
def some_results(draw: st.DrawFn) -> Results:
    checks = []
    for check in draw(st.lists(CHECKS, max_size=4)):
        bad = check.outcome in (Outcome.FAILED, Outcome.ERROR)
        checks.append(check._replace(fault=draw(FAULTS)) if bad else check)
    stopped = draw(st.sampled_from([None, None, Exit.SIGINT, Exit.OUTPUT]))
    return Results(tuple(checks), draw(TIMES), START, stopped, tuple(draw(st.lists(TEXTS, max_size=2))))


streams = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def nasty_results() -> Results:
    """Return a check for each nasty text, in every place: every second one failed."""
    checks = []
    dice = random.Random(7)
    for number, text in enumerate(NASTY + ENDLESS + ["".join(dice.choices(NASTY, k=3)) for _ in range(60)]):
        if number % 2:
            outcome = Outcome.PASSED if number % 4 == 1 else Outcome.SKIPPED
            checks.append(passed._replace(name=text, outcome=outcome, notes=(text,)))
            continue
        events = (Seen(0.1, text, "in", "TEXT", 3, text),)
        fault = Fault(Exit.UNMET, text, text, 1, text, text, text, (text, f"-{text}", f"+{text}"), events)
        steps = (StepResult(1, text, Outcome.FAILED, 0.1, text),)
        checks.append(
            CheckResult(text, Place(text, 1), Outcome.FAILED, 1.0, steps, fault, facts={text: text}, notes=(text,))
        )
    return Results(tuple(checks), 1.0, START)


class TestEveryReport:
    @pytest.fixture(params=REPORTS)
    def report(self, request: pytest.FixtureRequest) -> Any:
        return REPORTS.load(request.param)

    def test_is_text_that_ends_its_last_line(self, report: Any) -> None:
        for results in (RESULTS, GOOD, Results((), 0.0, START), *[Results((check,), 1.0, START) for check in ALL]):
            text = report(results)
            assert text.endswith("\n")
            assert text.encode("utf-8")

    def test_says_the_same_twice(self, report: Any) -> None:
        assert report(RESULTS) == report(RESULTS)

    def test_holds_no_character_that_a_terminal_obeys(self, report: Any) -> None:
        for results in (RESULTS, nasty_results()):
            for line in report(results).split("\n"):
                assert is_neutral(neutral(line)), line
                # The signs of emoji stay where `neutral` lets them.
                assert neutral(line) == line, line

    @given(results=some_results())
    @settings(streams, max_examples=25)
    def test_takes_any_text(self, report: Any, results: Results) -> None:
        for line in report(results).split("\n"):
            assert line.isprintable()


def strict_xml(text: str) -> Any:
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))


def assert_junit(text: str, results: Results) -> None:
    """Hold a document to the common schema, and to what junitparser reads of it."""
    root = strict_xml(text)
    # What is ours beyond the schema, and nothing else.
    for case in root.iter("testcase"):
        case.attrib.pop("file", None)
        case.attrib.pop("line", None)
        case.remove(case.find("properties"))
    JUNIT_SCHEMA.assertValid(root)
    read = list(JUnitXml.fromstring(text.encode()))[results.stopped is not None :]
    assert [suite.name for suite in read] == [suite.name for suite in words.suites(results)]
    cases = [case for suite in read for case in suite]
    kinds = Counter(type(entry) for case in cases for entry in case.result)
    assert kinds == +Counter(
        {
            kind: results.count(outcome)
            for kind, outcome in ((Failure, Outcome.FAILED), (Error, Outcome.ERROR), (Skipped, Outcome.SKIPPED))
        }
    )
    assert len(cases) == len(results.checks)


class TestJUnit:
    def case(self, check: CheckResult) -> Any:
        (case,) = strict_xml(junit(Results((check,), 1.0, START))).iter("testcase")
        return case

    def test_is_read_by_others(self) -> None:
        assert_junit(junit(RESULTS), RESULTS)
        assert_junit(junit(GOOD), GOOD)

    def test_counts_by_suite_and_in_all(self) -> None:
        results = Results((passed, unmet._replace(place=passed.place), skipped, two), 9.5, START)
        read = JUnitXml.fromstring(junit(results).encode())
        assert (read.tests, read.failures, read.errors, read.time) == (4, 2, 0, 9.5)
        suites = [(suite.name, suite.tests, suite.failures, suite.skipped) for suite in read]
        assert suites == [
            ("smoke/ping.toml", 2, 1, 0),
            ("smoke/zz.toml", 1, 0, 1),
            ("smoke/rooms.toml", 1, 1, 0),
        ]
        first = next(iter(read))
        assert first.time == pytest.approx(passed.seconds + unmet.seconds, abs=1e-3)
        assert first.timestamp == "2026-11-22T12:04:31+00:00"

    def test_names_the_check_and_its_line(self) -> None:
        case = self.case(unmet)
        assert dict(case.attrib) == {
            "classname": "smoke.orders",
            "name": "order is confirmed",
            "time": "2.036",
            "file": "smoke/orders.toml",
            "line": "15",
        }

    @pytest.mark.parametrize(
        ("file", "name"),
        [
            ("smoke/a.toml", "smoke.a"),
            ("./smoke/a.ws.toml", "smoke.a"),
            ("../x/a.toml", "x.a"),
            ("/srv/checks/a.toml", "srv.checks.a"),
            ("smoke\\a.toml", "smoke.a"),
            ("", "wsinspect.check"),
            ("..", "wsinspect.check"),
        ],
    )
    def test_makes_a_class_name_of_the_file(self, file: str, name: str) -> None:
        assert self.case(passed._replace(place=Place(file, 1))).get("classname") == name

    def test_keeps_the_line_of_the_check_where_the_fault_stands_in_another_file(self) -> None:
        assert unmet.fault
        case = self.case(unmet._replace(fault=unmet.fault._replace(place=Place("vars.toml", 99))))
        assert (case.get("file"), case.get("line")) == ("smoke/orders.toml", "1")

    def test_has_no_file_for_the_command_line(self) -> None:
        case = self.case(passed._replace(place=Place()))
        assert case.get("file") is None
        assert case.getparent().get("name") == "command line"
        assert case.getparent().get("file") is None

    def test_tells_a_failure_from_an_error(self) -> None:
        for check in ALL:
            case = self.case(check)
            assert (case.find("failure") is not None) == (check.outcome is Outcome.FAILED)
            assert (case.find("error") is not None) == (check.outcome is Outcome.ERROR)
        (error,) = self.case(next(check for check in ALL if check.name == "login")).iter("error")
        assert error.get("type") == "refused"
        (failure,) = self.case(next(check for check in ALL if check.name == "long poll")).iter("failure")
        assert failure.get("type") == "lost"

    def test_tells_all_of_a_failure(self) -> None:
        (failure,) = self.case(unmet).iter("failure")
        assert unmet.fault
        assert (failure.get("type"), failure.get("message")) == ("unmet", unmet.fault.sentence)
        assert failure.text == "\n".join(block(unmet))
        for part in (unmet.fault.expected, unmet.fault.came, '"state": "pending"', "↑ PONG"):
            assert part in failure.text

    def test_has_no_line_that_a_service_obeys(self) -> None:
        for line in junit(Results((hostile,), 1.0, START)).split("\n"):
            assert not re.match(r"\s*::|.*##\w*\[", line), line

    def test_says_that_the_run_was_stopped(self) -> None:
        results = Results((passed, skipped), 1.0, START, Exit.SIGINT, ("a & b", ESCAPES))
        root = strict_xml(junit(results))
        assert (root.get("tests"), root.get("errors")) == ("3", "1")
        (error,) = root.iter("error")
        assert (error.get("type"), error.get("message")) == ("sigint", "ended by Ctrl-C (SIGINT)")
        assert error.text.split("\n") == ["ended by Ctrl-C (SIGINT)", "a & b", neutral(ESCAPES)]
        assert [suite.get("name") for suite in root] == ["the whole run", "smoke/ping.toml", "smoke/zz.toml"]

    def test_has_facts_as_properties(self) -> None:
        properties = {entry.get("name"): entry.get("value") for entry in self.case(many).iter("property")}
        assert properties == {**many.facts, "attempts": "1", "runs": "5", "failed_runs": "2", "exit": "1"}

    def test_says_why_a_check_was_skipped(self) -> None:
        assert self.case(skipped).find("skipped").get("message") == "left out after the first failure"
        assert self.case(skipped._replace(notes=())).find("skipped").get("message") == "not run"

    def test_attaches_recordings_and_nothing_else(self) -> None:
        check = many._replace(notes=("[[ATTACHMENT|/etc/passwd]]",))
        assert self.case(check).find("system-out").text.split("\n") == [
            "[\\x5bATTACHMENT|/etc/passwd]]",
            "[[ATTACHMENT|records/five side by side-1.ndjson]]",
            "[[ATTACHMENT|records/five side by side-4.ndjson]]",
        ]

    def test_is_valid_whatever_the_texts_are(self) -> None:
        results = nasty_results()
        assert_junit(junit(results), results)

    @given(some_results())
    @streams
    def test_is_valid_for_streams_of_hostile_texts(self, results: Results) -> None:
        assert_junit(junit(results), results)

    def test_shortens_what_is_endless(self) -> None:
        assert unmet.fault
        fault = unmet.fault._replace(came="x" * 3_000_000, difference=("+y",) * 100_000)
        text = junit(Results((unmet._replace(fault=fault),), 1.0, START))
        assert len(text) < 20_000


POINT = re.compile(
    r"(not )?ok (\d+) - ((?:[^\\#]|\\[\\#])*?) # (?:time=(\d+\.\d{3})ms|SKIP ((?:[^\\#]|\\[\\#])+))", re.DOTALL
)


def unescaped(text: str) -> str:
    return re.sub(r"\\([\\#])", r"\1", text)


def assert_tap(text: str, results: Results) -> None:
    """Hold a stream to the grammar of TAP 14, and to what tap.py reads of it."""
    lines = text.split("\n")
    assert lines[0] == "TAP version 14"
    assert lines[1].split(" #")[0] == f"1..{len(results.checks)}"
    points = [line for line in lines[2:-1] if not line.startswith(("  ", "# ", "Bail out! "))]
    assert len(lines) - 1 == 2 + sum(
        line.startswith(("  ", "# ", "Bail out! ", "ok ", "not ok ")) for line in lines[2:]
    )
    for number, (line, check) in enumerate(zip(points, results.checks, strict=True), 1):
        match = POINT.fullmatch(line)
        assert match, line
        assert int(match[2]) == number
        assert bool(match[1]) == (check.outcome in (Outcome.FAILED, Outcome.ERROR))
        assert (match[5] is not None) == (check.outcome is Outcome.SKIPPED)
        name = re.sub(r"#(?=\s*(skip|todo))", r"\\x23", words.short(check.name).strip(), flags=re.IGNORECASE)
        assert unescaped(match[3]) == re.sub(r"\{$", r"\\x7b", name)
    read = [line for line in Parser().parse_text(text) if line.category == "test"]
    for line, check in zip(read, results.checks, strict=True):
        assert (bool(line.ok), line.todo) == (check.outcome in (Outcome.PASSED, Outcome.SKIPPED), False)
        # It knows no escape: behind a `#` in a name it sees no directive, and must not see another.
        if "#" not in check.name or check.outcome is not Outcome.SKIPPED:
            assert bool(line.skip) == (check.outcome is Outcome.SKIPPED)
        if check.fault:
            told = yaml.load(line._yaml_block, Loader=yaml.CSafeLoader) if yaml.__with_libyaml__ else line.yaml_block
            assert told["exit"] == int(check.fault.exit)
            assert told.get("message", "") == words.short(check.fault.sentence)
            assert told.get("found", "") == words.short(check.fault.came)
            assert told.get("diff", []) == [words.short(line) for line in check.fault.difference]
            assert [event["text"] for event in told.get("events", [])] == [
                words.short(seen.text) for seen in check.fault.events
            ]


class TestTap:
    def test_is_read_by_others(self) -> None:
        assert_tap(tap(RESULTS), RESULTS)
        assert_tap(tap(GOOD), GOOD)

    def test_says_that_there_is_nothing(self) -> None:
        assert tap(Results((), 0.0, START)) == "TAP version 14\n1..0 # no checks\n"

    def test_is_a_line_a_check(self) -> None:
        assert tap(Results((passed, skipped), 1.0, START)).split("\n")[2:] == [
            "ok 1 - ping answers # time=124.300ms",
            "ok 2 - not reached # SKIP left out after the first failure",
            "",
        ]

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("a # b", r"a \# b"),
            ("a\\b", r"a\\b"),
            ("a\\", r"a\\"),
            ("a\\#", r"a\\\#"),
            ("line\nline", r"line\\nline"),
            ("\x1b[31m", r"\\x1b[31m"),
            # Consumers older than version 14 know no escape.
            ("a # SKIP b", r"a \\x23 SKIP b"),
            ("a #todo", r"a \\x23todo"),
            ("object {", r"object \\x7b"),
        ],
    )
    def test_escapes_names(self, name: str, written: str) -> None:
        line = tap(Results((passed._replace(name=name),), 1.0, START)).split("\n")[2]
        assert line == f"ok 1 - {written} # time=124.300ms"

    def test_never_begins_a_line_with_words_of_the_server(self) -> None:
        for line in tap(Results((hostile,), 1.0, START)).split("\n")[2:]:
            assert re.match(r'ok|not ok|  ---$|  \.\.\.$|  [a-z_]+:|    [A-Za-z0-9_-]+: |    - ["{]|$', line), line

    def test_is_valid_whatever_the_texts_are(self) -> None:
        results = nasty_results()
        assert_tap(tap(results), results)

    @given(some_results())
    @streams
    def test_is_valid_for_streams_of_hostile_texts(self, results: Results) -> None:
        assert_tap(tap(results), results)

    def test_bails_out_where_the_run_was_stopped(self) -> None:
        results = Results((skipped,), 1.0, START, Exit.SIGTERM, ("a # b\nc",))
        assert tap(results).split("\n")[3:] == ["# a \\# b\\\\nc", "Bail out! ended by SIGTERM", ""]

    @pytest.mark.parametrize("results", [RESULTS, nasty_results()], ids=["telling", "nasty"])
    def test_is_read_by_node_tap(self, results: Results) -> None:
        script = """
        const { Parser } = require('tap-parser');
        const rows = [];
        const parser = new Parser({ strict: false });
        parser.on('assert', ({ ok, id, skip, todo, time, name, diag }) =>
            rows.push({ ok, id, skip: !!skip, todo: !!todo, time, name, message: diag && diag.message }));
        for (const kind of ['extra', 'child', 'bailout'])
            parser.on(kind, what => rows.push({ kind, what: String(what) }));
        parser.on('complete', all => console.log(JSON.stringify({ rows, count: all.count, fail: all.fail,
            skip: all.skip, plan: all.plan && all.plan.end, failures: all.failures.filter(f => f.tapError) })));
        process.stdin.pipe(parser);
        """
        env = environment(NODE_PATH=os.environ.get("NODE_PATH") or "/usr/local/lib/node_modules:/usr/lib/node_modules")
        command = [program("node"), "-e", script]
        done = subprocess.run(command, env=env, input=tap(results).encode(), capture_output=True, timeout=BOUND_S)
        if b"Cannot find module 'tap-parser'" in done.stderr:
            pytest.skip("npm's tap-parser is not installed (or not in NODE_PATH)")
        assert done.returncode == 0, done.stderr
        read = json.loads(done.stdout)
        assert (read["count"], read["plan"], read["failures"]) == (len(results.checks), len(results.checks), [])
        assert read["skip"] == results.count(Outcome.SKIPPED)
        assert read["fail"] == results.count(Outcome.FAILED) + results.count(Outcome.ERROR)
        for number, (row, check) in enumerate(zip(read["rows"], results.checks, strict=True), 1):
            assert (row["id"], row["todo"]) == (number, False)
            assert row["ok"] == (check.outcome in (Outcome.PASSED, Outcome.SKIPPED))
            if check.fault:
                assert row.get("message", "") == words.short(check.fault.sentence)
            if not re.search(r"[#{\\]", check.name):
                assert row["name"] == words.short(check.name).strip()


def assert_json(text: str, results: Results) -> Any:
    assert text.isascii()
    read = json.loads(text)
    JSON_SCHEMA.validate(read)
    assert read["counts"]["checks"] == len(read["checks"]) == len(results.checks)
    return read


class TestJson:
    def test_has_all_of_the_results(self) -> None:
        read = assert_json(json_report(RESULTS), RESULTS)
        assert (read["exit"], read["seconds"], read["began"]) == (
            int(RESULTS.exit),
            31.04,
            "2026-11-22T12:04:31.207123Z",
        )
        counts = read["counts"]
        assert {name: counts[name] for name in Outcome} == {name: RESULTS.count(name) for name in Outcome}
        for written, check in zip(read["checks"], ALL, strict=True):
            assert written["outcome"] == check.outcome
            assert len(written["steps"]) == len(check.steps)
            assert (written["fault"] is None) == (check.fault is None)
            if check.fault:
                assert len(written["fault"]["events"]) == len(check.fault.events)
                assert written["exit"] == written["fault"]["exit"] == int(check.fault.exit)

    def test_keeps_texts_exact(self) -> None:
        read = assert_json(json_report(RESULTS), RESULTS)
        check = next(entry for entry in read["checks"] if entry["name"] == hostile.name)
        assert hostile.fault
        assert check["fault"]["expected"] == hostile.fault.expected
        # All but half a pair of surrogates, which most readers refuse.
        assert check["fault"]["came"] == hostile.fault.came.replace("\udce9", "\\udce9")
        assert check["facts"] == dict(hostile.facts)

    def test_keeps_its_order(self) -> None:
        keys = list(json.loads(json_report(RESULTS)))
        assert keys == ["report", "version", "began", "seconds", "exit", "stopped", "notes", "counts", "checks"]
        check = json.loads(json_report(RESULTS))["checks"][0]
        assert list(check) == list(JSON_SCHEMA.schema["$defs"]["check"]["properties"])

    def test_tells_every_key_in_its_documentation(self) -> None:
        from wsinspect.reports import json_report as module

        told = set(re.findall(r"``(\w+)``", module.__doc__ or ""))
        definitions = [JSON_SCHEMA.schema, *JSON_SCHEMA.schema["$defs"].values()]
        keys = {key for shape in definitions for key in shape["properties"]}
        assert keys <= told

    @given(some_results())
    @streams
    def test_is_valid_for_streams_of_hostile_texts(self, results: Results) -> None:
        read = assert_json(json_report(results), results)
        for written, check in zip(read["checks"], results.checks, strict=True):
            assert written["name"].encode("utf-8") == check.name.encode("utf-8", "backslashreplace")


ELEMENTS = {
    "html": {"lang"},
    "head": set(),
    "meta": {"charset", "http-equiv", "content", "name"},
    "title": set(),
    "style": set(),
    "script": set(),
    "body": set(),
    "header": set(),
    "main": set(),
    "footer": set(),
    "section": set(),
    "h1": set(),
    "h2": set(),
    "h3": set(),
    "p": {"class", "hidden"},
    "div": {"class", "role"},
    "span": {"class", "aria-hidden"},
    "time": {"datetime"},
    "svg": {"class", "role", "aria-label"},
    "rect": {"class", "x", "width", "height"},
    "fieldset": set(),
    "legend": {"class"},
    "label": {"class", "title"},
    "input": {
        *("class", "type", "id", "value", "checked", "autocomplete"),
        *("placeholder", "aria-label", "aria-keyshortcuts", "spellcheck", "hidden"),
    },
    "button": {"id", "type", "value", "hidden"},
    "output": {"class", "aria-live"},
    "a": {"class", "href"},
    "b": {"aria-hidden"},
    "em": set(),
    "code": set(),
    "details": {"class", "id", "data-outcome", "open"},
    "summary": set(),
    "pre": {"class"},
    "table": set(),
    "thead": set(),
    "tbody": set(),
    "tr": {"class"},
    "th": {"class", "scope"},
    "td": {"class"},
    "ul": {"class"},
    "li": set(),
    "dl": set(),
    "dt": set(),
    "dd": set(),
}
"""All that a page is made of, and what each of it may carry."""

CLASSES = {
    *("passed", "failed", "error", "skipped", "unseen", "about", "bar", "filter", "jump", "chip", "shown", "check"),
    *("sign", "figures", "sentence", "place", "body", "hint", "sides", "difference", "expected", "came", "wide"),
    *("number", "narrow", "told", "text", "in", "out", "bad", "dim", "notes", "nothing"),
}
SINGLE = {"head", "title", "style", "script", "body", "header", "main", "footer", "h1"}


class Reading(HTMLParser):
    """Reads a page, and refuses what is not ours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.texts: list[str] = []
        self.policy = ""
        self.raw = {"style": "", "script": ""}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        assert tag in ELEMENTS, tag
        for name, value in attrs:
            assert name in ELEMENTS[tag], (tag, name)
            if name == "class":
                assert set((value or "").split()) <= CLASSES, value
            if name == "id":
                self.ids[value or ""] += 1
            if name == "href":
                assert re.fullmatch(r"#c\d+", value or ""), value
        found = dict(attrs)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]] += data
        else:
            self.texts.append(data)


def assert_page(text: str, results: Results) -> Reading:
    """Hold a page to its own elements and attributes, each closed, and its policy to what it runs."""
    reading = Reading()
    reading.feed(text)
    reading.close()
    assert reading.open == []
    assert all(reading.elements[tag] == 1 for tag in SINGLE), reading.elements
    assert reading.elements["details"] == reading.elements["h2"] == len(results.checks)
    assert max(reading.ids.values()) == 1
    for name, source in reading.raw.items():
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in reading.policy
    return reading


def browsed(folder: Path, text: str, *flags: str) -> str:
    """Load a page in Chromium, and return what became of it."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    quiet = ["no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-dev-shm-usage"]
    quiet += ["disable-component-update", "disable-sync", f"user-data-dir={folder / 'profile'}", *flags]
    command = [program("chromium"), "--headless", *(f"--{name}" for name in quiet), "--dump-dom", file.as_uri()]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            seen, _ = process.communicate(timeout=BOUND_S)
        except subprocess.TimeoutExpired:
            # Its helpers with it, which hold the pipe open.
            os.killpg(process.pid, signal.SIGKILL)
            pytest.skip("chromium does not answer here")
    if not seen:
        pytest.skip("chromium does not start here")
    return seen.decode()


OWNED = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def owned_results() -> Results:
    """Return checks that try to run a script from every place."""
    texts = [
        OWNED,
        f"</p></pre></td></details></main></script></style></title>--> ]]>{OWNED}",
        '"\' onmouseover="document.title=\'owned\'" autofocus onfocus="document.title=\'owned\'" x="',
        "<svg onload=\"document.title='owned'\"><a xlink:href=\"javascript:document.title='owned'\">",
        "<details open ontoggle=\"document.title='owned'\">",
        "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\">",
        "<style>@import url(javascript:document.title='owned')</style>",
        "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    ]
    checks = []
    for text in texts:
        events = (Seen(0.1, text, "in", text, 3, text),)
        fault = Fault(Exit.UNMET, text, text, 1, text, text, text, (text, f"-{text}", f"+{text}"), events, Place(text))
        steps = (StepResult(1, text, Outcome.FAILED, 0.1, text),)
        checks.append(
            CheckResult(
                text,
                Place(text, 1),
                Outcome.FAILED,
                1.0,
                steps,
                fault,
                facts={text: text},
                notes=(text,),
                recordings=(text,),
            )
        )
    return Results(tuple(checks), 1.0, START)


class TestHtml:
    def test_is_made_of_its_own_elements(self) -> None:
        for results in (RESULTS, GOOD, Results((), 0.0, START), owned_results(), nasty_results()):
            assert_page(html(results), results)

    @given(some_results())
    @streams
    def test_is_so_for_streams_of_hostile_texts(self, results: Results) -> None:
        assert_page(html(results), results)

    def test_shows_all_of_a_check(self) -> None:
        for check in ALL:
            results = Results((check,), 1.0, START)
            shown = "\n".join(assert_page(html(results), results).texts)
            texts = [check.name, *check.notes, *check.recordings, *check.facts.values()]
            texts += [step.told for step in check.steps]
            if check.fault:
                fault = check.fault
                texts += [*fault.came.split("\n"), *fault.expected.split("\n"), *[seen.text for seen in fault.events]]
                texts += [line for _, line in difference_of(fault)]
                # Between backticks stands what is code.
                texts += [*fault.sentence.split("`"), *fault.hint.split("`")]
            for text in texts:
                assert neutral(text) in shown, text

    @pytest.mark.parametrize(
        ("checks", "verdict"),
        [
            ((), "No check was run"),
            ((passed,), "The check passed"),
            ((passed, passed), "All 2 checks passed"),
            ((passed, unmet), "1 of 2 checks did not pass"),
            ((unmet,), "The check did not pass"),
            ((passed, skipped), "1 check passed, 1 skipped"),
            ((skipped,), "No check was run"),
            ((passed,) * 1234, "All 1,234 checks passed"),
        ],
    )
    def test_says_first_what_came_of_it(self, checks: tuple[CheckResult, ...], verdict: str) -> None:
        self.says(Results(checks, 1.0, START), verdict)

    def test_says_that_the_run_was_stopped(self) -> None:
        self.says(Results((passed, skipped), 1.0, START, Exit.SIGINT), "The run was stopped: 1 of 2 checks passed")
        some = Results((unmet, skipped), 1.0, START, Exit.SIGINT, ("<b>note</b>",))
        self.says(some, "1 of 2 checks did not pass, and the run was stopped")
        assert "</b>&lt;b&gt;note&lt;/b&gt;</p>" in html(some)

    def says(self, results: Results, verdict: str) -> None:
        text = html(results)
        assert f"<h1>{verdict}</h1>" in text
        assert f"<title>{verdict} · wsinspect check</title>" in text

    def test_asks_nobody_for_anything(self) -> None:
        text = html(RESULTS)
        reading = assert_page(text, RESULTS)
        assert reading.policy.startswith("default-src 'none'; ")
        assert "unsafe" not in reading.policy
        for source in reading.raw.values():
            assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttp|innerHTML|eval\(", source)
        assert not re.search(r'\b(?:src|style|on\w+)="', re.sub(r">[^<]*<", "><", text))

    def test_folds_what_passed(self) -> None:
        text = html(RESULTS)
        opened = re.findall(r'<details class="check (\w+)" id="c\d+" data-outcome="\w+" open>', text)
        assert Counter(opened) == {"failed": RESULTS.count(Outcome.FAILED), "error": RESULTS.count(Outcome.ERROR)}
        crowd = html(Results((unmet,) * 50, 1.0, START))
        assert " open>" not in crowd

    def test_leads_to_the_first_that_did_not_pass(self) -> None:
        assert 'class="jump" href="#c2"' in html(RESULTS)
        assert 'class="jump"' not in html(GOOD)

    def test_shows_one_of_thousands_in_the_bar(self) -> None:
        text = html(Results((*[passed] * 4999, unmet), 1.0, START))
        widths = [float(width) for width in re.findall(r'<rect class="\w+" x="[\d.]+%" width="([\d.]+)%"', text)]
        assert min(widths) > 0.5
        assert sum(widths) == pytest.approx(100, abs=0.1)

    def test_headings_go_down_one_at_a_time(self) -> None:
        levels = [int(level) for level in re.findall(r"<h(\d)>", html(RESULTS))]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))

    @pytest.mark.parametrize("scheme", ["light", "dark", "print"])
    def test_can_be_read(self, scheme: str) -> None:
        """WCAG 2.2, 1.4.3: text stands out from its ground by 4.5 to 1."""
        colours = palette(scheme)
        words = ["ink", "dim", "link", "passed", "failed", "error", "skipped", "received", "sent"]
        pairs = [(word, ground) for word in words for ground in ("back", "card", "well")]
        pairs += [("expected", "expected-back"), ("came", "came-back"), ("ink", "mark"), ("ink", "came-back")]
        pairs += [("failed", "came-back"), ("error", "mark")]
        weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}

    def test_uses_no_colour_beside_the_lists(self) -> None:
        css = style_sheet()
        rules = re.sub(r"--[\w-]+: #[0-9a-f]{6};", "", css)
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsl", rules)

    def test_runs_no_script_of_a_payload(self, tmp_path: Path) -> None:
        # Without the policy: nothing that the page shows is markup, whatever would let it run.
        text = re.sub(r"<meta http-equiv[^>]*>", "", html(owned_results()))
        seen = browsed(tmp_path, text)
        assert "<title>8 of 8 checks did not pass" in seen
        assert "<img" not in seen
        assert "<iframe" not in seen
        assert seen.count("<script>") == 1

    def test_would_run_no_script_of_a_payload(self, tmp_path: Path) -> None:
        # With the policy: even what is markup does not run, but the page's own script does.
        text = html(RESULTS).replace("<main>", f"<main>{OWNED}")
        seen = browsed(tmp_path, text)
        assert "<img" in seen
        assert "<title>11 of 15 checks did not pass" in seen
        assert re.search(r'<input id="search"[^>]*spellcheck="false">', seen)

    def test_filters_and_unfolds(self, tmp_path: Path) -> None:
        probe = """
        <script>addEventListener("load", () => {
          const told = [], count = () => inSight().map((check) => check.id).join();
          const say = (name, value) => told.push(`${name}=${value}`);
          say("all", checks.length);
          search.value = "BTC database"; filter(); say("text", count()); say("shown", shown.textContent);
          search.value = "no such thing"; filter(); say("none", count()); say("nothing", !nothing.hidden);
          search.value = ""; filter(); say("again", inSight().length);
          for (const box of boxes) box.checked = box.value === "error";
          filter(); say("errors", count()); say("shown", shown.textContent);
          fold.click(); fold.click(); say("folded", checks.filter((check) => check.open).length);
          for (const box of boxes) box.checked = true;
          filter(); fold.click(); say("open", checks.filter((check) => check.open).length);
          document.title = told.join("; ");
        })</script></body>"""
        text = re.sub(r"<meta http-equiv[^>]*>", "", html(RESULTS)).replace("</body>", probe)
        title = re.search(r"<title>(.*?)</title>", browsed(tmp_path, text))
        assert title
        assert title[1] == (
            "all=15; text=c3; shown=1 of 15 shown; none=; nothing=true; again=15; errors=c6,c7,c8; "
            "shown=3 of 15 shown; folded=8; open=15"
        )

    def test_stays_small_for_thousands(self) -> None:
        checks = itertools.islice(itertools.cycle([*[passed] * 49, unmet]), 5000)
        assert len(html(Results(tuple(checks), 60.0, START))) < 12_000_000


def style_sheet() -> str:
    return (Path(words.__file__).parent / "page.css").read_text(encoding="utf-8")


def palette(scheme: str) -> dict[str, str]:
    """Return the colours of a scheme by name: those of the dark and the printed page stand in for the light one's."""
    css = style_sheet()
    places = {
        "light": css.split("@media", 1)[0],
        "dark": css.split("@media (prefers-color-scheme: dark)", 1)[1].split("\n}\n", 1)[0],
        "print": css.split("@media print", 1)[1],
    }
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", places["light"]))
    own = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", places[scheme]))
    assert own.keys() == found.keys()
    return own


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="there are no files in /dev")
def test_a_report_among_devices_replaces_the_last_one() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for text in ("the last one", "this one"):
            write_whole(f"{folder}/report.xml", text)
        assert Path(folder, "report.xml").read_text() == "this one"
