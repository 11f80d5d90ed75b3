"""The connections of a check file: [handshake], and [connections.NAME] that replace what stands there key by key.

What the options of a connection take is not judged here. Opens nothing.
"""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.format.form_reading import is_deep, read_form
from wsinspect.checks.format.forms import FORMS
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.values import Values
from wsinspect.checks.format.wish_reading import read_wish
from wsinspect.checks.plan import ONLY, HandshakeWish, Link
from wsinspect.errors import InspectError, shortened
from wsinspect.profiles import AS_HEADERS, RIVALS, Later, Layer, section
from wsinspect.settings import Origin
from wsinspect.toml_places import Path

HANDSHAKE: Path = ("handshake",)
EXPECT = "expect"


def read_links(good: Mapping[str, Any], page: Page, values: Values) -> tuple[Link, ...]:
    """Return the connections of a file whose top-level keys are ``good``; what is wrong is kept by the page."""
    url = good.get("url")
    tables = [(good["handshake"], HANDSHAKE)] if "handshake" in good else []
    named = good.get("connections")
    if not isinstance(named, dict):
        return (_link(ONLY, url, ("url",), tables, page, values),)
    links = []
    for name, table in named.items():
        keys = ("connections", name)
        with page.kept(*keys):
            if not name or not name.isprintable():
                raise InspectError(f"`{shortened(name)}` cannot be the name of a connection")
            if not isinstance(table, dict):
                header = f"connections.{shortened(name)}"
                raise InspectError(f"`{header}` must be a table", hint=f"write [{header}]")
            links.append(_link(name, url, keys, [*tables, (table, keys)], page, values))
    return tuple(links)


def _link(
    name: str, url: str | None, keys: Path, tables: list[tuple[Mapping[str, Any], Path]], page: Page, values: Values
) -> Link:
    layers: list[Layer] = []
    wishes: list[tuple[Any, Path]] = []
    for table, here in tables:
        good = read_form("connection" if here == keys else "handshake", table, here, page, values)
        # One that is wrong is told already.
        url = good.pop("url", "" if "url" in table else url)
        if EXPECT in good:
            wishes.append((good.pop(EXPECT), (*here, EXPECT)))
        layers += _layer(good, here, page, values)
    if url is None:
        page.keep(page.wrong(keys, "there is no `url`", 'write, for instance:  url = "wss://example.com/feed"'))
    options: dict[str, Any] = {}
    places: dict[str, Path] = {}
    for layer in layers:
        options = _over(options, layer.options)
        places |= layer.keys
    wish = read_wish(wishes, page, values) if wishes else HandshakeWish()
    return Link(name, url or "", options, {key: places[key] for key in options}, wish, page.place(*keys))


def _layer(good: Mapping[str, Any], keys: Path, page: Page, values: Values) -> list[Layer]:
    """Return what a table says of options, by their long names; nothing where there is a mistake in it."""
    filled: dict[str, Any] = {}
    for key, value in good.items():
        with page.kept(*keys, key):
            is_filled = key in FORMS["handshake"].keys and not is_deep(value)
            filled[key] = value if is_filled else values.now(value, (*keys, key))
    if not filled:
        return []
    try:
        return [section(filled, Origin(page.path, page.text), keys)]
    except InspectError as error:
        page.keep(page.told(error))
        return []


def _over(weaker: Mapping[str, Any], stronger: Mapping[str, Any]) -> dict[str, Any]:
    """Put options over weaker ones: each replaces what it is called like, or what it stands for; headers by name."""
    gone = set(stronger).union(*(rivals for rivals in RIVALS if not rivals.isdisjoint(stronger)))
    options = {name: value for name, value in weaker.items() if name not in gone}
    headers = _headers(stronger)
    taken = {_name(header) for header in headers} | {AS_HEADERS[name] for name in stronger if name in AS_HEADERS}
    options = {name: value for name, value in options.items() if AS_HEADERS.get(name) not in taken}
    kept = [header for header in _headers(weaker) if _name(header) not in taken]
    options |= stronger
    if kept or headers:
        options["header"] = [*kept, *headers]
    return options


def _headers(options: Mapping[str, Any]) -> list[str | Later]:
    value = options.get("header", [])
    return value if isinstance(value, list) else [value]


def _name(header: Any) -> str:
    """Return the name of a header as it is typed, in lower case."""
    first = header.parts[0] if isinstance(header, Later) else header
    return str(first).partition(":")[0].partition(";")[0].strip().lower()
