"""What is shown where no connection came about. Loaded only then."""

from wsinspect.connecting import Connecting
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.events import ABNORMAL, HANDSHAKE, Batch, Closed, Moment, Tally
from wsinspect.net.unopened import HandshakeRefused, Unopened
from wsinspect.redact import HIDDEN, is_secret_header, redact_handshake, redact_text
from wsinspect.render.handshake import phases, request
from wsinspect.render.ndjson import summary_line
from wsinspect.render.refusal import refusal
from wsinspect.vocabulary import WSMsgType


async def told(
    error: InspectError, connecting: Connecting, wishes: Wishes, viewer: Viewer, voice: Voice, at: Moment
) -> None:
    """Show what is known of the try, a refusal's answer above all, and the lines that NDJSON and the summary owe their readers."""
    seen = error.handshake if isinstance(error, HandshakeRefused) else None
    if isinstance(error, Unopened):
        seen = seen or error.phase.handshake
    handshake = seen if seen is None or wishes.show_secrets else redact_handshake(seen)
    if handshake is not None and wishes.verbose:
        voice.say(request(handshake, wishes.talk))
    if handshake is not None and isinstance(error, HandshakeRefused):
        await viewer.show(Batch(at, "in", [(HANDSHAKE, handshake, 0)]))
        if error.answer is not None:
            shown = refusal(handshake, error.answer, wishes.talk)
            voice.say(shown if wishes.show_secrets else redact_text(_without_ours(connecting, shown)))
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


def _without_ours(connecting: Connecting, text: str) -> str:
    """Take our own credentials out of an answer that repeats the question."""
    for name, value in connecting.headers:
        if is_secret_header(name):
            for secret in {value, value.rpartition(" ")[2]}:
                text = text.replace(secret, HIDDEN) if len(secret) > 3 else text
    return text
