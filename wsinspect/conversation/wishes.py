"""What a user wants of a conversation, as values; times in seconds. Knows no flags."""

from typing import TYPE_CHECKING, NamedTuple

from wsinspect.filters.looking import Looking
from wsinspect.render.look import Look

if TYPE_CHECKING:
    from wsinspect.outgoing import Outgoing
    from wsinspect.reconnecting import Staying


class Sending(NamedTuple):
    """What we say: ``greetings`` on each connection, then ``sends``, then standard input if ``reads_stdin``.

    Standard input is cut at ``delimiter``, or is one message where that is empty; its pieces are text, or ``binary``,
    and must be ``json`` if so wished. ``interval_s`` is kept between any two messages. Once all is said, but for
    greetings, the connection is closed when nothing came for ``linger_s``.
    """

    greetings: "tuple[Outgoing, ...]" = ()
    sends: "tuple[Outgoing, ...]" = ()
    reads_stdin: bool = True
    delimiter: bytes = b"\n"
    binary: bool = False
    json: bool = False
    interval_s: float = 0.0
    linger_s: float = 1.0


class Pinging(NamedTuple):
    """Pings of our own: how often, and how long each may go unanswered, perhaps for ever."""

    interval_s: float
    timeout_s: float = 20.0


class Recorded(NamedTuple):
    """What is recorded where: everything in NDJSON at ``path``, FRAME rows too if ``frames``.

    The file is begun anew whenever it has ``largest`` bytes; what is there already is lost only by ``force``.
    """

    path: str
    frames: bool = False
    largest: int | None = None
    force: bool = False


class Wishes(NamedTuple):
    """What is to be shown and said, and when it is enough.

    ``format`` is a name in `FORMATS`; ``talk`` and ``json_summary`` are the look of standard error; ``verbose`` shows
    the whole handshake; ``looking`` says which messages are shown, and how many are enough; with ``prompt``, a prompt
    takes what is typed.
    """

    format: str
    look: Look
    talk: Look
    quiet: bool = False
    verbose: bool = False
    json_summary: bool = False
    show_secrets: bool = False
    sending: Sending = Sending()
    pinging: Pinging | None = None
    staying: "Staying | None" = None
    looking: Looking = Looking()
    prompt: bool = False
    for_s: float | None = None
    max_time_s: float | None = None
    recorded: Recorded | None = None
