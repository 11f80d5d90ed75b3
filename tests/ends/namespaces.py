"""Networks that the tests make themselves: two namespaces with a cable between them, which can be pulled.

They live as long as two sleeping processes do, so that nothing of them is left. Needs Linux, root, and `ip`.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.servers import BOUND_S, Peer, Step, accepting, perform

Got = TypeVar("Got")

NEAR, FAR = "10.213.77.1", "10.213.77.2"
PORT = 8080
CLONE_NEWNET = 0x40000000


def lacking() -> str:
    """Return why there can be no namespace here; empty where there can."""
    if not sys.platform.startswith("linux"):
        return "namespaces are Linux's"
    for tool in ("ip", "unshare", "nsenter"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    try:
        tried = subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], capture_output=True, timeout=BOUND_S)
    except OSError as fault:
        return str(fault)
    return "" if tried.returncode == 0 else "a network namespace cannot be made here (are we root?)"


class Net:
    """A network namespace; ``inside`` begins the command line of what is to run in it."""

    def __init__(self, holder: "subprocess.Popen[bytes]") -> None:
        self.pid = holder.pid

    @property
    def inside(self) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-n"]

    def ip(self, *arguments: str) -> None:
        subprocess.run([*self.inside, "ip", *arguments], check=True, capture_output=True, timeout=BOUND_S)

    def do(self, work: Callable[[], Got]) -> Got:
        """Do something in it, in a thread that ends with it; a socket that is made there stays there."""

        def entered() -> Got:
            libc = ctypes.CDLL(None, use_errno=True)
            descriptor = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
            try:
                if libc.setns(descriptor, CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(descriptor)
            return work()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(entered).result()


@contextlib.contextmanager
def alone() -> Iterator[Net]:
    """A network with nothing but itself in it."""
    holder = subprocess.Popen(
        ["unshare", "-n", "sh", "-c", "ip link set lo up && echo there && exec sleep 300"], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"there\n"
        yield Net(holder)
    finally:
        holder.kill()
        holder.communicate()


class Cable:
    """What connects ``near`` with ``far``."""

    def __init__(self, near: Net, far: Net) -> None:
        self.near = near
        self.far = far
        near.ip("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", str(far.pid))
        for net, address in ((near, NEAR), (far, FAR)):
            net.ip("addr", "add", f"{address}/24", "dev", "cable")
            net.ip("link", "set", "cable", "up")

    def pull(self) -> None:
        """Take the link down at its far end: nothing goes through, and nobody is told."""
        self.far.ip("link", "set", "cable", "down")

    def plug(self) -> None:
        self.far.ip("link", "set", "cable", "up")


@contextlib.contextmanager
def cabled() -> Iterator[Cable]:
    with alone() as near, alone() as far:
        yield Cable(near, far)


@contextlib.contextmanager
def serving_far(net: Net, *script: Step) -> Iterator[list[Peer]]:
    """Run a script for every connection to `FAR`; yields who came."""
    listener = net.do(lambda: socket.create_server((FAR, PORT)))
    over = threading.Event()
    peers: list[Peer] = []

    def serve(sock: socket.socket) -> None:
        peers.append(Peer(sock, over))
        with contextlib.suppress(OSError), sock:
            perform(peers[-1], script)

    with accepting(listener, serve, over):
        yield peers
