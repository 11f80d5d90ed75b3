"""The entry, as ``wsinspect`` and ``python -m wsinspect``: quiet on Ctrl-C from the first moment.

What stands before that moment is Python's own; so nothing else is imported up here.
"""

import signal

LOOK_FOR_GARBAGE_AFTER = 50_000
"""Objects made and not freed, before those that hold each other are looked for; Python's own number is 700."""


def main() -> None:
    """Run the program and leave with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Python would show a traceback of the imports; the commands have handlers of their own, once there is a loop.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    import gc
    import sys
    import warnings

    if "--debug" not in sys.argv:
        # What fails while it is taken apart, and what nobody waits for any more, is no news to whom all is told anyway.
        sys.unraisablehook = lambda _: None
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
    # Loading makes many objects and no garbage: Python would look for it a hundred times, a tenth of the whole start.
    gc.set_threshold(LOOK_FOR_GARBAGE_AFTER)
    from wsinspect import cli

    cli.main()


if __name__ == "__main__":
    main()
