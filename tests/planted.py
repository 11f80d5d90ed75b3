"""Secrets planted for tests, and the search for them: in whatever came to be, in whatever form. Knows no program.

A planted word is of small letters alone, so that nothing hides it for its looks.
"""

import gzip
import os
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

LENGTH = 20
PART = 8
"""So many characters of a secret in a row are as good as the secret."""
DIGITS = 12
"""Of base64, which are nine bytes."""


def planted(name: str) -> str:
    """Return a secret, always the same for a name."""
    return "".join(chr(ord("a") + byte % 26) for byte in sha256(name.encode()).digest()[:LENGTH])


@cache
def forms(secret: str) -> tuple[bytes, ...]:
    """Return what must stand nowhere: parts of a secret as it is, reversed, in hex, and in base64 however it begins."""
    found: set[bytes] = {quote(secret, safe="").encode()}
    for text in (secret.encode(), secret.encode()[::-1]):
        for at in range(len(text) - PART + 1):
            part = text[at : at + PART]
            found |= {part, part.hex().encode(), part.hex().upper().encode(), part.hex(" ").encode()}
        for before in range(3):
            for encode in (b64encode, urlsafe_b64encode):
                # What neighbours have a part in is left out.
                digits = encode(bytes(before) + text)[4:-4]
                found |= {digits[at : at + DIGITS] for at in range(len(digits) - DIGITS + 1)}
    return tuple(sorted(found))


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of all files in a folder, packed ones unpacked as well."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield f"the name {name}", os.fsencode(name)
        if path.is_file():
            data = path.read_bytes()
            yield name, data
            if data.startswith(b"\x1f\x8b"):
                yield f"{name}, unpacked", gzip.decompress(data)


def leaks(names: Collection[str], outputs: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return where planted secrets stand: which one, in what, and what is around it."""
    found = []
    for where, data in outputs:
        for name in names:
            at = next((data.find(form) for form in forms(planted(name)) if form in data), None)
            if at is not None:
                found.append(f"{name} in {where}: {data[max(0, at - 80) : at + 60]!r}")
    return found
