"""A check written from a recorded session: what was sent is sent again, what came is expected, as TOML to be edited.

The handshake is made by `written.handshake`, the steps by `written.steps`; here they become text, with words on what
was guessed and what is left out. Knows no file.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from wsinspect.checks.plan import TIMEOUT_S
from wsinspect.checks.written.handshake import WrittenHandshake, written_handshake
from wsinspect.checks.written.session import Session, first_session
from wsinspect.checks.written.steps import MOST_STEPS, Step, Steps, generous
from wsinspect.checks.written.templates import escaped
from wsinspect.checks.written.toml_text import WIDTH, comment, headed, inline, key, pairs
from wsinspect.errors import InspectError
from wsinspect.events import Batch
from wsinspect.recordings.reading import HINT, read
from wsinspect.render.safe import clipped, neutral

LONGEST = 200
"""Characters of words from outside in a comment."""


def check_from(lines: Iterable[str | bytes], name: str) -> str:
    """Return a check file for the first connection of a recording, whose lines are NDJSON; ``name`` is the check's.

    Raises:
        InspectError: a line is damaged, or no connection begins in the recording.
    """
    notes: list[str] = []
    return check_of(read(lines, notes.append), notes, name)


def check_of(batches: Iterable[Batch], notes: list[str], name: str) -> str:
    """Return the same for the batches of a recording; ``notes`` fill while it is read.

    Raises:
        InspectError: no connection begins in the recording.
    """
    session = first_session(batches)
    if session is None:
        raise InspectError("no connection begins in the recording: it has no handshake", hint=HINT)
    handshake = written_handshake(session.handshake)
    steps = Steps(session)
    made = [] if handshake.refused else steps.made()
    secrets = list(dict.fromkeys([*handshake.secrets, *steps.secrets]))
    parts = [
        list(_about(session, handshake, notes, steps.cut)),
        list(_top(session, handshake, name)),
        list(_handshake(handshake)),
        *(list(_step(step)) for step in made),
    ]
    if secrets:
        parts[0] += ["#", *comment(_of_secrets(secrets))]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _about(session: Session, handshake: WrittenHandshake, notes: list[str], cut: bool) -> Iterator[str]:
    at = datetime.fromtimestamp(session.handshake.at.wall, UTC)
    numbers = {way: sum(message.direction == way for message in session.messages) for way in ("in", "out")}
    yield from comment(
        f"Written from a session of {at:%Y-%m-%d %H:%M:%S} UTC: {session.lasted:.1f} s, "
        f"{numbers['in']} received, {numbers['out']} sent."
    )
    if not handshake.refused:
        yield from comment(
            "What would be another value the next time became a pattern, such as ${any:time}: see whether it says what "
            "you mean. Of an object, names that are not here are ignored."
        )
    if cut:
        left = f", and {session.left:,} messages more" if session.left else ""
        yield from comment(f"The session went on: only its first {MOST_STEPS} steps are here{left}.")
    if session.others:
        yield from comment("The recording holds further connections, which are not here.")
    if session.pings:
        often = "a ping" if session.pings == 1 else f"{session.pings:,} pings"
        yield from comment(f"The server sent {often}, answered unasked; to demand them: expect_ping = true.")
    for violation in session.violations:
        words = clipped(violation.sentence, LONGEST)
        yield from comment(f"The server broke the protocol: {words}. To permit it: allow_violations = true.")
    for note in notes:
        yield from comment(f"In the recording, {clipped(note, LONGEST)}.")


def _of_secrets(names: list[str]) -> str:
    first, *others = names
    listed = f"{', '.join([first, *others[:-1]])} and {others[-1]}" if others else first
    return (
        f"Secrets do not stand here: set {listed} in the environment, or give them with --var "
        f"{first}=VALUE. They are masked in all that is told."
    )


def _top(session: Session, handshake: WrittenHandshake, name: str) -> Iterator[str]:
    yield from _pair("name", escaped(neutral(name)))
    yield from _pair("url", handshake.url)
    timeout = generous(session.lasted)
    if timeout is not None and session.lasted * 3 + 1 > TIMEOUT_S:
        yield from _pair("timeout", timeout)


def _handshake(handshake: WrittenHandshake) -> Iterator[str]:
    if handshake.handshake:
        yield "[handshake]"
        yield from pairs(handshake.handshake, ("handshake",))
    if handshake.expect:
        if handshake.handshake:
            yield ""
        yield "[handshake.expect]"
        yield from pairs(handshake.expect, ("handshake", "expect"))


def _step(step: Step) -> Iterator[str]:
    yield "[[steps]]"
    if step.comment:
        yield from comment(step.comment)
    if step.any_order:
        yield "any_order = true"
        for one in step.value:
            yield "[[steps.expect]]"
            yield from pairs(one, ("steps", "expect"))
    else:
        yield from _action(step.action, step.value)


def _action(action: str, value: Any) -> Iterator[str]:
    line = f"{key(action)} = {inline(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping):
        yield line
    else:
        yield from headed(value, ("steps", action))


def _pair(name: str, value: Any) -> Iterator[str]:
    yield f"{key(name)} = {inline(value)}"
