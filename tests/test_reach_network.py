"""The way to a server as the options of the section "Network and proxy" want it, through real sockets and proxies."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from tests.certificates import authority, server_context
from tests.proxies import Between, between, http_proxy, loopback, relaying, socks_proxy, unix_listener
from tests.servers import Peer, Served, answer, close, environment, open_, serving, text, together
from wsinspect.clock import now
from wsinspect.connecting import Connecting, Network, Tls
from wsinspect.errors import Exit, InspectError
from wsinspect.events import Handshake
from wsinspect.net.dial import dial, numeric
from wsinspect.net.opening import open_session
from wsinspect.net.outlet import _bind_name, binder
from wsinspect.options.network import network_of, network_options
from wsinspect.target import parse_target
from wsinspect.vocabulary import WSMsgType

GOOD = [open_, text("hi"), close(1000), Peer.until_close]
NAME = "elsewhere.example"
HOSTS = {NAME: "127.0.0.1"}

needs_socks = pytest.mark.skipif(find_spec("python_socks") is None, reason="python-socks is missing: the extra `socks`")


def network(*arguments: str, env: dict[str, str] | None = None) -> Network:
    """Return what options and an environment make; raises click's errors."""

    @click.command()
    @network_options
    def command(**given: Any) -> Network:
        return network_of(given, env or {})

    result = command.main(list(arguments), standalone_mode=False)
    assert isinstance(result, Network)
    return result


class Talked(NamedTuple):
    handshake: Handshake
    addresses: tuple[str, ...]
    texts: list[bytes]

    @property
    def steps(self) -> list[tuple[str, str]]:
        return [(step.name, step.detail) for step in self.handshake.steps]


def talk(url: str, *arguments: str, env: dict[str, str] | None = None, **more: Any) -> Talked:
    """Open a connection, and follow it to its end."""
    if url.startswith("wss:"):
        more.setdefault("tls", Tls(authorities=authority()))
    network_ = more.pop("network", None) or network(*arguments, env=env)

    async def attempt() -> Talked:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        session = await open_session(Connecting(parse_target(url), network=network_, **more), now)
        texts = [row[1] async for batch in session.batches() for row in batch.rows if row[0] == WSMsgType.TEXT]
        return Talked(session.handshake, session.addresses, texts)

    return asyncio.run(asyncio.wait_for(attempt(), 15))


def failure(url: str, *arguments: str, **more: Any) -> InspectError:
    with pytest.raises(InspectError) as caught:
        talk(url, *arguments, **more)
    return caught.value


def at(served: Served, host: str = NAME, scheme: str = "") -> str:
    return f"{scheme or served.url.partition(':')[0]}://{host}:{served.port}/"


@pytest.fixture(scope="module")
def plain() -> Iterator[Served]:
    with serving(*GOOD) as served:
        yield served


@pytest.fixture(scope="module")
def secure() -> Iterator[Served]:
    """A server with a certificate for `NAME`."""
    with serving(*GOOD, tls=server_context("other-name")) as served:
        yield served


@pytest.fixture(params=["ws", "wss"])
def server(request: pytest.FixtureRequest) -> Served:
    return request.getfixturevalue("plain" if request.param == "ws" else "secure")  # type: ignore[no-any-return]


# Addresses.


def test_pinned_name(server: Served) -> None:
    """A name that no resolver knows; TLS is held against the name."""
    talked = talk(at(server), "--resolve", f"{NAME}:{server.port}:127.0.0.1")
    assert talked.texts == [b"hi"]
    assert talked.steps[:2] == [("resolve", "127.0.0.1 (pinned)"), ("connect", f"127.0.0.1:{server.port}")]
    assert talked.addresses == ("127.0.0.1",)
    assert talked.handshake.address == f"127.0.0.1:{server.port}"
    host = dict(talked.handshake.request)["Host"]
    assert host == f"{NAME}:{server.port}"


def test_pinned_name_of_another_certificate(secure: Served) -> None:
    error = failure(at(secure, "other.example"), "--resolve", f"other.example:{secure.port}:127.0.0.1")
    assert error.exit == Exit.TLS
    assert f"certificate of `other.example` port {secure.port} is not trusted" in error.message


def test_all_names_pinned(plain: Served) -> None:
    assert talk(at(plain, "any.example"), "--resolve", f"*:{plain.port}:127.0.0.1").texts == [b"hi"]


def test_pin_of_another_port_does_not_count(plain: Served) -> None:
    error = failure(f"ws://x.invalid:{plain.port}/", "--resolve", "x.invalid:1:127.0.0.1")
    assert "cannot resolve `x.invalid`" in error.message


def test_next_pinned_address_is_tried(plain: Served) -> None:
    talked = talk(at(plain), "--resolve", f"{NAME}:{plain.port}:127.9.9.9,127.0.0.1")
    assert talked.steps[:2] == [("resolve", "127.9.9.9, 127.0.0.1 (pinned)"), ("connect", f"127.0.0.1:{plain.port}")]
    assert talked.addresses == ("127.9.9.9", "127.0.0.1")


def test_addresses_that_refuse_are_told() -> None:
    with loopback() as closed:
        port = closed.getsockname()[1]
    pin = f"{NAME}:{port}:127.0.0.1,127.0.0.2,255.255.255.255"
    error = failure(f"ws://{NAME}:{port}/", "--resolve", pin)
    assert error.message == f"`{NAME}` port {port} (127.0.0.1, 127.0.0.2) refused the connection"
    assert error.exit == Exit.UNREACHABLE


def test_the_systems_words_are_kept() -> None:
    """asyncio replaces them with the address."""
    with pytest.raises(OSError) as caught:
        asyncio.run(dial(numeric("255.255.255.255", 9, 0)))
    assert caught.value.filename == "255.255.255.255"
    assert caught.value.strerror == os.strerror(caught.value.errno or 0)


def test_avoided_address(plain: Served) -> None:
    wanted = network("--resolve", f"{NAME}:{plain.port}:127.0.0.1,127.0.0.2")
    with relaying(loopback("127.0.0.2", plain.port), plain.port) as other:
        talked = talk(at(plain), network=wanted._replace(avoid=frozenset({"127.0.0.1"})))
        assert talked.handshake.address == f"127.0.0.2:{plain.port}"
        assert talked.addresses == ("127.0.0.1", "127.0.0.2")
        assert other.came == 1
    both = frozenset({"127.0.0.1", "127.0.0.2"})
    assert talk(at(plain), network=wanted._replace(avoid=both)).handshake.address == f"127.0.0.1:{plain.port}"


def has_ipv6() -> bool:
    try:
        loopback("::1").close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@needs_ipv6
@pytest.mark.parametrize(
    ("option", "address"), [("-4", "127.0.0.1"), ("--ipv4", "127.0.0.1"), ("-6", "::1"), ("--ipv6", "::1")]
)
def test_family(option: str, address: str, plain: Served) -> None:
    with relaying(loopback("::1", plain.port), plain.port) as six:
        # The other one stands first, so that it would be taken.
        first = "127.0.0.1" if address == "::1" else "[::1]"
        pin = f"{NAME}:{plain.port}:{first},{address}"
        talked = talk(at(plain), option, "--resolve", pin)
        assert six.came == (1 if address == "::1" else 0)
    assert talked.addresses == (address,)
    assert talked.steps[0] == ("resolve", f"{address} (pinned)")
    shown = "[::1]" if address == "::1" else address
    assert talked.handshake.address == f"{shown}:{plain.port}"


@pytest.mark.parametrize(
    ("option", "host", "wanted"), [("-6", "127.0.0.1", "IPv6"), ("-4", "[::1]", "IPv4"), ("-6", NAME, "IPv6")]
)
def test_family_that_a_host_has_not(option: str, host: str, wanted: str, plain: Served) -> None:
    error = failure(at(plain, host), option, "--resolve", f"{NAME}:{plain.port}:127.0.0.1")
    assert error.message == f"`{host.strip('[]')}` has no {wanted} address"
    assert error.exit == Exit.UNREACHABLE


# The local end.


def interface() -> str:
    """Return the name of the loopback interface."""
    names = [name for _, name in socket.if_nameindex()]
    return next((name for name in ("lo", "lo0") if name in names), names[0])


def test_interface_by_address(plain: Served) -> None:
    """What it is bound to is seen by the server."""
    seen: list[str] = []

    def note(sock: socket.socket, proxy: Between) -> socket.socket:
        seen.append(sock.getpeername()[0])
        return socket.create_connection(("127.0.0.1", plain.port))

    local = "127.0.0.5" if sys.platform == "linux" else "127.0.0.1"
    with between(loopback(), note) as relay:
        for given in (local, "127.0.0.1"):
            assert talk(f"ws://127.0.0.1:{relay.port}/", "--interface", given).texts == [b"hi"]
    assert seen == [local, "127.0.0.1"]


def test_interface_by_name(server: Served) -> None:
    pin = f"{NAME}:{server.port}:127.0.0.1"
    assert talk(at(server), "--interface", interface(), "--resolve", pin).texts == [b"hi"]


def test_interface_by_address_leaves_out_the_other_family(plain: Served) -> None:
    pin = f"{NAME}:{plain.port}:[::1],127.0.0.1"
    talked = talk(at(plain), "--interface", "127.0.0.1", "--resolve", pin)
    assert talked.addresses == ("127.0.0.1",)
    error = failure(at(plain, "[::1]"), "--interface", "127.0.0.1")
    assert error.message == "`::1` has no IPv4 address"


INTERFACES = [
    ("nosuch0", "there is no network interface `nosuch0`", "here are: "),
    ("", "there is no network interface ``", "here are: "),
    ("192.0.2.1", "no network interface here has the address 192.0.2.1", "ip address"),
]


@pytest.mark.parametrize(("given", "message", "hint"), INTERFACES)
def test_interface_that_is_none(given: str, message: str, hint: str, plain: Served) -> None:
    error = failure(plain.url, "--interface", given)
    assert (error.message, error.exit) == (message, Exit.UNREACHABLE)
    assert hint in error.hint


def test_interface_against_family(plain: Served) -> None:
    error = failure(plain.url, "-6", "--interface", "127.0.0.1")
    assert "the IPv4 address 127.0.0.1, where IPv6 is wanted" in error.message


class Forbidding(socket.socket):
    """A socket of a system that lets nobody choose the interface."""

    def setsockopt(self, *_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")


def test_interface_without_permission() -> None:
    """Where it may not be chosen by name, its address is; IPv6 has no such question to the system."""
    name = interface()
    with Forbidding(socket.AF_INET) as four:
        binder(name)(four)
        assert four.getsockname()[0] == "127.0.0.1"
    with Forbidding(socket.AF_INET6) as six, pytest.raises(InspectError) as caught:
        _bind_name(six, name, 1)
    assert caught.value.message == f"cannot bind to the network interface `{name}`: no permission"


# Unix sockets.


def test_unix_socket(server: Served, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with relaying(unix_listener(path), server.port):
        talked = talk(at(server) + "x?y", "--unix-socket", str(path), env={"ALL_PROXY": "http://127.0.0.1:1"})
    assert talked.texts == [b"hi"]
    assert talked.steps[0] == ("connect", str(path))
    assert [name for name, _ in talked.steps] == ["connect", *(["tls"] if "wss" in server.url else []), "upgrade"]
    assert talked.handshake.address == f"unix:{path}"
    assert dict(talked.handshake.request)["Host"] == f"{NAME}:{server.port}"
    assert talked.handshake.resource == "/x?y"


@pytest.mark.skipif(sys.platform != "linux", reason="abstract unix sockets are Linux'")
def test_abstract_unix_socket(plain: Served) -> None:
    name = f"wsinspect-test-{os.getpid()}"
    with relaying(unix_listener(f"\0{name}"), plain.port):
        assert talk("ws://localhost/", "--unix-socket", f"@{name}").texts == [b"hi"]


def test_unix_sockets_that_are_none(tmp_path: Path) -> None:
    unix_listener(tmp_path / "deserted").close()
    (tmp_path / "file").touch()
    cases = [
        ("nothing", "there is no unix socket at `{path}`"),
        ("file", "`{path}` is not a socket"),
        ("", "`{path}` is not a socket"),
        ("deserted", "nothing listens on the unix socket `{path}`"),
        ("file/x", "cannot connect to the unix socket `{path}`: not a directory"),
        ("x" * 200, "cannot connect to the unix socket `{path}`: af_unix path too long"),
    ]
    for name, message in cases:
        path = str(tmp_path / name)
        error = failure("ws://localhost/", "--unix-socket", path)
        assert (error.message, error.exit) == (message.format(path=path), Exit.UNREACHABLE)


def test_unix_socket_whose_queue_is_full(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
        listener.bind(str(path))
        listener.listen(0)
        waiting.connect(str(path))
        error = failure("ws://localhost/", "--unix-socket", str(path), open_timeout_s=0.3)
    assert error.exit == Exit.TIMEOUT


# HTTP proxies.


def test_http_proxy(server: Served) -> None:
    """Plain connections take CONNECT, too; the name is the proxy's to resolve."""
    with http_proxy(hosts=HOSTS) as proxy:
        talked = talk(at(server), "-x", f"127.0.0.1:{proxy.port}")
    assert talked.texts == [b"hi"]
    tls = ["tls"] if "wss" in server.url else []
    assert [name for name, _ in talked.steps] == ["resolve", "connect", "proxy", *tls, "upgrade"]
    assert talked.steps[:3] == [
        ("resolve", "127.0.0.1 (127.0.0.1)"),
        ("connect", f"127.0.0.1:{proxy.port}"),
        ("proxy", f"http://127.0.0.1:{proxy.port}"),
    ]
    assert talked.handshake.address == f"{NAME}:{server.port}"
    assert talked.addresses == ()
    lines = proxy.asked[0].head.split("\r\n")
    assert lines[:2] == [f"CONNECT {NAME}:{server.port} HTTP/1.1", f"Host: {NAME}:{server.port}"]
    assert not any(line.startswith("Proxy-Authorization") for line in lines)


def test_http_proxy_with_credentials(server: Served) -> None:
    with http_proxy(hosts=HOSTS, login="m@e:p:w/") as proxy:
        talked = talk(at(server), "--proxy", proxy.url("m%40e:p%3Aw%2F"))
    assert talked.texts == [b"hi"]
    assert proxy.asked[0].login == "m@e:p:w/"
    assert "p%3Aw" not in repr(talked.steps)


def test_http_proxy_for_an_ipv6_address() -> None:
    with http_proxy() as proxy:
        failure("ws://[::1]:1/", "-x", proxy.url())
    assert proxy.asked[0].head.startswith("CONNECT [::1]:1 HTTP/1.1\r\nHost: [::1]:1\r\n")


def test_loopback_goes_through_a_proxy_that_was_asked_for(plain: Served) -> None:
    """So that a debugging proxy sees it; the environment's does not."""
    with http_proxy() as proxy:
        assert talk(plain.url, "-x", proxy.url()).texts == [b"hi"]
        assert talk(plain.url, env={"ALL_PROXY": proxy.url()}).texts == [b"hi"]
        assert talk(plain.url, "-x", proxy.url(), "--noproxy", "127.0.0.0/8").texts == [b"hi"]
        assert proxy.came == 1


def test_pinned_name_behind_a_proxy(server: Served) -> None:
    """The proxy is asked for the address, the server for the name."""
    with http_proxy() as proxy:
        talked = talk(at(server), "-x", proxy.url(), "--resolve", f"{NAME}:{server.port}:127.0.0.1")
    assert talked.texts == [b"hi"]
    assert proxy.asked[0].host == "127.0.0.1"
    assert talked.steps[1] == ("resolve", "127.0.0.1 (pinned)")
    assert talked.addresses == ("127.0.0.1",)
    assert dict(talked.handshake.request)["Host"] == f"{NAME}:{server.port}"


@needs_socks
def test_next_address_behind_a_proxy(plain: Served) -> None:
    pin = f"{NAME}:{plain.port}:127.9.9.9,127.0.0.1"
    for run in (http_proxy, socks_proxy):
        with run() as proxy:
            talked = talk(at(plain), "-x", proxy.url(), "--resolve", pin)
            assert [asked.host for asked in proxy.asked] == ["127.9.9.9", "127.0.0.1"]
            assert talked.handshake.address == f"127.0.0.1:{plain.port}"


def test_pinned_proxy(plain: Served) -> None:
    with http_proxy() as proxy:
        pin = f"proxy.example:{proxy.port}:127.0.0.1"
        talked = talk(plain.url, "-x", proxy.url(host="proxy.example"), "--resolve", pin)
    assert talked.steps[0] == ("resolve", "127.0.0.1 (proxy.example, pinned)")


@needs_ipv6
def test_family_and_interface_of_the_way_to_a_proxy(plain: Served) -> None:
    with http_proxy(host="::1") as proxy:
        pin = f"proxy.example:{proxy.port}:127.0.0.1,[::1]"
        url = proxy.url(host="proxy.example")
        assert talk(plain.url, "-6", "-x", url, "--resolve", pin).texts == [b"hi"]
        assert talk(plain.url, "--interface", "::1", "-x", url, "--resolve", pin).texts == [b"hi"]
        assert talk(plain.url, "--interface", interface(), "-x", proxy.url(host="[::1]")).texts == [b"hi"]
        assert proxy.came == 3


@pytest.mark.parametrize(
    ("names", "used"),
    [
        (("http_proxy",), "ws"),
        (("HTTP_PROXY",), "ws"),
        (("ws_proxy",), "ws"),
        (("all_proxy",), "both"),
        (("ALL_PROXY",), "both"),
        (("https_proxy",), "wss"),
        (("HTTPS_PROXY",), "wss"),
        (("wss_proxy",), "wss"),
        (("ALL_PROXY", "NO_PROXY"), "none"),
        (("ALL_PROXY", "no_proxy"), "none"),
    ],
)
def test_environment(names: tuple[str, ...], used: str, plain: Served, secure: Served) -> None:
    with http_proxy(hosts=HOSTS) as proxy:
        env = {name: "example" if name.lower() == "no_proxy" else proxy.url() for name in names}
        for served, scheme in ((plain, "ws"), (secure, "wss")):
            # An address that leads here, but is none of loopback.
            pin = ("--resolve", f"{NAME}:{served.port}:0.0.0.0")
            before = proxy.came
            for arguments in ((), ("-x", ""), ("--noproxy", "*"), ("--noproxy", "a,.example")):
                assert talk(at(served), *pin, *arguments, env=env).texts == [b"hi"]
            assert proxy.came - before == (used in (scheme, "both"))
            assert talk(at(served), *pin, "--noproxy", "", env=env).texts == [b"hi"]
            assert proxy.came - before == 2 * (used in (scheme, "both")) + (used == "none")


def test_bad_proxy_in_the_environment() -> None:
    error = failure("ws://x.invalid/", env={"HTTP_PROXY": "http://me:hunter2@:x"})
    assert error.exit == Exit.USAGE
    assert error.message.startswith("HTTP_PROXY: `")
    assert "hunter2" not in error.message + error.hint


# What a proxy answers; what is said; what is hinted at.
PROXY_ANSWERS: list[tuple[str, list[Any], str, str]] = [
    ("403", [answer("403 Forbidden")], "answered 403 Forbidden when asked to connect to x.invalid:80", "rules"),
    ("404", [answer("404 Not Found")], "answered 404 Not Found", "web server"),
    ("405", [answer("405 No")], "answered 405 No", "does not know CONNECT"),
    ("502", [answer("502 Bad Gateway", b"", "X-Squid-Error: ERR_DNS_FAIL 0")], "502", "X-Squid-Error: ERR_DNS_FAIL 0"),
    ("503", [answer("503 No", b"", "Proxy-Status: p; error=dns_error")], "503", "error=dns_error"),
    ("504", [answer("504 Gateway Timeout")], "504", "waited in vain"),
    ("418", [answer("418 Teapot")], "418 Teapot", "log"),
    ("101", [answer("101 Switching")], "answered 101 Switching", ""),
    ("302", [answer("302")], "answered 302 without a reason", ""),
    ("long", [answer("403 " + "x" * 5000)], "x" * 200 + "… 4,800 more characters when", ""),
    ("interim", [answer("103 Hints", length=False), answer("403 No")], "answered 403 No", ""),
    ("bare LF", [b"HTTP/1.0 403 No\nA: b\n\n"], "answered 403 No", "rules"),
    (
        "SSH",
        [b"SSH-2.0-OpenSSH_9.6\r\n", Peer.absorb],
        "does not speak HTTP; its answer begins `SSH-2.0-OpenSSH_9.6`",
        "",
    ),
    ("SOCKS", [b"\x05\xff", Peer.absorb], "does not speak HTTP; its answer begins 05 ff", "socks5h://"),
    ("TLS", [b"\x15\x03\x01\x00\x02\x02\x46", Peer.absorb], "speaks TLS", "https://127.0.0.1:"),
    ("silent end", [], "ended the connection without an answer", "https://"),
    ("reset", [Peer.reset], "reset the connection without an answer", ""),
    ("ends early", [b"HTTP/1.1 200 Conn"], "sent 17 bytes of an answer whose head does not end", ""),
    (
        "endless",
        [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20000, Peer.absorb],
        "bytes of an answer whose head does not end",
        "",
    ),
]


@pytest.mark.parametrize(
    ("script", "message", "hint"), [row[1:] for row in PROXY_ANSWERS], ids=[row[0] for row in PROXY_ANSWERS]
)
def test_proxy_that_refuses(script: list[Any], message: str, hint: str) -> None:
    with serving(Peer.ask, *script) as proxy:
        error = failure("ws://x.invalid/", "-x", f"http://me:hunter2@127.0.0.1:{proxy.port}")
    assert error.message.startswith(f"the proxy `http://127.0.0.1:{proxy.port}` ")
    assert message in error.message
    assert hint in error.hint
    assert error.exit == Exit.UNREACHABLE
    assert "hunter2" not in error.message + error.hint


def test_credentials_that_are_missing_or_wrong(plain: Served) -> None:
    with http_proxy(login="me:pw") as proxy:
        missing = failure(plain.url, "-x", proxy.url())
        wrong = failure(plain.url, "-x", proxy.url("me:hunter2"))
    assert "answered 407 Proxy Authentication Required" in missing.message
    assert "it asks for Digest, Basic: give them in the proxy's URL: http://USER:PASSWORD@host" in missing.hint
    assert "did not accept the user and password" in wrong.hint
    assert "hunter2" not in wrong.message + wrong.hint
    assert missing.exit == wrong.exit == Exit.UNREACHABLE
    with serving(Peer.ask, answer("407 No", b"", "Proxy-Authenticate: Negotiate", "Proxy-Authenticate: NTLM")) as other:
        foreign = failure(plain.url, "-x", f"127.0.0.1:{other.port}")
    assert "it asks for Negotiate, NTLM, and only Basic is spoken here" in foreign.hint


@needs_socks
def test_proxy_that_is_not_there() -> None:
    with loopback() as closed:
        port = closed.getsockname()[1]
    refused = failure("ws://x.invalid/", "-x", f"socks5h://me:hunter2@127.0.0.1:{port}")
    unknown = failure("ws://127.0.0.1:1/", "-x", "http://me:hunter2@proxy.invalid:3128")
    assert refused.message == f"the proxy `socks5h://127.0.0.1:{port}` refused the connection"
    assert unknown.message == "cannot resolve the proxy `http://proxy.invalid:3128`"
    assert refused.exit == unknown.exit == Exit.UNREACHABLE


@needs_socks
def test_proxy_that_hangs() -> None:
    schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
    with serving(Peer.absorb) as proxy:

        def attempt(scheme: str) -> InspectError:
            return failure("ws://127.0.0.1:1/", "-x", f"{scheme}://127.0.0.1:{proxy.port}", open_timeout_s=1)

        for scheme, error in zip(schemes, together(attempt, schemes), strict=True):
            assert error.exit == Exit.TIMEOUT
            where = f"`{scheme}://127.0.0.1:{proxy.port}`"
            assert error.message == f"the proxy {where} did not open a way to `127.0.0.1` port 1 within 1 s"


def test_what_follows_a_proxys_answer_is_not_lost() -> None:
    """In the same packet, what the server says before it is asked."""
    greeting = b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH_9.6\r\n"
    with serving(Peer.ask, greeting, Peer.absorb) as proxy:
        plain = failure("ws://x.invalid/", "-x", f"127.0.0.1:{proxy.port}")
        secure = failure("wss://x.invalid/", "-x", f"127.0.0.1:{proxy.port}")
    assert (plain.message, plain.exit) == ("the server speaks SSH, not HTTP", Exit.REFUSED)
    assert (secure.message, secure.exit) == ("`x.invalid` port 443 does not speak TLS", Exit.TLS)


def test_answer_in_pieces(plain: Served) -> None:
    pieces: list[Any] = []
    for byte in b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n":
        pieces += [bytes([byte]), 0.001]
    with serving(Peer.ask, *pieces, open_fresh, text("hi"), close(1000), Peer.until_close) as proxy:
        assert talk("ws://x.invalid/", "-x", f"127.0.0.1:{proxy.port}").texts == [b"hi"]


def open_fresh(peer: Peer) -> None:
    """Answer the handshake that comes through the tunnel."""
    peer.request = b""
    peer.open()


@pytest.mark.parametrize("url", ["ws://x.invalid/", "wss://x.invalid/"])
def test_tunnel_that_ends_at_once(url: str) -> None:
    with serving(Peer.ask, answer("200 OK", length=False)) as proxy:
        error = failure(url, "-x", f"127.0.0.1:{proxy.port}")
    assert error.exit == (Exit.TLS if "wss" in url else Exit.REFUSED)
    assert "the connection" in error.message
    assert "proxy" not in error.message


# HTTPS proxies.


def test_https_proxy(server: Served) -> None:
    """TLS to the proxy, and in it the server's, or none."""
    with http_proxy(hosts=HOSTS, login="me:pw", tls=server_context()) as proxy:
        talked = talk(at(server), "-x", proxy.url("me:pw"), "--proxy-cacert", authority())
        unverified = talk(at(server), "-x", proxy.url("me:pw"), "--proxy-insecure")
    assert talked.texts == unverified.texts == [b"hi"]
    assert ("proxy", f"https://127.0.0.1:{proxy.port}") in talked.steps
    assert [asked.host for asked in proxy.asked] == [NAME] * 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_large_messages_through_a_proxy(scheme: str) -> None:
    """Flow control goes through both layers."""
    large = "x" * 3_000_000
    script = [open_, text(large), text("hi"), close(1000), Peer.until_close]
    tls = server_context() if scheme == "https" else None
    with serving(*script, tls=server_context()) as served, http_proxy(tls=tls) as proxy:
        talked = talk(served.url, "-x", proxy.url(), "--proxy-cacert", authority())
    assert talked.texts == [large.encode(), b"hi"]


def test_https_proxy_that_is_not_trusted(server: Served) -> None:
    with http_proxy(tls=server_context()) as proxy:
        unknown = failure(at(server), "-x", proxy.url())
        assert not proxy.asked
    with http_proxy(tls=server_context("other-name")) as proxy:
        other = failure(at(server), "-x", proxy.url(), "--proxy-cacert", authority())
    assert f"the certificate of the proxy `https://127.0.0.1:{unknown.message.split(':')[2].split('`')[0]}`" in (
        unknown.message
    )
    assert "--proxy-cacert" in unknown.hint
    assert "is not trusted: IP address mismatch" in other.message
    assert unknown.exit == other.exit == Exit.TLS


def test_https_proxy_that_speaks_no_tls(plain: Served) -> None:
    with serving(answer("400 Bad Request"), Peer.absorb) as proxy:
        error = failure(plain.url, "-x", f"https://127.0.0.1:{proxy.port}")
    assert error.message == f"the proxy `https://127.0.0.1:{proxy.port}` does not speak TLS"
    assert error.hint == f"use http://127.0.0.1:{proxy.port}"
    assert error.exit == Exit.TLS
    with serving() as closing:
        error = failure(plain.url, "-x", f"https://127.0.0.1:{closing.port}")
    assert "ended the connection during the TLS handshake" in error.message


def test_server_behind_an_https_proxy_is_verified(secure: Served) -> None:
    with http_proxy(tls=server_context()) as proxy:
        error = failure(at(secure, "127.0.0.1"), "-x", proxy.url(), "--proxy-insecure")
    assert error.exit == Exit.TLS
    assert f"certificate of `127.0.0.1` port {secure.port} is not trusted" in error.message


def test_what_follows_an_https_proxys_answer_is_not_lost() -> None:
    greeting = b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH_9.6\r\n"
    with serving(Peer.ask, greeting, Peer.absorb, tls=server_context()) as proxy:
        plain = failure("ws://x.invalid/", "-x", f"https://127.0.0.1:{proxy.port}", "--proxy-insecure")
    assert plain.message == "the server speaks SSH, not HTTP"


@pytest.mark.parametrize("url", ["ws://x.invalid/", "wss://x.invalid/"])
def test_tunnel_in_tls_that_ends_at_once(url: str) -> None:
    with serving(Peer.ask, answer("200 OK", length=False), tls=server_context()) as proxy:
        error = failure(url, "-x", f"https://127.0.0.1:{proxy.port}", "--proxy-insecure")
    assert error.exit == (Exit.TLS if "wss" in url else Exit.REFUSED)


def test_connection_lost_in_tls_in_tls() -> None:
    script = [open_, text("hi"), lambda peer: peer.sock.close()]
    with serving(*script, tls=server_context()) as served, http_proxy(tls=server_context()) as proxy:
        assert talk(served.url, "-x", proxy.url(), "--proxy-insecure").texts == [b"hi"]


# SOCKS proxies.

every_socks = pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h", "socks"])


@needs_socks
@every_socks
@pytest.mark.parametrize("login", ["", "me:p@w"])
def test_socks_proxy(scheme: str, login: str, server: Served) -> None:
    """Who resolves a name is seen by what the proxy is asked for."""
    four = scheme.startswith("socks4")
    user = login.partition(":")[0] + ":" if four and login else login
    with socks_proxy(hosts=HOSTS, login=user) as proxy:
        url = proxy.url(login.replace("p@w", "p%40w"), scheme)
        resolves = scheme in ("socks4a", "socks5h", "socks")
        pin = () if resolves else ("--resolve", f"{NAME}:{server.port}:127.0.0.1")
        talked = talk(at(server), "-x", url, *pin)
    assert talked.texts == [b"hi"]
    asked = proxy.asked[0]
    assert (asked.host, asked.port) == (NAME if resolves else "127.0.0.1", server.port)
    assert asked.version == (4 if four else 5)
    assert asked.login == (user or (":" if four else ""))
    name = "socks5h" if scheme == "socks" else scheme
    assert ("proxy", f"{name}://127.0.0.1:{proxy.port}") in talked.steps
    assert talked.handshake.address == f"{asked.host}:{server.port}"


@needs_socks
@every_socks
def test_socks_resolves_where_it_says(scheme: str, plain: Served) -> None:
    """A name that this machine knows, and the proxy does not, or the other way round."""
    with socks_proxy(hosts={"localhost": "127.9.9.9"}) as proxy:
        if scheme in ("socks4", "socks5"):
            assert talk(at(plain, "localhost"), "-4", "-x", proxy.url(scheme=scheme)).texts == [b"hi"]
            assert proxy.asked[0].host == "127.0.0.1"
        else:
            failure(at(plain, "localhost"), "-x", proxy.url(scheme=scheme))
            assert proxy.asked[0].host == "localhost"


@needs_socks
def test_socks_in_the_environment(server: Served) -> None:
    with socks_proxy(hosts=HOSTS) as proxy:
        assert talk(at(server), env={"ALL_PROXY": proxy.url(scheme="socks")}).texts == [b"hi"]


@needs_socks
@pytest.mark.parametrize("scheme", ["socks4", "socks4a"])
def test_socks4_knows_no_ipv6(scheme: str) -> None:
    with socks_proxy() as proxy:
        error = failure("ws://[::1]:1/", "-x", proxy.url(scheme=scheme))
        assert not proxy.asked
    assert "IPv4" in error.message
    assert error.exit == Exit.UNREACHABLE


@needs_socks
@needs_ipv6
def test_socks5_carries_ipv6(plain: Served) -> None:
    with socks_proxy() as proxy, relaying(loopback("::1", plain.port), plain.port):
        assert talk(at(plain, "[::1]"), "-x", proxy.url()).texts == [b"hi"]
    assert proxy.asked[0].host == "::1"


REPLIES = [
    ("socks5", 1, "it failed without saying why (reply 1)"),
    ("socks5", 2, "its rules do not allow it (reply 2)"),
    ("socks5", 3, "no route to that network"),
    ("socks5", 4, "cannot reach that host"),
    ("socks5", 5, "the server refused the connection (reply 5)"),
    ("socks5", 6, "TTL"),
    ("socks5", 7, "CONNECT"),
    ("socks5", 8, "kind of address"),
    ("socks5", 99, "does not speak SOCKS5"),
    ("socks4", 0x5B, "it refused, or could not connect (reply 91)"),
    ("socks4", 0x5C, "identd"),
    ("socks4", 0x5D, "names another user"),
    ("socks4", 0x10, "does not speak SOCKS4"),
]


@needs_socks
@pytest.mark.parametrize(("scheme", "reply", "message"), REPLIES)
def test_socks_proxy_that_refuses(scheme: str, reply: int, message: str) -> None:
    with socks_proxy(reply=reply) as proxy:
        error = failure("ws://127.0.0.1:1/", "-x", proxy.url(scheme=scheme))
    assert error.message.startswith(f"the proxy `{scheme}://127.0.0.1:{proxy.port}` ")
    assert message in error.message
    assert error.exit == Exit.UNREACHABLE
    assert error.hint


@needs_socks
def test_socks_credentials_that_are_missing_or_wrong(plain: Served) -> None:
    with socks_proxy(login="me:pw") as proxy:
        missing = failure(plain.url, "-x", proxy.url())
        wrong = failure(plain.url, "-x", proxy.url("me:hunter2"))
        odd = failure(plain.url, "-x", proxy.url("me:h%C3%BCnter2"))
    assert "wants other credentials" in missing.message
    assert "socks5://USER:PASSWORD@host" in missing.hint
    assert "did not accept the user and password" in wrong.message
    assert odd.exit == Exit.USAGE
    assert "ASCII" in odd.message
    assert "nter2" not in repr((wrong.message, wrong.hint, odd.message, odd.hint))


@needs_socks
def test_proxy_that_speaks_no_socks(plain: Served) -> None:
    with serving() as closing, serving(lambda peer: peer.sock.recv(1), Peer.reset) as resetting:
        ended = failure(plain.url, "-x", f"socks5://127.0.0.1:{closing.port}")
        reset = failure(plain.url, "-x", f"socks5://127.0.0.1:{resetting.port}")
    with serving(b"HTTP/1.1 400 Bad\r\n\r\n", Peer.absorb) as http:
        answered = failure(plain.url, "-x", f"socks5://127.0.0.1:{http.port}")
    assert ended.exit == answered.exit == reset.exit == Exit.UNREACHABLE
    assert "instead of answering" in ended.message or "without an answer" in ended.message
    assert "reset the connection without an answer" in reset.message
    assert "does not speak SOCKS5" in answered.message


WITHOUT = """
import asyncio, sys
sys.modules["python_socks"] = None
from wsinspect.clock import now
from wsinspect.connecting import Connecting, Network
from wsinspect.errors import InspectError
from wsinspect.net.opening import open_session
from wsinspect.target import parse_target
try:
    asyncio.run(open_session(Connecting(parse_target("ws://x.invalid/"), network=Network(proxy=sys.argv[1])), now))
except InspectError as error:
    print(int(error.exit), error.message, "|", error.hint)
"""


def test_package_that_is_missing() -> None:
    """Told before anything is tried."""
    command = [sys.executable, "-c", WITHOUT, "socks5://me:hunter2@proxy.invalid"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment())
    assert done.stderr == ""
    assert done.stdout == (
        "2 a SOCKS proxy needs the package python-socks, 3.0 or newer | pip install 'wsinspect[socks]'\n"
    )


# The command line.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-4", "-6"], "exclude each other"),
        (["--unix-socket", "/x", "-x", "proxy"], "exclude each other"),
        (["-x", "http://me:hunter2@"], "is not a proxy's URL: the host is missing"),
        (["--resolve", "host:80"], "`host:80` pins nothing: the form is HOST:PORT:ADDRESS"),
    ],
)
def test_mistakes(arguments: list[str], words: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        network(*arguments)
    assert words in caught.value.format_message()
    assert "hunter2" not in caught.value.format_message()


def test_values() -> None:
    assert network() == Network()
    assert network(env={"PATH": "x", "Http_Proxy": "", "NO_PROXY": "a"}).environment == {
        "Http_Proxy": "",
        "NO_PROXY": "a",
    }
    wanted = network(
        "--resolve", "a:1:::1", "--resolve", "a:1:::2", "--resolve", "b:1:::3", "--unix-socket", "/x", "-x", ""
    )
    assert wanted.pinned == {("a", 1): ("::2",), ("b", 1): ("::3",)}
    assert (wanted.unix_socket, wanted.proxy) == ("/x", "")
    given = network("--proxy-cacert", "ca.pem", "--noproxy", "a", "--interface", "lo")
    assert given == Network(proxy_tls=Tls(authorities="ca.pem"), no_proxy="a", interface="lo")
