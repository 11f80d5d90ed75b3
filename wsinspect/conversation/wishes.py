"""What a user wants of a conversation, as values; times in seconds. Knows no flags."""

from typing import NamedTuple

from wsinspect.render.look import Look


class Sending(NamedTuple):
    """What we say: ``sends`` first, then the lines of standard input, unless ``reads_stdin`` is off.

    Once all is said, the connection is closed when nothing came for ``linger_s``.
    """

    sends: tuple[str, ...] = ()
    reads_stdin: bool = True
    linger_s: float = 1.0


class Wishes(NamedTuple):
    """What is to be shown and said, and when it is enough.

    ``format`` is a name in `FORMATS`; ``talk`` and ``json_summary`` are the look of standard error; ``verbose`` shows
    the whole handshake; ``enough`` is the number of messages after which we close.
    """

    format: str
    look: Look
    talk: Look
    quiet: bool = False
    verbose: bool = False
    json_summary: bool = False
    show_secrets: bool = False
    sending: Sending = Sending()
    enough: int | None = None
    for_s: float | None = None
    max_time_s: float | None = None
