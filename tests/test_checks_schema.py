"""The table of keys, and what is made of it: reader, JSON Schema and README agree, also on strange files."""

import contextlib
import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.check_files import ENVIRONMENT, URL, checks, told
from tests.check_reference import reference
from wsinspect.checks.format.forms import ACTIONS, FORMS, Key
from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.format.schema import json_schema
from wsinspect.checks.written.toml_text import inline
from wsinspect.errors import InspectError
from wsinspect.options.check_schema import connection_schemas
from wsinspect.registry import ASSERTIONS

SCHEMAS = [
    jsonschema.Draft202012Validator(json_schema()),
    jsonschema.Draft202012Validator(json_schema(connection_schemas())),
]
HOLDERS = {
    "file": "{}\n",
    "retry": "retry = {{ times = 1, {} }}\n",
    "handshake": "[handshake]\n{}\n",
    "connection": "[connections.alice]\n{}\n",
    "handshake_expect": "[handshake.expect]\n{}\n",
    "case": "[[cases]]\n{}\n",
    "step": "[[steps]]\n{}\n",
    "send": "[[steps]]\nsend = {{ {} }}\n",
    "expect": "[[steps]]\nexpect = {{ {} }}\n",
    "reject": "[[steps]]\nreject = {{ {} }}\n",
    "expect_ping": "[[steps]]\nexpect_ping = {{ {} }}\n",
    "close": "[[steps]]\nclose = {{ {} }}\n",
    "expect_close": "[[steps]]\nexpect_close = {{ {} }}\n",
}
BESIDE = {
    ("handshake_expect", "body"): "status = 401",
    ("send", "type"): "file = 'blob'",
    ("step", "any_order"): "expect = ['a']",
    ("step", "on"): "send = 'x'",
}
KEYS = [(name, key) for name, form in FORMS.items() for key in form.keys]
AROUND = '[variables]\nHOST = "h"\n'


def with_key(name: str, key: str, value: str) -> str:
    """Return a file in which a key of a table has a value."""
    separator = ", " if HOLDERS[name].count("{{") else "\n"
    line = f"{key} = {value}"
    if (name, key) in BESIDE:
        line += separator + BESIDE[name, key]
    text = HOLDERS[name].format(line)
    if (name, key) == ("retry", "times"):
        text = f"retry = {{ {line} }}\n"
    if (name, key) == ("step", "on"):
        text += "[connections.alice]\n"
    top = "" if (name, key) == ("file", "url") else URL
    # What stands at the top must be above the first table.
    around = "" if (name, key) == ("file", "variables") else AROUND
    return top + text + around if name in ("file", "retry") else top + around + text


def is_valid(text: str) -> bool:
    content = tomllib.loads(text)
    return all(validator.is_valid(content) for validator in SCHEMAS)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_each_example_is_understood(name: str, key: str) -> None:
    text = with_key(name, key, FORMS[name].keys[key].example)
    assert checks(text)
    assert is_valid(text)


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_each_key_refuses_what_it_is_not(name: str, key: str) -> None:
    if (name, key) in {("send", "json"), ("expect", "json"), ("expect", "partial"), ("reject", "json")} | {
        ("reject", "partial")
    }:
        return  # anything is JSON
    text = with_key(name, key, "[[[1]]]")
    assert told(text)
    assert not is_valid(text)


@pytest.mark.parametrize("name", FORMS)
def test_an_unknown_key_is_refused_by_both(name: str) -> None:
    if name == "case":
        return  # it is a variable
    text = with_key(name, "xyzzy", "1")
    if name in ("handshake", "connection"):
        # The reader leaves the options to the command that has them.
        assert not SCHEMAS[1].is_valid(tomllib.loads(text))
        return
    assert told(text)
    assert not is_valid(text)


def test_the_schema_is_one_and_tells_of_every_key() -> None:
    for validator in SCHEMAS:
        validator.check_schema(validator.schema)
        json.dumps(validator.schema)
    schema = json_schema()
    for name, form in FORMS.items():
        table = schema if name == "file" else schema["$defs"][name]
        assert table["properties"].keys() == form.keys.keys()
        assert all(inner["description"] for inner in table["properties"].values())
    assert set(ASSERTIONS) <= schema["$defs"]["expect"]["properties"].keys()


@pytest.mark.parametrize(
    "text", ["[[steps]]\nsend = 'x'\nwait = 1\n", "[[steps]]\non = 'a'\n", "[[steps]]\nsend = {}\n"]
)
def test_a_step_does_one_thing_by_the_schema_too(text: str) -> None:
    assert told(URL + text)
    assert not is_valid(URL + text)


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parent.glob("examples/*/*.toml")), ids=lambda path: str(path)[-40:]
)
def test_what_is_read_is_valid_by_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    def read(name: str) -> bytes:
        try:
            return Path(name).read_bytes()
        except OSError:
            raise InspectError(f"cannot read {name}") from None

    try:
        read_checks(text, str(path), {"URL": "demo:"}, Sources(ENVIRONMENT, read))
    except InspectError:
        return
    # What options there are, the reader leaves to the command that has them.
    assert SCHEMAS[0].is_valid(tomllib.loads(text)), jsonschema.exceptions.best_match(
        SCHEMAS[0].iter_errors(tomllib.loads(text))
    )


def test_the_readme_has_every_key() -> None:
    text = reference()
    for form in FORMS.values():
        assert all(f"{key} = " in text for key in form.keys)


# --- strange files

TEXTS = ("x", "", "2s", "OK", "text", "(", "alice", "hex:00", "op == 'x'", "hello.txt", "event.schema.json")
TEMPLATES = ("${A}", "${T}", "$${A}", "${NO}", "${any}")
SCALARS: list[Any] = [*TEXTS, *TEMPLATES, 0, 1, 401, 1000, True, False, 1.5]
VALUES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(sorted({key for _, key in KEYS} | {"A", "alice"})), inner, max_size=3)
    ),
    max_leaves=5,
)


def example(known: Key) -> Any:
    """Return the example of a key as a value."""
    return tomllib.loads(f"x = {known.example}")["x"]


def tables(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return tables with the keys of a form, mostly with values that these take."""
    right: dict[str, st.SearchStrategy[Any]] = {}
    for key, known in FORMS[name].keys.items():
        good = st.just(example(known))
        right[key] = good | good | VALUES
        if key in FORMS and key != name:
            right[key] = tables(key) | right[key]
    return st.lists(st.sampled_from(sorted(right)), max_size=3, unique=True).flatmap(
        lambda keys: st.fixed_dictionaries({key: right[key] for key in keys})
    )


def steps() -> st.SearchStrategy[dict[str, Any]]:
    """Return steps that do one thing, mostly."""
    return st.sampled_from(ACTIONS).flatmap(
        lambda name: st.fixed_dictionaries({
            name: (tables(name) if name in FORMS else st.nothing())
            | st.just(example(FORMS["step"].keys[name]))
            | VALUES
        })
    ) | tables("step")  # fmt: skip


CONTENTS = st.fixed_dictionaries(
    {"url": st.just("demo:") | st.sampled_from(SCALARS)},
    optional={
        **{key: VALUES | st.just(example(known)) for key, known in FORMS["file"].keys.items() if key != "url"},
        "steps": st.lists(steps(), max_size=3),
        "handshake": tables("handshake").flatmap(
            lambda table: tables("handshake_expect").map(lambda expect: {**table, "expect": expect})
        ),
        "connections": st.sampled_from([2, {"alice": {}}, {"alice": {"url": "x"}, "bob": {}}]),
        "cases": st.lists(st.dictionaries(st.sampled_from(["name", "A", "B"]), st.sampled_from(SCALARS)), max_size=2),
    },
)


@given(CONTENTS)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_read_is_valid_by_the_schema(content: dict[str, Any]) -> None:
    text = "".join(f"{key} = {inline(value)}\n" for key, value in content.items())
    assert tomllib.loads(text) == content
    try:
        made = checks(text, T=["x"], A="a")
    except InspectError:
        return
    assert SCHEMAS[0].is_valid(content), jsonschema.exceptions.best_match(SCHEMAS[0].iter_errors(content))
    for one in made:
        for number, step in enumerate(one.steps, 1):
            assert step.number == number
            assert step.told
            assert step.place.line
        assert one.name.isprintable()


WHOLE = """name = "n"
url = "wss://${HOST}/x"
retry = { times = 2, delay = "1s" }
[variables]
HOST = "127.0.0.1:8080"
[handshake]
headers = { X-Id = "1" }
[handshake.expect]
status = 101
headers = { Server = "nginx" }
[[cases]]
name = "upper"
INPUT = "A"
[[steps]]
send = { json = { a = "${INPUT}" } }
[[steps]]
[steps.expect]
where = "a > `3`"
save = { ID = "data.id" }
[[steps]]
expect = [{ partial = { a = "${any}" } }, "b == ${ID}"]
any_order = true
[[steps]]
expect_close = { code = [1000, "OK"], reason = "x" }
"""
MANGLES = ["", '"', "${", "}", "[", "]", "=", "\n", "0", "é", "'", "."]


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_mangled_file_is_told_as_a_mistake_at_most(data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = begin + data.draw(st.integers(0, 12))
        text = text[:begin] + data.draw(st.sampled_from(MANGLES)) + text[end:]
    with contextlib.suppress(InspectError):
        checks(text)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_makes_anything_but_an_error(text: str) -> None:
    with contextlib.suppress(InspectError):
        checks(text)
