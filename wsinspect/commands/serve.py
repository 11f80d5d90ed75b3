"""``wsinspect serve``: a small echo or demo server on loopback."""

import asyncio
import errno
import signal

import click

from wsinspect.clock import now
from wsinspect.errors import Exit, InspectError
from wsinspect.options import Size
from wsinspect.term.screen import put, reason_of, say


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

    stopped: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    def stop(exit: Exit) -> None:
        if not stopped.done():
            stopped.set_result(exit)

    # A server is there to be stopped: Ctrl-C and its kin are its good end.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop, Exit.OK)
    try:
        handler, echoing = (drain, lambda _: True) if mode == "echo" else (play, echoes)
        async with listening(handler, now, port=port, max_size=max_size, echoes=echoing) as url:
            put(url + "\n")
            say("● serving; Ctrl-C stops it\n")
            return await stopped
    except OSError as fault:
        hint = "another program has it; --port 0 takes a free one" if fault.errno == errno.EADDRINUSE else ""
        raise InspectError(
            f"cannot listen on port {port}: {reason_of(fault)}", hint=hint, exit=Exit.UNREACHABLE
        ) from None
