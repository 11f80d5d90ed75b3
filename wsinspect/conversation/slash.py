"""The commands of the prompt that send nothing: their table, their arguments, help, and completion. Runs none of them.

What sends is `compose`'s; both are listed together. Reads no file: the names of files are asked for.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from wsinspect import compose
from wsinspect.compose import Command
from wsinspect.durations import seconds_of
from wsinspect.errors import InspectError, nearest
from wsinspect.json_faults import json_fault
from wsinspect.render.cells import wrapped_words
from wsinspect.render.look import Look

COMMANDS = {
    "help": Command("", "list the commands and keys"),
    "repeat": Command("N [TIME]|off", "send the last message again, N times, one every second or TIME"),
    "filter": Command("[EXPR]", "show only what matches, as --where; nothing: all again"),
    "frames": Command("on|off", "show the frames themselves too"),
    "pause": Command("", "stop showing; all is counted and kept meanwhile"),
    "resume": Command("", "show what came meanwhile, at most 10,000 messages"),
    "save": Command("FILE", "write what was seen to a new file, as NDJSON"),
    "stats": Command("", "tell counts, bytes, rates and ping times"),
    "reconnect": Command("", "close the connection and open it again"),
    "quit": Command("", "close with 1000 and leave"),
}
"""The commands of the prompt alone, by name without the slash."""

SENDING = {name: command for name, command in compose.COMMANDS.items() if name not in ("wait", "sleep")}
"""Those of `compose` that a prompt takes: a person waits without being told to."""

ALL = SENDING | COMMANDS

KEYS = {
    "Enter": "send, also several lines",
    "Esc Enter": "begin a new line (or Alt-Enter)",
    "Tab": "complete a command or the name of a file",
    "Up, Ctrl-R": "what was typed before; search in it",
    "Ctrl-C": "clear the line; on an empty one: stop repeating, or close and leave (exit 130)",
    "Ctrl-D": "on an empty line: close with 1000 and leave (exit 0)",
}

FIRST_COLUMN = 26
"""Columns of the help before what a command does."""

TAKE_FILES = ("save",)
"""Commands whose argument is the name of a file, without @."""


class Slash(NamedTuple):
    """A command of ours, taken apart."""

    name: str
    rest: str


class Repeat(NamedTuple):
    """So many times, so far apart."""

    times: int
    every_s: float


class Choice(NamedTuple):
    """One way to go on: ``text`` replaces the last ``typed`` characters."""

    text: str
    typed: int
    shown: str
    help: str = ""


def slash(text: str) -> Slash | None:
    """Return a command of the prompt's own; None where ``text`` is for `compose`.

    Raises:
        InspectError: it is a command that nobody knows, or not for a prompt.
    """
    if not text.startswith("/") or text.startswith("//"):
        return None
    word, _, rest = text[1:].partition(" ")
    if word in COMMANDS:
        if not COMMANDS[word].usage and rest.strip():
            raise InspectError(f"/{word} takes nothing behind it", hint="//text sends a text that begins with a slash")
        return Slash(word, rest.strip())
    if word in SENDING:
        return None
    if word in compose.COMMANDS:
        raise InspectError(f"/{word} is for scripts, not for a prompt", hint="give it to --send")
    near = nearest(word.lower(), ALL)
    hint = f"did you mean /{near}?" if near else "/help lists the commands."
    raise InspectError("there is no such command", hint=f"{hint} To send a text that begins with a slash, write //")


def repeat_of(rest: str) -> Repeat | None:
    """Return what ``/repeat`` is to do, None for ``off``; raises `InspectError`."""
    words = [word for word in rest.split() if word != "every"]
    if words == ["off"]:
        return None
    every_s = seconds_of(words[1]) if len(words) == 2 else 1.0
    number = words[0] if words and words[0].isascii() and words[0].isdecimal() and len(words[0]) < 10 else "0"
    if not 1 <= len(words) <= 2 or not int(number) or every_s is None:
        raise InspectError("/repeat takes a number of times, and how far apart", hint="write /repeat 10 500ms")
    return Repeat(int(number), every_s)


def on_or_off(rest: str) -> bool:
    """Return whether it is to be on; raises `InspectError`."""
    if rest not in ("on", "off"):
        raise InspectError("/frames takes on or off")
    return rest == "on"


def json_objection(text: str) -> tuple[str, int] | None:
    """Return why a text that looks like JSON is none, and where in it; None where it is, or looks like something else.

    Only objects and lists are looked at: a text may begin like a number and be none.
    """
    if not text.lstrip().startswith(("{", "[")):
        return None
    fault = json_fault(text)
    if fault is None or not fault.line:
        return None
    before = text.split("\n")[: fault.line - 1]
    return f"not JSON: {fault}", sum(len(line) + 1 for line in before) + fault.column - 1


def choices(before: str, files: Callable[[str], Iterable[str]]) -> Iterator[Choice]:
    """Yield how what stands before the cursor can go on: a command's name, what it takes, or the name of a file."""
    word, space, rest = before.partition(" ")
    if before.startswith("/") and not before.startswith("//"):
        if not space:
            for name, command in sorted(ALL.items()):
                if f"/{name}".startswith(word):
                    yield Choice(f"/{name}", len(word), f"/{name} {command.usage}".rstrip(), command.help)
            return
        if word == "/frames" or (word == "/repeat" and rest[:1] == "o"):
            known = {"on": "show frames", "off": "no more"} if word == "/frames" else {"off": "stop repeating"}
            yield from [Choice(name, len(rest), name, help) for name, help in known.items() if name.startswith(rest)]
            return
        if word[1:] in TAKE_FILES:
            yield from _paths(rest, files)
            return
        before = rest
    if before.startswith("@") and not before.startswith("@@"):
        yield from _paths(before[1:], files)


def _paths(typed: str, files: Callable[[str], Iterable[str]]) -> Iterator[Choice]:
    for path in files(typed):
        yield Choice(path, len(typed), path.rstrip("/").rpartition("/")[2] + "/" * path.endswith("/"))


def help_text(look: Look) -> str:
    """Return the list of commands and keys, to be shown above the prompt."""
    rows = [(f"/{name} {command.usage}".rstrip(), command.help) for name, command in ALL.items()]
    rows.append(("//text", "send a text that begins with a slash"))
    rows.append(("@FILE", "send what a file holds; hex:..., base64:... and text:... as they say"))
    return "".join([*_rows(rows, look), "\n", *_rows(list(KEYS.items()), look)])


def _rows(rows: list[tuple[str, str]], look: Look) -> Iterator[str]:
    """Yield lines of two columns, the second wrapped; below each other where the first is long."""
    style = look.palette
    room = max((look.width or 80) - FIRST_COLUMN - 1, 20)
    for name, help in rows:
        first, *others = wrapped_words(help, room)
        if len(name) + 4 > FIRST_COLUMN:
            others.insert(0, first)
            first = ""
        yield f"  {style.bold}{name}{style.reset}{' ' * max(FIRST_COLUMN - 2 - len(name), 0)}{first}".rstrip() + "\n"
        yield from [f"{' ' * FIRST_COLUMN}{line}\n" for line in others]
