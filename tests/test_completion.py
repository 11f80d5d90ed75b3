"""Completion: which items are offered, at what price, and in which form; `test_completion_shells` has the shells."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.completions import FOLDER
from wsinspect.cli import door, run
from wsinspect.close_table import ROWS
from wsinspect.commands.completion import LISTING, PROGRAM, SHELLS, VARIABLE, Bash, Completion, Fish, Zsh
from wsinspect.dialects import DIALECTS
from wsinspect.options.values import Listed
from wsinspect.recents import remember
from wsinspect.registry import COMMANDS, FORMATS

RESTART = f"closes with SERVICE_RESTART: {ROWS[1012].summary}"


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WSINSPECT_CONFIG", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def items(line: str, of: type[Completion] = Completion) -> dict[str, str | None]:
    """Return what is offered at the end of a line, each with its help."""
    *before, word = line.split(" ")[1:]
    return {item.value: item.help for item in of(door, {}, PROGRAM, VARIABLE).get_completions(before, word)}


# --- items


def test_commands_come_from_the_registry() -> None:
    assert items("wsinspect ") == {name: entry.help for name, entry in COMMANDS.items()}
    assert list(items("wsinspect de")) == ["decode-close"]
    assert {"--version", "--help", "-V"} <= items("wsinspect -").keys()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("wsinspect connect ", ["demo:", "demo:echo"]),
        ("wsinspect connect ws", []),
        ("wsinspect connect demo:101", [f"demo:{code}" for code in range(1010, 1016)]),
        ("wsinspect connect --format ", list(FORMATS)),
        ("wsinspect connect -f p", ["pretty", "plain"]),
        ("wsinspect connect --format=p", ["--format=pretty", "--format=plain"]),
        ("wsinspect connect --format=raw dem", ["demo:", "demo:echo"]),
        ("wsinspect connect --color ", ["auto", "always", "never"]),
        ("wsinspect connect --summary ", ["text", "json"]),
        ("wsinspect connect --dialect gr", ["graphql-transport-ws", "graphql-ws"]),
        ("wsinspect connect --dialect PH", ["phoenix"]),
        ("wsinspect connect --send ", []),
        ("wsinspect connect -- dem", ["demo:", "demo:echo"]),
        ("wsinspect connect demo: --fo", ["--format", "--for", "--force"]),
        ("wsinspect connect --raw --ra", []),
        ("wsinspect decode-close --dialect=ph", ["--dialect=phoenix"]),
        ("wsinspect decode-close 101", [str(code) for code in range(1010, 1016)]),
        ("wsinspect decode-close 1000 SERV", ["SERVICE_RESTART"]),
        ("wsinspect decode-close serv", ["service_restart"]),
        ("wsinspect decode-close --dialect graphql-transport-ws 440", ["4400", "4401", "4403", "4406", "4408", "4409"]),
        ("wsinspect decode-close --dialect nonsense 440", []),
        ("wsinspect completion ", list(SHELLS)),
        ("wsinspect nonsense --de", ["--debug"]),
    ],
)
def test_values_are_offered(line: str, offered: list[str]) -> None:
    assert list(items(line)) == offered


def test_values_have_their_meaning() -> None:
    assert items("wsinspect connect -f nd") == {"ndjson": FORMATS["ndjson"].help}
    assert items("wsinspect connect demo:1012") == {"demo:1012": RESTART}
    assert items("wsinspect decode-close 1012") == {"1012": f"SERVICE_RESTART: {ROWS[1012].summary}"}
    assert items("wsinspect connect --dialect ph") == {"phoenix": "Phoenix channels"}
    assert all(items("wsinspect connect --color ").values())


def test_help_is_one_short_line() -> None:
    for command in COMMANDS:
        for value, help in items(f"wsinspect {command} -").items():
            assert help, value
            assert len(help) <= 80, value
            assert help.isprintable(), value
    assert items("wsinspect connect --form") == {"--format": "How to show messages"}


def test_every_choice_says_what_it_means() -> None:
    for name in COMMANDS:
        for parameter in COMMANDS.load(name).params:
            if isinstance(parameter.type, click.Choice) and name != "completion":
                assert isinstance(parameter.type, Listed), f"{name}: {parameter.name}"


PROFILES = """
[close_codes.Pusher]
4001 = "mine"
[profiles.staging]
url = "wss://bob:secret@staging.example.com/feed?token=secret"
[profiles.prod]
extends = "staging"
[profiles.bare]
linger = "5s"
[profiles.broken]
url = 5
"""
RECENT = ["wss://a.example/feed?x=1&y=2", "@staging/orders", "ws://localhost:8080/"]


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of profiles, and URLs that were opened before."""
    config = tmp_path / "wsinspect" / "config.toml"
    config.parent.mkdir()
    config.write_text(PROFILES)
    for url in reversed(RECENT):
        remember(url, {"XDG_STATE_HOME": str(tmp_path / "state")})
    return config


def test_profiles_and_recent_urls_are_offered(known: Path) -> None:
    redacted = "wss://***@staging.example.com/feed?token=***"
    profiles = {
        "@staging": redacted,
        "@prod": redacted,
        "@bare": "a profile without a URL",
        "@broken": "a profile with a mistake in it: see `wsinspect profiles`",
    }
    recent = dict.fromkeys(RECENT, "opened before")
    assert items("wsinspect connect ") == {**items("wsinspect connect demo"), **profiles, **recent}
    assert items("wsinspect connect @") == {**profiles, "@staging/orders": "opened before"}
    assert items("wsinspect connect ws") == {url: "opened before" for url in RECENT if url[0] == "w"}
    assert items("wsinspect connect wss://a") == {RECENT[0]: "opened before"}
    assert items("wsinspect profiles ") == {name[1:]: help for name, help in profiles.items()}
    assert items("wsinspect profiles st") == {"staging": redacted}


def test_the_file_that_is_named_is_asked(known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text('recent = false\n[profiles.only]\nurl = "demo:"\n[close_codes.mine]\n4001 = "x"\n')
    words = ["connect", "--config", str(other)]
    offered = Completion(door, {}, PROGRAM, VARIABLE).get_completions(words, "")
    assert [item.value for item in offered] == ["demo:", "demo:echo", "@only"]
    offered = Completion(door, {}, PROGRAM, VARIABLE).get_completions([*words, "--dialect"], "")
    assert offered[0].value == "mine"
    other.write_text("nonsense")
    assert Completion(door, {}, PROGRAM, VARIABLE).get_completions(words, "@") == []
    assert Completion(door, {}, PROGRAM, VARIABLE).get_completions(["profiles", "--config", str(other)], "") == []


def test_a_dialect_that_is_ours_and_the_users_is_offered_once(known: Path) -> None:
    assert items("wsinspect connect --dialect pu") == {"pusher": f"{DIALECTS['pusher'].title}; with codes of your own"}


def test_files_are_offered_for_the_configuration() -> None:
    (item,) = Completion(door, {}, PROGRAM, VARIABLE).get_completions(["connect", "--config"], "x")
    assert item.type == "file"


def test_names_from_the_configuration_cannot_break_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[close_codes."my app"]\n4001 = "a"\n[close_codes."x\\ny"]\n4002 = "z"\n')
    monkeypatch.setenv("WSINSPECT_CONFIG", str(config))
    named = items("wsinspect decode-close --dialect ")
    assert "my app" in named
    assert all(name.isprintable() for name in named)
    typed = ["decode-close", "--dialect", "my app"]
    (item,) = Completion(door, {}, PROGRAM, VARIABLE).get_completions(typed, "4001")
    assert item.help == "a"


# --- lines and answers


@pytest.mark.parametrize(
    ("line", "before", "word"),
    [
        ("wsinspect ", [], ""),
        ("wsinspect con", [], "con"),
        ("wsinspect connect demo:1", ["connect"], "demo:1"),
        ("wsinspect connect --send 'a b' ", ["connect", "--send", "a b"], ""),
        ("wsinspect connect --send 'a b", ["connect", "--send"], "a b"),
        ("wsinspect connect --send a\\ ", ["connect", "--send"], "a "),
        ("wsinspect connect --send a\\", ["connect", "--send"], "a"),
        ("wsinspect connect --send '' x", ["connect", "--send", ""], "x"),
        ("", [], ""),
    ],
)
def test_lines_are_split(line: str, before: list[str], word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", line)
    assert Completion(door, {}, PROGRAM, VARIABLE).get_completion_args() == (before, word)


@pytest.mark.parametrize(
    ("line", "replaced", "type", "answer"),
    [
        ("wsinspect connect demo:101", "101", "9", [f"plain,{code}" for code in range(1010, 1016)]),
        ("wsinspect connect 'demo:1012", "demo:1012", "9", ["plain,demo:1012"]),
        ("wsinspect connect demo\\:1012", "demo\\:1012", "9", ["plain,demo:1012"]),
        ("wsinspect connect dem", "dem", "9", ["plain,demo:", "plain,demo:echo"]),
        ("wsinspect connect @st", "@st", "9", ["plain,@staging", "plain,@staging/orders"]),
        ("wsinspect connect @st", "st", "9", ["plain,staging", "plain,staging/orders"]),
        ("wsinspect connect wss", "wss", "9", [r"plain,wss://a.example/feed\?x=1\&y=2"]),
        ("wsinspect connect wss://a", "//a", "9", [r"plain,//a.example/feed\?x=1\&y=2"]),
        ("wsinspect connect 'wss", "wss", "9", ["plain,wss://a.example/feed?x=1&y=2"]),
        ('wsinspect connect "wss', "wss", "9", ["plain,wss://a.example/feed?x=1&y=2"]),
        ("wsinspect connect -H 'a\\' wss", "wss", "9", [r"plain,wss://a.example/feed\?x=1\&y=2"]),
        ('wsinspect connect -H "\\"" wss', "wss", "9", [r"plain,wss://a.example/feed\?x=1\&y=2"]),
        ("wsinspect connect ws:", "", "9", ["plain,//localhost:8080/"]),
        ("wsinspect connect --summary=", "", "9", ["plain,text", "plain,json"]),
        ("wsinspect connect --summary=", "", "63", ["plain,text  a sentence", "plain,json  a JSON object on one"]),
        ("wsinspect connect --summary=t", "t", "63", ["plain,text"]),
        ("wsinspect connect --nonsense", "--nonsense", "63", []),
    ],
)
def test_bash_gets_what_readline_replaces(
    line: str, replaced: str, type: str, answer: list[str], known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"COMP_WORDS": line, "COMP_CWORD": replaced, "COMP_TYPE": type, "COLUMNS": "29"}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    assert Bash(door, {}, PROGRAM, VARIABLE).complete().splitlines() == answer


def test_bash_shows_demo_codes_without_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "wsinspect connect demo:")
    monkeypatch.setenv("COMP_CWORD", "")
    for type in ("9", *LISTING):
        monkeypatch.setenv("COMP_TYPE", type)
        lines = Bash(door, {}, PROGRAM, VARIABLE).complete().splitlines()
        assert lines[0].startswith("plain,echo")
        assert len(lines) == len(ROWS) + 1


def test_bash_gets_spaces_escaped() -> None:
    item = click.shell_completion.CompletionItem("my app; $x")

    class Fixed(Bash):
        def get_completions(self, args: list[str], incomplete: str) -> list[click.shell_completion.CompletionItem]:
            return [item]

    assert Fixed(door, {}, PROGRAM, VARIABLE).complete() == r"plain,my\ app\;\ \$x"


def test_files_are_left_to_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command(cls=click.Command)
    @click.option("--out", type=click.Path())
    def saving(out: str) -> None: ...

    monkeypatch.setenv("COMP_WORDS", "saving --out ")
    monkeypatch.setenv("COMP_CWORD", "")
    assert Bash(saving, {}, "saving", VARIABLE).complete() == "file,"
    assert Fish(saving, {}, "saving", VARIABLE).complete() == "file,"
    assert Zsh(saving, {}, "saving", VARIABLE).complete() == "file\n\n_"


def test_zsh_gets_colons_escaped_and_fish_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "wsinspect connect demo:1012")
    assert Zsh(door, {}, PROGRAM, VARIABLE).complete() == f"plain\ndemo\\:1012\n{RESTART}"
    assert Fish(door, {}, PROGRAM, VARIABLE).complete() == f"plain,demo:1012\t{RESTART}"


# --- the command, the door, the files


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed(shell: str) -> None:
    for arguments, environment in (([shell], {"SHELL": "/bin/tcsh"}), ([], {"SHELL": f"/usr/local/bin/{shell}"})):
        result = CliRunner().invoke(door, ["completion", *arguments], env=environment)
        assert result.exit_code == 0
        assert f"{VARIABLE}" in result.stdout
        assert f"{shell}_complete" in result.stdout


@pytest.mark.parametrize(
    ("shell", "words"),
    [("/bin/tcsh", "no script for $SHELL, which is `tcsh`"), ("", "$SHELL is unset")],
)
def test_an_unknown_shell_is_told(
    shell: str, words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHELL", shell)
    assert run(["completion"]) == 2
    told = capfd.readouterr()
    assert told.out == ""
    assert words in told.err
    assert "bash, zsh, fish" in told.err


def test_the_help_says_where_scripts_go() -> None:
    text = CliRunner().invoke(door, ["completion", "--help"]).output
    assert all(
        place in text for place in ("~/.bashrc", "fpath", "~/.config/fish/completions/wsinspect.fish", "Example:")
    )


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {
        "wsinspect.bash",
        "_wsinspect",
        "wsinspect.fish",
        "wsinspect.ps1",
    }


@pytest.mark.parametrize("wanted", ["tcsh_complete", "bash_nonsense", "bash", "1"])
def test_an_unknown_question_is_a_fault_of_usage(
    wanted: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, wanted)
    assert run([]) == 2
    assert wanted in capfd.readouterr().err


SPY = """
import sys
from wsinspect.cli import run
status = run([])
print(status, *(name for name in sys.modules if "." not in name or name.startswith("wsinspect.")), file=sys.stderr)
"""
HEAVY = {"websockets", "rich", "prompt_toolkit", "jmespath", "asyncio", "ssl", "pygments", "difflib", "tomllib"}


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("wsinspect ", set()),
        ("wsinspect -", set()),
        ("wsinspect connect --", {"connect"}),
        ("wsinspect connect ", {"connect"}),
        ("wsinspect connect demo:1", {"connect"}),
        ("wsinspect decode-close 10", {"decode_close"}),
        ("wsinspect decode-close --dialect ", {"decode_close"}),
        ("wsinspect serve --", {"serve"}),
    ],
)
def test_completing_is_cheap(line: str, allowed: set[str]) -> None:
    # Coverage loads modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment |= {VARIABLE: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": "", "COMP_TYPE": "9"}
    done = subprocess.run([sys.executable, "-c", SPY], env=environment, capture_output=True, text=True, check=True)
    status, *modules = done.stderr.split()
    assert status == "0"
    assert done.stdout.startswith("plain,")
    heavy = HEAVY - {"asyncio", "ssl"} if "serve" in allowed else HEAVY
    assert not heavy & set(modules)
    commands = {name.rpartition(".")[2] for name in modules if name.startswith("wsinspect.commands.")}
    assert commands <= allowed | {"completion"}
