"""What is said while a replay is under way: that it is connected, and, if wished, every message. Knows no outcome."""

from wsinspect.asked import redact_handshake, secrets_asked
from wsinspect.conversation.voice import Voice
from wsinspect.events import Batch, Handshake
from wsinspect.masking import Mask
from wsinspect.redact import LEAST
from wsinspect.registry import FORMATS
from wsinspect.render.look import Look
from wsinspect.render.palette import palette
from wsinspect.render.pieces import text_of
from wsinspect.render.summary import connected
from wsinspect.term.screen import columns


class Showing:
    """Says things by a `Voice`; secrets of the handshake are hidden, and known as ``secrets`` from then on."""

    def __init__(self, voice: Voice, *, colour: bool, verbose: bool) -> None:
        self._voice = voice
        self._verbose = verbose
        self._look = Look(palette=palette(colour), width=columns() if colour else None)
        self._render = FORMATS.load("pretty" if colour else "plain")(self._look)
        self._mask = Mask(())
        self.secrets: frozenset[str] = frozenset()

    def connected(self, handshake: Handshake) -> None:
        """A connection is open."""
        shown = handshake
        if not self._voice.shows_secrets:
            shown = redact_handshake(handshake)
            self.secrets = frozenset(secret for secret in secrets_asked(handshake) if len(secret) >= LEAST)
            self._mask = Mask(self.secrets)
        self._voice.tell(connected(shown, self._look) + "\n")

    def show(self, batch: Batch) -> None:
        """Something went over it."""
        if self._verbose:
            self._voice.say(self._mask.text(text_of(self._render(batch))))
