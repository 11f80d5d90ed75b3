"""Registries: each name a user can type, the place where it is built, and one line of help.

Nothing is imported until a name is loaded, so that help and completion cost nothing.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """``target`` is ``module:attribute``; ``help`` is one line for a user."""

    target: str
    help: str


class Registry(Mapping[str, Entry]):
    """Names to entries, in the order in which they are shown."""

    def __init__(self, entries: Mapping[str, tuple[str, str]]) -> None:
        self._entries = {name: Entry(*entry) for name, entry in entries.items()}

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def load(self, name: str) -> Any:
        """Import and return what ``name`` stands for; raises KeyError on an unknown name."""
        module, _, attribute = self._entries[name].target.partition(":")
        return getattr(import_module(module), attribute)


COMMANDS = Registry(
    {
        "connect": ("wsinspect.commands.connect:connect", "Open a WebSocket and show every message and its close."),
        "check": ("wsinspect.commands.check:check", "Check a WebSocket in CI: in one line, or from files of checks."),
        "show": ("wsinspect.commands.show:show", "Show a recording as connect showed its connection."),
        "export": ("wsinspect.commands.export:export", "Write a recording in a form that other programs read."),
        "stats": (
            "wsinspect.commands.stats:stats",
            "Show the figures of a recording: rates, sizes, times.",
        ),
        "replay": (
            "wsinspect.commands.replay:replay",
            "Send a recording again; compare what comes back.",
        ),
        "decode-close": ("wsinspect.commands.decode_close:decode_close", "Explain a close code, name or payload."),
        "profiles": ("wsinspect.commands.profiles:profiles", "List the profiles of the configuration file."),
        "serve": ("wsinspect.commands.serve:serve", "Run a small echo or demo server on loopback."),
        "completion": ("wsinspect.commands.completion:completion", "Print the completion script for a shell."),
    }
)

FORMATS = Registry(
    {
        "pretty": ("wsinspect.render.pretty:pretty", "one coloured line a message, JSON highlighted, hex for binary"),
        "plain": ("wsinspect.render.plain:plain", "the same typed lines without colour, one line a message"),
        "ndjson": ("wsinspect.render.ndjson:ndjson", "one JSON object a line for every event, for jq and scripts"),
        "raw": ("wsinspect.render.raw:raw", "each data payload and a newline, nothing else"),
    }
)

ASSERTIONS = Registry(
    {
        "text": ("wsinspect.checks.assertions.text:text", "the text is exactly this"),
        "contains": ("wsinspect.checks.assertions.contains:contains", "the text holds this, or each of several"),
        "regex": ("wsinspect.checks.assertions.regex:regex", "a regular expression is found in the text"),
        "json": ("wsinspect.checks.assertions.json_equal:json_equal", "the payload is this JSON value"),
        "partial": ("wsinspect.checks.assertions.partial:partial", "the payload is JSON that holds at least this"),
        "where": ("wsinspect.checks.assertions.where:where", "an expression (JMESPath) is true"),
        "schema": ("wsinspect.checks.assertions.schema:schema", "the payload is valid by a JSON Schema, a file"),
        "size": ("wsinspect.checks.assertions.size:size", "the payload has this size in bytes"),
        "binary": ("wsinspect.checks.assertions.binary:binary", "the payload is exactly these bytes"),
        "prefix": ("wsinspect.checks.assertions.prefix:prefix", "the payload begins with these bytes"),
    }
)
"""What an expectation of a check can ask of a message."""

REPORTS = Registry(
    {
        "junit": ("wsinspect.reports.junit:junit", "JUnit XML, which CI services read"),
        "tap": ("wsinspect.reports.tap:tap", "Test Anything Protocol, version 14"),
        "json": ("wsinspect.reports.json_report:json_report", "one JSON object with every step and event"),
        "html": ("wsinspect.reports.html:html", "one page that needs nothing else"),
    }
)
"""Forms of a report; each is a function from `Results` to text."""

RECORDINGS = Registry(
    {
        "ndjson": ("wsinspect.recordings.reading:read", "what connect, check and export write, an object a line"),
        "har": ("wsinspect.recordings.har:read", "HAR, as browsers, mitmproxy and Playwright write it"),
        "mitmproxy": ("wsinspect.recordings.mitmproxy:read", "mitmproxy's flows, where it is installed beside us"),
        "pcap": ("wsinspect.recordings.pcap:read", "captures of a network, pcap and pcapng: unencrypted WebSockets"),
    }
)
"""Forms of recordings that are read; each is a function of a binary stream, and of who is told notes, to batches."""

EXPORTS = Registry(
    {
        "ndjson": ("wsinspect.exports.ndjson:ndjson", "our own form, which holds everything"),
        "har": ("wsinspect.exports.har:har", "HAR, which Chrome DevTools and HTTP Toolkit import"),
        "csv": ("wsinspect.exports.csv:csv", "a table for spreadsheets and databases, a line for each event"),
        "sh": ("wsinspect.exports.sh:sh", "a script of wsinspect lines that do again what the client did"),
        "python": ("wsinspect.exports.python:python", "a script on the library websockets that does the same"),
        "pcapng": ("wsinspect.exports.pcapng:pcapng", "a capture of a network, with made-up packets, for Wireshark"),
        "html": ("wsinspect.exports.html:html", "one page to look into: charts, search, JSON, hex"),
    }
)
"""Forms of recordings that are written; each is an `Exporter`."""
