"""``wsinspect serve``: a small echo or demo server on loopback."""

import asyncio
import contextlib
import errno
import os

import click

from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError
from wsinspect.options.values import Size
from wsinspect.term.screen import put, say
from wsinspect.term.signals import heeding


@click.command(epilog="Example:  wsinspect serve --echo --port 8080")
@click.option("--echo", "mode", flag_value="echo", help="Send every data message back, at any path.")
@click.option("--demo", "mode", flag_value="demo", default=True, help="Play the demo: /, /echo, /1012 (default).")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--max-size", type=Size(), default="16MiB", show_default=True, metavar="SIZE", help="Largest message.")
def serve(mode: str, port: int, max_size: int | None) -> int:
    """Run a small echo or demo server on loopback.

    Its URL is printed on standard output. Pages of foreign origins are turned away. Ctrl-C ends it with exit code 0.
    """
    return asyncio.run(_serve(mode, port, max_size))


async def _serve(mode: str, port: int, max_size: int | None) -> int:
    from wsinspect.net.demo import drain, echoes, play
    from wsinspect.net.server import listening

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: None)  # clients leave as they like, and that is no news
    stopped: asyncio.Future[Exit] = loop.create_future()

    def stop(_: Exit) -> None:
        # A server is there to be stopped: Ctrl-C and its kin are its good end.
        if not stopped.done():
            stopped.set_result(Exit.OK)

    handler, echoing = (drain, lambda _: True) if mode == "echo" else (play, echoes)
    async with contextlib.AsyncExitStack() as serving:
        # To the very end: a second Ctrl-C while clients are seen off changes nothing.
        serving.enter_context(heeding(stop))
        listener = listening(handler, now, port=port, max_size=max_size, echoes=echoing)
        try:
            url = await serving.enter_async_context(listener)
        except OSError as fault:
            raise _cannot_listen(port, fault.errno or 0) from None
        put(url + "\n")
        say("● serving; Ctrl-C stops it\n")
        return await stopped


def _cannot_listen(port: int, number: int) -> InspectError:
    hint = "another program has it; --port 0 takes a free one" if number == errno.EADDRINUSE else ""
    return InspectError(f"cannot listen on port {port}: {os.strerror(number)}", hint=hint, exit=Exit.UNREACHABLE)
