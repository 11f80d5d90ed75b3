"""Exporters: recordings written in forms that other programs read. Each is pure; none knows a file or a terminal.

An exporter is a function ``(batches, told) -> pieces``: it takes the batches of a recording one by one, in order, and
yields bytes as soon as it can, so that a recording may be larger than memory. ``told`` takes sentences on what the form
cannot hold, each once, with a count.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from wsinspect.events import Batch

Told: TypeAlias = Callable[[str], None]
Exporter: TypeAlias = Callable[[Iterable[Batch], Told], Iterator[bytes]]

BINARY = frozenset({"pcapng"})
"""Forms that are no text, and so not for a terminal."""

OF_CLIENT = frozenset({"sh", "python"})
"""Forms that hold what the client did, and nothing of what it got."""

OTHER_ENDINGS = {"jsonl": "ndjson", "htm": "html", "py": "python"}
"""How files of a form end, where it is not with its name."""
