"""``wsinspect check``: smoke checks of a WebSocket, typed in one line or read from files, with an exit code for CI."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError, Mistakes
from wsinspect.files import read_settings
from wsinspect.options.checking import (
    FILES,
    RUNNING,
    STDOUT,
    STEPS,
    WHOLE,
    StepsCommand,
    checked_in_one_line,
    file_options,
    overridden,
    refuse,
    refuse_same_place,
    running_options,
    step_options,
    variables_of,
    whole_options,
)
from wsinspect.options.config import config_option
from wsinspect.options.output import colour_option
from wsinspect.options.reaching import reaching_options
from wsinspect.options.urls import complete_url
from wsinspect.render.safe import neutral
from wsinspect.term.screen import colour_of, put, say

if TYPE_CHECKING:
    from wsinspect.checking.prepared import Prepared
    from wsinspect.checks.plan import Check

SELECTING = ("only", "shard")
"""What is about files, and does no harm where there are none."""

FOR_BOTH = ("timeout_s", "retries", "retry_delay_s", "repeat")
"""What counts for files, too, of what is said of a check as a whole."""


def complete_target(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer URLs, and files."""
    return [*complete_url(ctx, parameter, incomplete), CompletionItem(incomplete, type="file")]


@click.command(
    cls=StepsCommand,
    epilog="Example:  wsinspect check smoke/ --report junit=out.xml\n\n\b\n"
    "In one line:\n"
    """  wsinspect check wss://example.com/feed --send '{"op": "ping"}' \\\n"""
    """    --expect "op == 'pong'" --within 2s --expect-close OK\n""",
)
@click.argument("targets", nargs=-1, metavar="TARGET...", shell_complete=complete_target)
@step_options
@whole_options
@file_options
@running_options
@reaching_options
@config_option
@colour_option
@click.pass_context
def check(ctx: click.Context, /, targets: tuple[str, ...], **given: Any) -> int:
    """Check a WebSocket: exit 0 if all is as it should be.

    TARGET is a URL as `connect` takes it, with the steps of one check as options, in their order; or files of checks
    (TOML), folders of them, - for standard input.

    An expectation looks at the messages behind the one that the expectation before it took, whenever they came; others
    are passed over. At the end the connection is closed.

    Exit code 1: a step was not met. 6 or 7: the connection was closed with an error, or lost, while no step waited for
    it. 8: the server broke the protocol. Other codes tell what prevented a check. Of several checks that fail, the
    gravest counts: 70, 2, 3, 4, 5, 9, 8, 7, 6, 1.
    """
    if given["schema"]:
        return _put_schema()
    if given["recording"] is not None:
        return _write_check(ctx, targets, given)
    if given["output"] is not None or given["force"]:
        raise click.UsageError("-o and --force belong to --from")
    refuse_same_place(given["reports"])
    # What opens connections is loaded where there are some to be opened.
    from wsinspect.options.preparing import Preparing

    try:
        checks = _selected(_checks(ctx, targets, given), given)
        prepared = Preparing(read_settings(chosen=given["config"]), ctx).all(checks)
    except InspectError as error:
        from wsinspect.checking.teller import annotate

        annotate(error)
        raise
    return _dry_run(prepared, given) if given["dry_run"] else _run(prepared, given)


def _checks(ctx: click.Context, targets: Sequence[str], given: dict[str, Any]) -> "tuple[Check, ...]":
    """Return the check that was typed, or those of all files; nothing is connected to yet."""
    from wsinspect.checking.finding import is_url

    if given["curl"] is not None:
        from wsinspect.options.curl import pasted

        if len(targets) > 1:
            raise click.UsageError("--curl brings its own URL, and no files are checked beside it")
        url, changed, ignored = pasted(ctx, given["curl"], targets[0] if targets else None)
        given |= changed
        if ignored and not given["quiet"]:
            say(f"● {neutral(ignored)}\n")
        targets = (url,)
    if not targets:
        raise click.MissingParameter(ctx=ctx, param_hint="'TARGET...'", param_type="argument")
    urls = [target for target in targets if is_url(target)] if given["curl"] is None else list(targets)
    if not urls:
        return _of_files(ctx, targets, given)
    if len(targets) > 1:
        raise click.UsageError(
            "one URL is checked at a time, and no files beside it" if len(urls) < len(targets) else
            "one URL is checked at a time; several are written as files"
        )  # fmt: skip
    refuse(ctx, [FILES], "belongs to files of checks", SELECTING)
    return (checked_in_one_line(ctx, urls[0], given),)


def _of_files(ctx: click.Context, targets: Sequence[str], given: dict[str, Any]) -> "tuple[Check, ...]":
    """Read all files; the mistakes of all of them are told."""
    refuse(ctx, [STEPS, WHOLE], "belongs to a URL: in a file it is written into the file", FOR_BOTH)
    from wsinspect.checking.finding import found, read, read_bytes
    from wsinspect.checks.format.reading import Sources, read_checks

    variables = variables_of(given)
    sources = Sources(os.environ, read_bytes)
    checks: list[Check] = []
    errors: list[InspectError] = []
    for path in found(targets, given["variable_files"]):
        try:
            file = read(path)
            checks += read_checks(file.text, file.path, variables, sources)
        except InspectError as error:
            errors.append(error)
    if errors:
        raise Mistakes(errors)
    return tuple(overridden(one, given) for one in checks)


def _selected(checks: "tuple[Check, ...]", given: dict[str, Any]) -> "tuple[Check, ...]":
    from wsinspect.checks.selection import only, part

    if not checks:
        raise InspectError("no check was found")
    return part(only(checks, given["only"]), given["shard"])


def _run(prepared: "tuple[Prepared, ...]", given: dict[str, Any]) -> int:
    import asyncio

    from wsinspect.checking.jobs import run_checks
    from wsinspect.checking.patience import impatient
    from wsinspect.checking.prepared import Running
    from wsinspect.checking.report_files import write_reports
    from wsinspect.checking.teller import teller
    from wsinspect.checks.result import exit_of

    running = Running(given["jobs"], given["fail_fast"], given["recordings"], given["show_secrets"])
    aside = any(report.path == STDOUT for report in given["reports"])
    with teller(colour=given["colour"], quiet=given["quiet"], verbose=given["verbose"], aside=aside) as telling:
        with impatient():
            results = asyncio.run(run_checks(prepared, running, now, telling))
        try:
            telling.tell(results)
        finally:
            # Reports are written though nobody reads what is told.
            errors = write_reports(results, given["reports"], private=given["show_secrets"])
    if errors:
        raise Mistakes([_with_exit(error, exit_of([results.exit, Exit.OUTPUT])) for error in errors])
    return results.exit


def _with_exit(error: InspectError, exit: Exit) -> InspectError:
    return InspectError(error.message, hint=error.hint, exit=exit, excerpt=error.excerpt)


def _dry_run(prepared: "tuple[Prepared, ...]", given: dict[str, Any]) -> int:
    from wsinspect.checks.planned import counted, planned
    from wsinspect.masking import Mask
    from wsinspect.redact import redact_url
    from wsinspect.render.palette import palette
    from wsinspect.target import DEMO

    style = palette(colour_of(sys.stdout, given["colour"]))
    shown = []
    for one in prepared:
        urls = {name: DEMO + one.demos[name] if name in one.demos else to.target.url for name, to in one.links.items()}
        secrets = one.check.secrets
        if not given["show_secrets"]:
            urls = {name: redact_url(url) for name, url in urls.items()}
            secrets = secrets.union(*[to.secrets for to in one.links.values()])
        shown.append(Mask(secrets).text(planned(one.check, urls, style)))
    put("\n".join(shown))
    if not given["quiet"]:
        say(f"● {counted([one.check for one in prepared])}; nothing was connected to\n")
    return Exit.OK


def _put_schema() -> int:
    import json

    from wsinspect.checks.format.schema import json_schema
    from wsinspect.options.check_schema import connection_schemas

    put(json.dumps(json_schema(connection_schemas()), indent=2, ensure_ascii=False) + "\n")
    return Exit.OK


def _write_check(ctx: click.Context, targets: Sequence[str], given: dict[str, Any]) -> int:
    """Write a check that does again what was recorded."""
    if targets:
        raise click.UsageError("--from writes a check and runs none: leave out the target", ctx)
    refuse(ctx, [STEPS, WHOLE, RUNNING], "belongs to checks that are run, and --from writes one", ("quiet",))
    from wsinspect.checking.finding import name_of
    from wsinspect.checking.report_files import write_whole
    from wsinspect.checks.written.writing import check_of
    from wsinspect.recording_files import batches_of

    path, output = given["recording"], given["output"] if given["output"] != STDOUT else None
    if output is not None and os.path.lexists(output) and not given["force"]:
        raise InspectError(f"{output} is there already", hint="--force replaces it", exit=Exit.OUTPUT)
    notes: list[str] = []
    text = check_of(batches_of(path, notes.append), notes, name_of(output or path))
    if output is None:
        put(text)
        return Exit.OK
    try:
        write_whole(output, text)
    except (OSError, ValueError) as fault:
        from wsinspect.term.screen import reason_of

        raise InspectError(f"cannot write {output}: {reason_of(fault).lower()}", exit=Exit.OUTPUT) from None
    if not given["quiet"]:
        say(f"● wrote {neutral(output)}; run it with  wsinspect check {neutral(output)}\n")
    return Exit.OK
