"""Sees whether each numbered message is there, once and in order: `python -m tests.soak.checker FORM [FILE]`.

Reads standard input; or, with a FILE, the parts of a recording as they are finished, each deleted when it was seen,
until standard input ends, and the rest then. Prints a line of JSON: what was found, and what is wrong first.
"""

import gzip
import json
import os
import re
import select
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from tests.soak.numbered import LINES, SIZE, TAIL, TOGETHER, WIRE, block, digits

CHUNK = 1 << 20
LOOK_S = 0.5

LINE = re.compile(
    rb'^\{"type":"TEXT","time":"[^"]{27}","mono":[0-9.]+,"dir":"in","size":%d,"wire":%d,"text":"(\d{12})%b"\}$'
    % (SIZE, WIRE, TAIL),
    re.MULTILINE,
)


class WrongError(Exception):
    """What is wrong."""


def _differ(found: Sequence[bytes], expected: Sequence[bytes]) -> WrongError:
    pairs = zip(found, expected, strict=False)
    return WrongError("{!r} instead of {!r}".format(*next(pair for pair in pairs if pair[0] != pair[1])))


class Form(Protocol):
    """What is fed in any pieces, and counted."""

    count: int
    others: Counter[str]

    def feed(self, data: bytes) -> None:
        """See more of it; raises `WrongError`."""

    def end(self) -> None:
        """Nothing more comes."""


class Raw:
    """Payloads and newlines, nothing else."""

    def __init__(self) -> None:
        self.count = 0
        self.others: Counter[str] = Counter()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Compare whole blocks."""
        data = self._rest + data
        size, start = len(LINES), 0
        while len(data) - start >= size:
            expected = block(LINES, self.count // TOGETHER)
            if data[start : start + size] != expected:
                raise _differ(data[start : start + size].split(b"\n"), expected.split(b"\n"))
            self.count += TOGETHER
            start += size
        self._rest = data[start:]

    def end(self) -> None:
        """See what does not fill a block."""
        if self._rest:
            raise WrongError(f"it ends with {self._rest[-80:]!r}, inside a block")


class Ndjson:
    """An object a line; other lines than those of messages are counted by their types."""

    def __init__(self) -> None:
        self.count = 0
        self.others: Counter[str] = Counter()
        self.exit: int | None = None
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take whole lines."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest += data
            return
        lines = self._rest + data[:end]
        self._rest = data[end:]
        found = LINE.findall(lines)
        if b"".join(found) != digits(self.count, len(found)):
            expected = [b"%012d" % number for number in range(self.count, self.count + len(found))]
            raise _differ(found, expected)
        self.count += len(found)
        if len(found) != lines.count(b"\n"):
            for line in lines.splitlines():
                if not LINE.match(line):
                    self._other(line)

    def _other(self, line: bytes) -> None:
        try:
            type = json.loads(line)["type"]
        except (ValueError, KeyError, TypeError):
            type = None
        if not isinstance(type, str) or type == "TEXT":
            raise WrongError(f"a line {line[:200]!r}")
        self.others[type] += 1

    def end(self) -> None:
        """See what is no whole line."""
        if self._rest:
            raise WrongError(f"it ends inside a line: {self._rest[-80:]!r}")


SHOWN = re.compile(rb"\bTEXT[^\n]*?(\d{12})%b|\xe2\x80\xa6 ([0-9,]+) messages? not shown" % TAIL)


class Pretty:
    """Lines for people, in colour; what is told not to be shown counts as seen, where it is told."""

    def __init__(self) -> None:
        self.count = 0
        self.others: Counter[str] = Counter()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take whole lines."""
        end = data.rfind(b"\n") + 1
        lines = self._rest + data[:end]
        self._rest = data[end:] if end else self._rest + data
        if not end:
            return
        for number, missing in SHOWN.findall(lines):
            if missing:
                missed = int(missing.replace(b",", b""))
                self.count += missed
                self.others["not shown"] += missed
            elif int(number) != self.count:
                raise _differ([number], [b"%012d" % self.count])
            else:
                self.count += 1

    def end(self) -> None:
        """See the last line."""
        self.feed(b"\n")


FORMS: dict[str, type[Raw] | type[Ndjson] | type[Pretty]] = {"raw": Raw, "ndjson": Ndjson, "pretty": Pretty}


def standard_input() -> Iterator[bytes]:
    while data := os.read(0, CHUNK):
        yield data


def parts(path: Path) -> Iterator[bytes]:
    """Yield what is in the parts of a recording, oldest first, while it grows, and in its last one at the end."""
    name, _, endings = path.name.partition(".")
    number, over = 1, False
    while True:
        part = path.with_name(f"{name}.{number:04}.{endings}")
        # Its name is taken before the part is moved there.
        if part.exists() and part.stat().st_size:
            yield from content(part)
            part.unlink()
            number += 1
        elif over:
            break
        else:
            over = bool(select.select([0], [], [], LOOK_S)[0]) and not os.read(0, CHUNK)
    yield from content(path)
    path.unlink()


def content(path: Path) -> Iterator[bytes]:
    file: BinaryIO | gzip.GzipFile
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while data := file.read(CHUNK):
            yield data


def main(form: str, file: str | None = None) -> None:
    seen: Form = FORMS[form]()
    wrong = ""
    try:
        for data in parts(Path(file)) if file else standard_input():
            seen.feed(data)
        seen.end()
    except (WrongError, OSError, EOFError) as fault:
        wrong = str(fault)
    print(json.dumps({"messages": seen.count, "others": seen.others, "wrong": wrong}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
