"""What is known of a connection that could not be opened, and the errors that carry it. Knows no socket."""

from typing import NamedTuple

from wsinspect.connecting import Tls
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Handshake, Step, TlsFacts
from wsinspect.net.answer import Answer
from wsinspect.target import Target


class Phase(NamedTuple):
    """Where opening has come to: ``name`` is that of a `Step`.

    ``steps`` are done, ``under_way`` is not; ``shown`` is what the server showed of itself by TLS; ``wall`` is the time
    in seconds since the epoch; ``via`` is with whom the step is taken where it is not the server, see `Progress`;
    ``handshake`` is what was asked, if it was.
    """

    target: Target
    timeout_s: float
    name: str = "resolve"
    tls: Tls = Tls()
    steps: tuple[Step, ...] = ()
    under_way: Step | None = None
    shown: TlsFacts | None = None
    wall: float = 0.0
    via: str = ""
    handshake: Handshake | None = None

    @property
    def at(self) -> str:
        """The server, or who is between, as sentences name it."""
        return self.via or f"`{self.target.host}` port {self.target.port}"

    @property
    def name_of_host(self) -> str:
        """The server's host, or who is between, as sentences name it."""
        return self.via or f"`{self.target.host}`"


class Unopened(InspectError):
    """No connection came about; ``phase`` tells how far it came."""

    def __init__(self, message: str, *, hint: str, exit: Exit, phase: Phase) -> None:
        super().__init__(message, hint=hint, exit=exit)
        self.phase = phase


class HandshakeRefused(Unopened):
    """The server answered, but opened nothing. ``answer`` is what it said, if it was HTTP."""

    def __init__(self, message: str, *, hint: str, phase: Phase, handshake: Handshake, answer: Answer | None) -> None:
        super().__init__(message, hint=hint, exit=Exit.REFUSED, phase=phase)
        self.handshake = handshake
        self.answer = answer

    def told_as(self, fault: InspectError) -> "HandshakeRefused":
        """Return the same refusal in the words of another error, which knows more of it."""
        return HandshakeRefused(
            fault.message, hint=fault.hint, phase=self.phase, handshake=self.handshake, answer=self.answer
        )
