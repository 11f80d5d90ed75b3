"""A connection to a unix socket of this machine. Knows no DNS and no proxy: there is nothing between."""

import asyncio
import os
import socket
import stat

from wsinspect.errors import Exit, InspectError
from wsinspect.net.dial import Road, straight
from wsinspect.net.progress import Progress

FULL_WAIT_S = 0.05
"""A server whose queue is full is asked again after so long; it says so instead of letting us wait."""


async def connect_unix(path: str, progress: Progress) -> Road:
    """Take the step ``connect`` to the socket at a path; ``@name`` is one in Linux' abstract namespace.

    Raises:
        InspectError: it is not there, is no socket, or nothing listens on it.
    """
    progress.begin("connect", f"the unix socket `{path}`")
    abstract = path.startswith("@")
    where = f"\0{path[1:]}" if abstract else _expanded(path)
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise InspectError("this system has no unix sockets", exit=Exit.UNREACHABLE)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        while True:
            try:
                sock.connect(where)
                break
            except BlockingIOError:
                await asyncio.sleep(FULL_WAIT_S)
    except BaseException as fault:
        sock.close()
        if isinstance(fault, OSError | ValueError):
            raise _told(path, abstract, fault) from fault
        raise
    progress.done(path)
    return straight(sock, f"unix:{path}", ())


def _told(path: str, abstract: bool, fault: OSError | ValueError) -> InspectError:
    """Put it in a sentence; what is no socket refuses, too, so that has to be looked at."""
    hint = "is the server running, and is this the path that it listens on?"
    reason = (getattr(fault, "strerror", None) or str(fault)).lower()
    if isinstance(fault, FileNotFoundError):
        message = f"there is no unix socket at `{path}`"
    elif isinstance(fault, PermissionError):
        message, hint = f"no permission to connect to the unix socket `{path}`", "its owner and mode tell who may write"
    elif not abstract and _is_other(path):
        message = f"`{path}` is not a socket"
    elif isinstance(fault, ConnectionRefusedError):
        message = f"nothing listens on the unix socket `{path}`"
    else:
        message = f"cannot connect to the unix socket `{path}`: {reason}"
    return InspectError(message, hint=hint, exit=Exit.UNREACHABLE)


def _is_other(path: str) -> bool:
    try:
        return not stat.S_ISSOCK(os.stat(_expanded(path)).st_mode)
    except (OSError, ValueError):
        return False


def _expanded(path: str) -> str:
    """Return a path with ``~`` as a shell would read it; a configuration file has no shell."""
    return os.path.expanduser(path)
