"""A recording in our own form, an object a line, as `render.ndjson` documents it. It holds everything."""

from collections.abc import Iterable, Iterator

from wsinspect.events import Batch
from wsinspect.exports import Told
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson as lines_of
from wsinspect.render.pieces import bytes_of


def ndjson(batches: Iterable[Batch], told: Told) -> Iterator[bytes]:
    """Yield the lines of a recording, frames too."""
    render = lines_of(Look(frames=True))
    for batch in batches:
        yield from bytes_of(render(batch))
