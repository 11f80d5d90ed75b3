"""What is told of checks: every form with every telling result, and what a hostile server makes of it."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.check_results import ALL, GOOD, RESULTS, START, hostile, passed, planned, retried, two, unmet
from tests.golden.check_telling import lines, progress
from tests.servers import BOUND_S, environment
from wsinspect.checking.teller import SERVICES, Lines, Manner, Stream, Tree, manner_of, teller
from wsinspect.checks.plan import Check, Place
from wsinspect.checks.result import CheckResult, Fault, Outcome, Results, Seen, StepResult
from wsinspect.errors import Exit, InspectError
from wsinspect.render.palette import NO_COLOUR
from wsinspect.reports.annotations import (
    LARGEST_SUMMARY,
    MOST_ANNOTATIONS,
    github_annotations,
    github_block,
    github_command,
    github_mistakes,
    gitlab_block,
    summary,
)
from wsinspect.reports.failure import MOST_EVENTS, MOST_LINES, difference_of, failure_text
from wsinspect.reports.inert import inert, inert_line
from wsinspect.reports.lines import check_line, labels, last_line
from wsinspect.reports.progress import Progress
from wsinspect.reports.tree import MOST_PASSED, MOST_UNFOLDED, NARROWEST, tree
from wsinspect.term.behind import Behind

TELLING = Path(__file__).parent / "telling_process.py"
BAD = [result for result in ALL if result.fault is not None]


def of(*checks: CheckResult) -> Results:
    return Results(checks, 1.0, START)


def faulty(fault: Fault) -> CheckResult:
    return unmet._replace(fault=fault)


def words(text: str) -> str:
    """Return a text without what lays it out."""
    return re.sub(r"[\s│├└─]+", "", text)


# What a person reads.


@pytest.mark.parametrize("result", BAD, ids=lambda result: result.name[:12])
def test_a_failure_says_all(result: CheckResult) -> None:
    """Place, sentence, what was expected and what came, the last event, and the hint, in a log and on a terminal."""
    fault = result.fault
    assert fault is not None
    for text in (lines(of(result)), tree(of(result), 100), lines(of(result), "gitlab")):
        for part in (fault.sentence, fault.expected, fault.came, fault.hint, fault.told):
            assert words(inert(part)) in words(text)
        if result is not hostile:
            assert str(fault.place) in text
        if fault.exit != Exit.UNMET:
            assert f"{int(fault.exit)}: " in text


@pytest.mark.parametrize("result", BAD, ids=lambda result: result.name[:12])
def test_the_line_of_a_failure_says_where_and_why(result: CheckResult) -> None:
    first = lines(of(result)).splitlines()[0]
    assert first.startswith(("FAIL  ", "ERROR "))
    assert result.fault is not None
    assert inert(result.fault.sentence) in first


def test_lines_in_a_log() -> None:
    told = lines(of(passed, unmet._replace(name="x" * 60), retried))
    assert told.splitlines()[:3] == [
        "ok    ping answers     124 ms",
        f"FAIL  {'x' * 60}    2.0 s  smoke/orders.toml:15: no message in 2 s was what step 2 expects; 3 came",
        "ok    flaky presence    2.2 s  3 attempts; passed at the third attempt",
    ]
    assert told.endswith("\n\n2 passed, 1 failed in 1.0 s · exit 1\n")


def test_names_that_occur_twice_have_their_places() -> None:
    checks = (passed, passed._replace(place=Place("other.toml", 1)), retried, two._replace(place=Place()), two)
    assert labels(checks) == [
        "ping answers (smoke/ping.toml:1)",
        "ping answers (other.toml:1)",
        "flaky presence",
        "bob hears alice",
        "bob hears alice (smoke/rooms.toml:1)",
    ]


@pytest.mark.parametrize(
    ("results", "told"),
    [
        (of(), "0 passed in 1.0 s"),
        (of(passed), "1 passed in 1.0 s"),
        (RESULTS, "3 passed, 8 failed, 3 errors, 1 skipped in 31.0 s · exit 4"),
        (of(passed, unmet), "1 passed, 1 failed in 1.0 s · exit 1"),
        (of(passed)._replace(stopped=Exit.SIGINT), "1 passed in 1.0 s · ended by Ctrl-C (SIGINT) · exit 130"),
        (of(*[passed] * 1234), "1,234 passed in 1.0 s"),
    ],
)
def test_last_line(results: Results, told: str) -> None:
    assert last_line(results) == told


def test_notes_of_a_run_are_told() -> None:
    results = of(passed)._replace(notes=("a callback \x1b[31m failed",), stopped=Exit.INTERNAL)
    for told in (lines(results), tree(results, 80)):
        assert r"note: a callback \x1b[31m failed" in told


def test_quiet_tells_only_what_is_wrong() -> None:
    assert lines(GOOD, quiet=True) == ""
    told = lines(of(passed, unmet), quiet=True)
    assert told.startswith("FAIL order is confirmed  smoke/orders.toml:15\n")
    assert "ping answers" not in told
    silent = Tree(coloured=False, quiet=True, verbose=False)
    assert silent.told(GOOD) == ""
    assert "ping answers" not in silent.told(of(passed, unmet))


def test_differences_are_folded() -> None:
    equal = [f" {number}" for number in range(20)]
    fault = Fault(Exit.UNMET, "", difference=(*equal, "-a", "+b", *equal, "-c"))
    assert difference_of(fault) == (
        ("…", " 17 equal lines"),
        *[(" ", str(number)) for number in (17, 18, 19)],
        ("-", "a"),
        ("+", "b"),
        *[(" ", str(number)) for number in (0, 1, 2)],
        ("…", " 14 equal lines"),
        *[(" ", str(number)) for number in (17, 18, 19)],
        ("-", "c"),
    )
    assert difference_of(Fault(Exit.UNMET, "")) == ()
    long = difference_of(Fault(Exit.UNMET, "", difference=("+x",) * 1000))
    assert len(long) == MOST_LINES + 1
    assert long[-1] == ("…", " 940 more lines")


def test_what_an_expression_reads_is_no_difference() -> None:
    told = failure_text(faulty(Fault(Exit.UNMET, "no", difference=("  op: null",))))
    assert "why         what was found in the message\n                op: null" in told
    assert "difference" not in told
    assert failure_text(unmet).splitlines()[4:7] == [
        "  difference  - expected  + came",
        '              - data.state: "confirmed"',
        '              + data.state: "pending"',
    ]


def test_only_the_last_events_are_told() -> None:
    events = tuple([Seen(number, "", "in", "TEXT", 1, f"<{number}>") for number in range(100)])
    told = failure_text(faulty(Fault(Exit.UNMET, "no", events=events)))
    assert re.findall(r"<(\d+)>", told) == [str(number) for number in range(100 - MOST_EVENTS, 100)]


def test_all_is_bounded() -> None:
    """Whatever a server sends, and however much."""
    much = "x" * 1_000_000
    seen = Seen(0.0, "", "in", "TEXT", len(much), much)
    fault = Fault(Exit.UNMET, much, much, 2, much, much, much, (f"-{much}",) * 1000, (seen,) * 1000)
    steps = (StepResult(1, much, Outcome.PASSED), StepResult(2, much, Outcome.FAILED))
    result = CheckResult(
        much, Place("a.toml", 1), Outcome.FAILED, 1.0, steps, fault, facts={"url": much}, recordings=(much,) * 1000
    )
    for told in (lines(of(result)), tree(of(result), 80), lines(of(result), "github")):
        assert len(told) < 60_000
    assert len(summary(of(*[result] * 1000))) < LARGEST_SUMMARY + 100


# The tree.


@pytest.mark.parametrize("width", [1, NARROWEST, 40, 59, 60, 80, 131, 250])
def test_a_tree_is_no_wider_than_the_terminal(width: int) -> None:
    told = tree(RESULTS, width)
    assert max(map(cell_len, told.splitlines())) <= max(width, NARROWEST)


def test_a_tree_without_colour_has_no_escapes() -> None:
    told = tree(RESULTS, 80)
    assert told.replace("\n", "").isprintable()
    coloured = tree(RESULTS, 80, colour=True)
    assert set(re.findall(r"\x1b\[([0-9;]+)m", coloured)) <= {"0", "1", "2", "32", "33", "35", "36", "1;31", "34"}
    assert re.sub(r"\x1b\[[0-9;]+m", "", coloured).split() == told.split()


def test_a_tree_tells_the_good_first_and_steps_of_the_bad() -> None:
    told = tree(of(unmet, passed), 80)
    assert told.index("✓ ping answers") < told.index("✗ order is confirmed")
    assert "✓ 1 send" in told
    assert "– 3 expect the close 1000 OK  not reached" in told
    assert 'send {"op":"ping"}' not in told
    assert 'send {"op":"ping"}' in tree(of(unmet, passed), 80, verbose=True)


def test_checks_of_one_file_stand_below_it() -> None:
    other = passed._replace(name="another")
    told = tree(of(passed, other), 80)
    assert told == "smoke/ping.toml\n├── ✓ ping answers  124 ms\n└── ✓ another  124 ms\n\n2 passed in 1.0 s\n"


def test_large_runs_are_folded() -> None:
    told = tree(of(*[passed] * 1000), 80)
    assert told.count("✓") == MOST_PASSED
    assert f"… {1000 - MOST_PASSED} more passed or skipped" in told
    told = tree(of(*[two] * 100), 80)
    assert told.count("before it") == MOST_UNFOLDED
    assert told.count("nothing came in 1 s") == 100, "the sentence is told of each"
    assert "60 more failures have their sentence alone: -v unfolds them" in told
    assert tree(of(*[two] * 100), 80, verbose=True).count("before it") == 100


# What a CI service reads.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("##[error]x ##vso[y] ##teamcity[z]", r"#\x23[error]x #\x23vso[y] #\x23teamcity[z]"),
        ("## heading, C# ###[x]", r"## heading, C# ##\x23[x]"),
        ("a\n::error::b", r"a\n::error::b"),
    ],
)
def test_markers_are_inert(text: str, shown: str) -> None:
    assert inert(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [("::error::x", r"\x3a:error::x"), ("  ::group::", r"  \x3a:group::"), ("x ::error::", "x ::error::"), ("", "")],
)
def test_lines_are_inert(line: str, shown: str) -> None:
    assert inert_line(line) == shown


PIECES = [*"ab:#[]%,\n\r\x1b\x07\x9b\u2028\u202e `|<&", "::error::x", "##[error]", "\ud800", "漢", "x" * 200]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def commands_of(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Read a log as GitHub's runner does: a command is a line that begins with ``::``, spaces aside."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        assert "##[" not in line
        match = re.fullmatch(r"\s*::([\w-]+)(?: (.*?))?::(.*)", line, re.DOTALL)
        if match is None:
            assert not line.lstrip().startswith("::"), line
            continue
        given = [pair.partition("=") for pair in (match[2] or "").split(",") if pair]
        found.append((match[1], {key: unescaped(value) for key, _, value in given}, unescaped(match[3])))
    return found


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


@given(TEXTS, TEXTS, TEXTS)
def test_commands_are_read_as_they_were_meant(data: str, file: str, title: str) -> None:
    command = github_command("error", data, file=file, title=title, line="")
    assert "\n" not in command
    assert "\r" not in command
    assert re.match(r"::error( (file=[^:,]+)?,?(title=[^:,]+)?)?::", command)
    _, _, encoded = command[2:].partition("::")
    assert unescaped(encoded) == data
    for name, value in (("file", file), ("title", title)) if file and title else ():
        end = "," if name == "file" and title else "::"
        assert unescaped(command.partition(f"{name}=")[2].partition(end)[0]) == value


@settings(deadline=None)
@given(TEXTS)
def test_no_text_of_a_server_commands_a_service(text: str) -> None:
    """It stands everywhere, and only our own commands are found; nothing but ours moves a cursor."""
    seen = Seen(0.1, text, "in", "TEXT", 3, text)
    fault = Fault(Exit.UNMET, text, text, 1, text, text, text, (f"-{text}", f" {text}", text), (seen,), Place(text, 1))
    steps = (StepResult(1, text, Outcome.FAILED, 0.1, text),)
    given = {"facts": {"url": text}, "notes": (text,), "recordings": (text,)}
    result = CheckResult(text, Place(text, 1), Outcome.FAILED, 1.0, steps, fault, START, **given)  # type: ignore[arg-type]
    results = of(result, passed._replace(name=text, notes=(text,)))
    for coloured in (False, True):
        github = lines(results, "github", coloured=coloured, verbose=True)
        assert [name for name, _, _ in commands_of(github)] == ["group", "endgroup", "error"]
        plain = lines(results, coloured=coloured, verbose=True)
        assert commands_of(plain) == []
        gitlab = lines(results, "gitlab", coloured=coloured, verbose=True)
        assert gitlab.count("section_start:17") == gitlab.count("\x1b[0Ksection_start:") == 1
        for log in (github, plain, gitlab, tree(results, 80, colour=coloured)):
            bare = re.sub(r"\x1b\[(?:[0-9;]*m|0K)|(?<=\])\r(?=\x1b)|(?<=_1)\r(?=\x1b)", "", log)
            assert bare.replace("\n", "").isprintable()


def test_annotations_stand_at_the_place() -> None:
    name, given, data = commands_of(github_annotations(of(unmet), "tests/e2e")[0])[0]
    assert (name, given) == (
        "error",
        {"file": "tests/e2e/smoke/orders.toml", "line": "15", "title": "order is confirmed"},
    )
    assert data.splitlines()[:2] == [
        "no message in 2 s was what step 2 expects; 3 came",
        'expected: {"data": {"id": 7, "state": "confirmed"}}',
    ]
    assert commands_of(github_annotations(of(retried))[0])[0][0] == "warning"
    assert github_annotations(of(passed)) == []
    nowhere = unmet._replace(place=Place(), fault=Fault(Exit.UNMET, "no"))
    assert commands_of(github_annotations(of(nowhere))[0])[0][1] == {"title": "order is confirmed"}


def test_github_drops_no_error_unseen() -> None:
    assert len(github_annotations(of(*[unmet] * MOST_ANNOTATIONS))) == MOST_ANNOTATIONS
    many = github_annotations(of(*[unmet] * 25))
    assert len(many) == MOST_ANNOTATIONS
    assert many[-1] == "::error::16 more checks are not passed: the log has them"


def test_groups_and_sections_are_closed() -> None:
    assert github_block(unmet)[0] == "::group::FAIL order is confirmed  smoke/orders.toml:15"
    assert github_block(unmet)[-1] == "::endgroup::"
    section = gitlab_block(unmet, 3)
    assert section[0].startswith("\x1b[0Ksection_start:1795349071:wsinspect_check_3[collapsed=true]\r\x1b[0KFAIL ")
    assert section[-1] == "\x1b[0Ksection_end:1795349073:wsinspect_check_3\r\x1b[0K"


@given(TEXTS)
def test_a_summary_shows_texts_as_they_are(text: str) -> None:
    fault = Fault(Exit.UNMET, text, came=text, expected="```\n````")
    told = summary(of(CheckResult(text, Place("a|b.toml", 1), Outcome.FAILED, 1.0, (), fault), passed))
    row = told.splitlines()[4]
    assert row.count("|") == 5, "no text ends its cell"
    outside = re.sub(r"\n(`{3,})text\n.*?\n\1\n", "\n", told, flags=re.DOTALL)
    assert set(re.findall(r"<[^>]*>", outside)) <= {"<details>", "</details>", "<summary>", "</summary>"}
    assert "`" not in outside
    assert told.replace("\n", "").isprintable()


# Who is told what.

TERMINAL, FILE, PIPE = Stream(terminal=True), Stream(file=True), Stream()


@pytest.mark.parametrize(
    ("out", "err", "variables", "manner"),
    [
        (TERMINAL, TERMINAL, {}, Manner("", True, True)),
        (TERMINAL, TERMINAL, {"TERM": "dumb"}, Manner("", True, False)),
        (TERMINAL, PIPE, {}, Manner("", True, False)),
        (FILE, TERMINAL, {}, Manner("", False, True)),
        # `| tee` writes to the same terminal.
        (PIPE, TERMINAL, {}, Manner()),
        (PIPE, PIPE, {}, Manner()),
        (PIPE, PIPE, {"GITHUB_ACTIONS": "true", "CI": "true"}, Manner("github")),
        (TERMINAL, TERMINAL, {"GITHUB_ACTIONS": "true"}, Manner("github")),
        (PIPE, PIPE, {"CI": "true", "GITLAB_CI": "true"}, Manner("gitlab")),
        (TERMINAL, TERMINAL, {"CI": "1"}, Manner("other")),
        (TERMINAL, TERMINAL, {"CI": "false", "GITHUB_ACTIONS": ""}, Manner("", True, True)),
    ],
)
def test_manner(out: Stream, err: Stream, variables: Mapping[str, str], manner: Manner) -> None:
    assert manner_of(out, err, {"TERM": "xterm"} | variables) == manner


def ran(*, cwd: Path | None = None, options: dict[str, Any] | None = None, **variables: str) -> Any:
    """Run the telling results through a teller, in a process of its own."""
    given = environment(PYTHONPATH=str(TELLING.parent.parent), **variables)
    command = [sys.executable, str(TELLING), json.dumps({"options": options or {}})]
    return subprocess.run(command, env=given, capture_output=True, encoding="utf-8", timeout=60, cwd=cwd)


def test_off_a_terminal() -> None:
    """Lines on standard output, nothing else anywhere."""
    done = ran()
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == sorted(lines(RESULTS._replace(seconds=2.1)).splitlines())
    assert "\x1b" not in done.stdout
    assert "\x1b[1;31mFAIL" in ran(FORCE_COLOR="1").stdout


def test_aside() -> None:
    done = ran(options={"aside": True})
    assert done.stdout == ""
    assert done.stderr.endswith("exit 4\n")


def test_in_github(tmp_path: Path) -> None:
    """Files are named from the repository's root; the summary goes behind what stands there already."""
    folder = tmp_path / "tests" / "e2e"
    folder.mkdir(parents=True)
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path), "GITHUB_STEP_SUMMARY": str(file)}
    done = ran(cwd=folder, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "::error file=tests/e2e/smoke/orders.toml,line=15," in done.stdout
    assert file.read_text() == "before\n" + summary(RESULTS._replace(seconds=2.1))
    elsewhere = ran(cwd=folder, **variables | {"GITHUB_WORKSPACE": "/nowhere", "GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert "::error file=smoke/orders.toml,line=15," in elsewhere.stdout
    assert elsewhere.stderr == "cannot write the summary that GITHUB_STEP_SUMMARY names: is a directory\n"
    assert elsewhere.returncode == 0


def test_in_gitlab() -> None:
    done = ran(GITLAB_CI="true")
    assert done.stdout.count("\x1b[0Ksection_start:") == done.stdout.count("\x1b[0Ksection_end:") == len(BAD)


def test_rich_is_loaded_for_terminals_alone() -> None:
    program = (
        "import sys; from wsinspect.checking.teller import teller; from tests.check_results import *\n"
        "with teller(environment={'CI': '1'}) as told: told.began(()); told.tell(RESULTS)\n"
        "sys.exit('rich' in sys.modules)"
    )
    given = environment(PYTHONPATH=str(TELLING.parent.parent))
    done = subprocess.run([sys.executable, "-c", program], env=given, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_lines_come_as_checks_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Not at the end alone: whoever waits for a job sees how far it is."""
    told = teller(environment={"CI": "1"})
    told.began((planned(passed), planned(unmet)))
    told.started(0)
    told.ended(0, passed)
    told._out.finish()
    assert capsys.readouterr().out == "ok    ping answers         124 ms\n"


def test_every_service_is_known() -> None:
    for service in SERVICES.values():
        telling = Lines(service, {}, coloured=False, quiet=False, verbose=False)
        assert last_line(RESULTS) in telling.told(RESULTS)
    assert telling.ended(0, passed) == "ok    ping answers   124 ms\n", "also where nobody said which checks there are"
    assert check_line(passed, "x", 0, NO_COLOUR) == "ok    x   124 ms"


# Writing in a thread.


def test_behind_keeps_order() -> None:
    got: list[str] = []
    behind = Behind(got.append)
    for number in range(1000):
        behind.write(f"{number}\n")
    behind.finish()
    assert "".join(got) == "".join([f"{number}\n" for number in range(1000)])


def test_behind_does_not_wait_for_a_slow_reader() -> None:
    blocked, got = threading.Event(), []

    def put(text: str) -> None:
        blocked.wait(BOUND_S)
        got.append(text)

    behind = Behind(put)
    behind.write("a")
    behind.write("")
    behind.finish(0.01)
    assert got == []
    blocked.set()
    behind.finish()
    assert got == ["a"]


@pytest.mark.parametrize("fault", [BrokenPipeError(), InspectError("cannot write", exit=Exit.OUTPUT)])
def test_behind_raises_what_a_write_raised(fault: Exception) -> None:
    failed = threading.Event()

    def put(text: str) -> None:
        failed.set()
        raise fault

    behind = Behind(put)
    behind.write("a")
    failed.wait(BOUND_S)
    with pytest.raises(type(fault)):
        behind.finish()
    with pytest.raises(type(fault)):
        behind.write("b")


def test_behind_that_had_nothing_to_write() -> None:
    Behind(lambda text: None).finish()


def test_a_reader_that_left(tmp_path: Path) -> None:
    """`| head -1`: told as everywhere, by the exception that the door turns into 141."""
    program = f"{sys.executable} {TELLING} '{{\"times\": 2000}}' 2>{tmp_path / 'err'} | head -1"
    given = environment(PYTHONPATH=str(TELLING.parent.parent))
    done = subprocess.run(["bash", "-c", program], env=given, capture_output=True, encoding="utf-8", timeout=60)
    assert done.stdout.startswith("ok ")
    assert (tmp_path / "err").read_text().rstrip().endswith("BrokenPipeError: [Errno 32] Broken pipe")


# The view, as text.


@given(
    st.integers(1, 200),
    st.integers(1, 60),
    st.lists(st.tuples(st.sampled_from("ste"), st.integers(0, len(ALL) - 1)), max_size=60),
)
def test_a_view_keeps_within_its_bounds(width: int, height: int, happened: list[tuple[str, int]]) -> None:
    view = Progress(tuple(map(planned, ALL)), 0.0)
    act: dict[str, Callable[[int], None]] = {
        "s": lambda index: view.started(index, 1.0),
        "t": lambda index: view.stepped(index, 1),
        "e": lambda index: view.ended(index, ALL[index]),
    }
    for what, index in happened:
        act[what](index)
    shown = view.lines(2.0, width, height, NO_COLOUR)
    assert 1 <= len(shown) <= height
    assert all(cell_len(line) <= width for line in shown), shown
    assert all(line.isprintable() for line in shown)


def test_a_view_says_where_checks_are() -> None:
    shown = progress().lines(3.0, 80, 24, NO_COLOUR)
    assert shown[0].endswith("5/15  2 failed  1 error  1 skipped  3.0 s")
    assert any(line.startswith("· bob hears alice") and '3/5  alice: send {"say":"hi"}' in line for line in shown)
    assert any(line.startswith("✗ order is confirmed") for line in shown)


def test_a_view_hides_secrets() -> None:
    """A plan still has them, where a result has not."""
    check: Check = planned(passed)
    step = check.steps[0]._replace(told="send hunter2 to them")
    view = Progress((check._replace(steps=(step,), secrets=frozenset({"hunter2"})),), 0.0)
    view.started(0, 0.0)
    text = "\n".join(view.lines(1.0, 80, 24, NO_COLOUR))
    assert "1/1  send *** to them" in text


def test_elapsed_time_keeps_its_unit() -> None:
    view = Progress((planned(passed),), 0.0)
    assert [view.lines(at, 80, 3, NO_COLOUR)[0].split("  ")[-1] for at in (0.01, 1.0, 59.96, 200.0)] == [
        "0.0 s",
        "1.0 s",
        "60.0 s",
        "3 min 20 s",
    ]


def test_nothing_is_no_check() -> None:
    assert Progress((), 0.0).lines(1.0, 80, 3, NO_COLOUR)[0].endswith("0/0  1.0 s")
    assert lines(of()) == "\n0 passed in 1.0 s\n"
    assert tree(of(), 80) == "0 passed in 1.0 s\n"


def test_mistakes_stand_beside_their_lines_on_github() -> None:
    errors = [
        InspectError("smoke/a,b.toml:3: step 1: there is no key `snd`\n::warning::x", hint="did you mean `send`?"),
        InspectError("no check was found"),
    ]
    assert github_mistakes(errors, "web") == [
        "::error file=web/smoke/a%2Cb.toml,line=3::step 1: there is no key `snd`\\n::warning::x%0Adid you mean `send`?"
    ]
    many = [InspectError(f"a.toml:{line}: wrong") for line in range(1, 13)]
    assert github_mistakes(many)[-1] == "::error::3 more mistakes are told: the log has them"
    assert len(github_mistakes(many)) == 10
