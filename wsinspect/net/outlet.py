"""The local network interface that a connection leaves by: one of its addresses, or its name. Knows no server."""

import errno
import socket
import struct
import sys

from wsinspect.errors import Exit, InspectError, nearest
from wsinspect.net.dial import FAMILIES, Bind

MAC_BOUND_IF = {socket.AF_INET: (socket.IPPROTO_IP, 25), socket.AF_INET6: (socket.IPPROTO_IPV6, 125)}
"""IP_BOUND_IF and IPV6_BOUND_IF of macOS, which Python does not name."""

GET_ADDRESS = {"linux": 0x8915}
BSD_GET_ADDRESS = 0xC0206921
"""SIOCGIFADDR, which asks the system for an interface's IPv4 address."""


def family_of(interface: str, wanted: int) -> int:
    """Return the family that an interface given by its address leaves; raises `InspectError` if it is not wanted."""
    bound = _numeric(interface)
    if bound is None:
        return wanted
    if wanted not in (0, bound[0]):
        raise InspectError(
            f"the interface is given by the {FAMILIES[bound[0]]} address {interface}, "
            f"where {FAMILIES[wanted]} is wanted",
            hint="name the interface, or one of its other addresses",
        )
    return bound[0]


def binder(interface: str) -> Bind:
    """Return what ties a socket to an interface, given by name or address; it and this raise `InspectError`."""
    bound = _numeric(interface)
    if bound is not None:
        return lambda sock: _bind_address(sock, interface, bound[1])
    try:
        index = socket.if_nametoindex(interface)
    except (OSError, ValueError):
        raise _unknown(interface) from None
    return lambda sock: _bind_name(sock, interface, index)


def _numeric(interface: str) -> tuple[int, tuple[str | int, ...]] | None:
    try:
        found = socket.getaddrinfo(
            interface.strip("[]"), 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST | socket.AI_PASSIVE
        )
    except (socket.gaierror, ValueError):
        return None
    # An empty name would be any address.
    return (int(found[0][0]), found[0][4]) if interface else None  # type: ignore[return-value]


def _unknown(interface: str) -> InspectError:
    known = [name for _, name in socket.if_nameindex()]
    near = nearest(interface, known)
    hint = f"did you mean `{near}`?" if near else f"here are: {', '.join(known)}"
    return InspectError(f"there is no network interface `{interface}`", hint=hint, exit=Exit.UNREACHABLE)


def _bind_address(sock: socket.socket, interface: str, address: tuple[str | int, ...]) -> None:
    try:
        sock.bind(address)
    except OSError as fault:
        if fault.errno == errno.EADDRNOTAVAIL:
            message, hint = f"no network interface here has the address {interface}", "`ip address` lists them"
        else:
            message, hint = f"cannot use the local address {interface}: {_reason(fault)}", ""
        raise InspectError(message, hint=hint, exit=Exit.UNREACHABLE) from fault


def _bind_name(sock: socket.socket, interface: str, index: int) -> None:
    try:
        if hasattr(socket, "SO_BINDTODEVICE"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
            return
        if sys.platform == "darwin":
            sock.setsockopt(*MAC_BOUND_IF[sock.family], struct.pack("@I", index))
            return
        fault = OSError(errno.EOPNOTSUPP, "not supported by this system")
    except OSError as raised:
        fault = raised
    # What may not choose the interface may still choose its address.
    address = _ipv4_address(interface) if sock.family == socket.AF_INET else None
    if address is not None:
        _bind_address(sock, address, (address, 0))
        return
    why = "no permission" if isinstance(fault, PermissionError) else _reason(fault)
    raise InspectError(
        f"cannot bind to the network interface `{interface}`: {why}",
        hint="give one of its addresses instead of its name",
        exit=Exit.UNREACHABLE,
    ) from fault


def _ipv4_address(interface: str) -> str | None:
    """Ask the system for an interface's address; None where it has none, or the system knows no such question."""
    try:
        import fcntl
    except ImportError:
        return None
    request = struct.pack("256s", interface.encode()[:15])
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            answer = fcntl.ioctl(sock.fileno(), GET_ADDRESS.get(sys.platform, BSD_GET_ADDRESS), request)
    except OSError:
        return None
    return socket.inet_ntoa(answer[20:24])


def _reason(fault: OSError) -> str:
    return (fault.strerror or str(fault)).lower()
