"""Lines of keys in TOML: rows of hostile files, then files written at random whose lines are known."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsinspect.toml_places import Path, key_lines

ROWS: list[tuple[str, dict[Path, int]]] = [
    ("", {}),
    ("# a = 1\n", {}),
    ("a = 1", {("a",): 1}),
    ("\n\n  a\t= 1 # b = 2\n", {("a",): 3}),
    ("a = 1\r\nb = 2\r\n", {("a",): 1, ("b",): 2}),
    ("[a]\nb = 1\n[c]\nb = 2\n", {("a",): 1, ("a", "b"): 2, ("c",): 3, ("c", "b"): 4}),
    ("[a.b]\nc = 1\n[a]\nd = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "d"): 4}),
    ("a.b.c = 1\na.d = 2\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 2}),
    ('"a.b" . \'c"d\' = 1\n', {("a.b",): 1, ("a.b", 'c"d'): 1}),
    ('"\\u0061\\"=" = 1\n', {('a"=',): 1}),
    ('[ "x]" . y ]\nz = 1\n', {("x]",): 1, ("x]", "y"): 1, ("x]", "y", "z"): 2}),
    ('"" = 1\n', {("",): 1}),
    ("a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00\nc = inf\n", {("a",): 1, ("b",): 2, ("c",): 3}),
    # a name that occurs before its key does
    ('a = "b = 1"\nb = 2\n', {("a",): 1, ("b",): 2}),
    ("a = 'b = \\'\nb = 2\n", {("a",): 1, ("b",): 2}),
    ('a = "\\\\"\nb = 2\n', {("a",): 1, ("b",): 2}),
    ('a = """\nb = 1\n[c]\n\\""" """\nb = 2\n', {("a",): 1, ("b",): 5}),
    ('a = """x"""""\nb = 2\n', {("a",): 1, ("b",): 2}),
    ("a = '''\n''b = 1'\n'''''\nb = 2\n", {("a",): 1, ("b",): 4}),
    ('a = ""\nb = \'\'\nc = """"""\n', {("a",): 1, ("b",): 2, ("c",): 3}),
    (
        "a = [ # [\n  1, # b = 1\n  [2],\n\n  3 ]\nb = 2\n",
        {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("a", 1, 0): 3, ("a", 2): 5, ("b",): 6},
    ),
    (
        "a = { b = 1, c.d = [2] }\n",
        {("a",): 1, ("a", "b"): 1, ("a", "c"): 1, ("a", "c", "d"): 1, ("a", "c", "d", 0): 1},
    ),
    (
        "a = [\n  { b = 1 },\n  { b = '}' },\n]\n",
        {("a",): 1, ("a", 0): 2, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "b"): 3},
    ),
    (
        "[[a]]\nb = 1\n[a.c]\nd = 1\n[[a]]\nb = 2\n[[a.e]]\n[[a.e]]\nf = 3\n",
        {
            ("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 0, "c"): 3, ("a", 0, "c", "d"): 4,
            ("a", 1): 5, ("a", 1, "b"): 6, ("a", 1, "e"): 7, ("a", 1, "e", 0): 7, ("a", 1, "e", 1): 8,
            ("a", 1, "e", 1, "f"): 9,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), ROWS)
def test_rows(text: str, lines: dict[Path, int]) -> None:
    assert set(paths(tomllib.loads(text))) == set(lines)  # the row itself is right
    assert key_lines(text) == lines


def test_lines_and_comments_in_inline_tables() -> None:
    """TOML 1.1 has them, which a later Python may take."""
    assert key_lines("a = { # b = 1\n  b = 2,\n}\nc = 3\n") == {("a",): 1, ("a", "b"): 2, ("c",): 4}


@pytest.mark.parametrize(
    "text", ["a", "a =", "[a", '"', "a = [", "a = [}", "a = {", 'a = "', "=", "a = 1 1\n]", "[[a]\n"]
)
def test_what_is_no_toml_ends(text: str) -> None:
    key_lines(text)


@given(st.text(alphabet="ab.=[]{}\"'#,\n\\ 1", max_size=40))
def test_any_text_ends_and_toml_has_all_its_keys(text: str) -> None:
    lines = key_lines(text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(paths(content)) == set(lines)


def test_deep_and_large_files() -> None:
    deep = "a = " + "[" * 100_000
    key_lines(deep)
    large = "".join(f'"key {index}" = {index}\n' for index in range(3000))
    assert key_lines(large)["key 2999",] == 3000


def paths(content: Any, path: Path = ()) -> list[Path]:
    """Return the paths to everything in what a TOML parser gives."""
    rows = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    found: list[Path] = []
    for key, value in rows:
        found += [(*path, key), *paths(value, (*path, key))]
    return found


NAMES = st.one_of(st.sampled_from(["a", "b", "a-b", "1"]), st.text(min_size=0, max_size=4))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-9, 9), st.sampled_from(["", "a = 1", "[a]", "# b", '"""', "'''", "\n[a]\nb = 2"])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


class Writer:
    """Writes TOML and notes on which line each key comes to stand."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[Path, int] = {}

    def write(self, text: str) -> None:
        self.text += text

    def note(self, path: Path) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def noise(self) -> None:
        self.write(self.draw(st.sampled_from(["", "\n", "  ", "# a = 1\n", "\t\n # [b]\n"])))

    def name(self, name: str) -> str:
        if name and name.isascii() and name.replace("-", "").isalnum() and self.draw(st.booleans()):
            return name
        if "'" not in name and name.isprintable() and self.draw(st.booleans()):
            return f"'{name}'"
        return quoted(name)

    def table(self, path: Path, table: dict[str, Any]) -> None:
        later = []
        for name, value in table.items():
            here = (*path, name)
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                later.append((here, value))
                continue
            self.noise()
            self.note(here)
            self.write(f"{self.name(name)} = ")
            self.value(here, value)
            self.write("\n")
        for here, value in later:
            self.noise()
            for end in range(1, len(here) + 1):
                self.note(here[:end])
            self.write(f"[{'.'.join(self.name(str(name)) for name in here)}] # c = 1\n")
            self.table(here, value)

    def value(self, path: Path, value: Any) -> None:
        if isinstance(value, dict):
            self.write("{")
            for index, (name, inner) in enumerate(value.items()):
                self.write(", " if index else " ")
                self.note((*path, name))
                self.write(f"{self.name(name)} = ")
                self.value((*path, name), inner)
            self.write(" }")
        elif isinstance(value, list):
            self.write("[")
            for index, inner in enumerate(value):
                self.noise()
                self.note((*path, index))
                self.value((*path, index), inner)
                self.noise()
                self.write(",")
            self.write("]")
        elif isinstance(value, str) and "'''" not in value and not value.endswith("'") and self.draw(st.booleans()):
            self.write(f"'''\n{value}'''")
        else:
            self.write(quoted(value) if isinstance(value, str) else json.dumps(value))


def quoted(text: str) -> str:
    """Return a basic string; JSON's surrogate pairs are no TOML."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'


@settings(max_examples=200, deadline=None)
@given(st.data(), st.dictionaries(NAMES, VALUES, max_size=4))
def test_files_written_at_random(data: Any, content: dict[str, Any]) -> None:
    writer = Writer(data.draw)
    writer.table((), content)
    assert tomllib.loads(writer.text) == content
    assert key_lines(writer.text) == writer.lines
