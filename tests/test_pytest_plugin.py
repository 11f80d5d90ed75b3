"""Checks as tests of pytest, and its fixture `ws`: what a person sees, and what other plugins get."""

import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

# Here, and not within each run: what a run of pytester imports, it forgets.
import wsinspect.checking.live_check
import wsinspect.checking.suite
from tests.servers import BOUND_S, Served, close, environment, open_, ping, serving, text
from wsinspect.vocabulary import WSCloseCode
from wsinspect.wire.frames import write_frame

pytest_plugins = "pytester"

# The plugin by its module, whether or not what is installed knows of the entry point already.
PLUGIN = ("-p", "no:wsinspect", "-p", "wsinspect.pytest_plugin", "-p", "no:cacheprovider", "-W", "error")

Run = Callable[..., pytest.RunResult]

ECHOED = """
url = "demo:echo"
[[steps]]
send = "hello"
[[steps]]
expect = { text = "hello" }
"""
CASES = """
name = "echo"
url = "demo:echo"
[[cases]]
name = "ada"
PROTOCOL = "${FIRST}"
[[cases]]
name = "bob"
PROTOCOL = "${SECOND}"
[handshake.expect]
subprotocol = "${PROTOCOL}"
"""
PASSING = CASES.replace("${FIRST}", "").replace("${SECOND}", "")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("WSINSPECT_NO_RECENT", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def ran(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess(*PLUGIN, *arguments)

    return ran


@pytest.fixture
def echo() -> Iterator[Served]:
    """Serve a script that greets, and sends back what it gets."""

    def back(peer: object) -> None:
        while (frame := peer.frame()) is not None and frame[0] != 8:  # type: ignore[attr-defined]
            if frame[0] in (1, 2):
                peer.send(write_frame(frame[1], frame[0]))  # type: ignore[attr-defined]
        if peer.received and peer.received[-1][0] == 8:  # type: ignore[attr-defined]
            peer.send(close(1000))  # type: ignore[attr-defined]

    with serving(open_, text('{"op": "hello"}'), ping(b"beat"), back) as served:
        yield served


def put(pytester: pytest.Pytester, **files: str) -> None:
    for name, content in files.items():
        (pytester.path / f"{name}.ws.toml").write_text(content, encoding="utf-8")


# Files of checks.


def test_each_check_and_each_case_is_a_test(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, echoed=ECHOED, several=PASSING)
    (pytester.path / "other.toml").write_text("no check", encoding="utf-8")
    done = run("-v")
    done.assert_outcomes(passed=3)
    done.stdout.fnmatch_lines_random(
        [
            "echoed.ws.toml::echoed PASSED*",
            "several.ws.toml::echo [[]ada] PASSED*",
            "several.ws.toml::echo [[]bob] PASSED*",
        ]
    )


def test_they_are_chosen_by_name_and_marker(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, several=PASSING)
    pytester.makepyfile(test_other="def test_nothing():\n    pass\n")
    run("-k", "ada").assert_outcomes(passed=1, deselected=2)
    run("-m", "wsinspect", "--strict-markers").assert_outcomes(passed=2, deselected=1)
    run("several.ws.toml::echo [bob]").assert_outcomes(passed=1)


def test_variables_come_from_the_ini_and_the_command_line(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, several=CASES)
    pytester.makeini("[pytest]\nwsinspect_vars =\n    FIRST=v2\n    SECOND=\n    OTHER:=[1]\n")
    run().assert_outcomes(passed=1, failed=1)
    run("--ws-var", "FIRST=").assert_outcomes(passed=2)
    done = run("--ws-var", "FIRST:=[")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["--ws-var: the value of `FIRST` is not JSON*"])


def test_a_failure_shows_what_came_and_no_traceback(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, failing='url = "demo:echo"\n[[steps]]\nsend = { json = { op = "ping" } }\n'
        "[[steps]]\nexpect = { partial = { op = \"pong\" }, within = \"200ms\" }\n")  # fmt: skip
    done = run()
    done.assert_outcomes(failed=1)
    shown = done.stdout.str()
    for part in ("no message matched", "step 2/2", 'op: "pong"', 'op: "ping"', "before it"):
        assert part in shown, shown
    done.stdout.fnmatch_lines(["failing.ws.toml:5: NotPassed"])
    assert "Traceback" not in shown
    assert "wsinspect/" not in shown


def test_what_prevented_a_check_is_an_error_and_no_failure(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, gone='url = "ws://127.0.0.1:1/"\n')
    done = run("--junitxml=out.xml")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*ERROR at setup of gone*", "*port 1 refused the connection*", "*exit * 3: *"])
    (case,) = ElementTree.parse(pytester.path / "out.xml").iter("testcase")
    assert [inner.tag for inner in case] == ["properties", "error"]


def test_reports_hold_the_facts_of_a_check(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, echoed=ECHOED + '[[steps]]\nsend = "a"\n')
    run("--junitxml=out.xml").assert_outcomes(passed=1)
    (case,) = ElementTree.parse(pytester.path / "out.xml").iter("testcase")
    facts = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert facts["status"] == "101"
    assert facts["sent"] == "2"
    assert facts["url"].endswith("/echo")


def test_mistakes_in_a_file_are_told_with_their_lines(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, wrong='url = "demo:echo"\n[[steps]]\nsedn = 1\n[[steps]]\nexpect = { txt = "a" }\n', echoed=ECHOED)
    done = run("--continue-on-collection-errors")
    done.assert_outcomes(errors=1, passed=1)
    done.stdout.fnmatch_lines(
        [
            "*ERROR collecting wrong.ws.toml*",
            "wrong.ws.toml:3: step 1: there is no key `sedn`",
            "hint: did you mean `send`?",
        ]
    )
    done.stdout.fnmatch_lines(["wrong.ws.toml:5: step 2:*"])
    assert "Traceback" not in done.stdout.str()


def test_secrets_stand_in_no_output(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, secret='url = "demo:echo"\n[[steps]]\nsend = "my ${secret:API_TOKEN}"\n'
        '[[steps]]\nexpect = { text = "other", within = "100ms" }\n')  # fmt: skip
    done = run("--ws-var", "API_TOKEN=tr0ub4dor", "--junitxml=out.xml", "-rA")
    done.assert_outcomes(failed=1)
    assert "my ***" in done.stdout.str()
    # What was typed is the caller's own; nothing of ours repeats it.
    assert "tr0ub4dor" not in done.stdout.str().replace("API_TOKEN=tr0ub4dor", "")
    assert "tr0ub4dor" not in (pytester.path / "out.xml").read_text(encoding="utf-8")


def test_the_last_failures_can_be_run_again(pytester: pytest.Pytester, run: Run) -> None:
    put(pytester, several=PASSING.replace('"bob"\nPROTOCOL = ""', '"bob"\nPROTOCOL = "v2"'), echoed=ECHOED)
    pytester.runpytest_inprocess(*PLUGIN[:4]).assert_outcomes(passed=2, failed=1)
    done = pytester.runpytest_inprocess(*PLUGIN[:4], "--lf", "-v")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["several.ws.toml::echo [[]bob] FAILED*"])


def test_they_spread_over_processes(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    several = "".join(f'[[cases]]\nname = "{number}"\n' for number in range(6))
    put(pytester, several=f'name = "echo"\n{ECHOED.replace("[[steps]]", several + "[[steps]]", 1)}',
        gone='url = "ws://127.0.0.1:1/"\n')  # fmt: skip
    done = pytester.runpytest_subprocess(*PLUGIN, "-n", "2", "--junitxml=out.xml", "-v", timeout=60)
    done.assert_outcomes(passed=6, errors=1)
    assert {line.partition("]")[0] for line in done.outlines if "PASSED" in line} <= {"[gw0", "[gw1"}
    suite = ElementTree.parse(pytester.path / "out.xml").find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("7", "1", "0")


def test_it_costs_nothing_where_there_is_no_check(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test_imports():\n"
        "    ours = {name for name in sys.modules if name.startswith('wsinspect.')}\n"
        "    assert not ours & {'wsinspect.checking', 'wsinspect.checks', 'wsinspect.net', 'wsinspect.events'}, ours\n"
        "    assert not {'asyncio', 'websockets', 'click', 'jmespath'} & set(sys.modules)\n"
    )
    done = pytester.runpytest_subprocess(*PLUGIN, "-p", "no:xdist", "-p", "no:hypothesispytest", timeout=60)
    done.assert_outcomes(passed=1)


def test_pytest_finds_it() -> None:
    root = Path(wsinspect.__file__).parent.parent
    said = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert said["entry-points"]["pytest11"] == {"wsinspect": "wsinspect.pytest_plugin"}
    assert said["optional-dependencies"]["pytest"] == ["pytest>=8"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_ctrl_c_ends_it_politely(pytester: pytest.Pytester) -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:
        put(pytester, slow=f'url = "{served.url}"\n[[steps]]\nexpect = {{ text = "never" }}\n')
        command = [sys.executable, "-m", "pytest", *PLUGIN]
        process = subprocess.Popen(command, cwd=pytester.path, env=environment(), stdout=subprocess.PIPE)
        bound = time.monotonic() + BOUND_S
        while not served.peers or not served.peers[0].request:
            assert time.monotonic() < bound
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=BOUND_S)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, out
    assert b"KeyboardInterrupt" in out
    assert [frame[0] for frame in served.received()] == [8]


# The fixture.


def test_a_test_sends_and_expects(pytester: pytest.Pytester, run: Run, echo: Served) -> None:
    pytester.makepyfile(
        f"""
        def test_it(ws):
            chat = ws("{echo.url}", subprotocols=["chat.v2"], headers={{"X-Id": "7"}}, within=10)
            hello = chat.expect("op == 'hello'")
            assert (hello.type, hello.json, hello.text) == ("text", {{"op": "hello"}}, '{{"op": "hello"}}')
            assert chat.expect_ping(text="beat").data == b"beat"
            chat.send({{"op": "a", "n": None}})
            assert chat.expect({{"op": "a"}}, within=5).json == {{"op": "a", "n": None}}
            chat.send([1, 2])
            assert chat.expect(json=[1, 2]).json == [1, 2]
            chat.send("${{not}} a template")
            assert chat.expect(contains="template").text == "${{not}} a template"
            chat.send(b"raw")
            assert chat.expect(prefix=b"ra", size=3).data == b"raw"
            chat.send("x1"); chat.send("y"); chat.send("x2")
            assert [one.text for one in chat.expect(regex="^x", count=2)] == ["x1", "x2"]
            assert 0 <= hello.at < 60
            assert chat.handshake.status == 101
            chat.wait("10ms")
            chat.close(1000, "done")
            chat.expect_close("OK", clean=True)
        """
    )
    run().assert_outcomes(passed=1)
    (peer,) = echo.peers
    assert peer.header("Sec-WebSocket-Protocol") == "chat.v2"
    assert peer.header("X-Id") == "7"
    assert (8, b"\x03\xe8done") in peer.received


def test_two_connections_live_in_one_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        def test_it(ws):
            with ws("demo:echo") as alice, ws("demo:echo") as bob:
                alice.send("a")
                bob.send("b")
                assert (bob.expect().text, alice.expect(where=":text == 'a'").text) == ("b", "a")
            import pytest
            with pytest.raises(RuntimeError, match="given back"):
                alice.send("c")
        """
    )
    run().assert_outcomes(passed=1)


FAILING = {
    "expect": ('c.expect(partial={"op": "pong"}, within=0.1)', "no message matched"),
    "refused": ('ws("ws://127.0.0.1:1/")', "port 1 refused the connection"),
    "handshake": ('ws("demo:echo", expect={"subprotocol": "v2"})', "subprotocol"),
    "key": ("c.expect(txt='a')", "ValueError: there is no key `txt` in expect"),
    "option": ('ws("demo:echo", subprotocol="a", bearr="b")', "ValueError: there is no setting `bearr`"),
    "url": ('ws("http:")', "ValueError"),
    "condition": ("c.expect('a ==')", "ValueError: `where`: the expression ends too early"),
    "unsendable": ("c.send(object())", "ValueError: this cannot be sent as JSON"),
    "close": ("c.close(999)", "ValueError: "),
    "wrong_close": ('ws("demo:1012").expect_close("OK", within=5)', "1012"),
}


def test_what_fails_is_told_without_our_frames(pytester: pytest.Pytester, run: Run) -> None:
    tests = [f"def test_{name}(ws):\n    c = ws('demo:echo')\n    {line}\n" for name, (line, _) in FAILING.items()]
    pytester.makepyfile("\n".join(tests))
    done = run()
    done.assert_outcomes(failed=len(FAILING))
    told = done.stdout.str()
    assert "live_check.py" not in told, told
    for name, (line, shown) in FAILING.items():
        block = re.split(r"\n_{3,} .* _{3,}\n|\n=+ ", told.partition(f" test_{name} _")[2], maxsplit=1)[0]
        assert f">       {line}\nE " in block.replace("    >", ">"), block
        assert shown in block, block


def test_a_bad_end_that_nobody_expected_fails_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import time
        def test_it(ws):
            ws("demo:1012").expect(contains="Welcome")
            time.sleep(0.5)
        """
    )
    done = run()
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "*1012 SERVICE_RESTART*"])


def test_a_standing_reject_and_a_violation_fail_the_test_at_its_end(pytester: pytest.Pytester, run: Run) -> None:
    late = serving(open_, 0.3, text("boom"), lambda peer: peer.answer_close())
    broken = serving(open_, 0.3, b"\x83\x00", lambda peer: peer.until_close())
    with late as first, broken as second:
        pytester.makepyfile(
            f"""
            import time
            def test_reject(ws):
                ws("{first.url}").reject(contains="boom")
                time.sleep(0.6)
            def test_violation(ws):
                ws("{second.url}")
                time.sleep(0.6)
            def test_allowed(ws):
                chat = ws("{second.url}", allow_violations=True)
                chat.expect_close(within=10)
            """
        )
        done = run()
    done.assert_outcomes(passed=3, errors=2)
    shown = done.stdout.str()
    assert 'reject a message with "boom" in it' in shown
    assert "hidden" not in shown
    assert re.search(r"opcode 0x3 is reserved", shown)
    assert "live_check.py" not in shown


def test_a_refusal_can_be_what_is_wanted(pytester: pytest.Pytester, run: Run) -> None:
    with serving(
        lambda peer: (peer.ask(), peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
    ) as served:
        pytester.makepyfile(
            f"""
            def test_it(ws):
                assert ws("{served.url}", expect={{"status": 401}}).handshake.status == 401
            """
        )
        run().assert_outcomes(passed=1)


def test_pings_are_answered_while_the_test_is_busy(pytester: pytest.Pytester, run: Run) -> None:
    def beat(peer: object) -> None:
        peer.send(ping(b"x"))  # type: ignore[attr-defined]
        assert peer.frame() == (10, b"x")  # type: ignore[attr-defined]
        peer.send(text("alive"))  # type: ignore[attr-defined]
        peer.answer_close()  # type: ignore[attr-defined]

    with serving(open_, beat) as served:
        pytester.makepyfile(
            f"""
            import time
            def test_it(ws):
                chat = ws("{served.url}")
                time.sleep(0.5)
                before = time.monotonic()
                chat.expect(text="alive", within=0.4)
            """
        )
        run().assert_outcomes(passed=1)


def test_codes_may_be_members_of_the_enumeration(pytester: pytest.Pytester, run: Run) -> None:
    assert WSCloseCode.SERVICE_RESTART == 1012
    pytester.makepyfile(
        """
        from wsinspect import WSCloseCode
        def test_it(ws):
            ws("demo:1012").expect_close([WSCloseCode.SERVICE_RESTART, 1001], by="server", reason="asked")
            chat = ws("demo:echo")
            chat.close(WSCloseCode.GOING_AWAY)
        """
    )
    run().assert_outcomes(passed=1)
