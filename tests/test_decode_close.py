"""``wsinspect decode-close``: what is printed, what is refused, what is completed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from wsinspect.cli import run
from wsinspect.close_codes import explain_close
from wsinspect.close_table import ROWS
from wsinspect.commands.decode_close import complete_code, decode_close
from wsinspect.dialects import DIALECTS
from wsinspect.options.dialects import complete_dialect

CONFIG = '[close_codes.myapp]\n4001 = "session expired"\n1008 = "token expired"\n[close_codes.pusher]\n4050 = "ours"\n'


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WSINSPECT_CONFIG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "wsinspect" / "config.toml"
    path.parent.mkdir()
    path.write_text(CONFIG)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["decode-close", *arguments])
    return (int(code), *capsys.readouterr())


# arguments, the first line of each card
CARDS = [
    (["1011"], ["1011  INTERNAL_ERROR"]),
    (["+1011"], ["1011  INTERNAL_ERROR"]),
    (["01011"], ["1011  INTERNAL_ERROR"]),
    (["internal_error"], ["1011  INTERNAL_ERROR"]),
    (["Going Away"], ["1001  GOING_AWAY"]),
    (["SERVICE_RESTART", "1006"], ["1012  SERVICE_RESTART", "1006  ABNORMAL_CLOSURE"]),
    (["0"], ["0 "]),
    (["-0"], ["0 "]),
    (["65535"], ["65535 "]),
    (["0x03f36465706c6f79"], ["1011  INTERNAL_ERROR"]),
    (["0X03F3"], ["1011  INTERNAL_ERROR"]),
    (["--payload", "03 f3 64 65"], ["1011  INTERNAL_ERROR"]),
    (["--payload", ""], ["1005  NO_STATUS_RCVD"]),
    (["0x03"], ["no code  a payload of 1 byte"]),
    (["1000", "--payload", "03e8", "--payload", "03e9"], ["1000  OK", "1000  OK", "1001  GOING_AWAY"]),
    (["--dialect", "discord", "rate_limited", "1000"], ["4008  RATE_LIMITED", "1000  OK"]),
    (["--dialect", "graphql-subscriptions", "1011"], ["1011  INTERNAL_ERROR"]),
]


@pytest.mark.parametrize(("arguments", "titles"), CARDS)
def test_cards(capsys: pytest.CaptureFixture[str], arguments: list[str], titles: list[str]) -> None:
    code, out, err = told(capsys, *arguments)
    assert (code, err) == (0, "")
    cards = out.split("\n" + "─" * 80 + "\n\n")
    assert len(cards) == len(titles)
    for card, title in zip(cards, titles, strict=True):
        assert card.startswith(title)


# arguments, words of the error, words of the hint
ERRORS = [
    (["banana"], "no close code is called `banana`", "a number such as 1011"),
    (["internal_eror"], "no close code is called `internal_eror`", "did you mean `INTERNAL_ERROR` (1011)?"),
    (["normalclosur"], "no close code is called", "did you mean `OK` (1000)?"),
    (["SLOW"], "no close code is called `SLOW`", "3008 has that name in centrifugo: add `--dialect centrifugo`"),
    (["03f36465"], "no close code is called `03f36465`", "write `0x03f36465`"),
    (["b" * 99], "`" + "b" * 39 + "…`", "write `0x" + "b" * 39 + "…`"),
    (["ten eleven" * 9], "ten eleventen eleventen eleventen eleve…", "give a number"),
    (["1011.0"], "no close code is called `1011.0`", "a number"),
    (["１０１１"], "no close code is called", "a number"),
    ([""], "no close code is called ``", "a number"),
    (["70000"], "70000 is not a close code: a code is two bytes, so a number from 0 to 65535", "`--all`"),
    (["-1"], "-1 is not a close code", "`--all`"),
    (["-1011"], "-1011 is not a close code", "did you mean `1011`?"),
    (["9" * 9999], "9" * 39 + "… is not a close code", "`--all`"),
    (["0x3f3"], "the payload `0x3f3` has an odd number of hex digits (3)", "`0x03f3`"),
    (["0xzz"], "`z` is not a hex digit", "two bytes of code"),
    (["0x03f3ff"], "the payload's code is 1011, but the reason is not UTF-8: byte 0xff at offset 2", "sections 5.5.1"),
    (["--payload", "0"], "has an odd number", "`0x00`"),
    (["1000", "banana"], "no close code is called `banana`", "a number"),
    ([], "no close code is given", "try `wsinspect decode-close 1011`"),
    (["--all", "1011"], "`--all` lists every code, so it takes none", "leave out one"),
    (["--dialect", "discrod", "4004"], "no dialect is called `discrod`", "did you mean `discord`?"),
    (["--dialect", "???", "4004"], "no dialect is called `???`", "known are: graphql-transport-ws, "),
    (["--jsn", "1011"], "no such option `--jsn`", "did you mean `--json`?"),
    (["--diale=pusher", "1011"], "no such option `--diale`", "did you mean `--dialect`?"),
    (["-x"], "no such option `-x`", ""),
    (["bad\x1b[31m\u202e"], "`bad\\x1b[31m\\u202e`", "a number"),
]


@pytest.mark.parametrize(("arguments", "message", "hint"), ERRORS)
def test_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str, hint: str) -> None:
    code, out, err = told(capsys, *arguments)
    assert (code, out) == (2, "")
    told_message, told_hint = err.split("\n")[:2]
    assert told_message.startswith("error: ")
    assert message in told_message
    assert told_hint.startswith("hint: ")
    assert hint in told_hint


def test_json_is_an_object_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys, "--json", "1012")
    assert (code, err) == (0, "")
    facts = json.loads(out)
    expected = explain_close(1012)._asdict() | {"payload": None}
    assert facts == json.loads(json.dumps(expected))
    assert facts["reconnect"] == "random_5_30"


def test_json_is_an_array_for_several(capsys: pytest.CaptureFixture[str]) -> None:
    facts = json.loads(told(capsys, "--json", "1000", "0x03", "0x03ed")[1])
    assert [one["code"] for one in facts] == [1000, None, 1005]
    assert facts[0].keys() == facts[1].keys() == facts[2].keys()
    assert facts[1]["payload"]["fault"]["rule"] == "one_byte"
    assert facts[2]["payload"] == {
        "hex": "03ed",
        "size": 2,
        "code": 1005,
        "reason": "",
        "fault": {
            "rule": "code",
            "sentence": "1005 may not stand in a close frame. The receiver fails the connection with 1002",
            "section": "RFC 6455 section 7.4.1",
        },
    }


def test_all_lists_the_standard_and_every_dialect(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    code, out, err = told(capsys, "--all")
    assert (code, err) == (0, "")
    listed = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert {str(code) for code in ROWS} <= set(listed)
    for name, dialect in DIALECTS.items():
        assert f"{name}: {dialect.title}" in out
        assert {str(code) for code in dialect.notes} <= set(listed)
    assert "myapp: from your configuration file" in out
    assert "session expired" in out


def test_all_of_one_dialect(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    out = told(capsys, "--all", "--dialect", "pusher")[1]
    assert "pusher: Pusher Channels" in out
    assert "ours" in out
    assert "discord" not in out


def test_all_as_json(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    facts = json.loads(told(capsys, "--all", "--json")[1])
    assert [one["code"] for one in facts[: len(ROWS)]] == list(ROWS)
    listed = {(one["dialect"], one["code"]) for one in facts}
    assert {("myapp", 4001), ("pusher", 4050), ("discord", 4004), (None, 1011)} <= listed


def test_own_codes(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    out = told(capsys, "--dialect", "myapp", "4001")[1]
    assert "private, myapp" in out
    assert "session expired" in out
    assert "your configuration file" in out
    out = told(capsys, "4001")[1]
    assert "• myapp: session expired" in out
    assert "• discord: UNKNOWN_OPCODE. An opcode" in out
    assert "• myapp: token expired" in told(capsys, "1008")[1]
    assert "Elsewhere" not in told(capsys, "1011")[1]
    assert "Elsewhere" not in told(capsys, "--dialect", "pusher", "4001")[1]


def test_a_broken_configuration_file_is_told(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    config.write_text("[close_codes.myapp]\n4001 = 5\n")
    code, out, err = told(capsys, "1011")
    assert (code, out) == (2, "")
    assert f"error: {config}:2: [close_codes.myapp] must give 4001 a string" in err


def test_a_hostile_reason_is_neutralised(capsys: pytest.CaptureFixture[str]) -> None:
    payload = (b"\x03\xf3" + "\x1b]0;x\x07\u202e\u2028\x9bm".encode()).hex()
    for arguments in (["0x" + payload], ["--json", "--payload", payload]):
        out = told(capsys, *arguments)[1]
        assert all(line.isprintable() for line in out.split("\n"))
    assert json.loads(out)["payload"]["reason"] == "\x1b]0;x\x07\u202e\u2028\x9bm"


def test_colour_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b[" in told(capsys, "--color", "always", "1011")[1]
    assert "\x1b[" in told(capsys, "--color", "always", "--all")[1]
    assert "\x1b[" not in told(capsys, "1011")[1]
    assert "\x1b[" not in told(capsys, "--color", "always", "--json", "1011")[1]


def completed(incomplete: str, dialect: str | None = None) -> dict[str, str | None]:
    context = click.Context(decode_close)
    context.params["dialect"] = dialect
    return {item.value: item.help for item in complete_code(context, decode_close.params[0], incomplete)}


def test_codes_are_completed(config: Path) -> None:
    assert completed("101")["1012"] == f"SERVICE_RESTART: {ROWS[1012].summary}"
    assert list(completed("")) == [str(code) for code in ROWS]
    assert list(completed("SERV")) == ["SERVICE_RESTART"]
    assert completed("serv") == {"service_restart": f"1012: {ROWS[1012].summary}"}
    assert completed("zzz") == {}
    assert completed("400", "myapp") == {"4001": "session expired"}
    assert "RATE_LIMITED" in completed("RATE", "discord")
    assert "1011" in completed("101", "unknown")


def test_dialects_are_completed(config: Path) -> None:
    context = click.Context(decode_close)

    def names(incomplete: str) -> list[str]:
        return [item.value for item in complete_dialect(context, decode_close.params[2], incomplete)]

    assert names("disc") == ["discord", "discord-voice"]
    assert names("")[0] == "myapp"
    assert set(names("")) == {"myapp", *DIALECTS}
    config.write_text("broken")
    assert "pusher" in names("")
    assert "1011" in completed("101")


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "wsinspect", "decode-close", *arguments]
    return subprocess.run(command, capture_output=True, timeout=60, env=os.environ | environment)


def test_the_process_prints_utf_8_whatever_the_locale() -> None:
    done = process("1012", LC_ALL="C", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "after a random 5–30 s" in done.stdout.decode()


def test_the_process_reports_mistakes() -> None:
    for argument in ("banana", "70000", "-1", "0x3", "0x03f3ff"):
        done = process(argument)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.startswith(b"error: ")


def test_the_process_says_what_help_says() -> None:
    done = process("--help")
    assert done.returncode == 0
    assert b"Example:" in done.stdout
    assert b"CODE..." in done.stdout


def test_nothing_heavy_is_loaded() -> None:
    heavy = {"rich", "dataclasses", "tomllib", "asyncio", "websockets", "wsinspect.dialects"}
    script = (
        "import sys; from wsinspect.cli import run; run(['decode-close', '1011']); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    # Coverage loads modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, timeout=60, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
