"""What is shown where no connection came about, or not at the first address. Loaded only then."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsinspect.asked import mask_of, redact_handshake
from wsinspect.connecting import Connecting
from wsinspect.conversation.viewer import Viewer
from wsinspect.conversation.voice import Voice
from wsinspect.conversation.wishes import Wishes
from wsinspect.errors import InspectError
from wsinspect.events import ABNORMAL, HANDSHAKE, Batch, Closed, Handshake, Moment, Tally
from wsinspect.net.unopened import HandshakeRefused, Unopened
from wsinspect.redact import redact_text, redact_url
from wsinspect.render.handshake import phases, request, response
from wsinspect.render.ndjson import summary_line
from wsinspect.render.refusal import refusal
from wsinspect.render.safe import neutral
from wsinspect.vocabulary import WSMsgType

if TYPE_CHECKING:
    from wsinspect.conversation.recording import Recorder


async def told(
    error: InspectError,
    wishes: Wishes,
    viewer: Viewer,
    voice: Voice,
    at: Moment,
    recorder: "Recorder | None" = None,
) -> None:
    """Show what is known of the try, and the lines that NDJSON, a recording and the summary owe their readers."""
    seen = error.handshake if isinstance(error, HandshakeRefused) else None
    if isinstance(error, Unopened):
        seen = seen or error.phase.handshake
    handshake = seen if seen is None or wishes.show_secrets else redact_handshake(seen)
    mask = mask_of(None if wishes.show_secrets else seen)
    if handshake is not None and wishes.verbose:
        voice.say(request(handshake, wishes.talk))
    if handshake is not None and isinstance(error, HandshakeRefused):
        if recorder is not None:
            await recorder.write(Batch(at, "in", [(HANDSHAKE, seen, 0)]))
        await viewer.show(Batch(at, "in", [(HANDSHAKE, handshake, 0)]))
        if error.answer is not None:
            # Before its lines are cut, for a part of a secret would not be found.
            answer = error.answer._replace(body=mask.data(error.answer.body))
            shown = refusal(handshake, answer, wishes.talk)
            voice.say(shown if wishes.show_secrets else redact_text(mask.text(shown)))
    if isinstance(error, Unopened) and wishes.verbose:
        phase = error.phase
        voice.say(phases(phase.steps, wishes.talk, failed=phase.under_way, tls=phase.shown, wall=phase.wall))
    cause = error.message if wishes.show_secrets else redact_text(error.message)
    closed = Closed("nobody", False, ABNORMAL, "", None, cause, error.exit)
    end = Batch(at, "in", [(int(WSMsgType.CLOSED), closed, 0)])
    if recorder is not None:
        await recorder.write(end)
    if wishes.format == "ndjson":
        # The other formats have nothing to end.
        await viewer.show(end)
    await viewer.finish()
    if wishes.json_summary:
        voice.say(summary_line(closed, Tally(), 0.0))


def hush(error: InspectError, secrets: Iterable[str]) -> None:
    """Take out of an error's words what was secret in the request, ``secrets`` and what its handshake held."""
    seen = error.phase.handshake if isinstance(error, Unopened) else None
    mask = mask_of(error.handshake if isinstance(error, HandshakeRefused) else seen, secrets)
    error.message, error.hint = mask.swift(error.message), mask.swift(error.hint)


def redirected(handshake: Handshake, wanted: Connecting, following: Connecting, wishes: Wishes, voice: Voice) -> None:
    """Say where an answer leads, and what does not come along: a refusal there would be a riddle else."""
    url = following.target.url
    if not wishes.show_secrets:
        url = mask_of(handshake, wanted.secrets).swift(redact_url(url))
    kept = {name.lower() for name, _ in following.headers}
    left = dict.fromkeys(name for name, _ in wanted.headers if name.lower() not in kept)
    told = f"{handshake.status} redirects to {neutral(url)}"
    if left:
        told += f"; not for that server: {', '.join(left)}"
    if wishes.verbose:
        seen = handshake if wishes.show_secrets else redact_handshake(handshake)
        voice.say(request(seen, wishes.talk) + response(seen, wishes.talk))
    voice.notice(told)
