"""A server that greets nobody before COUNT clients are there: `python -m tests.soak.barrier COUNT`. Then it echoes.

Clients come over loopback and send small frames. Its port is printed first; it ends when its standard input does.
"""

import asyncio
import resource
import sys
import threading

from tests.bench.sender import answer, leave_in_time
from wsinspect.wire.frames import CLOSE, TEXT, apply_mask, write_frame

GREETING = write_frame(b"all are here", TEXT)


async def main(count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    everybody = asyncio.Event()
    here = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal here
        try:
            writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
            here += 1
            if here >= count:
                everybody.set()
            await everybody.wait()
            writer.write(GREETING)
            while True:
                first, second = await reader.readexactly(2)
                key = await reader.readexactly(4)
                payload = apply_mask(await reader.readexactly(second & 0x7F), key)
                writer.write(write_frame(payload, first & 0x0F))
                if first & 0x0F == CLOSE:
                    break
        except (OSError, EOFError):
            pass  # clients leave as they like
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    threading.Thread(target=leave_in_time, daemon=True).start()
    asyncio.run(main(int(sys.argv[1])))
