"""``wsinspect serve``: a small echo or demo server on loopback, or the server's side of a recording."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.events import Batch, Handshake
from wsinspect.options.recordings import connection_option
from wsinspect.options.replaying import speed_option
from wsinspect.options.values import Size
from wsinspect.render.safe import neutral
from wsinspect.term.screen import put, say
from wsinspect.term.signals import heeding

SWITCHING = 101

CLIENTS = 10_000
"""So many files we may have open, if the system lets us: many a shell allows 1,024, or 256."""

FULL = (errno.EMFILE, errno.ENFILE)


class Serving(NamedTuple):
    """What is served: ``handler`` gets each connection, ``echoes`` says at which paths messages are sent back;
    ``like`` is a recorded handshake that ours are to be like."""

    handler: Callable[[Any], Any]
    echoes: Callable[[str], bool]
    like: Handshake | None = None


def _refuse_elsewhere(_: click.Context, __: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise InspectError(
            "serve listens on loopback alone, 127.0.0.1",
            hint="from another machine, `ssh -L` leads there; or put a proxy in front that decides who may come",
        )


@click.command(
    epilog="Example:  wsinspect serve --echo --port 8080\n\n\b\n          wsinspect serve --replay session.ndjson"
)
@click.option("--echo", "mode", flag_value="echo", help="Send every data message back, at any path.")
@click.option("--demo", "mode", flag_value="demo", default=True, help="Play the demo: /, /echo, /1012 (default).")
@click.option(
    "--replay",
    "recording",
    type=click.Path(),
    metavar="FILE",
    help="Play the server's side of a recording to each client: a message leaves when the client has sent as many as "
    "it had by then, after its recorded pause.",
)
@speed_option
@connection_option
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--host",
    "--bind",
    "--listen",
    "--address",
    hidden=True,
    expose_value=False,
    metavar="ADDR",
    callback=_refuse_elsewhere,
)
@click.option("--max-size", type=Size(), default="16MiB", show_default=True, metavar="SIZE", help="Largest message.")
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    mode: str,
    recording: str | None,
    speed: float | None,
    connection: int | None,
    port: int,
    max_size: int | None,
) -> int:
    """Run a small echo or demo server on loopback, or play a recording.

    Its URL is printed on standard output. Pages of foreign origins are turned away. Ctrl-C ends it with exit code 0.

    With --replay every client is played to from the beginning, at any path. What it sends otherwise than in the
    recording is told on standard error.
    """  # fmt: skip
    if recording is None:
        for option, value in (("--speed", speed), ("--connection", connection)):
            if value is not None:
                raise click.UsageError(f"{option} belongs to --replay")
        return asyncio.run(_serve(_small(mode), port, max_size))
    if ctx.get_parameter_source("mode") is ParameterSource.COMMANDLINE:
        raise click.UsageError(f"--{mode} and --replay exclude each other")
    return asyncio.run(_serve(_replaying(recording, 1.0 if speed is None else speed, connection), port, max_size))


def _small(mode: str) -> Serving:
    from wsinspect.net.demo import drain, echoes, play

    return Serving(drain, lambda _: True) if mode == "echo" else Serving(play, echoes)


def _replaying(path: str, speed: float, connection: int | None) -> Serving:
    """Look at a recording, and make a stage of it; raises `InspectError` where there is nothing to play."""
    from wsinspect.recording_files import batches_of
    from wsinspect.replaying.feed import begun
    from wsinspect.replaying.serving import Stage

    if not os.path.isfile(path) and os.path.exists(path):
        raise InspectError(
            f"{shortened(path, 200)} is no file: it is read anew for each client", hint="save the recording to a file"
        )
    told: set[str] = set()

    def noted(note: str) -> None:
        if note not in told and len(told) < 20:
            told.add(note)
            say(f"● {neutral(note)}\n")

    def opened() -> Iterator[Batch]:
        return batches_of(path, noted, connection=connection)

    handshake, _, _ = begun(opened())
    if handshake.status not in (SWITCHING, 0):
        raise InspectError(f"the handshake was refused with {handshake.status}: there is nothing to play")
    return Serving(Stage(opened, speed, say).play, lambda _: False, handshake)


async def _serve(serving: Serving, port: int, max_size: int | None) -> int:
    from wsinspect.net.server import listening
    from wsinspect.open_files import room_for

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_Strays(room_for(CLIENTS)).heard)
    stopped: asyncio.Future[Exit] = loop.create_future()

    def stop(_: Exit) -> None:
        # A server is there to be stopped: Ctrl-C and its kin are its good end.
        if not stopped.done():
            stopped.set_result(Exit.OK)

    like = serving.like
    async with contextlib.AsyncExitStack() as running:
        # To the very end: a second Ctrl-C while clients are seen off changes nothing.
        running.enter_context(heeding(stop))
        listener = listening(
            serving.handler,
            now,
            port=port,
            max_size=max_size,
            echoes=serving.echoes,
            subprotocol=like.subprotocol if like is not None else None,
            compresses=like is None or not like.response or bool(like.extensions),
        )
        try:
            url = await running.enter_async_context(listener)
        except OSError as fault:
            raise _cannot_listen(port, fault.errno or 0) from None
        put(url + "\n")
        say("● serving; Ctrl-C stops it\n")
        return await stopped


class _Strays:
    """Hears what went wrong outside of a connection. Clients leave as they like, and that is no news; but one that
    cannot be let in is told of, once."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._told = False

    def heard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        if isinstance(fault, OSError) and fault.errno in FULL and not self._told:
            self._told = True
            say(
                f"● full: some {self._room:,} clients can be connected at once, and others wait until some have left; "
                "`ulimit -n` raises the limit of open files\n"
            )


def _cannot_listen(port: int, number: int) -> InspectError:
    hint = "another program has it; --port 0 takes a free one" if number == errno.EADDRINUSE else ""
    return InspectError(f"cannot listen on port {port}: {os.strerror(number)}", hint=hint, exit=Exit.UNREACHABLE)
