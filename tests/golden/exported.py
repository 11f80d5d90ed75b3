"""Golden files of the exporters that write text: a session with the common events in it, in each form.

A page of HTML has tests in a browser of its own, and a capture is in `captures`. The version stands in no file.
"""

from pathlib import Path

from tests.common_events import ENDS, HANDSHAKE, START, batches
from tests.golden.rendered import folded
from wsinspect import __version__
from wsinspect.events import CLOSED, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.registry import EXPORTS

FOLDER = Path(__file__).parent / "exports"
FORMS = ("ndjson", "har", "csv", "sh", "python")


def exported(form: str) -> str:
    """Return a session in a form, and below it what is told of what is left out."""
    told: list[str] = []
    session = [alone(START, "in", (BEGINS, HANDSHAKE, 0)), *[batch for _, batch in batches()]]
    session.append(alone(session[-1].at, "in", (CLOSED, ENDS[2][1], 0)))
    text = b"".join(EXPORTS.load(form)(session, told.append)).decode()
    return text.replace(f'"{__version__}"', '"VERSION"') + "".join([f"● {sentence}\n" for sentence in told])


def files() -> dict[Path, str]:
    """Return what each file should hold."""
    return {FOLDER / f"{form}.txt": folded(exported(form).replace("\r\n", "␍\n")) for form in FORMS}
