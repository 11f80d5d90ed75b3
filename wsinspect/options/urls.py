"""What a URL argument may hold beside a URL, and how it is completed."""

import click
from click.shell_completion import CompletionItem

from wsinspect.options.values import offered

DEMO = "demo:"
"""What the URL of the embedded endpoint starts with."""


def complete_url(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the demos, those of the close codes once ``demo:`` is typed."""
    demos = {DEMO: "an endpoint to try things on", f"{DEMO}echo": "sends back what it gets"}
    if incomplete.startswith(DEMO):
        from wsinspect.close_table import ROWS

        demos |= {f"{DEMO}{code}": f"closes with {row.name}: {row.summary}" for code, row in ROWS.items()}
    return offered(demos, incomplete)
