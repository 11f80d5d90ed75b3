"""What is said of a connection when it has ended: the summary, and what can be read from when things happened."""

from wsinspect.close_codes import Tongue
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Closed
from wsinspect.net.session import Session
from wsinspect.render.summary import ended, how_it_ended
from wsinspect.timeline import Timeline

BAD_ENDS = (Exit.UNMET, Exit.USAGE, Exit.LOST, Exit.VIOLATION, Exit.TIMEOUT, Exit.TOO_BIG, Exit.OUTPUT)

ORDINARY_S = 20.0
"""Below any timeout that is known of proxies: about a good close within this time there is nothing to find out."""


def last_words(
    closed: Closed, session: Session, seconds: float, tongue: Tongue, timeline: Timeline, wishes: Wishes, voice: Voice
) -> InspectError | None:
    """Say the summary of a session that lasted ``seconds``; return what is left to be told as an error."""
    if wishes.json_summary:
        from wsinspect.autopsy import guess
        from wsinspect.render.ndjson import summary_line

        guessed = guess(closed, timeline, session.handshake)
        voice.say(summary_line(closed, session.tally, seconds, tongue, timeline=timeline, guess=guessed))
    elif not wishes.quiet and closed.exit != Exit.SIGPIPE:
        findings: list[str] = []
        if not (closed.clean and closed.code == closed.sent == 1000 and seconds < ORDINARY_S):
            from wsinspect.autopsy import autopsy

            findings = autopsy(closed, timeline, session.handshake, tongue)
        look = wishes.talk._replace(tongue=tongue)
        voice.say(ended(closed, session.tally, seconds, look, findings) + "\n")
    elif closed.exit in BAD_ENDS:
        # Even a quiet program says why it failed.
        return InspectError(how_it_ended(closed, tongue=tongue), exit=Exit(closed.exit))
    return None
