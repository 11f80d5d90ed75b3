"""How many files and sockets this process may have open. Knows not what for."""

import contextlib
import os
import sys

BESIDE = 32
"""What Python, resolvers and reports may still open besides."""

OWN = "/dev/fd"
"""Lists what this process has open."""


def room_for(wanted: int) -> int:
    """Return how many files may be opened now; for ``wanted`` of them the limit is raised, if the system lets us."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    used = BESIDE
    with contextlib.suppress(OSError):
        used += len(os.listdir(OWN))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + used
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY:
            needed = min(needed, hard)
        # macOS tells of no hard limit where the kernel has one all the same.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
            soft = needed
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(0, soft - used)
