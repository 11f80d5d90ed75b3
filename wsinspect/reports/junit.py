"""Results as JUnit XML, in the shape that CI services read. Knows no file and no clock.

There is no standard. The elements and their order are those of the schema of Jenkins' xUnit plugin (the common one);
beyond it a test case has what services look for all the same: ``file`` and ``line``, by which they annotate, and
``properties``. A suite stands for a file of checks. A failure is the server's doing, an error is what prevented the
check. A run that was stopped has one error more, which says so: without it, a run of nothing but skipped checks would
look good. Times are in seconds, with three digits behind the point; a suite's is the sum of its checks', which may have
run side by side.
"""

from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from wsinspect.checks.result import CheckResult, Outcome, Results
from wsinspect.errors import Exit
from wsinspect.render.safe import escaped, neutral
from wsinspect.reports.lines import block
from wsinspect.reports.words import Suite, kind, place_of, short, skipped_because, stopped_by, suites, utc

ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}
"""How a check that is not passed is told, by its outcome."""

THE_RUN = "the whole run"
PROGRAM = "wsinspect.check"


def junit(results: Results) -> str:
    """Return results as a JUnit XML document."""
    stopped = results.stopped is not None
    root = ET.Element(
        "testsuites",
        name="wsinspect check",
        tests=str(len(results.checks) + stopped),
        failures=str(results.count(Outcome.FAILED)),
        errors=str(results.count(Outcome.ERROR) + stopped),
        time=_time(results.seconds),
    )
    if results.stopped is not None:
        _add_stop(root, results, results.stopped)
    for suite in suites(results):
        _add_suite(root, suite, results.began)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add_stop(root: ET.Element, results: Results, exit: Exit) -> None:
    counts = {
        "tests": "1",
        "failures": "0",
        "errors": "1",
        "skipped": "0",
        "time": _time(0),
        "timestamp": utc(results.began),
    }
    suite = ET.SubElement(root, "testsuite", {"name": THE_RUN, **counts})
    case = ET.SubElement(suite, "testcase", classname=PROGRAM, name=THE_RUN, time=_time(0))
    ET.SubElement(case, "properties")
    told = ET.SubElement(case, "error", type=kind(exit), message=stopped_by(results))
    told.text = "\n".join([stopped_by(results), *map(short, results.notes)])


def _add_suite(root: ET.Element, suite: Suite, began: float) -> None:
    starts = [check.began for check in suite.checks if check.began]
    element = ET.SubElement(
        root,
        "testsuite",
        name=suite.name,
        tests=str(len(suite.checks)),
        failures=str(suite.count(Outcome.FAILED)),
        errors=str(suite.count(Outcome.ERROR)),
        skipped=str(suite.count(Outcome.SKIPPED)),
        time=_time(sum(check.seconds for check in suite.checks)),
        timestamp=utc(min(starts, default=began)),
    )
    if suite.file:
        element.set("file", neutral(suite.file))
    for check in suite.checks:
        _add_case(element, check)


def _add_case(suite: ET.Element, check: CheckResult) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=_class_name(check.place.file), name=short(check.name), time=_time(check.seconds)
    )
    place = place_of(check)
    if place.file:
        case.set("file", neutral(place.file))
        if place.line:
            case.set("line", str(place.line))
    properties = ET.SubElement(case, "properties")
    for name, value in _properties(check).items():
        ET.SubElement(properties, "property", name=neutral(name), value=short(value))
    fault = check.fault
    if fault and check.outcome in ELEMENTS:
        told = ET.SubElement(case, ELEMENTS[check.outcome], type=kind(fault.exit), message=short(fault.sentence))
        told.text = "\n".join(block(check))
    elif check.outcome is Outcome.SKIPPED:
        ET.SubElement(case, "skipped", message=skipped_because(check))
    out = [_plain(note) for note in check.notes]
    out += [f"[[ATTACHMENT|{_plain(path)}]]" for path in check.recordings]
    if out:
        ET.SubElement(case, "system-out").text = "\n".join(out)


def _properties(check: CheckResult) -> dict[str, str]:
    counts = {"attempts": check.attempts, "runs": check.runs, "failed_runs": check.failed_runs}
    found = dict(check.facts) | {name: str(count) for name, count in counts.items()}
    return found | {"exit": str(int(check.exit))} if check.fault else found


def _plain(text: str) -> str:
    # GitLab and Jenkins attach the file that such a line names: nobody from outside may write one.
    return short(text).replace("[[", "[" + escaped("["))


def _class_name(file: str) -> str:
    # Services make a tree of packages of it, as from a dotted name; the ending says nothing.
    if not file:
        return PROGRAM
    path = PurePosixPath(neutral(file.replace("\\", "/").removesuffix(".toml").removesuffix(".ws")))
    return ".".join(part for part in path.parts if part not in ("/", ".", "..")) or PROGRAM


def _time(seconds: float) -> str:
    return f"{max(seconds, 0.0):.3f}"
