"""``wsinspect check`` as a command: what it takes and refuses, which settings count, what it writes, how it ends."""

import gzip
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.servers import BOUND_S, Ran, open_, run, serving, start, text
from wsinspect.cli import run as door_run
from wsinspect.errors import Exit
from wsinspect.exports.har import har
from wsinspect.options.checking import overridden
from wsinspect.options.preparing import Preparing
from wsinspect.recording_files import batches_of
from wsinspect.registry import COMMANDS
from wsinspect.settings import Settings

ECHO = """
url = "demo:echo"
[[steps]]
send = "hello"
[[steps]]
expect = { text = "hello" }
"""

Checking = Callable[..., Ran]


@pytest.fixture
def checking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Checking:
    """Return a function that runs the command in this process, in a folder and surroundings of its own."""
    for name in ("WSINSPECT_CONFIG", "CI", "GITHUB_ACTIONS", "GITLAB_CI", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def check(*arguments: str) -> Ran:
        capfd.readouterr()
        exit = door_run(["check", *arguments])
        return Ran(exit, *capfd.readouterr())

    return check


def write(**files: str) -> None:
    for name, content in files.items():
        Path(f"{name}.toml").write_text(content)


# --- one line


PASSED = [
    ["demo:"],
    ["demo:echo", "--send", '{"op": "ping"}', "--expect", "op == 'ping'", "--within", "10s"],
    ["demo:echo", "--send", "a", "--expect-text", "a", "--send", "b", "--expect-match", "^b$", "--close", "4000 bye"],
    ["demo:echo", "--send", '{"id": 1}', "--expect-json", '{"id": "${any:number}"}', "--strict"],
    ["demo:echo", "--send", "pay ${X}", "--expect-text", "pay ${X}"],
    ["demo:echo", "--send", "hex:0a", "--expect", ":size == 1", "--reject", ":size == 2", "--connections", "3"],
    ["demo:", "--expect-ping", "--expect-json", '{"op": "hello"}'],
    ["demo:1012", "--expect-close", "SERVICE_RESTART,OK", "--within", "10s", "--repeat", "2"],
    ["demo:1006", "--expect-close", "1006"],
    ["demo:echo", "--expect-subprotocol", "", "--expect-status", "101", "--timeout", "10s"],
    ["demo:echo", "--send", "/sleep 10ms", "--wait", "10ms", "--close"],
]


@pytest.mark.parametrize("arguments", PASSED)
def test_passed(arguments: list[str], checking: Checking) -> None:
    ran = checking(*arguments)
    assert (ran.exit, ran.err) == (0, "")
    assert "1 passed" in ran.out


FAILED = [
    (["demo:echo", "--send", "a", "--expect-text", "b", "--within", "100ms"], Exit.UNMET),
    (["demo:1012", "--expect-close", "OK"], Exit.UNMET),
    (["demo:1012", "--wait", "10s"], Exit.CLOSED_BADLY),
    (["demo:1006", "--wait", "10s"], Exit.LOST),
    (["demo:echo", "--expect-subprotocol", "chat"], Exit.UNMET),
    (["demo:echo", "--expect-status", "401"], Exit.UNMET),
    (["ws://127.0.0.1:1/", "--expect", "a"], Exit.UNREACHABLE),
]


@pytest.mark.parametrize(("arguments", "exit"), FAILED)
def test_failed(arguments: list[str], exit: Exit, checking: Checking) -> None:
    ran = checking(*arguments)
    assert ran.exit == exit
    assert f"exit {int(exit)}" in ran.out


def test_a_check_as_a_user_runs_it() -> None:
    with serving(open_, text('{"op": "hello"}'), lambda peer: peer.answer_close()) as served:
        ran = run(
            "check", served.url, "--expect", "op == 'hello'", "-H", "X-A: b", "-s", "chat", "--bearer", "abcdefgh"
        )
    assert (ran.exit, ran.err) == (0, "")
    (peer,) = served.peers
    assert peer.header("X-A") == "b"
    assert peer.header("Authorization") == "Bearer abcdefgh"
    assert peer.header("Sec-WebSocket-Protocol") == "chat"


def test_a_curl_line_gives_the_url(checking: Checking) -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:
        ran = checking("--curl", f"curl -H 'X-A: b' --max-time 3 {served.url}", "--close", "4001")
    assert ran.exit == 0
    assert ran.err == "● --curl: ignored --max-time\n"
    assert served.peers[0].header("X-A") == "b"
    assert served.received()[-1] == (8, (4001).to_bytes(2, "big"))


REFUSED = [
    ([], "missing argument 'TARGET...'"),
    (["a.toml", "ws://h/"], "one URL is checked at a time, and no files beside it"),
    ([":1", ":2"], "one URL is checked at a time; several are written as files"),
    (["a.toml", "--send", "x"], "--send belongs to a URL"),
    (["a.toml", "--strict"], "--strict belongs to a URL"),
    (["a.toml", "--expect-status", "401"], "--expect-status belongs to a URL"),
    ([":1", "--var", "a=b"], "--var belongs to files of checks"),
    ([":1", "--vars", "a"], "--vars belongs to files of checks"),
    ([":1", "--only", "a"], "no check is called `a`"),
    ([":1", "--report", "json"], "invalid value for '--report': it says not where to"),
    ([":1", "--report", "juint=x"], "did you mean junit?"),
    ([":1", "--report", "json=-", "--report", "tap=-"], "only one --report"),
    ([":1", "--report", "json=a/../r", "--report", "tap=./r"], "two reports would be written to ./r"),
    (["a.toml", "--var", "a"], "write NAME=VALUE"),
    (["a.toml", "--var", "a b=c"], "`a b` cannot be the name of a variable"),
    (["a.toml", "--var", "a:=c"], "the value of `a` is not JSON"),
    (["a.toml", "--var", "a:=" + "9" * 5000], "the value of `a` is not JSON"),
    (["a.toml", "--shard", "0/2"], "`0/2` is no shard"),
    (["a.toml", "--shard", "3/2"], "`3/2` is no shard"),
    ([":1", "--expect-status", "42"], "`42` is no HTTP status"),
    ([":1", "--expect-status", "101,401"], "--expect-status: 101 and a refusal"),
    ([":1", "--expect-status", "401", "--expect-subprotocol", "a"], "--expect-subprotocol: a refusal"),
    ([":1", "--expect", "a =="], "--expect: the expression ends too early"),
    ([":1", "--within", "soon"], "invalid value for '--within'"),
    ([":1", "--key", "k"], "--key belongs to --cert"),
    ([":1", "-o", "x"], "-o and --force belong to --from"),
    (["nowhere.toml"], "there is no file or folder nowhere.toml"),
    (["nowhere"], "there is no file or folder nowhere"),
    ([" "], "the name of a file or folder is empty"),
    (["ws://h y/"], "is not a WebSocket URL"),
    (["demo:x"], "there is no demo `x`"),
    (["@nix"], "no profile is called `nix`"),
    ([":1", "--from", "r"], "--from writes a check and runs none"),
    (["--from", "r", "--send", "a"], "--send belongs to checks that are run"),
    (["--from", "r", "--dry-run"], "--dry-run belongs to checks that are run"),
    ([":1", "--curl", "curl ws://h"], "--curl brings its own URL"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED)
def test_refused(arguments: list[str], words: str, checking: Checking) -> None:
    write(a=ECHO)
    ran = checking(*arguments)
    assert words in ran.err
    assert (ran.exit, ran.out) == (2, "")


# --- files


def test_files_and_folders(checking: Checking) -> None:
    Path("smoke").mkdir()
    write(**{"smoke/a": ECHO, "smoke/b": ECHO, "other": ECHO})
    assert "3 passed" in checking("smoke", "other.toml", "--jobs", "2").out
    ran = checking("smoke", "--only", "b", "-v")
    assert "1 passed" in ran.out
    assert "send hello" in ran.out
    assert checking("smoke", "-q").out == ""


def test_standard_input() -> None:
    ran = run("check", "-", given=ECHO.encode())
    assert (ran.exit, ran.err) == (0, "")
    assert run("check", "-", given=b"x = 1\n").err.startswith("error: standard input:1: ")


def test_the_gravest_counts(checking: Checking) -> None:
    write(
        a='url = "demo:echo"\n[[steps]]\nexpect = { text = "x", within = "50ms" }\n',
        b='url = "ws://127.0.0.1:1/"\n',
        c=ECHO,
    )
    assert checking("c.toml").exit == 0
    assert checking("a.toml", "c.toml").exit == 1
    ran = checking(".")
    assert ran.exit == 3
    assert "1 passed, 1 failed, 1 error" in ran.out
    quick = checking("b.toml", "a.toml", "c.toml", "--fail-fast", "--jobs", "1")
    assert quick.exit == 3
    assert "2 skipped" in quick.out


def test_the_mistakes_of_all_files_are_told_and_nothing_is_sent(checking: Checking) -> None:
    with serving() as served:
        write(
            a=ECHO.replace("demo:echo", served.url),
            b='url = "ws://h/"\nstrct = true\n',
            c="url = ",
            d=ECHO.replace('"hello"', "1"),
        )
        ran = checking(".")
    assert not served.peers
    assert (ran.exit, ran.out) == (2, "")
    places = [line.partition(" ")[2][:6] for line in ran.err.splitlines() if line.startswith("error: ")]
    assert list(dict.fromkeys(places)) == ["b.toml", "c.toml", "d.toml"]
    assert "did you mean `strict`?" in ran.err


def test_mistakes_in_how_to_connect_are_told_with_their_place(checking: Checking) -> None:
    write(
        a='url = "ws://h:x/"\n',
        b='url = "ws://h/"\n[handshake]\nmax-size = "big"\n',
        c='url = "ws://h/"\n[handshake]\nipv4 = true\nipv6 = true\n',
        d='url = "ws://h/"\n[handshake]\n\nsend = "x"\n[[cases]]\nname = "1"\n[[cases]]\nname = "2"\n',
        e='url = "@nix/a"\n',
    )
    ran = checking(".", "--dry-run")
    assert ran.exit == 2
    errors = [line.removeprefix("error: ") for line in ran.err.splitlines() if line.startswith("error: ")]
    starts = [
        "a.toml:1: `ws://h:x/`",
        "b.toml:3: `max-size`",
        "c.toml:",
        "d.toml:4: there is no setting",
        "e.toml:1: no",
    ]
    assert len(errors) == len(starts)
    assert all(error.startswith(begin) for error, begin in zip(errors, starts, strict=True)), errors


def test_a_run_that_finds_no_check(checking: Checking) -> None:
    Path("empty").mkdir()
    assert checking("empty").exit == 2
    write(a=ECHO, b=ECHO)
    ran = checking(".", "--only", "c")
    assert (ran.exit, ran.out) == (2, "")
    assert "no check is called `c`" in ran.err
    assert checking(".", "--shard", "2/2").exit == 0
    assert checking(".", "--shard", "3/3").exit == 2
    write(d="cases = []\n" + ECHO)
    assert checking("d.toml").exit == 2


def test_a_dry_run_connects_to_nothing(checking: Checking) -> None:
    with serving() as served:
        write(a=ECHO.replace("demo:echo", served.url) + "\n[[steps]]\nexpect_close = 1000\n", b=ECHO)
        ran = checking(".", "--dry-run")
    assert not served.peers
    assert ran.exit == 0
    assert ran.out.splitlines()[:2] == ["a  a.toml:1", f"  {served.url}"]
    assert "  1. send hello\n" in ran.out
    assert "demo:echo" in ran.out
    assert ran.err == "● 2 checks in 2 files; nothing was connected to\n"


def test_a_dry_run_tells_what_is_out_of_the_ordinary(checking: Checking) -> None:
    write(
        a="""
url = "ws://h/"
strict = true
repeat = 2
retry = 3
[handshake.expect]
status = 401
headers = { WWW-Authenticate = "Bearer", X-Powered-By = false }
within = "2s"
[connections.alice]
[connections.bob]
url = "ws://b/?token=geheim"
"""
    )
    ran = checking("a.toml", "--dry-run", "-q", "--var", "X:=1")
    assert (ran.exit, ran.err) == (0, "")
    wish = "  expect status 401, header WWW-Authenticate like /Bearer/, no header X-Powered-By, within 2"
    lines = ran.out.splitlines()
    assert lines[1].startswith(f"  alice: ws://h/{wish}")
    assert lines[2].startswith(f"  bob: ws://b/?token=***{wish}")
    assert lines[3] == "  strict, 2 times, tried again up to 3 times"


def test_variables_and_secrets(checking: Checking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "top-secret-token")
    monkeypatch.setenv("WHO", "from the environment")
    write(
        a="""
url = "demo:echo"
[variables]
A = "file"
B = "file"
C = "file"
[[steps]]
send = "${A} ${B} ${C} ${env:WHO} ${secret:API_TOKEN}"
[[steps]]
expect = { text = "something else", within = "50ms" }
"""
    )
    Path("v.env").write_text("# ours\nexport A='vars'\nB=vars\n\n")
    Path("v.json").write_text('{"B": "json"}')
    write(v="B = 'toml'\n")
    for file, value in (("v.env", "vars"), ("v.json", "json"), ("v.toml", "toml")):
        ran = checking("a.toml", "--vars", "v.env", "--vars", file, "--var", "A=typed", "--report", "json=r.json", "-v")
        assert ran.exit == 1
        assert f"typed {value} file from the environment ***" in ran.out
        assert "top-secret" not in ran.out + ran.err + Path("r.json").read_text()
    assert "top-secret" not in checking("a.toml", "--dry-run").out
    for wrong in ('url = "demo:${TOKEN}"', 'url = "ws://h y/${TOKEN}"', 'url = ":1"\nhandshake.max-size = "${TOKEN}"'):
        write(b=f'{wrong}\nvariables.TOKEN = "${{secret:API_TOKEN}}"\n')
        ran = checking("b.toml")
        assert ran.exit == 2
        assert "***" in ran.err
        assert "top-secret" not in ran.err
    assert checking("a.toml", "--vars", "none").exit == 2


VARIABLE_FILES = [
    ("a.env", "A\n", "a.env:1: a line is NAME=VALUE"),
    ("a.env", "\n1=2\n", "a.env:2: `1` cannot be the name"),
    ("a.json", "[1]", "a.json: variables are an object"),
    ("a.json", "{", "a.json: not valid JSON: line 1"),
    ("a.json", '{"a b": 1}', "`a b` cannot be the name"),
    ("v.toml", "a = ", "v.toml:1: not valid TOML"),
]


@pytest.mark.parametrize(("path", "content", "words"), VARIABLE_FILES)
def test_mistakes_in_files_of_variables(path: str, content: str, words: str, checking: Checking) -> None:
    write(x=ECHO)
    Path(path).write_text(content)
    ran = checking("x.toml", "--vars", path)
    assert ran.exit == 2
    assert words in ran.err


def test_what_is_typed_goes_before_what_files_say() -> None:
    command: click.Command = COMMANDS.load("check")
    ctx = command.make_context("check", ["x.toml", "--timeout", "3s", "--retry", "4", "--repeat", "2"])
    from wsinspect.checks.plan import Check, Retry

    check = Check("n", (), retry=Retry(1, 5.0), timeout_s=9, repeat=1, strict=True)
    assert overridden(check, ctx.params) == check._replace(retry=Retry(4, 5.0), timeout_s=3, repeat=2)
    plain = command.make_context("check", ["x.toml"]).params
    assert overridden(check, plain) == check


# --- what counts of how to connect


CONFIG = """
[profiles.staging]
url = "{url}"
headers = {{ X-A = "profile", X-B = "profile", X-C = "profile" }}
auth = {{ bearer = {{ command = ["sh", "-c", "echo run >> {log}; echo fetched-secret"] }} }}
format = "raw"
send = "not sent by a check"
dialect = "nonsense"
"""


def test_typed_before_file_before_profile(checking: Checking, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(open_, lambda peer: peer.answer_close()) as served:
        Path("c.cfg").write_text(CONFIG.format(url=served.url, log=log))
        write(
            a='url = "@staging/x?y=1"\n[handshake]\nheaders = { X-B = "file", X-C = "file" }\nsubprotocols = ["f"]\n'
            + "".join(f'[[cases]]\nname = "{number}"\n' for number in range(3))
        )
        ran = checking("a.toml", "--config", "c.cfg", "-H", "X-C: typed", "--jobs", "1", "-v")
    assert ran.exit == 0, ran
    assert "3 passed" in ran.out
    for peer in served.peers:
        assert [peer.header(name) for name in ("X-A", "X-B", "X-C")] == ["profile", "file", "typed"]
        assert peer.header("Authorization") == "Bearer fetched-secret"
        assert peer.header("Sec-WebSocket-Protocol") == "f"
        assert peer.request.startswith(b"GET /x?y=1 ")
        assert all(frame[0] == 8 for frame in peer.received)
    assert log.read_text() == "run\n"  # asked for once, for all checks


def test_named_connections_have_settings_of_their_own(checking: Checking) -> None:
    with serving(open_, lambda peer: peer.answer_close()) as served:
        write(
            a=f"""
url = "{served.url}"
[handshake]
headers = {{ X-A = "both" }}
[connections.alice]
headers = {{ X-B = "alice" }}
[connections.bob]
url = "{served.url}bob"
auth = {{ user = "bob", password = "geheim" }}
"""
        )
        ran = checking("a.toml")
    assert ran.exit == 0, ran
    seen = {peer.request.split()[1]: peer for peer in served.peers}
    assert seen[b"/"].header("X-B") == "alice"
    assert seen[b"/bob"].header("X-B") == ""
    assert seen[b"/bob"].header("Authorization") == "Basic Ym9iOmdlaGVpbQ=="
    assert {peer.header("X-A") for peer in served.peers} == {"both"}


def test_a_check_is_made_ready_without_a_command_line() -> None:
    from wsinspect.checks.plan import ONLY, Check, Link

    check = Check("n", (Link(ONLY, "ws://u:p@h/x", {"max-redirs": 3}, {"max-redirs": ("handshake", "max-redirs")}),))
    prepared = Preparing(Settings()).prepared(check)
    assert prepared.links[ONLY].target.userinfo == "u:p"
    assert prepared.links[ONLY].max_redirects == 3
    assert Preparing(Settings()).prepared(check._replace(links=(Link(ONLY, "demo:echo"),))).demos == {ONLY: "echo"}


# --- reports


def test_reports(checking: Checking) -> None:
    ran = checking(
        "demo:1011",
        "--expect-close",
        "OK",
        *(f"--report={form}=out/deep/r.{form}" for form in ("junit", "tap", "html")),
    )
    assert ran.exit == 1
    assert sorted(path.name for path in Path("out/deep").iterdir()) == ["r.html", "r.junit", "r.tap"]
    assert Path("out/deep/r.junit").read_text().startswith("<?xml")


def test_a_report_on_standard_output_leaves_it_alone(checking: Checking) -> None:
    ran = checking("demo:echo", "--report", "json=-", "--report", "tap=r.tap")
    assert json.loads(ran.out)["exit"] == 0
    assert "1 passed" in ran.err
    assert Path("r.tap").read_text().startswith("TAP version 14")


def test_a_report_that_cannot_be_written(checking: Checking) -> None:
    Path("file").write_text("")
    Path("folder").mkdir()
    ran = checking("demo:echo", "--report", "tap=file/r.tap", "--report", "json=folder", "--report", "junit=good.xml")
    assert ran.exit == 11
    assert "1 passed" in ran.out
    assert "cannot write the report file/r.tap" in ran.err
    assert "cannot write the report folder" in ran.err
    assert Path("good.xml").exists()
    assert not [path for path in Path().iterdir() if path.name.endswith(".part")]
    # What failed first counts.
    assert checking("demo:1011", "--expect-close", "OK", "--report", "tap=file/r.tap").exit == 1


def test_a_report_replaces_a_file_whole(checking: Checking, tmp_path: Path) -> None:
    target = tmp_path / "target.tap"
    target.write_text("old")
    link = tmp_path / "link.tap"
    link.symlink_to(target)
    assert checking("demo:echo", "--report", f"tap={link}", "--report", "json=/dev/null").exit == 0
    assert link.is_symlink()
    assert target.read_text().startswith("TAP")


def test_a_report_is_put_behind_what_standard_output_holds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "wsinspect", "check", "demo:", "--report", "tap=/dev/stdout"]
    with log.open("w") as out:
        subprocess.run(command, stdout=out, timeout=BOUND_S, check=True)
    piped = subprocess.run(command, stdout=subprocess.PIPE, timeout=BOUND_S, check=True, text=True).stdout
    for told in (log.read_text(), piped):
        assert 0 < told.index("1 passed") < told.index("TAP version 14")


# --- the rest


def test_the_schema(checking: Checking) -> None:
    ran = checking("--schema")
    assert (ran.exit, ran.err) == (0, "")
    assert json.loads(ran.out)["properties"].keys() >= {"url", "steps", "handshake", "cases"}


def test_a_check_is_written_from_a_recording(checking: Checking) -> None:
    recorded = run("connect", "demo:echo", "--send", '{"op": "hello"}', "-n", "--linger", "100ms", "--format", "ndjson")
    Path("r.ndjson").write_text(recorded.out)
    ran = checking("--from", "r.ndjson", "-o", "out/smoke.toml")
    assert (ran.exit, ran.out) == (0, "")
    written = Path("out/smoke.toml").read_text()
    assert 'name = "smoke"' in written
    assert checking("out/smoke.toml", "--dry-run").exit == 0
    again = checking("--from", "r.ndjson", "-o", "out/smoke.toml")
    assert again.exit == 11
    assert "is there already" in again.err
    assert checking("--from", "r.ndjson", "-o", "out/smoke.toml", "--force").exit == 0
    assert 'name = "r"' in checking("--from", "r.ndjson").out
    ran = checking("--from", "r.ndjson", "-o", "-")
    assert (ran.out, ran.err) == (checking("--from", "r.ndjson").out, "")
    assert not Path("-").exists()
    assert checking("--from", "r.ndjson", "-o", "quiet.toml", "-q").err == ""
    assert checking("--from", "none").exit == 2
    # In any form that is read.
    Path("r.gz").write_bytes(gzip.compress(Path("r.ndjson").read_bytes()))
    assert checking("--from", "r.gz").out == checking("--from", "r.ndjson").out
    Path("r.har").write_bytes(b"".join(har(batches_of("r.ndjson", print), print)))
    assert re.sub("Written from .*", "", checking("--from", "r.har").out) == re.sub(
        "Written from .*", "", checking("--from", "r.ndjson").out
    )
    Path("bad").write_text("no json\n")
    assert checking("--from", "bad", "-o", "new.toml").exit == 2
    Path("bad").write_text("{no json}\n{}")
    assert checking("--from", "bad", "-o", "new.toml").exit == 11
    assert not Path("new.toml").exists()
    assert checking("--from", "r.ndjson", "-o", "r.ndjson/x.toml").exit == 11


def test_recordings_of_what_failed(checking: Checking) -> None:
    Path("file").write_text("")
    ran = checking("demo:echo", "--record", "file")
    assert (ran.exit, ran.out) == (11, "")
    assert "cannot make the folder file for recordings: file exists" in ran.err
    assert checking("demo:1011", "--expect-close", "OK", "--record", "kept").exit == 1
    (path,) = Path("kept").iterdir()
    assert "CLOSE" in path.read_text()
    assert checking("demo:echo", "--record", "none").exit == 0
    assert not Path("none").exists() or not list(Path("none").iterdir())


def test_ctrl_c(tmp_path: Path) -> None:
    report = tmp_path / "r.tap"
    with serving(open_, text("hello"), lambda peer: peer.answer_close()) as served:
        process = start("check", served.url, "--expect-text", "hello", "--wait", "60s", "--report", f"tap={report}")
        while not served.peers or not served.peers[0].request:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=BOUND_S)
    assert process.returncode == Exit.SIGINT
    assert report.exists()


def test_help_costs_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); from wsinspect.cli import run; run(['check', '--help']); "
        "print(*[name for name in ('asyncio', 'websockets', 'rich', 'jsonschema', 'jmespath', 'tomllib', 'tomlkit', "
        "'wsinspect.checks', 'wsinspect.checking') if name in sys.modules.keys() - before], "
        "file=sys.stderr)"
    )
    import subprocess

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=BOUND_S)
    assert "Example:" in ran.stdout
    assert ran.stderr.split() == []


def test_completion() -> None:
    from wsinspect.cli import door
    from wsinspect.commands.completion import PROGRAM, VARIABLE, Completion

    def items(*words: str) -> list[tuple[str, str]]:
        found = Completion(door, {}, PROGRAM, VARIABLE).get_completions(list(words[:-1]), words[-1])
        return [(item.type, item.value) for item in found]

    assert {("plain", "demo:echo"), ("file", "")} <= set(items("check", ""))
    assert items("check", "--report", "j") == [("plain", "junit="), ("plain", "json=")]
    assert [kind for kind, _ in items("check", "--report", "junit=o")] == ["file"]
    assert ("plain", "--expect-json") in items("check", "demo:", "--expect")


def test_a_pattern_without_an_end_holds_up_nobody(tmp_path: Path) -> None:
    """Neither other checks nor signals have their turn while a search lasts, so that it is given up."""
    slow = 'url = "demo:echo"\n[[steps]]\nsend = "{text}"\n[[steps]]\nexpect = {{ regex = "(a+)+$", within = "30s" }}\n'
    (tmp_path / "slow.toml").write_text(slow.format(text="a" * 60 + "!"))
    (tmp_path / "good.toml").write_text(slow.format(text="a" * 60))
    ran = run("check", str(tmp_path))
    assert ran.exit == Exit.TIMEOUT
    assert "a pattern takes too long on what came" in ran.out
    assert "1 passed, 1 error" in ran.out
