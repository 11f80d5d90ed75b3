"""Bytes as offset, hex and ASCII, as hexdump -C shows them; on narrow terminals with less of each. Knows no colours."""

from typing import NamedTuple

BYTES_PER_LINE = 16

_PRINTABLE = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


class Form(NamedTuple):
    """How a line is made: bytes on it, digits of its offset, and whether ASCII follows."""

    per_line: int = BYTES_PER_LINE
    digits: int = 8
    ascii: bool = True


def ascii_column(data: bytes) -> str:
    """Return printable ASCII as it is, and a dot for every other byte."""
    return data.translate(_PRINTABLE).decode("ascii")


def one_line(data: bytes) -> str:
    """Return a few bytes as one line, as short as it gets."""
    return f"{0:08x}  {_spaced(data)}  |{ascii_column(data)}|"


def form_for(size: int, width: int | None) -> Form:
    """Return the fullest form of a dump of so many bytes that fits into ``width`` columns, if any does."""
    form = Form()
    digits = max(4, len(f"{size:x}"))
    forms = [form, Form(8), Form(4), Form(4, digits, False), Form(2, digits, False), Form(1, digits, False)]
    return next((form for form in forms if width is None or columns(form) <= width), forms[-1])


def columns(form: Form) -> int:
    """Return the columns that a full line takes."""
    return form.digits + 2 + _hex_columns(form.per_line) + (form.per_line + 4 if form.ascii else 0)


def dump(data: bytes, form: Form, first: int = 0) -> list[str]:
    """Return the lines of a dump, with their columns aligned; ``first`` is the offset of its first byte."""
    per_line, digits, with_ascii = form
    lines = []
    width = _hex_columns(per_line)
    for offset in range(0, len(data), per_line):
        part = data[offset : offset + per_line]
        hex = f"{first + offset:0{digits}x}  {_spaced(part)}"
        lines.append(f"{hex:<{digits + 2 + width}}  |{ascii_column(part)}|" if with_ascii else hex)
    return lines


def _hex_columns(per_line: int) -> int:
    return 3 * per_line - (per_line <= 8)


def _spaced(data: bytes) -> str:
    left = data[:8].hex(" ")
    return f"{left}  {data[8:].hex(' ')}" if len(data) > 8 else left
