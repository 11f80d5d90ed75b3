"""What is fuzzed of texts: check files, expressions, curl lines, HTTP answers, certificates, and what is shown."""

import json

from tests.check_files import ENVIRONMENT, FILES, PATH
from tests.common_events import HANDSHAKE
from wsinspect.certificate import Certificate, read_certificate
from wsinspect.checks.format.reading import Sources, read_checks
from wsinspect.checks.judging.machine import Machine
from wsinspect.curl import parse_curl
from wsinspect.errors import InspectError, Mistakes
from wsinspect.events import BINARY, CLOSE, PING, TEXT, Step, TlsFacts
from wsinspect.filters.expression import expression
from wsinspect.filters.place import Misplaced
from wsinspect.filters.subject import Subject
from wsinspect.net.answer import SHOWN_BODY, challenges, read_answer
from wsinspect.render.certificates import certificate_words
from wsinspect.render.handshake import verbose
from wsinspect.render.look import Look
from wsinspect.render.ndjson import handshake_line
from wsinspect.render.refusal import refusal
from wsinspect.render.safe import clipped, is_neutral, neutral, neutral_bytes, units
from wsinspect.toml_content import toml_text


def _file(path: str) -> bytes:
    if path not in FILES:
        raise InspectError(f"cannot read `{path}`: no such file")
    return FILES[path]


SOURCES = Sources(ENVIRONMENT, _file)


def check_file(data: bytes) -> None:
    """Read a check file: all that comes of one that is wrong is mistakes with a place in it."""
    try:
        text = toml_text(data, PATH)
        checks = read_checks(text, PATH, {}, SOURCES)
    except InspectError as error:
        _told(error, data)
        return
    assert checks
    for check in checks:
        machine = Machine(check, 0.0)
        deadline = machine.deadline
        assert deadline is None or deadline >= 0
        machine.tick(check.timeout_s + 1)
        assert machine.done
        assert machine.result().fault is not None


def _told(error: InspectError, data: bytes) -> None:
    lines = data.count(b"\n") + 1
    for one in error.errors if isinstance(error, Mistakes) else (error,):
        place, _, words = one.message.removeprefix(PATH).partition(": ")
        assert words
        line = place.removeprefix(":")
        assert not line or 1 <= int(line) <= lines, one.message


SUBJECTS = tuple(
    Subject(type, "in", payload, 0.5)
    for type, payload in (
        (TEXT, b'{"a": [1, 2.5, "x", null, {"b": true}], "op": "hello", "n": 1e400, "s": "\\ud800"}'),
        (TEXT, b"no JSON"),
        (BINARY, b"[[1],[2,[3]]]"),
        (BINARY, b"\xff"),
        (PING, b""),
        (CLOSE, b"\x03\xe8bye"),
    )
)


def where(data: bytes) -> None:
    """Compile an expression, and ask it of a few messages."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        compiled = expression(text)
    except Misplaced as mistake:
        assert 0 <= mistake.column <= len(text)
        assert all(line.isprintable() for line in mistake.excerpt)
        return
    for subject in SUBJECTS:
        assert isinstance(compiled.holds(subject), bool)
        selected = compiled.selected(subject)
        assert selected is None or isinstance(selected.decode(), str)


def curl(data: bytes) -> None:
    """Read a curl line."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        line = parse_curl(text)
    except InspectError as error:
        assert error.message
        return
    assert isinstance(line.url, str)
    assert all(isinstance(name, str) for name in line.settings)
    assert all(isinstance(one, str) for one in line.ignored)


def answer(data: bytes) -> None:
    """Read an HTTP answer, and show it as a refusal."""
    read = read_answer(data)
    if read is None:
        return
    assert 100 <= read.status <= 999 or read.status < 100
    assert len(read.body) <= SHOWN_BODY
    challenges(read.every("WWW-Authenticate"))
    shown = refusal(HANDSHAKE._replace(response=read.headers), read, Look())
    assert all(line.isprintable() for line in shown.split("\n")), "what is shown is not safe"


def safe(data: bytes) -> None:
    """Neutralise text."""
    shown = neutral_bytes(data)
    assert shown.isprintable()
    for text in (data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace") if _is_text(data) else "",
                 data.decode("utf-16-le", "surrogatepass") if len(data) % 2 == 0 and _is_wide(data) else "",
                 data.decode("latin-1")):  # fmt: skip
        shown = neutral(text)
        assert shown.isprintable()
        assert neutral(shown) == shown, "what is safe is not left alone"
        assert "".join(units(text)) == shown
        assert is_neutral(text) <= (shown == text)
        assert clipped(text, 20).isprintable()
        shown.encode()


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _is_wide(data: bytes) -> bool:
    try:
        data.decode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


STEPS = (Step("tls", 0.01),)


def certificate(data: bytes) -> None:
    """Read a certificate, and show it."""
    read = read_certificate(data)
    assert isinstance(read, Certificate)
    tls = TlsFacts("TLSv1.3", "x", None, False, "", read.names, read.issuer, read.expires, read.begins)
    words = certificate_words(tls, 1.8e9)
    assert isinstance(words, str)
    shown = verbose(HANDSHAKE._replace(tls=tls, steps=STEPS), Look(width=80))
    assert all(line.isprintable() for line in shown.split("\n")), "what is shown is not safe"
    json.loads(handshake_line(HANDSHAKE._replace(tls=tls)))
