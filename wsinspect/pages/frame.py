"""The frame of a page that needs nothing else: no network, no font, and no script but its own. Knows no content.

Styles and scripts stand in the page, and its policy lets only these in, by their hashes: even markup that found a way
in could not run.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from wsinspect.pages.markup import Markup, joined, raw, tag

DOCTYPE = "<!DOCTYPE html>\n"


def page(title: str, body: Markup, *, styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return a whole page; styles and scripts are texts of our own."""
    return f"{opening(title, styles=styles, scripts=scripts)}{body}{closing(scripts)}"


def opening(title: str, *, styles: Sequence[str], scripts: Sequence[str], workers: bool = False) -> str:
    """Return what stands before the content.

    With ``workers`` the scripts may begin workers of what they hold. Nobody else can: it takes a script to begin one.
    """
    sources = {"default-src": "'none'", "style-src": _hashes(styles), "script-src": _hashes(scripts)}
    if workers:
        sources["worker-src"] = "blob:"
    policy = "; ".join(f"{name} {source}" for name, source in {**sources, "base-uri": "'none'"}.items())
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=raw(f"{policy}; form-action 'none'")),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        *[tag("style", raw(style)) for style in styles],
    ]
    return f'{DOCTYPE}<html lang="en">{tag("head", joined(*head, between=chr(10)))}\n<body>'


def closing(scripts: Sequence[str]) -> str:
    """Return what stands behind the content."""
    return "".join([f"\n{tag('script', raw(script))}" for script in scripts]) + "</body></html>\n"


@cache
def resource(package: str, name: str) -> str:
    """Return the text of a file of ours, beside a package's modules."""
    return files(package).joinpath(name).read_text("utf-8")


def _hashes(texts: Sequence[str]) -> str:
    return " ".join(map(_hash, texts))


@cache
def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
