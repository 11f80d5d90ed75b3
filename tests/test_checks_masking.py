"""Secrets in results: found in every form in which they come back, and in every text."""

import base64
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers import BOUND_S
from wsinspect.checks.masking import masked
from wsinspect.checks.plan import Place
from wsinspect.checks.result import CheckResult, Fault, Outcome, Seen, StepResult
from wsinspect.errors import Exit
from wsinspect.masking import Mask
from wsinspect.redact import HIDDEN

SECRETS = [
    "hunter2",
    "s3cr3t-t0ken_with.all~plain",
    'pa"ss\\w/örd',
    "two words+more",
    "a?b>c~~~>>>???",
    "😀 emoji",
    "line one is long\nline two is long",
]
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": json.dumps,
    "json in unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "json twice": lambda text: json.dumps(json.dumps(text)),
    "json three times": lambda text: json.dumps(json.dumps(json.dumps(text, ensure_ascii=False)), ensure_ascii=False),
    "json with its slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "json in capitals": lambda text: "".join([f"\\u{ord(c):04X}" if ord(c) in range(128, 65536) else c for c in text]),
    "percent": lambda text: quote(text, safe=""),
    "percent in small letters": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%C3%B6", "%c3%b6"),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "pattern": re.escape,
    "pattern in json": lambda text: json.dumps(re.escape(text)),
    "form": quote_plus,
    "hex": lambda text: text.encode().hex(),
    "hex in pairs": lambda text: text.encode().hex(" ").upper(),
}
for _before in range(4):
    for _after in range(4):
        _name = f"base64, {_before} bytes before and {_after} behind"
        FORMS[_name] = lambda text, b=_before, a=_after: base64.b64encode(b"u" * b + text.encode() + b"p" * a).decode()
        FORMS["url " + _name] = lambda text, b=_before, a=_after: base64.urlsafe_b64encode(
            b"u" * b + text.encode() + b"p" * a
        ).decode()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_each_form(secret: str, form: str) -> None:
    mask, shown = Mask({secret}), FORMS[form](secret)
    hidden = mask.text(f"before <{shown}> behind")
    assert hidden.startswith("before <")
    assert hidden.endswith("> behind")
    assert "***" in hidden
    # But for its neighbours in base64, and quotes around it, nothing is left.
    rests = [shown[at : at + 4] for at in range(5, len(shown) - 8)]
    assert not [rest for rest in rests if rest in hidden and rest.strip('"\\')]
    assert mask.data(f"before <{shown}> behind".encode()) == hidden.encode()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", [form for form in FORMS if "percent" not in form and "json" not in form])
def test_the_quick_look_misses_nothing(secret: str, form: str) -> None:
    assert Mask({secret}).touches(f"xx {FORMS[form](secret)} xx".encode())
    assert not Mask({secret}).touches(b"nothing of the kind")


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=2).filter(lambda secret: secret.strip("* \t")), st.text(), st.text())
def test_no_secret_is_left(secret: str, before: str, behind: str) -> None:
    mask = Mask({secret})
    secret.encode("utf-16", "surrogatepass")
    assert secret not in mask.text(before + secret + behind).replace("***", "") or secret in before + behind
    assert json.dumps(secret)[1:-1] not in mask.text(json.dumps(secret)).replace("***", "") or secret in '"*'


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1), max_size=3), st.text())
def test_payloads_stay_text(secrets: list[str], payload: str) -> None:
    data = payload.encode("utf-8", "replace")
    assert Mask(secrets).data(data).decode() == Mask(secrets).text(data.decode()) or "…" in payload or "..." in payload


LONG_ROWS = r"""
from wsinspect.masking import Mask
for secret in ("!pass/word", '"quoted"', "\\\\\\\\host\\new", '\\"\\"\\"\\"\\"x'):
    for unit in (b"\\", b"\\\\\\\\" + b'"', b"%25", b"/", b"\\/"):
        Mask([secret]).data(unit * 50_000)
"""


def test_no_payload_makes_the_search_long() -> None:
    subprocess.run([sys.executable, "-c", LONG_ROWS], check=True, timeout=BOUND_S)


@pytest.mark.parametrize("secret", [r"\x", r"a\\b", "\\\n", r"\"\x/", r"end\\"])
@pytest.mark.parametrize(
    "form", [form for form in FORMS if form == "plain" or form.startswith(("json", "percent", "pattern"))]
)
def test_rows_of_backslashes(secret: str, form: str) -> None:
    assert Mask([secret]).text(f"<{FORMS[form](secret)}>").strip('<>"\\') == HIDDEN


def test_short_ones_are_hidden_wherever_they_stand_but_not_looked_for_in_codes() -> None:
    mask = Mask({"42", ""})
    assert mask.text("x42y") == "x***y"
    assert mask.text(base64.b64encode(b"42").decode()) == "NDI="


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        (
            "1",
            'a pin of 1, {"pin":"1"}, 127.0.0.1:8011, pin=1',
            'a pin of ***, {"pin":"***"}, 127.0.0.***:8011, pin=***',
        ),
        ("a", "a message that came", "*** message that came"),
        ("!", "a!b", "a***b"),
        ("*", "***", "***"),
        ("***", "* and ****", "* and ****"),
        (" ", "a b", "a b"),
    ],
)
def test_next_to_nothing_is_not_hidden_everywhere(secret: str, text: str, shown: str) -> None:
    assert Mask({secret}).text(text) == shown
    assert Mask({secret}).data(text.encode()).decode() == shown


PASSWORD = "p&ss<w>o'rd\"é-1"


@pytest.mark.parametrize(
    "text",
    [
        html.escape(PASSWORD), html.escape(PASSWORD, quote=False), repr(PASSWORD.encode())[2:-1], repr(PASSWORD)[1:-1],
        PASSWORD.encode("ascii", "xmlcharrefreplace").decode(),
        html.escape(PASSWORD).replace("&amp;", "&#38;").replace("&lt;", "&#x3C;").replace("&gt;", "&#062;"),
        PASSWORD.replace("&", "\\x26").replace("<", "\\x3C").replace(">", "\\x3e").replace("é", "\\xC3\\xA9"),
    ],
)  # fmt: skip
def test_in_pages_and_programs_texts(text: str) -> None:
    mask = Mask({PASSWORD})
    assert mask.text(f"<{text}>") == "<***>"
    assert mask.swift(f"<{text}>") == "<***>"
    assert mask.touches(text.encode())


@pytest.mark.parametrize("cut", ["…", "..."])
def test_what_was_cut_off_is_hidden_by_a_swift_look_too(cut: str) -> None:
    mask = Mask({"qwertyuiopasdfgh"})
    for hide in (mask.text, mask.swift):
        assert (
            hide(f"no `qwertyuiop{cut}` or {cut}asdfgh, well{cut} yes") == f"no `***{cut}` or {cut}***, well{cut} yes"
        )


def test_the_longer_of_two_goes_first() -> None:
    assert Mask({"token", "token-of-mine"}).text("a token-of-mine, a token") == "a ***, a ***"


def test_of_several_lines_each_is_one() -> None:
    key = "-----BEGIN KEY-----\nMIIabcdefgh\nshort\n-----END KEY-----\n"
    mask = Mask({key})
    assert mask.text(key) == "***"
    assert mask.text("-MIIabcdefgh") == "-***"
    assert mask.text("short") == "short"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer 12345… (90 B)", "Bearer ***… (90 B)"),
        ("Bearer 123…", "Bearer 123…"),
        ("12345678…", "***…"),
        ("… 123456789", "… ***"),
        ("31 32 33 34 …", "*** …"),
        ("… 38 39, then", "… ***, then"),
        ("…6789, then", "…***, then"),
        ("a…1234…6789…b", "a…***…***…b"),
    ],
)
def test_a_secret_that_was_cut_off(text: str, shown: str) -> None:
    assert Mask({"123456789"}).text(text) == shown


def test_every_text_of_a_result() -> None:
    secret = "open-sesame"
    place = Place(f"{secret}.toml", 3)
    result = CheckResult(
        f"check {secret}",
        place,
        Outcome.FAILED,
        1.5,
        (StepResult(1, f"send {secret}", Outcome.PASSED, 0.25, secret, place),),
        Fault(
            Exit.UNMET,
            f"no {secret}",
            f"hint {secret}",
            1,
            f"told {secret}",
            f"expected {secret}",
            f"came {secret}",
            (f"- {secret}", "  plain"),
            (Seen(0.5, secret, "in", "TEXT", 11, secret),),
            place,
        ),
        facts={"url": f"ws://h/?t={secret}"},
        notes=(secret,),
        recordings=(f"rec/{secret}.ndjson",),
    )
    hidden = masked(result, {secret})
    assert secret not in repr(hidden)
    assert repr(hidden) == repr(result).replace(secret, "***")
    assert hidden.exit is Exit.UNMET
    assert hidden.outcome is Outcome.FAILED
    assert masked(result, set()) is result


def test_words_of_ours_stay() -> None:
    result = CheckResult("name", Place(), Outcome.PASSED, 1.0, began=5.0)
    assert masked(result, {"passed"}) == result
