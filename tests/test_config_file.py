"""The configuration file: where it is looked for, what it may say, and how a mistake is told."""

import os
import stat
from pathlib import Path

import pytest

from tests.servers import run
from wsinspect.errors import InspectError
from wsinspect.files import LARGEST, make_state_folder, read_settings, settings_path, state_path
from wsinspect.options.dialects import tongue_of
from wsinspect.settings import Settings, parse_settings

GOOD = b"""
# codes of ours
[close_codes.myapp]
4001 = "session expired"
1008 = "  token expired "

[close_codes."other app"]
"3999" = "odd"
"""


def test_codes_are_read() -> None:
    assert parse_settings(GOOD, "c.toml").close_codes == {
        "myapp": {4001: "session expired", 1008: "token expired"},
        "other app": {3999: "odd"},
    }
    assert parse_settings(b"", "c.toml").close_codes == {}


# bytes of the file, message, words of the hint
MISTAKES = [
    (b"[close_codes.myapp\n", "c.toml:1: not valid TOML: ", ""),
    (b'a = 1\n\n[b]\nc = "x\n', "c.toml:4: not valid TOML: ", ""),
    (b'\n\na = """', "c.toml:3: not valid TOML: ", ""),
    (b"a = 1\nb = '\xff'\n", "c.toml:2: the file is not UTF-8", ""),
    (b"\n[close_code.myapp]\n", "c.toml:2: there is no setting `close_code`", "did you mean `[close_codes.NAME]`?"),
    (b"profile = 1\n", "c.toml:1: there is no setting `profile`", "did you mean `[profiles.NAME]`?"),
    (b"zzz.a = 1\n", "c.toml:1: there is no setting `zzz`", "[profiles.NAME], [close_codes.NAME], recent = false"),
    (b"x = 'recnt'\n[recnt]\n", "c.toml:1: there is no setting `x`", "known are"),
    (b"# recnt\n'recnt' = 'recnt'\n", "c.toml:2: there is no setting `recnt`", "did you mean `recent = false`?"),
    (b"recent = 0\n", "c.toml:1: `recent` must be true or false", ""),
    (b"profiles = 3\n", "c.toml:1: `profiles` must be a table of tables", "[profiles.staging]"),
    (b"[profiles]\na = 3\n", "c.toml:2: `profiles.a` must be a table", "[profiles.staging]"),
    (b"[profiles.'a b']\n", "c.toml:1: `a b` cannot be the name of a profile", "without spaces"),
    (b"[profiles.a]\n[profiles.'a/b']\n", "c.toml:2: `a/b` cannot be the name of a profile", "without spaces"),
    (b"[profiles]\n'' = {}\n", "c.toml:2: `` cannot be the name of a profile", "without spaces"),
    (b"[close_codes.x]\n[close_codes.X]\n", "c.toml:2: `X` is here twice", "one table"),
    (b"[close_codes.x]\n4001 = 'a'\n[close_codes.y]\n4001 = 1\n", "c.toml:4: [close_codes.y] must give 4001", ""),
    (b"[close_codes]\na = { 4001 = 'x',\t401 = 'y' }\n", "c.toml:2: [close_codes.a] has `401`", "1000 to 4999"),
    (b"close_codes = 3\n", "c.toml:1: `close_codes` must be a table of tables", '4001 = "session expired"'),
    (b"[close_codes]\n4001 = 'x'\n", "c.toml:2: `close_codes.4001` must be a table of codes", "[close_codes.myapp]"),
    (b"[close_codes.a]\n4001 = 'x'\n401 = 'y'\n", "c.toml:3: [close_codes.a] has `401`", "1000 to 4999"),
    (b"[close_codes.a]\n5000 = 'x'\n", "c.toml:2: [close_codes.a] has `5000`", "1000 to 4999"),
    (b"[close_codes.a]\nexpired = 'x'\n", "c.toml:2: [close_codes.a] has `expired`", "1000 to 4999"),
    (b"[close_codes.a]\n-1 = 'x'\n", "c.toml:2: [close_codes.a] has `-1`", "1000 to 4999"),
    (b"[close_codes.a]\n'" + b"9" * 5000 + b"' = 'x'\n", "c.toml:2: [close_codes.a] has `999", "1000 to 4999"),
    (b"[close_codes.a]\n4001 = 5\n", "c.toml:2: [close_codes.a] must give 4001 a string", "session expired"),
    (b"[close_codes.a]\n4001 = ' '\n", "c.toml:2: [close_codes.a] must give 4001 a string", "session expired"),
    (b'[close_codes.a]\n4001 = "\\u001b[31m"\n', "c.toml:2: the text of 4001 holds control characters", ""),
    (b"a = " + b"[" * 100_000, "c.toml: not valid TOML: it is nested too deeply", ""),
    (b'[close_codes."\\u0061bc"]\n4001 = 5\n', "c.toml:2: [close_codes.abc] must give 4001 a string", "session"),
]


@pytest.mark.parametrize(("data", "message", "hint"), MISTAKES)
def test_mistakes(data: bytes, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as error:
        parse_settings(data, "c.toml")
    assert error.value.message.startswith(message)
    assert hint in error.value.hint
    assert error.value.exit == 2


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"WSINSPECT_CONFIG": "/x/y.toml", "XDG_CONFIG_HOME": "/z"}, "/x/y.toml"),
        ({"XDG_CONFIG_HOME": "/z"}, "/z/wsinspect/config.toml"),
        ({"XDG_CONFIG_HOME": "z"}, str(Path("~/.config/wsinspect/config.toml").expanduser())),
        ({}, str(Path("~/.config/wsinspect/config.toml").expanduser())),
        ({"WSINSPECT_CONFIG": "~/w.toml"}, str(Path("~/w.toml").expanduser())),
        ({"WSINSPECT_CONFIG": "", "XDG_CONFIG_HOME": ""}, str(Path("~/.config/wsinspect/config.toml").expanduser())),
    ],
)
def test_where_it_is(environment: dict[str, str], path: str) -> None:
    assert settings_path(environment) == path


def test_where_what_we_write_is() -> None:
    assert state_path({"XDG_STATE_HOME": "/state"}, "history") == "/state/wsinspect/history"
    assert state_path({"XDG_STATE_HOME": "not/absolute"}, "x") == os.path.expanduser("~/.local/state/wsinspect/x")


def test_the_folder_of_what_we_write_is_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "wsinspect"
    for mode in (0o700, 0o755):
        make_state_folder(str(folder / "x"))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        folder.chmod(mode)
    make_state_folder(str(folder / "x"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_option_beats_the_variable(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(GOOD)
    environment = {"WSINSPECT_CONFIG": str(tmp_path / "none.toml")}
    assert read_settings(environment, str(tmp_path / "a.toml")).close_codes
    with pytest.raises(InspectError, match="No such file") as error:
        read_settings(environment | {"WSINSPECT_CONFIG": str(tmp_path / "a.toml")}, str(tmp_path / "b.toml"))
    assert error.value.hint == "--config names it"


def test_a_missing_file_is_empty_unless_it_was_named(tmp_path: Path) -> None:
    nothing = read_settings({"XDG_CONFIG_HOME": str(tmp_path)})
    assert nothing.close_codes == nothing.profiles == {}
    assert (nothing.exists, nothing.recent) == (False, True)
    assert nothing.origin.path == str(tmp_path / "wsinspect" / "config.toml")
    with pytest.raises(InspectError, match="No such file") as error:
        read_settings({"WSINSPECT_CONFIG": str(tmp_path / "none.toml")})
    assert error.value.hint == "WSINSPECT_CONFIG names it"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InspectError, match=r"cannot read the configuration file .*: Is a directory"):
        read_settings({"WSINSPECT_CONFIG": str(tmp_path)})


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "largest").write_bytes(b"#" * LARGEST)
    for name in ("large", "/dev/zero"):
        with pytest.raises(InspectError, match="is larger than 1 MiB"):
            read_settings({"WSINSPECT_CONFIG": str(tmp_path / name)})
    assert read_settings({"WSINSPECT_CONFIG": str(tmp_path / "largest")}).close_codes == {}


def test_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "wsinspect").mkdir()
    (tmp_path / "wsinspect" / "config.toml").write_bytes(GOOD)
    assert read_settings({"XDG_CONFIG_HOME": str(tmp_path)}).close_codes["myapp"][4001] == "session expired"


def test_a_mark_in_front_is_no_part_of_the_text() -> None:
    """Editors on Windows put one there."""
    assert parse_settings(b"\xef\xbb\xbfrecent = false\n", "c.toml").recent is False


# --- dialects of the user's own


def test_a_table_named_like_a_dialect_adds_to_it() -> None:
    settings = parse_settings(b"[close_codes.Pusher]\n4001 = 'mine'\n[close_codes.MyApp]\n4001 = 'yours'\n", "c.toml")
    assert settings.close_codes == {"pusher": {4001: "mine"}, "MyApp": {4001: "yours"}}
    for typed in ("pusher", "PUSHER"):
        tongue = tongue_of(typed, settings)
        assert tongue == ("pusher", {4001: "mine"})
        assert tongue.explain(4009).dialect == "pusher"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("myapp", "MyApp"),
        ("MYAPP", "MyApp"),
        ("Discord", "discord"),
        ("GraphQL-WS", "graphql-ws"),
        ("graphql-transport-ws", "graphql-transport-ws"),
    ],
)
def test_dialects_are_named_in_any_case(typed: str, name: str) -> None:
    assert tongue_of(typed, Settings({"MyApp": {4001: "x"}})).dialect == name


def test_an_unknown_dialect_is_told_once() -> None:
    settings = Settings({"pusher": {4001: "x"}, "mine": {4001: "x"}})
    with pytest.raises(InspectError) as error:
        tongue_of("zzzzzzz", settings)
    assert error.value.hint.count("pusher") == 1
    with pytest.raises(InspectError) as error:
        tongue_of("PUSHR", settings)
    assert error.value.hint == "did you mean `pusher`?"


def test_the_same_dialect_is_listed_once(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[close_codes.Pusher]\n4001 = 'mine'\n")
    everything = run("decode-close", "--all", "--config", str(config)).out
    assert everything.count("\npusher: ") == 1
    assert "mine" in run("decode-close", "--dialect", "PUSHER", "4001", "--config", str(config)).out
