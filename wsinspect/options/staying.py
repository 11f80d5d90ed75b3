"""How long a conversation lasts, and staying connected: whether, how often and how patiently to connect again."""

from typing import TYPE_CHECKING, Any

import click

from wsinspect.options.sections import option, together
from wsinspect.options.values import Duration

if TYPE_CHECKING:
    from wsinspect.reconnecting import Staying

LASTING = "How long"
STAYING = "Staying connected"

lasting_options = together(
    option(LASTING, "--for", "for_s", type=Duration(), metavar="TIME", help="Listen so long, then close: exit 0."),
    option(LASTING, "-m", "--max-time", "max_time_s", type=Duration(), metavar="TIME", help="Take no longer: exit 9."),
)
"""Adds what bounds the whole in time, beside what it waits for."""

staying_options = together(
    option(STAYING, "--reconnect", is_flag=True, help="Connect again after an end, as its close code asks."),
    option(
        STAYING, "--retries", type=click.IntRange(min=0), metavar="N",
        help="Give up after N tries in a row; without it there is no end.",
    ),
    option(
        STAYING, "--retry-max-delay", "longest_s", type=Duration(), default="60s", show_default=True, metavar="TIME",
        help="Wait no longer than TIME between tries.",
    ),
    option(STAYING, "--retry-all", is_flag=True, help="Connect again whatever the code or status says."),
)  # fmt: skip
"""Adds what says how to stay connected; `staying_of` takes the values."""


def staying_of(given: dict[str, Any]) -> "Staying | None":
    """Make the bundle of what the options gave; None where one connection is all that is wanted."""
    if not given["reconnect"] and given["retries"] is None and not given["retry_all"]:
        return None
    # Few stay; the others start without the rules for it.
    from wsinspect.reconnecting import Staying

    return Staying(given["retries"], given["longest_s"], given["retry_all"])
