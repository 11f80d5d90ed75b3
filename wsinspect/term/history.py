"""What was typed, kept across runs: a file of JSON strings, one a line, for its owner alone. Knows no prompt.

A text that holds a secret by its looks, or one that is known, is not stored. Where the file cannot be written,
there is no history, and nobody is bothered with it.
"""

import contextlib
import json
import os
import re
from collections.abc import Collection

from wsinspect.files import make_state_folder
from wsinspect.masking import Mask
from wsinspect.redact import is_secret_name, redact_text, token_at

HISTORY = "history"
"""Its name among the files of our state."""
KEPT = 1000
"""Texts that are kept, the last ones."""
LONGEST = 16 * 1024
"""Characters of a text that is kept; a longer one was hardly typed."""
LARGEST = 4 << 20
"""Bytes of the file that are read, its last ones; a larger file is cut."""

NAME_AND_VALUE = re.compile(r"""([A-Za-z_][\w.-]*)["']?\s*[:=]\s*["']?[^\s"',}\]]""")
"""A name with a value behind it, as in JSON, YAML, query strings and headers."""
ORDER = re.compile(
    r"(?im)^\s*(?:/[a-z]+\s+)?(?:(pass(?:word|wd|code)?|auth|login|token|[\w.-]+[_-]token)\s+\S"
    r"|(?:authorization:?\s+)?(?:basic|bearer)\s+\S+\s*$)"
)
"""A line that logs in by a protocol of words: `AUTH abc`, `PASS abc`, `login me abc`, `Bearer abc`."""

ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
"""JSON within JSON hides its names a little."""


def may_be_kept(text: str) -> bool:
    """Tell whether nothing in a text looks like a secret: no token, and no value under a secret's name."""
    if redact_text(text) != text or token_at(text) is not None or ORDER.search(text) is not None:
        return False
    plain = ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
    return not any(is_secret_name(match[1]) for match in NAME_AND_VALUE.finditer(plain))


class HistoryFile:
    """Texts in the order in which they were typed."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._mask = Mask(())

    def know(self, secrets: Collection[str]) -> None:
        """Learn secrets; a text that holds one is not kept."""
        self._mask = Mask(secrets)

    def load(self) -> list[str]:
        """Return what is kept, oldest first; a file that has grown too long is cut."""
        if self._path is None:
            return []
        try:
            with open(self._path, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - LARGEST, 0))
                lines = file.read(LARGEST).splitlines()
        except OSError:
            return []
        if len(lines) > 2 * KEPT or size > LARGEST:
            self._cut(lines[-KEPT:])
        texts = []
        for line in lines[-KEPT:]:
            with contextlib.suppress(ValueError, RecursionError):
                text = json.loads(line)
                if isinstance(text, str):
                    texts.append(text)
        return texts

    def add(self, text: str) -> None:
        """Keep a text, unless it may be a secret."""
        if self._path is None or not text.strip() or len(text) > LONGEST or not may_be_kept(text):
            return
        if self._mask.touches(text.encode("utf-8", "replace")):
            return
        with contextlib.suppress(OSError):
            make_state_folder(self._path)
            self._append(json.dumps(text).encode() + b"\n")

    def _append(self, line: bytes) -> None:
        assert self._path is not None
        # One write appends whole lines, also where several programs do so at once.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def _cut(self, lines: list[bytes]) -> None:
        assert self._path is not None
        fresh = f"{self._path}.{os.getpid()}"
        with contextlib.suppress(OSError):
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(b"".join([line + b"\n" for line in lines]))
            os.replace(fresh, self._path)
