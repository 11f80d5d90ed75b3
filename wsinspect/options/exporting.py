"""Options on what an export becomes: which form, and where. Knows no form in detail."""

import os
from typing import Any, NamedTuple

import click

from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.exports import OTHER_ENDINGS
from wsinspect.options.sections import option, together
from wsinspect.options.values import Listed
from wsinspect.registry import EXPORTS

WRITING = "Writing"
STDOUT = "-"
PACKED = (".gz", ".zst")

exporting_options = together(
    option(
        WRITING, "-t", "--to", "form", type=Listed({name: entry.help for name, entry in EXPORTS.items()}),
        help="The form: " + "; ".join(f"{name}: {entry.help}" for name, entry in EXPORTS.items())
        + ". Default: as the name of the output ends.",
    ),
    option(
        WRITING, "-o", "--output", type=click.Path(), default=STDOUT, metavar="FILE",
        help="Where to: a file, compressed if its name ends in .gz or .zst; - or nothing is standard output.",
    ),
    option(WRITING, "--force", is_flag=True, help="With -o, replace a file that is there."),
    option(WRITING, "-q", "--quiet", is_flag=True, help="Do not tell what is left out, nor what was written."),
)  # fmt: skip
"""Adds what says what is written; `export_of` takes the values."""


class Export(NamedTuple):
    """What is to be written; ``path`` is ``-`` for standard output."""

    form: str
    path: str
    force: bool


def export_of(given: dict[str, Any]) -> Export:
    """Make the bundle of what the options gave; raises `InspectError` where no form is known by it."""
    form, path = given["form"], given["output"]
    if not path:
        raise click.UsageError("the name of the output is empty")
    if form is None and path == STDOUT:
        raise click.UsageError(f"say in which form: --to {', '.join(EXPORTS)}; or a file by -o, such as -o out.csv")
    return Export(form or _form_of(path), path, given["force"])


def _form_of(path: str) -> str:
    """Tell the form by the ending of a file's name."""
    name = os.path.basename(path)
    bare, packed = os.path.splitext(name)
    ending = os.path.splitext(bare if packed in PACKED else name)[1].removeprefix(".").lower()
    form = OTHER_ENDINGS.get(ending, ending)
    if form in EXPORTS:
        return form
    near = nearest(form, EXPORTS) if form else None
    meant = f"did you mean `{near}`? " if near else ""
    fault = f"`.{shortened(ending)}` is the ending of no form" if ending else "its name has no ending"
    raise InspectError(
        f"cannot tell in which form to write {shortened(path, 200)}: {fault}",
        hint=f"{meant}say it with --to: {', '.join(EXPORTS)}",
    )
