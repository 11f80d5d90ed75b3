"""What is checked, which checks are run, how, and where reports go. Makes a `Check` of what was typed as one line."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.options.sections import SectionedCommand, option, together
from wsinspect.options.values import Duration, offered
from wsinspect.registry import REPORTS

if TYPE_CHECKING:
    from wsinspect.checks.one_line import Typed
    from wsinspect.checks.plan import Check, HandshakeWish
    from wsinspect.checks.selection import Shard

STEPS = "Steps of a check in one line, in the order in which they are typed"
WHOLE = "The check as a whole"
FILES = "Files of checks"
RUNNING = "Running and telling"

STDOUT = "-"

TYPED = f"{__name__}.typed"
"""Where a context keeps the steps as they were typed."""


class Assigned(click.ParamType[tuple[str, Any]]):
    """A variable: ``NAME=VALUE``, a text, or ``NAME:=JSON``. Gives (name, value); no error repeats the value."""

    name = "variable"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals:
            self.fail("write NAME=VALUE, or NAME:=JSON for what is no text", param, ctx)
        name, is_json = name.removesuffix(":"), name.endswith(":")
        # Loaded where there are variables.
        from wsinspect.checks.variables import is_name

        if not is_name(name):
            self.fail(f"`{shortened(name)}` cannot be the name of a variable", param, ctx)
        if not is_json:
            return name, text
        from wsinspect.json_faults import NotJson, json_value

        try:
            return name, json_value(text)
        except NotJson as fault:
            self.fail(f"the value of `{name}` is not JSON: {fault}", param, ctx)


class Part(click.ParamType["Shard"]):
    """A shard, such as ``1/4``."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Shard":
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]
        from wsinspect.checks.selection import Shard

        match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", value.strip(), re.ASCII)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            self.fail(f"`{shortened(value)}` is no shard; the second of four is written 2/4", param, ctx)
        return Shard(int(match[1]), int(match[2]))


class ReportTo(NamedTuple):
    """A report: ``form`` is a name in `REPORTS`, ``path`` a file, or `STDOUT`."""

    form: str
    path: str


class Report(click.ParamType[ReportTo]):
    """A report: ``FORM=FILE``."""

    name = "report"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ReportTo:
        if isinstance(value, ReportTo):
            return value
        form, equals, path = value.partition("=")
        if form not in REPORTS:
            near = nearest(form, REPORTS)
            known = f"did you mean {near}?" if near else f"known are: {', '.join(REPORTS)}"
            self.fail(f"there is no form of report called `{shortened(form)}`; {known}", param, ctx)
        if not equals or not path:
            self.fail(f"it says not where to; write {form}=FILE, or {form}=- for standard output", param, ctx)
        return ReportTo(form, path)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        _, equals, path = incomplete.partition("=")
        if equals:
            return [CompletionItem(path, type="file")]
        return offered({f"{name}=": entry.help for name, entry in REPORTS.items()}, incomplete)


class Statuses(click.ParamType[frozenset[int]]):
    """HTTP statuses with commas between them."""

    name = "statuses"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        if isinstance(value, frozenset):
            return value
        words = [word.strip() for word in value.split(",")]
        if not all(re.fullmatch(r"[1-5]\d\d", word, re.ASCII) for word in words):
            self.fail(f"`{shortened(value)}` is no HTTP status; write 401, or 401,403 for either", param, ctx)
        return frozenset(map(int, words))


step_options = together(
    option(
        STEPS, "--send", multiple=True, metavar="MESSAGE",
        help="Send a message: text, text:..., @FILE (binary where it is not UTF-8), hex:0a0b, base64:..., or a command "
        "as `connect` has it: /text, /binary, /ping, /close, /wait, /sleep. Repeatable, as all of these are.",
    ),
    option(
        STEPS, "--expect", multiple=True, metavar="EXPR",
        help="A message must come for which this is true: \"op == 'pong'\" (JMESPath, see `wsinspect connect --help`).",
    ),
    option(
        STEPS, "--expect-json", multiple=True, metavar="JSON",
        help="A message must come that holds at least this; \"${any}\" and \"${any:uuid}\" stand for a value.",
    ),
    option(STEPS, "--expect-text", multiple=True, metavar="TEXT", help="A message must come that is exactly this."),
    option(
        STEPS, "--expect-match", multiple=True, metavar="REGEX",
        help="A message must come in which this regular expression is found.",
    ),
    option(STEPS, "--expect-ping", count=True, help="The server must send a ping."),
    option(
        STEPS, "--reject", multiple=True, metavar="EXPR",
        help="No message may come, from here to the end, for which this is true; --within behind it: for so long.",
    ),
    option(STEPS, "--wait", type=Duration(), multiple=True, metavar="TIME", help="Wait, and go on looking."),
    option(
        STEPS, "--close", is_flag=False, flag_value="", multiple=True, metavar="[CODE [REASON]]",
        help="Close, with 1000 unless a code or its name is given. At the end that is done anyway.",
    ),
    option(
        STEPS, "--expect-close", multiple=True, metavar="CODE|NAME[,...]",
        help="The connection must end with one of these codes: 1000, OK, GOING_AWAY; 1005 for a close without a code, "
        "1006 for none at all, any. The server closes, or --close does; right behind an expected message and with 1000 "
        "among the codes, we do.",
    ),
    option(
        STEPS, "--within", type=Duration(), multiple=True, metavar="TIME",
        help="So long the expectation before it may take; in front of all, every one. 5s unless given.",
    ),
)  # fmt: skip
"""Adds what a check of one line does; `checked_in_one_line` takes the values in the order that `StepsCommand` notes."""

whole_options = together(
    option(
        WHOLE, "--expect-status", type=Statuses(), metavar="CODE[,CODE]",
        help="The handshake must be answered so: 401 wants to be refused. Without it: 101.",
    ),
    option(
        WHOLE, "--expect-subprotocol", metavar="NAME",
        help="The server must choose this subprotocol; '' for none.",
    ),
    option(
        WHOLE, "--timeout", "timeout_s", type=Duration(), metavar="TIME",
        help="The check may take no longer; 30s unless given. Goes before what files say.",
    ),
    option(WHOLE, "--strict", is_flag=True, help="A message that nothing asks for is a failure."),
    option(
        WHOLE, "--allow-violations", is_flag=True,
        help="The server may break the protocol; otherwise that is a failure, exit 8.",
    ),
    option(
        WHOLE, "--retry", "retries", type=click.IntRange(min=0), metavar="N",
        help="Try a check that is not passed again, at most N times. Goes before what files say.",
    ),
    option(
        WHOLE, "--retry-delay", "retry_delay_s", type=Duration(), metavar="TIME",
        help="Wait so long before; 1s unless given.",
    ),
    option(
        WHOLE, "--repeat", type=click.IntRange(min=1), metavar="N",
        help="Run it N times, one after the other; all must pass. Goes before what files say.",
    ),
    option(
        WHOLE, "--connections", "copies", type=click.IntRange(min=1, max=10_000), metavar="N",
        help="Run N copies of it side by side; all must pass.",
    ),
)  # fmt: skip
"""Adds what is said of a check as a whole; `overridden` takes what holds for files, too."""

file_options = together(
    option(
        FILES, "--var", "variables", type=Assigned(), multiple=True, metavar="NAME=VALUE",
        help="Set a variable, for ${NAME} in files; NAME:=JSON for a number or the like. Repeatable.",
    ),
    option(
        FILES, "--vars", "variable_files", type=click.Path(), multiple=True, metavar="FILE",
        help="Set those of a file: .toml, .json, or lines NAME=VALUE. --var counts more. Repeatable.",
    ),
    option(
        FILES, "--only", multiple=True, metavar="NAME",
        help="Only checks of this name, or with this case; * and ? as in a shell. Repeatable.",
    ),
    option(
        FILES, "--shard", type=Part(), metavar="I/N",
        help="Of the checks that are left, only every N-th from the I-th on: for N machines.",
    ),
    option(
        FILES, "--from", "recording", type=click.Path(), metavar="RECORDING",
        help="Run nothing: write a check that does again what was recorded, in any form that `wsinspect show` reads "
        "(-: standard input).",
    ),
    option(
        FILES, "-o", "--output", type=click.Path(), metavar="FILE",
        help="With --from, write it here and not to standard output.",
    ),
    option(FILES, "--force", is_flag=True, help="With -o, replace a file that is there."),
    option(FILES, "--schema", is_flag=True, help="Print the JSON Schema of check files, for editors."),
)  # fmt: skip
"""Adds what is about files."""

running_options = together(
    option(
        RUNNING, "-j", "--jobs", type=click.IntRange(min=1), default=8, show_default=True, metavar="N",
        help="Run at most N checks side by side; of these, at most 50 open their connections in the same moment.",
    ),
    option(RUNNING, "--fail-fast", is_flag=True, help="Begin no other check after one that is not passed."),
    option(
        RUNNING, "--record", "recordings", type=click.Path(), metavar="DIR",
        help="Keep a recording (NDJSON) of each check that is not passed: a file for each connection, secrets hidden.",
    ),
    option(
        RUNNING, "--report", "reports", type=Report(), multiple=True, metavar="FORM=FILE",
        help=f"Write a report: {', '.join(REPORTS)}. FORM=- writes it to standard output, and all else to standard "
        "error. Repeatable.",
    ),
    option(
        RUNNING, "--dry-run", is_flag=True,
        help="Connect to nothing: look for mistakes, and tell the checks that would be run, and their steps.",
    ),
    option(RUNNING, "-v", "--verbose", is_flag=True, help="Tell the steps of passed checks, too."),
    option(RUNNING, "-q", "--quiet", is_flag=True, help="Tell only of checks that are not passed."),
    option(RUNNING, "--show-secrets", is_flag=True, help="Show credentials in URLs and headers instead of ***."),
)  # fmt: skip
"""Adds how checks are run, and what is told of it."""


class StepsCommand(SectionedCommand):
    """A command that notes the order of its `step_options`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words = list(args)
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            ctx.meta[TYPED] = self._in_order(ctx, words)
        return rest

    def _in_order(self, ctx: click.Context, words: list[str]) -> "tuple[tuple[str, Any], ...]":
        _, _, order = self.make_parser(ctx).parse_args(words)
        steps = [parameter for parameter in order if getattr(parameter, "section", "") == STEPS]
        # Of each option, the values stand in order already.
        values = {
            parameter: iter(given if isinstance(given := ctx.params[parameter.name or ""], tuple) else [None] * given)
            for parameter in steps
        }
        return tuple((parameter.opts[0], next(values[parameter])) for parameter in steps)


def typed_steps(ctx: click.Context) -> "tuple[Typed, ...]":
    """Return the steps as they were typed, in order."""
    from wsinspect.checks.one_line import Typed

    return tuple(Typed(*pair) for pair in ctx.meta.get(TYPED, ()))


def checked_in_one_line(ctx: click.Context, url: str, given: Mapping[str, Any]) -> "Check":
    """Return the check that was typed; raises `InspectError` on a mistake in it, with the name of the option."""
    from wsinspect.checks.one_line import one_line
    from wsinspect.payload_files import read_payload
    from wsinspect.redact import redact_typed

    name = url if given["show_secrets"] else redact_typed(url)
    check = one_line(url, typed_steps(ctx), name=name, wish=_wish(given), reads=read_payload)
    changed = {"strict": given["strict"], "allow_violations": given["allow_violations"]}
    return overridden(check._replace(copies=given["copies"] or 1, **changed), given)


def overridden(check: "Check", given: Mapping[str, Any]) -> "Check":
    """Put what counts more than what a file says into a check."""
    retry = check.retry
    if given["retries"] is not None:
        retry = retry._replace(times=given["retries"])
    if given["retry_delay_s"] is not None:
        retry = retry._replace(delay_s=given["retry_delay_s"])
    return check._replace(
        retry=retry,
        timeout_s=check.timeout_s if given["timeout_s"] is None else given["timeout_s"],
        repeat=given["repeat"] or check.repeat,
    )


def refuse(ctx: click.Context, sections: Sequence[str], why: str, but: Sequence[str] = ()) -> None:
    """Raise UsageError where an option of these sections was typed."""
    for parameter in ctx.command.params:
        if getattr(parameter, "section", "") in sections and parameter.name not in but:
            source = ctx.get_parameter_source(parameter.name or "")
            if source is click.core.ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{max(parameter.opts, key=len)} {why}", ctx)


def refuse_same_place(reports: Sequence[ReportTo]) -> None:
    """Raise UsageError where two reports would be written to one place, so that the last would replace the others."""
    places: set[str] = set()
    for report in reports:
        place = STDOUT if report.path == STDOUT else os.path.realpath(os.path.expanduser(report.path))
        if place in places and place == STDOUT:
            raise click.UsageError("only one --report can be written to standard output")
        if place in places and place != os.devnull:
            raise click.UsageError(f"two reports would be written to {shortened(report.path, 200)}")
        places.add(place)


def variables_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that were given, the stronger in the place of the weaker; raises `InspectError`."""
    variables: dict[str, Any] = {}
    if given["variable_files"]:
        # Few have one.
        from wsinspect.checks.format.variable_files import parse_variables
        from wsinspect.reading import place_of, read_text

        for path in given["variable_files"]:
            variables |= parse_variables(read_text(_file_of_variables(path), "the file of variables"), place_of(path))
    return variables | dict(given["variables"])


def _file_of_variables(path: str) -> str:
    """Return a path; raises `InspectError` for a variable in its place, whose value is not told."""
    if "=" in path and not os.path.lexists(path):
        raise InspectError("--vars names a file, and there is none of that name", hint="--var takes NAME=VALUE")
    return path


def _wish(given: Mapping[str, Any]) -> "HandshakeWish":
    from wsinspect.checks.plan import HandshakeWish

    wish = HandshakeWish(status=given["expect_status"], subprotocol=given["expect_subprotocol"])
    for field, sentence, hint in wish.contradictions():
        raise InspectError(f"--expect-{field}: {sentence}", hint=hint)
    return wish
