"""Check files for tests: text read as if it stood in ``dir/smoke.ws.toml``, beside a few other files."""

from typing import Any, NamedTuple

import pytest

from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.plan import Check, Expect, Expectation, Step
from wsinspect.errors import Exit, InspectError, Mistakes

PATH = "dir/smoke.ws.toml"
SECRET = "hunter2-hunter2"
ENVIRONMENT = {"HOME": "/home/x", "API_TOKEN": SECRET, "EMPTY": "", "BAD": "a\udcff"}
FILES = {
    "dir/hello.txt": b"hello\r\n",
    "dir/blob": b"\xff\x00",
    "dir/payload.bin": b"\x00",
    "dir/event.schema.json": b'{"type": "object", "required": ["${x}"]}',
    "dir/broken.json": b'{"type": }',
    "dir/huge.json": b"[" + b"1" * 5000 + b"]",
    "dir/list.json": b"[1]",
}
URL = 'url = "wss://h/x"\n'


class Told(NamedTuple):
    """A mistake, without the file's path."""

    message: str
    hint: str
    excerpt: tuple[str, ...]


def read_file(path: str) -> bytes:
    """Return what a file holds."""
    if path not in FILES:
        raise InspectError(f"cannot read `{path}`: no such file")
    return FILES[path]


def checks(text: str, **given: Any) -> tuple[Check, ...]:
    """Read a text; ``given`` are variables of the command line."""
    return read_checks(text, PATH, given, Sources(ENVIRONMENT, read_file))


def check(text: str, **given: Any) -> Check:
    """Read a text that holds one check."""
    (made,) = checks(text, **given)
    return made


def step(text: str, **given: Any) -> Step:
    """Return the last step of a file that begins with a URL."""
    return check(f"{URL}{text}", **given).steps[-1]


def action(text: str, **given: Any) -> Any:
    """Return the action of one step."""
    return step(f"[[steps]]\n{text}\n", **given).action


def expectation(text: str, **given: Any) -> Expectation:
    """Return what a table of `expect` asks for."""
    made = action(f"[steps.expect]\n{text}", **given)
    assert isinstance(made, Expect)
    (one,) = made.expectations
    return one


def told(text: str, **given: Any) -> list[Told]:
    """Return the mistakes in a file."""
    with pytest.raises(InspectError) as caught:
        checks(text, **given)
    assert caught.value.exit == Exit.USAGE
    errors = caught.value.errors if isinstance(caught.value, Mistakes) else (caught.value,)
    return [Told(error.message.removeprefix(f"{PATH}:"), error.hint, error.excerpt) for error in errors]
