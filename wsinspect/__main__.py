"""The entry, as ``wsinspect`` and ``python -m wsinspect``: quiet on Ctrl-C from the first moment."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the program and leave with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Python would show a traceback of the imports; the commands have handlers of their own, once there is a loop.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from wsinspect import cli

    cli.main()


if __name__ == "__main__":
    main()
