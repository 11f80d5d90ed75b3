"""What the server is asked, option by option, over real sockets: headers, credentials, cookies, subprotocols."""

import asyncio
import base64
import contextlib
import os
import pty
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority, server_context
from tests.servers import (
    BOUND_S,
    Peer,
    Ran,
    Step,
    answer,
    close,
    command,
    ended,
    environment,
    open_,
    opened,
    run,
    serving,
    start,
    together,
)
from wsinspect.clock import now
from wsinspect.commands.connect import connect
from wsinspect.connecting import Connecting
from wsinspect.net.opening import open_session
from wsinspect.options.reaching import connecting_of
from wsinspect.target import parse_target

GOOD: tuple[Step, ...] = (open_, close())


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def lines_of(peer: Peer) -> list[str]:
    return peer.request.decode("latin-1").split("\r\n")[1:]


def asked(*arguments: str, userinfo: str = "", **options: Any) -> list[str]:
    """Connect to a server and return the headers it got; in a process of its own where ``options`` are given."""
    with serving(*GOOD) as served:
        url = served.url.replace("//", f"//{userinfo}@") if userinfo else served.url
        if options:
            ran = run("connect", url, "-n", *arguments, **options)
            assert ran.exit == 0, ran.err
        else:
            given = connect.make_context("connect", [url, *arguments]).params
            asyncio.run(opened_and_closed(connecting_of(parse_target(url), given)))
    return lines_of(served.peers[0])


async def opened_and_closed(connecting: Connecting) -> None:
    session = await open_session(connecting, now)
    session.abort()


def fails(*arguments: str, **options: Any) -> Ran:
    ran = run("connect", "ws://127.0.0.1:9/", *arguments, start_new_session=True, **options)
    assert ran.exit == 2, ran.err
    assert "secret" not in ran.err.replace("--show-secrets", "")
    return ran


def test_options_and_what_they_send(tmp_path: Path) -> None:
    (tmp_path / "headers").write_text("# mine\nX-One: 1\n\nX-Two;\nUser-Agent:\n")
    (tmp_path / "token").write_text("abc.def\n")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password pw\ndefault login anyone password x\n")
    home = {"HOME": str(tmp_path), "NETRC": None}
    (tmp_path / ".netrc").write_text("default login home password pw\n")
    auth = "Authorization: "
    rows: list[tuple[list[str], dict[str, Any], list[str], list[str]]] = [
        # What is typed; how it is run; lines that are sent; beginnings of lines that are not.
        (["-H", f"@{tmp_path}/headers"], {}, ["X-One: 1", "X-Two: "], ["User-Agent"]),
        (["-H", "@-"], {"given": b"X-One: 1\r\n"}, ["X-One: 1"], []),
        (["-H", "Sec-WebSocket-Version:"], {}, [], ["Sec-WebSocket-Version"]),
        (["-H", "Host:", "-H", "Host: b"], {}, ["Host: b"], ["Host: 127"]),
        (["-H", "X;", "-H", "X: 1"], {}, ["X: ", "X: 1"], []),
        (["-A", "me/1"], {}, ["User-Agent: me/1"], ["User-Agent: ws"]),
        (["-A", ""], {}, [], ["User-Agent"]),
        (["-A", "me/1", "-H", "User-Agent: you"], {}, ["User-Agent: you"], ["User-Agent: me"]),
        (["-e", "http://b/"], {}, ["Referer: http://b/"], []),
        (["--origin", "https://b"], {}, ["Origin: https://b"], []),
        (["--origin", "null", "-L"], {}, ["Origin: null"], []),
        (["-u", "me:p:w"], {}, [auth + basic("me:p:w")], []),
        (["-u", "mé:"], {}, [auth + basic("mé:")], []),
        (["-u", ":pw"], {}, [auth + basic(":pw")], []),
        ([], {"userinfo": "me:p%40"}, [auth + basic("me:p@")], []),
        (["-u", "you:x"], {"userinfo": "me:pw"}, [auth + basic("you:x")], []),
        (["-u", "you:x", "-H", "Authorization: Mine 1"], {}, [auth + "Mine 1"], [auth + "Basic"]),
        (["-H", "Authorization:"], {"userinfo": "me:pw"}, [], [auth]),
        (["--bearer", "abc"], {"userinfo": "me:pw"}, [auth + "Bearer abc"], [auth + "Basic"]),
        (["--bearer", f"@{tmp_path}/token"], {}, [auth + "Bearer abc.def"], []),
        (["--bearer", "env:TOKEN"], {"env": {"TOKEN": "abc"}}, [auth + "Bearer abc"], []),
        (["--bearer", "@-"], {"given": b"abc\r\n"}, [auth + "Bearer abc"], []),
        (["--netrc-file", str(netrc)], {}, [auth + basic("me:pw")], []),
        (["--netrc"], {"env": home}, [auth + basic("home:pw")], []),
        (["--netrc"], {"env": {"NETRC": str(netrc)}}, [auth + basic("me:pw")], []),
        (["--netrc-file", str(netrc)], {"userinfo": "me"}, [auth + basic("me:pw")], []),
        (["--netrc-file", str(netrc)], {"userinfo": "you"}, [auth + basic("you:")], []),
        (["--netrc-file", str(netrc), "-u", "you:x"], {}, [auth + basic("you:x")], []),
        (["-b", "a=1; b=2"], {}, ["Cookie: a=1; b=2"], []),
        (["-b", "a=1; b=2", "-b", "b=3", "-H", "Cookie: a=0; c=4"], {}, ["Cookie: c=4; a=1; b=3"], ["Cookie: a"]),
        (["-H", "Cookie: a", "-H", "Cookie: b"], {}, ["Cookie: a", "Cookie: b"], []),
        (["-b", ""], {}, [], ["Cookie"]),
    ]
    for arguments, options, sent, unsent in rows:
        lines = asked(*arguments, **options)
        assert [line for line in sent if line not in lines] == [], (arguments, lines)
        assert [line for line in lines if line.startswith(tuple(unsent))] == [], (arguments, lines)
        for name in ("host", "authorization", "user-agent", "origin"):
            assert sum(line.lower().startswith(f"{name}:") for line in lines) <= 1, (arguments, lines)


def test_subprotocols() -> None:
    with serving(opened("Sec-WebSocket-Protocol: b"), close()) as served:
        ran = run("connect", served.url, "-n", "-s", "a, b", "-s", "c,a")
    assert ran.exit == 0
    assert served.peers[0].header("Sec-WebSocket-Protocol") == "a, b, c"


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "headers").write_text("X: 1\nsecret\n")
    (tmp_path / "jar").write_text("# jar\nsecret\n")
    (tmp_path / "two").write_text("secret\nsecret\n")
    rows = [
        (["-H", f"@{tmp_path}/headers"], f"{tmp_path}/headers:2: a header is written 'Name: value'"),
        (["-H", f"@{tmp_path}/none"], f"cannot read the list of headers {tmp_path}/none: no such file or directory"),
        (["-H", "@-"], "the list of headers is to come from standard input, where nothing is"),
        (["-H", "Sec-WebSocket-Key:"], "`Sec-WebSocket-Key` is ours to send"),
        (["-H", "Sec-WebSocket-Protocol: a"], "(for subprotocols: -s)"),
        (["--origin", "example.com"], "an origin is a scheme and a host alone, such as https://example.com, or null"),
        (["-A", "secret\x01"], "it holds what a header cannot carry"),
        (["--bearer", ""], "the bearer token is empty"),
        (["--bearer", "Bearer secret"], "give the token alone, without the word Bearer"),
        (["--bearer", f"@{tmp_path}/two"], "the bearer token has more than one line"),
        (["--bearer", "env:NOT_THERE"], "the environment variable `NOT_THERE` is not set"),
        (["--bearer", "secret", "-u", "me:secret"], "--bearer and --user exclude each other"),
        (["--netrc-file", f"{tmp_path}/none"], f"cannot read the netrc file {tmp_path}/none: no such file"),
        (["--netrc-file", f"{tmp_path}/jar"], f"{tmp_path}/jar:2: this is no netrc file"),
        (["-b", "./jar-that-is-not-there"], "cannot read the cookie jar ./jar-that-is-not-there: no such file"),
        (["-b", "may-be-the-cookie"], "cannot read the cookie jar: no such file or directory\nhint: what is typed"),
        (["--bearer", "@may-be-the-token"], "cannot read the bearer token: no such file or directory\nhint: "),
        (["--bearer", "env:may-be-the-token"], "the environment variable that is named is not set\nhint: the bearer"),
        (["-b", f"{tmp_path}/jar"], f"{tmp_path}/jar:2: no cookie of a Netscape cookie jar"),
        (["-b", "a=secret\x01"], "a value of --cookie holds what a header cannot carry"),
        (["-u", "me"], "there is no terminal to ask for the password of me at 127.0.0.1"),
        (["--max-redirs", "-2"], "-2 is not in the range"),
    ]
    for (arguments, words), ran in zip(rows, together(lambda row: fails(*row[0]), rows), strict=True):
        assert words in ran.err, arguments


def test_a_missing_password_is_asked_for() -> None:
    """On a terminal, without echo, also where standard input is a pipe."""
    with serving(*GOOD) as served:
        ours, theirs = pty.openpty()
        # A session of its own, whose terminal is that of its standard error.
        code = (
            "import fcntl, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0);"
            f"sys.argv = {command('connect', served.url, '-u', 'mé')[2:]!r};"
            "import runpy; runpy.run_module('wsinspect', run_name='__main__', alter_sys=True)"
        )
        process = subprocess.Popen(
            [command()[0], "-c", code], env=environment(), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        shown, deadline = b"", time.monotonic() + BOUND_S
        while b"at 127.0.0.1: " not in shown and time.monotonic() < deadline:
            shown += os.read(ours, 999)
        os.write(ours, b"p:w\n")
        while not served.peers and time.monotonic() < deadline:
            time.sleep(0.01)
        ran = ended(process)
        with contextlib.suppress(OSError):
            shown += os.read(ours, 9999)
        os.close(ours)
    assert ran.exit == 0
    assert "password of mé at 127.0.0.1: " in shown.decode()
    assert b"p:w" not in shown
    assert served.peers[0].header("Authorization") == basic("mé:p:w")


def to(location: str, *headers: str) -> tuple[Step, ...]:
    return Peer.ask, answer("302 Found", b"", f"Location: {location}", *headers)


def test_netrc_by_host_also_after_a_redirect(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login here password pw machine localhost login there password pw")
    with serving(*GOOD) as there, serving(*to(there.url.replace("127.0.0.1", "localhost"))) as here:
        ran = run("connect", here.url, "-n", "--netrc-file", str(path))
    assert ran.exit == 0
    assert here.peers[0].header("Authorization") == basic("here:pw")
    assert there.peers[0].header("Authorization") == basic("there:pw")


def test_a_default_login_stays_with_the_first_server(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("default login me password pw\n")
    with serving(*GOOD) as there, serving(*to(there.url.replace("127.0.0.1", "localhost"))) as here:
        ran = run("connect", here.url, "-n", "--netrc-file", str(path))
    assert ran.exit == 0
    assert here.peers[0].header("Authorization") == basic("me:pw")
    assert there.peers[0].header("Authorization") == ""


def test_a_login_does_not_leave_tls(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login me password pw\n")
    with serving(*GOOD) as there, serving(*to(there.url), tls=server_context("good")) as here:
        ran = run("connect", here.url, "-n", "--netrc-file", str(path), "--cacert", authority())
    assert ran.exit == 0
    assert here.peers[0].header("Authorization") == basic("me:pw")
    assert there.peers[0].header("Authorization") == ""


@pytest.mark.parametrize("option", [["-u", "me:hunter2"], ["--bearer", "hunter2"], ["-b", "sid=hunter2"]])
def test_credentials_do_not_go_to_another_origin(option: list[str]) -> None:
    with serving(*GOOD) as there, serving(*to(there.url)) as here:
        ran = run("connect", here.url, "-n", *option, "-A", "me/1", "--origin", "http://b")
    assert ran.exit == 0
    asked = there.peers[0]
    assert not asked.header("Authorization")
    assert not asked.header("Cookie")
    assert asked.header("User-Agent") == "me/1"
    assert asked.header("Origin") == "http://b"
    assert "hunter2" not in ran.out + ran.err


def test_a_jar_by_host_path_and_time(tmp_path: Path) -> None:
    jar = tmp_path / "jar"
    rows = [
        ("127.0.0.1", "FALSE", "/", "FALSE", "0", "here", "1"),
        ("127.0.0.1", "FALSE", "/deep", "FALSE", "9999999999", "deep", "2"),
        ("127.0.0.1", "FALSE", "/other", "FALSE", "0", "other", "3"),
        ("127.0.0.1", "FALSE", "/", "FALSE", "1", "over", "4"),
        ("#HttpOnly_localhost", "FALSE", "/", "TRUE", "0", "there", "5"),
        (".example.com", "TRUE", "/", "FALSE", "0", "elsewhere", "6"),
    ]
    jar.write_text("\n".join("\t".join(row) for row in rows))
    typed = ("-b", str(jar), "-b", "mine=7", "-H", "Cookie: here=8")
    with serving(*GOOD) as there, serving(*to(there.url.replace("127.0.0.1", "localhost"))) as here:
        ran = run("connect", f"{here.url}deep/x", "-n", *typed)
    assert ran.exit == 0
    assert [line for line in lines_of(here.peers[0]) if "ookie" in line] == ["Cookie: deep=2; here=8; mine=7"]
    assert there.peers[0].header("Cookie") == "there=5"


@pytest.mark.parametrize(("option", "sent"), [([], ""), (["-b", ""], "sid=new"), (["-b", "a=1"], "sid=new; a=1")])
def test_cookies_that_a_redirect_sets(option: list[str], sent: str) -> None:
    def step(peer: Peer) -> None:
        peer.ask()
        if peer.request.startswith(b"GET /login"):
            cookies = ("Set-Cookie: sid=old; Path=/", "Set-Cookie: sid=new; Path=/", "Set-Cookie: x=y; Path=/login")
            peer.send(answer("302 Found", b"", "Location: /in", *cookies))
        else:
            peer.open()
            peer.send(close())

    with serving(step) as served:
        ran = run("connect", f"{served.url}login", "-n", *option)
    assert ran.exit == 0
    assert served.peers[1].header("Cookie") == sent


def test_no_limit_for_redirects() -> None:
    def step(peer: Peer) -> None:
        peer.ask()
        number = int(peer.request.split()[1].strip(b"/") or b"0")
        if number < 12:
            peer.send(answer("302 Found", b"", f"Location: /{number + 1}"))
        else:
            peer.open()
            peer.send(close())

    with serving(step) as served:
        assert run("connect", served.url, "-n").exit == 5
        assert run("connect", served.url, "-n", "--max-redirs", "-1").exit == 0


def test_without_a_terminal_nobody_is_asked() -> None:
    """The program ends at once; it does not wait for standard input."""
    reading, writing = os.pipe()
    ran = ended(start("connect", ":9", "-u", "me", start_new_session=True, stdin=reading))
    os.close(reading)
    os.close(writing)
    assert ran.exit == 2
    assert "hint: write -u NAME:PASSWORD" in ran.err
