"""The door: a lazy group of commands, and the one place where errors become words and exit codes."""

import errno
import os
import sys
from itertools import pairwise
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from wsinspect.errors import Exit, InspectError, Signalled, lack_of, nearest
from wsinspect.registry import COMMANDS
from wsinspect.term.screen import COLOUR_MODES, ColourMode, colour_of, put, reason_of, say

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class Door(click.Group):
    """A group that imports a command only when it is called; its help comes from the registry."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = COMMANDS.load(cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        # Not the group's own, which imports every command for its help.
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=COMMANDS[name].help) for name in names] + options


def show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    # What tells them is loaded for nothing else.
    from wsinspect.versions import versions

    put("".join(f"{line}\n" for line in versions()))
    ctx.exit()


@click.command(
    cls=Door,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with:  wsinspect connect demo:",
)
@click.option(
    "-V", "--version", is_flag=True, expose_value=False, is_eager=True, callback=show_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.option("--debug", is_flag=True, help="Show a traceback where wsinspect itself is at fault.")
def door(debug: bool) -> None:
    """See what happens on a WebSocket, have it explained, and check it in CI."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave the process with its exit code; every error is told here, once."""
    status = run(sys.argv[1:] if arguments is None else arguments)
    # Nothing is left to clean up, and a thread that is blocked in a write must not hold the process.
    os._exit(_flushed(status))


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    colour = colour_asked(arguments)
    try:
        asked = os.environ.get("_WSINSPECT_COMPLETE")
        if asked:
            # It is a shell that asks: the script of `wsinspect completion` sets the variable.
            from wsinspect.commands.completion import answer

            return answer(door, asked)
        # Not click's own `main`, which turns a closed pipe into exit code 1.
        with door.make_context("wsinspect", list(arguments)) as context:
            return int(door.invoke(context) or 0)
    except InspectError as fault:
        for error in fault.errors:
            tell(error.message, error.hint, error.exit, colour, error.excerpt)
        return fault.exit
    except click.exceptions.Exit as leaving:
        if leaving.exit_code == Exit.OK and sys.stdout is None:
            # Help, which click has written nowhere.
            return tell("cannot write the output: it is closed", "", Exit.OUTPUT, colour)
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message() + "\n")
        return Exit.USAGE
    except click.UsageError as error:
        return tell(*usage(error), Exit.USAGE, colour)
    except click.ClickException as error:
        return tell(error.format_message(), "", Exit.USAGE, colour)
    except KeyboardInterrupt as stop:
        return stop.exit if isinstance(stop, Signalled) else Exit.SIGINT
    except BrokenPipeError:
        return Exit.SIGPIPE
    except Exception as fault:
        if isinstance(fault, OSError) and fault.errno in DISK_FULL:
            # Help is written by click.
            return tell(f"cannot write the output: {reason_of(fault)}", "", Exit.OUTPUT, colour)
        if (lack := lack_of(fault)) is not None:
            return tell(lack.message, lack.hint, lack.exit, colour)
        if "--debug" in arguments:
            import traceback

            from wsinspect.redact import redact_text

            say(redact_text(traceback.format_exc()))
        return tell(
            f"internal fault: {type(fault).__name__}: {fault}",
            "this is a fault of wsinspect; `wsinspect --debug ...` shows where",
            Exit.INTERNAL,
            colour,
        )


def colour_asked(arguments: list[str]) -> ColourMode:
    """Return the value of ``--color``, wherever it stands: an error may come before it is parsed."""
    for option, value in pairwise([*arguments, ""]):
        for mode in COLOUR_MODES:
            if option == f"--color={mode}" or (option == "--color" and value == mode):
                return mode
    return "auto"


def tell(message: str, hint: str, exit: Exit, colour: ColourMode = "auto", excerpt: tuple[str, ...] = ()) -> Exit:
    """Say an error, the place of the mistake and a hint on standard error; return the exit code."""
    from wsinspect.redact import redact_text
    from wsinspect.render.palette import palette
    from wsinspect.render.safe import neutral

    message = redact_text(message)
    style = palette(colour_of(sys.stderr, colour))
    text = f"{style.error}error:{style.reset} {neutral(message)}\n"
    text += "".join([f"{neutral(redact_text(line))}\n" for line in excerpt])
    if hint:
        text += f"{style.bold}hint:{style.reset} {neutral(hint)}\n"
    say(text)
    return exit


def usage(error: click.UsageError) -> tuple[str, str]:
    """Put click's complaint in our words: what is wrong, and a hint with the nearest name or the way to the help."""
    path = error.ctx.command_path if error.ctx else "wsinspect"
    hint = f"see `{path} --help`"
    if isinstance(error, click.exceptions.NoSuchOption):
        near = nearest(error.option_name, error.possibilities or _options(error.ctx))
        return f"no such option `{error.option_name}`", f"did you mean `{near}`?" if near else hint
    if isinstance(error, click.exceptions.NoSuchCommand):
        near = nearest(error.command_name, COMMANDS)
        return f"no such command `{error.command_name}`", f"did you mean `{near}`?" if near else hint
    message = error.format_message().rstrip(".")
    if message.startswith("Got unexpected extra argument"):
        # They are not repeated: mostly they are half of a header, and may be the secret half.
        return "there are more arguments than the command takes", "quote what holds spaces: -H 'Name: value'"
    return message[:1].lower() + message[1:], hint


def _options(ctx: click.Context | None) -> list[str]:
    return [name for parameter in ctx.command.params for name in parameter.opts] if ctx else []


def _flushed(status: Any) -> int:
    """Flush both streams before the process leaves; data that cannot be written any more changes the status."""
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except (OSError, ValueError):
        pass  # talk that nobody hears is no fault
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return int(status or Exit.SIGPIPE)
    except (OSError, ValueError):
        return int(status or Exit.OUTPUT)
    return int(status)
