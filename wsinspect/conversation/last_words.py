"""What is said around a connection: that it is open, and when it has ended, how, and what can be read from when things
happened. Knows no stream and no terminal.
"""

from collections.abc import Callable

from wsinspect.asked import mask_of
from wsinspect.close_codes import Tongue
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Closed, Handshake, Tally
from wsinspect.render.summary import connected, ended, how_it_ended
from wsinspect.timeline import Timeline

BAD_ENDS = (Exit.UNMET, Exit.USAGE, Exit.LOST, Exit.VIOLATION, Exit.TIMEOUT, Exit.TOO_BIG, Exit.OUTPUT)

ORDINARY_S = 20.0
"""Below any timeout that is known of proxies: about a good close within this time there is nothing to find out."""


def first_words(handshake: Handshake, tongue: Tongue, wishes: Wishes, say: Callable[[str], None]) -> None:
    """Say that a connection is open, and show its handshake where that is wished."""
    talk = wishes.talk._replace(tongue=tongue)
    if not wishes.quiet:
        say(connected(handshake, talk) + "\n")
    if wishes.verbose:
        from wsinspect.render.handshake import verbose

        say(verbose(handshake, talk))


def last_words(
    closed: Closed,
    handshake: Handshake | None,
    tally: Tally,
    seconds: float,
    tongue: Tongue,
    timeline: Timeline,
    wishes: Wishes,
    say: Callable[[str], None],
    connection: int = 0,
) -> InspectError | None:
    """Say the summary of a connection that lasted ``seconds``; return what is left to be told as an error.

    Where the handshake is not known, nothing is read from when things happened.
    """
    if handshake is not None and closed.reason and not wishes.show_secrets:
        # A server may repeat in it what it was sent.
        closed = closed._replace(reason=mask_of(handshake).swift(closed.reason))
    if wishes.json_summary:
        from wsinspect.autopsy import guess
        from wsinspect.render.ndjson import summary_line

        guessed = "" if handshake is None else guess(closed, timeline, handshake)
        say(summary_line(closed, tally, seconds, tongue, timeline=timeline, guess=guessed, connection=connection))
    elif not wishes.quiet and closed.exit != Exit.SIGPIPE:
        findings: list[str] = []
        ordinary = closed.clean and closed.code == closed.sent == 1000 and seconds < ORDINARY_S
        if handshake is not None and not ordinary:
            from wsinspect.autopsy import autopsy

            findings = autopsy(closed, timeline, handshake, tongue)
        look = wishes.talk._replace(tongue=tongue)
        say(ended(closed, tally, seconds, look, findings) + "\n")
    elif closed.exit in BAD_ENDS:
        # Even a quiet program says why it failed.
        return InspectError(how_it_ended(closed, tongue=tongue), exit=Exit(closed.exit))
    return None
