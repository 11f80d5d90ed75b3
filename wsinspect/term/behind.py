"""A stream written by a thread of its own, in order: a reader that stands still must not stop what is measured.

`sink` does so for a stream of messages, and waits with it; this is for lines, which are few. Knows no event loop.
"""

import threading
from collections import deque
from collections.abc import Callable


class Behind:
    """Hands texts to ``put`` in a thread, which starts with the first of them."""

    def __init__(self, put: Callable[[str], None]) -> None:
        self._put = put
        self._texts: deque[str] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._fault: Exception | None = None
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """Write, some time; raises what an earlier write raised."""
        if self._fault is not None:
            raise self._fault
        if not text:
            return
        with self._changed:
            self._texts.append(text)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="behind", daemon=True)
            self._thread.start()

    def finish(self, patience_s: float | None = None) -> None:
        """Wait until all is written, or for ``patience_s``; raises what a write raised."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience_s)
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._texts and not self._ended:
                    self._changed.wait()
                if not self._texts:
                    return
                text = "".join(self._texts)
                self._texts.clear()
            try:
                self._put(text)
            except Exception as fault:  # told by `finish`, in the thread that cares
                self._fault = fault
                return
