"""Bytes as offset, hex and ASCII, as hexdump -C shows them. Knows no colours."""

BYTES_PER_LINE = 16
COLUMNS = 8 + 2 + 48 + 2 + 18
"""Columns of a full line."""

_PRINTABLE = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))


def ascii_column(data: bytes) -> str:
    """Return printable ASCII as it is, and a dot for every other byte."""
    return data.translate(_PRINTABLE).decode("ascii")


def one_line(data: bytes) -> str:
    """Return a few bytes as one line, as short as it gets."""
    return f"{0:08x}  {_spaced(data)}  |{ascii_column(data)}|"


def dump(data: bytes) -> list[str]:
    """Return the lines of a dump, with their columns aligned."""
    lines = []
    for offset in range(0, len(data), BYTES_PER_LINE):
        part = data[offset : offset + BYTES_PER_LINE]
        lines.append(f"{offset:08x}  {_spaced(part):<48}  |{ascii_column(part)}|")
    return lines


def _spaced(data: bytes) -> str:
    left = data[:8].hex(" ")
    return f"{left}  {data[8:].hex(' ')}" if len(data) > 8 else left
