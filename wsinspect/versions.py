"""What this program is made of, for reports of faults: our version, and of what we stand on."""

import platform
import ssl
import sys

from wsinspect import __version__


def versions() -> list[str]:
    """Return ``name version`` of the program, of websockets, of the TLS library and of Python; the program first."""
    # Not the package, which has more to load than its number.
    from websockets.version import version

    # The day of its release is left out: it is no part of the number.
    tls = " ".join(ssl.OPENSSL_VERSION.split()[:2])
    python = f"{platform.python_implementation()} {platform.python_version()}".replace("CPython", "Python")
    return [f"wsinspect {__version__}", f"websockets {version}", tls, f"{python} ({sys.platform})"]
