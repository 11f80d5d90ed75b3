"""What is shown where no connection came about. Loaded only then."""

from wsinspect.connecting import Connecting
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.events import ABNORMAL, HANDSHAKE, Batch, Closed, Moment, Tally
from wsinspect.net.failures import HandshakeRefused
from wsinspect.redact import HIDDEN, is_secret_header, redact_handshake, redact_text
from wsinspect.render.ndjson import summary_line
from wsinspect.render.refusal import refusal
from wsinspect.vocabulary import WSMsgType


async def told(
    error: InspectError, connecting: Connecting, wishes: Wishes, viewer: Viewer, voice: Voice, at: Moment
) -> None:
    """Show a refusal's answer, and the lines that NDJSON and the summary owe their readers."""
    if isinstance(error, HandshakeRefused):
        handshake = error.handshake if wishes.show_secrets else redact_handshake(error.handshake)
        await viewer.show(Batch(at, "in", [(HANDSHAKE, handshake, 0)]))
        if error.answer is not None:
            shown = refusal(handshake, error.answer, wishes.talk)
            voice.say(shown if wishes.show_secrets else redact_text(_without_ours(connecting, shown)))
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
