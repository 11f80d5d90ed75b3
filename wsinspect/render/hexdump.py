"""Bytes as offset, hex and ASCII, as hexdump -C shows them. Knows no colours."""

BYTES_PER_LINE = 16

_PRINTABLE = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


def ascii_column(data: bytes) -> str:
    """Return printable ASCII as it is, and a dot for every other byte."""
    return data.translate(_PRINTABLE).decode("ascii")


def one_line(data: bytes) -> str:
    """Return a few bytes as one line, as short as it gets."""
    return f"{0:08x}  {_spaced(data)}  |{ascii_column(data)}|"


def columns(per_line: int) -> int:
    """Return the columns that a full line takes."""
    return 8 + 2 + _hex_columns(per_line) + 2 + per_line + 2


def dump(data: bytes, per_line: int = BYTES_PER_LINE) -> list[str]:
    """Return the lines of a dump, with their columns aligned."""
    lines = []
    width = _hex_columns(per_line)
    for offset in range(0, len(data), per_line):
        part = data[offset : offset + per_line]
        lines.append(f"{offset:08x}  {_spaced(part):<{width}}  |{ascii_column(part)}|")
    return lines


def _hex_columns(per_line: int) -> int:
    return 3 * per_line - (per_line <= 8)


def _spaced(data: bytes) -> str:
    left = data[:8].hex(" ")
    return f"{left}  {data[8:].hex(' ')}" if len(data) > 8 else left
