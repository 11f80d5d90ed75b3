"""What is shown where no connection came about. Loaded only then."""

from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.events import ABNORMAL, HANDSHAKE, Batch, Closed, Handshake, Moment, Tally
from wsinspect.net.unopened import HandshakeRefused, Unopened
from wsinspect.redact import HIDDEN, redact_handshake, redact_text, secrets_asked
from wsinspect.render.handshake import phases, request
from wsinspect.render.ndjson import summary_line
from wsinspect.render.refusal import refusal
from wsinspect.vocabulary import WSMsgType

SHORTEST = 4
"""Characters of a secret that is looked for in an answer; a shorter one stands everywhere by chance."""


async def told(error: InspectError, wishes: Wishes, viewer: Viewer, voice: Voice, at: Moment) -> None:
    """Show what is known of the try, and the lines that NDJSON and the summary owe their readers."""
    seen = error.handshake if isinstance(error, HandshakeRefused) else None
    if isinstance(error, Unopened):
        seen = seen or error.phase.handshake
    handshake = seen if seen is None or wishes.show_secrets else redact_handshake(seen)
    if handshake is not None and wishes.verbose:
        voice.say(request(handshake, wishes.talk))
    if handshake is not None and isinstance(error, HandshakeRefused):
        await viewer.show(Batch(at, "in", [(HANDSHAKE, handshake, 0)]))
        if error.answer is not None:
            answer = error.answer
            if not wishes.show_secrets:
                # Before its lines are cut, for a part of a secret would not be found.
                body = _without_ours(error.handshake, answer.body.decode("latin-1")).encode("latin-1")
                answer = answer._replace(body=body)
            shown = refusal(handshake, answer, wishes.talk)
            voice.say(shown if wishes.show_secrets else redact_text(_without_ours(error.handshake, shown)))
    if isinstance(error, Unopened) and wishes.verbose:
        phase = error.phase
        voice.say(phases(phase.steps, wishes.talk, failed=phase.under_way, tls=phase.shown, wall=phase.wall))
    cause = error.message if wishes.show_secrets else redact_text(error.message)
    closed = Closed("nobody", False, ABNORMAL, "", None, cause, error.exit)
    if wishes.format == "ndjson":
        # The other formats have nothing to end.
        await viewer.show(Batch(at, "in", [(int(WSMsgType.CLOSED), closed, 0)]))
    await viewer.finish()
    if wishes.json_summary:
        voice.say(summary_line(closed, Tally(), 0.0))


def _without_ours(handshake: Handshake, text: str) -> str:
    """Take our own secrets out of an answer that repeats the question."""
    for secret in sorted(secrets_asked(handshake), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text
