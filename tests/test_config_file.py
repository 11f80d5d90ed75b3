"""The configuration file: where it is looked for, what it may say, and how a mistake is told."""

from pathlib import Path

import pytest

from wsinspect.errors import InspectError
from wsinspect.files import LARGEST, parse_settings, read_settings, settings_path

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
    (b"\n[close_code.myapp]\n", "c.toml:2: there is no setting `close_code`", "[close_codes]"),
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
    (b'[close_codes."\\u0061bc"]\n4001 = 5\n', "c.toml: [close_codes.abc] must give 4001 a string", "session"),
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
        ({}, str(Path("~/.config/wsinspect/config.toml").expanduser())),
        ({"WSINSPECT_CONFIG": "~/w.toml"}, str(Path("~/w.toml").expanduser())),
        ({"WSINSPECT_CONFIG": "", "XDG_CONFIG_HOME": ""}, str(Path("~/.config/wsinspect/config.toml").expanduser())),
    ],
)
def test_where_it_is(environment: dict[str, str], path: str) -> None:
    assert settings_path(environment) == path


def test_a_missing_file_is_empty_unless_it_was_named(tmp_path: Path) -> None:
    assert read_settings({"XDG_CONFIG_HOME": str(tmp_path)}).close_codes == {}
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
