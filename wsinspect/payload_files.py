"""Files whose content is to be sent, read whole. Knows no message."""

import os

from wsinspect.errors import InspectError
from wsinspect.reading import unread

LARGEST = 64 << 20
"""Bytes of a file that we send as a message."""


def read_payload(path: str) -> bytes:
    """Return what a file holds, to the last newline; raises `InspectError`. A named pipe is waited for."""
    if path == "-":
        raise InspectError(
            "@- is no file", hint="standard input is sent anyway; as one message with --input-delimiter none"
        )
    try:
        with open(os.path.expanduser(path), "rb") as file:
            payload = file.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        raise InspectError(f"cannot read `{path}`: {unread(fault)}", hint="@ names a file; @@ sends an @") from None
    if len(payload) > LARGEST:
        raise InspectError(f"`{path}` is larger than {LARGEST >> 20} MiB")
    return payload
