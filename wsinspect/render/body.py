"""The body of an HTTP answer as a few lines to read: text as it is, JSON folded out, of HTML its text.

Knows no answer and no colours. A body comes from anybody: it may be cut off, lie about its kind, or be no text.
"""

import re
from html import unescape
from typing import NamedTuple

from wsinspect.render.json_fold import NotJson, folded

READ = 64 * 1024
"""Bytes that are read of a body at most."""

DEEPEST = 20
"""Levels of JSON that are indented."""

CHARSETS = {"iso-8859-1": "cp1252", "latin1": "cp1252", "windows-1252": "cp1252", "utf-16": "utf-16"}
"""What else than UTF-8 is believed, in the form in which browsers read it."""

# A comment, a tag, another thing in brackets, or text. Python's own parser takes quadratic time on what nobody closes,
# and raises on some; here nothing is read twice.
TOKEN = re.compile(
    r"<!--(?:.*?-->|.*)|<(?P<end>/?)(?P<tag>[a-zA-Z][\w:-]*+)[^<>]*+>?|<[!?][^<>]*+>?|(?P<text>[^<]++|<)", re.DOTALL
)
HTML = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|title|center|h1|p|pre|div)\b", re.I | re.S)
CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)

SILENT = frozenset({"script", "style", "template", "svg", "iframe", "object", "select"})
"""Elements whose text nobody reads."""

BREAKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 head "
        "header hr html li main nav noscript ol p pre section table td th title tr ul",
    )
)
"""Elements that stand on lines of their own."""


class Body(NamedTuple):
    """A body to read: ``kind`` is text, JSON, HTML or binary; of HTML, the first line is its title if it has one."""

    kind: str
    lines: list[str]


def readable(body: bytes, content_type: str = "") -> Body:
    """Make lines of a body; none are empty at its ends."""
    if not body.strip():
        return Body("text", [])
    text = _text(body[:READ], content_type)
    if text is None:
        return Body(
            "binary", [f"({len(body):,} bytes that are not text)" if len(body) > 1 else "(a byte that is not text)"]
        )
    if text[:1] in "{[" or "json" in content_type.lower():
        try:
            return Body("JSON", [" " * (2 * min(line.depth, DEEPEST)) + line.text for line in folded(text)])
        except NotJson:
            pass
    if "html" in content_type.lower() or HTML.match(text):
        lines = _lines_of_html(text)
        if lines:
            return Body("HTML", lines)
    return Body("text", text.splitlines())


def _text(body: bytes, content_type: str) -> str | None:
    """Return a body's text without blanks around it, or None if it is none."""
    named = CHARSET.search(content_type)
    charset = CHARSETS.get(named[1].lower(), "utf-8") if named else "utf-8"
    if charset != "utf-16" and b"\0" in body:
        return None
    return body.decode(charset, "replace").removeprefix("\ufeff").strip()


def _lines_of_html(text: str) -> list[str]:
    """Return what a reader would see, the title first."""
    title = ""
    pieces: list[str] = []
    silent = opened = ""
    for match in TOKEN.finditer(text):
        tag = match["tag"]
        if tag is None:
            words = match["text"]
            if words is None or silent:
                continue
            if opened == "title":
                title += words
            else:
                pieces.append(words)
            continue
        opened = tag = tag.lower()
        if match["end"]:
            opened = ""
            silent = "" if tag == silent else silent
        elif tag in SILENT:
            silent = silent or tag
        if tag in BREAKS:
            # No entity becomes this one.
            pieces.append("\0")
    shown = [_words(line) for line in "".join(pieces).split("\0")]
    title = _words(title)
    shown = [line for line in shown if line]
    # Error pages love to say their title twice.
    return [title, *shown[shown[:1] == [title] :]] if title else shown


def _words(text: str) -> str:
    try:
        text = unescape(text)
    except ValueError:
        pass  # a number of thousands of digits
    return " ".join(text.split())
