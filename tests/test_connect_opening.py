"""``connect`` up to the open connection, or to what came in its place: through real sockets and the real program."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import authority, server_context
from tests.openings import connecting, handshake
from tests.servers import (
    Peer,
    Ran,
    answer,
    close,
    dripping,
    ended,
    open_,
    opened,
    ran_on,
    run,
    serving,
    start,
    text,
    together,
)


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def types(ran: Ran) -> list[str]:
    return [row["type"] for row in rows(ran.out)]


GOOD = [text("hi"), close(1000), Peer.until_close]


def test_opening_however_it_comes() -> None:
    """The messages are the same wherever the packets end."""
    scripts = {
        "at once": [open_, *GOOD],
        "glued to the head": [opened(glued=text("hi") + close(1000)), Peer.until_close],
        "glued in part": [opened(glued=text("hi")[:1]), 0.05, text("hi")[1:] + close(1000), Peer.until_close],
        "byte by byte": [dripping(), *GOOD],
        "with a large head": [opened(*[f"X-{n}: " + "y" * 4000 for n in range(15)]), *GOOD],
    }
    for name, ran in zip(scripts, together(lambda script: ran_on(script, "-r"), list(scripts.values())), strict=True):
        assert (ran.exit, ran.out) == (0, "hi\n"), name
        assert "● connected  ws://127.0.0.1:" in ran.err, name


def test_interim_answer_is_skipped() -> None:
    ran = ran_on([Peer.ask, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", open_, *GOOD], "-r")
    assert (ran.exit, ran.out) == (0, "hi\n")


def test_tls() -> None:
    trusted = {"SSL_CERT_FILE": authority()}

    def case(row: tuple[str, tuple[str, ...], dict[str, str]]) -> Ran:
        kind, arguments, env = row
        return ran_on([open_, *GOOD], "-r", *arguments, tls=server_context(kind), env=env)

    good, untrusted, insecure, expired = together(
        case, [("good", (), trusted), ("good", (), {}), ("self-signed", ("-k",), {}), ("expired", (), trusted)]
    )
    assert (good.exit, good.out) == (insecure.exit, insecure.out) == (0, "hi\n")
    assert "connected  wss://127.0.0.1:" in good.err
    assert untrusted.exit == expired.exit == 4
    assert untrusted.out == expired.out == ""
    assert "renew it" in expired.err


def test_short_forms_of_the_url() -> None:
    with serving(open_, *GOOD) as served:
        port = served.port
        forms = [
            f":{port}",
            f":{port}/x?y=1",
            f"localhost:{port}/x",
            f"127.0.0.1:{port}",
            f"http://127.0.0.1:{port}/%C3%A4",
        ]
        for form, ran in zip(forms, together(lambda form: run("connect", form, "-r"), forms), strict=True):
            assert (ran.exit, ran.out) == (0, "hi\n"), form
    asked = sorted(peer.request.partition(b"\r\n")[0].decode() for peer in served.peers)
    assert asked == sorted(f"GET {path} HTTP/1.1" for path in ("/", "/", "/x?y=1", "/x", "/%C3%A4"))


def test_what_is_asked() -> None:
    headers = ("-H", "X-Mine: 1", "-H", "X-Mine: 2", "-H", "Host: elsewhere", "-H", "User-Agent: me")
    with serving(opened("Sec-WebSocket-Protocol: b"), *GOOD) as served:
        ran = run("connect", served.url, *headers, "-s", "a", "-s", "b")
    assert ran.exit == 0
    assert "· subprotocol b\n" in ran.err
    request = served.peers[0].request.decode().split("\r\n")
    mine = [line for line in request if line.startswith(("X-Mine", "Host", "User-Agent"))]
    assert sorted(mine) == ["Host: elsewhere", "User-Agent: me", "X-Mine: 1", "X-Mine: 2"]
    assert "Sec-WebSocket-Protocol: a, b" in request
    assert "Sec-WebSocket-Version: 13" in request
    assert any(line.startswith("Sec-WebSocket-Extensions: permessage-deflate") for line in request)


def test_host_stays_first() -> None:
    """RFC 9110 section 7.2: Host is the first header, also one of the user's."""
    with serving(open_, *GOOD) as served:
        run("connect", served.url, "-H", "Host: elsewhere")
    assert served.peers[0].request.split(b"\r\n")[1] == b"Host: elsewhere"


def test_userinfo_becomes_authorization() -> None:
    for userinfo, sent in (("me:pw", "me:pw"), ("m%40e:p%3Aw%2F", "m@e:p:w/")):
        with serving(open_, *GOOD) as served:
            ran = run("connect", served.url.replace("//", f"//{userinfo}@"), "-f", "ndjson")
        assert ran.exit == 0
        assert base64.b64decode(served.peers[0].header("Authorization").removeprefix("Basic ")).decode() == sent
        assert userinfo not in ran.out + ran.err
        assert ["Authorization", "Basic ***"] in rows(ran.out)[0]["request"]


SECRET = ("-H", "Authorization: Bearer hunter2", "-H", "Cookie: a=hunter2", "-H", "X-Api-Key: hunter2")


@pytest.mark.parametrize("format", ["pretty", "plain", "ndjson", "raw"])
def test_secrets_stay_hidden(format: str) -> None:
    protocols = "Sec-WebSocket-Protocol: bearer.hunter2"
    arguments = (*SECRET, "-s", "bearer.hunter2", "--max-redirs", "0", "-f", format)
    cookie = "Set-Cookie: s=hunter2; Path=/"
    scripts = [
        [opened(protocols, cookie), *GOOD],
        [Peer.ask, answer("401 No", b"no", cookie, "Location: https://me:hunter2@b/?token=hunter2")],
        [Peer.ask, answer("302 No", b"no", cookie, "Location: https://me:hunter2@b/?token=hunter2")],
        [opened("Sec-WebSocket-Protocol: bearer.hunter2, x")],
    ]
    for ran in together(lambda script: ran_on(script, *arguments, path="?access_token=hunter2&v=1"), scripts):
        assert "hunter2" not in ran.out + ran.err
        if ran.exit == 0:
            assert "?access_token=***&v=1" in ran.err
        else:
            assert "Set-Cookie: s=***; Path=/" in ran.err or "more than one subprotocol: `bearer.***, x`" in ran.err


def test_an_answer_that_repeats_the_question_gives_no_secret_away(tmp_path: Path) -> None:
    def repeat(peer: Peer) -> None:
        peer.ask()
        peer.send(answer("404 Not Found", peer.request, "Content-Type: text/plain", "X-Asked: /?token=hunter2"))

    jar = tmp_path / "jar"
    jar.write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\tone\thunter2\n")
    cookies = ("-b", str(jar), "-b", "two=hunter2; three=others; four=short")
    given = (*cookies, "-s", "access_token", "-s", "hunter2", "-u", "user:pass")
    ran = ran_on([repeat], *given, path="?token=hunter2")
    assert ran.exit == 5
    # What is short stands anywhere by chance.
    assert "Cookie: one=***; two=***; three=***; four=short" in ran.err
    assert "hunter2" not in ran.out + ran.err
    # Letters alone, which no rule takes for a token.
    assert "dXNlcjpwYXNz" not in ran.err


def test_a_secret_longer_than_a_line_is_found_in_a_body() -> None:
    def repeat(peer: Peer) -> None:
        peer.ask()
        peer.send(answer("401 Unauthorized", f"no: {peer.header('X-Api-Key')}".encode()))

    ran = ran_on([repeat], "-H", f"X-Api-Key: {'hunter' * 80}")
    assert ran.exit == 5
    assert "no: ***" in ran.err
    assert "hunter" not in ran.err


def test_secrets_are_shown_on_demand() -> None:
    with serving(opened("Set-Cookie: s=hunter2"), *GOOD) as served:
        ran = run("connect", served.url + "?token=hunter2", *SECRET[:2], "-f", "ndjson", "--show-secrets")
    head = rows(ran.out)[0]
    assert head["url"].endswith("?token=hunter2")
    assert ["Authorization", "Bearer hunter2"] in head["request"]
    assert ["Set-Cookie", "s=hunter2"] in head["response"]
    assert "?token=hunter2" in ran.err


def test_urls_that_are_none() -> None:
    typed = ["", "ftp://x/", "ws://", "8080", "wss://me:hunter2@host:99999/", "ws://a b/", "ws://x/\x1b[31m"]
    for ran in together(lambda url: run("connect", url), typed):
        assert ran.exit == 2
        assert ran.out == ""
        assert "is not a WebSocket URL\nhint: " in ran.err
        assert "hunter2" not in ran.err
        assert "\x1b" not in ran.err


def test_two_urls_leak_nothing() -> None:
    ran = run("connect", "ws://localhost:1/", "wss://me:hunter2@host/")
    assert ran.exit == 2
    assert "hunter2" not in ran.err


# A handshake that is refused.


def test_refusal_is_shown_whole() -> None:
    body = b'{"error": "token expired"}\n<p>second \x1b[31mline</p>\n'
    ran = ran_on([Peer.ask, answer("401 Unauthorized", body, "WWW-Authenticate: Bearer", "X-Odd: \x1b]0;x\x07")])
    assert (ran.exit, ran.out) == (5, "")
    assert ran.err == (
        "  < HTTP/1.1 401 Unauthorized\n"
        "  < WWW-Authenticate: Bearer\n"
        "  < X-Odd: \\x1b]0;x\\x07\n"
        "  < Content-Length: 51\n"
        "  <\n"
        '  < {"error": "token expired"}\n'
        "  < <p>second \\x1b[31mline</p>\n"
        "error: the server answered 401 Unauthorized instead of 101\n"
        "hint: it wants credentials; send them with --bearer TOKEN\n"
    )


def test_refusal_in_ndjson() -> None:
    ran = ran_on([Peer.ask, answer("404 Not Found", b"no", "X-A: b")], "-f", "ndjson")
    head, closed = rows(ran.out)
    assert (head["type"], head["version"], head["status"]) == ("HANDSHAKE", 1, 404)
    assert ["X-A", "b"] in head["response"]
    assert (closed["type"], closed["by"], closed["clean"], closed["exit"]) == ("CLOSED", "nobody", False, 5)
    assert closed["cause"] == "the server answered 404 Not Found instead of 101"


def test_failure_ends_with_closed_in_ndjson() -> None:
    """Whatever went wrong after the command line was understood, the last line tells it."""
    with serving(Peer.ask, Peer.absorb) as silent, serving() as closing:
        cases = [
            (("ws://127.0.0.1:1/",), 3),
            (("ws://exmaple.invalid/",), 3),
            ((closing.url.replace("ws:", "wss:"),), 4),
            ((closing.url,), 5),
        ]
        for (_, exit), ran in zip(
            cases, together(lambda case: run("connect", *case[0], "-f", "ndjson"), cases), strict=True
        ):
            assert ran.exit == exit
            assert types(ran)[-1] == "CLOSED"
            assert rows(ran.out)[-1]["exit"] == exit
        assert not silent.peers


def test_stopped_opening_ends_with_closed_in_ndjson() -> None:
    with serving(Peer.ask, Peer.absorb) as served:
        ran = run("connect", served.url, "-f", "ndjson", "-m", "300ms")
    assert ran.exit == 9
    assert types(ran) == ["CLOSED"]


def test_json_summary_of_a_failure() -> None:
    ran = ran_on([Peer.ask, answer("404 Not Found")], "--summary", "json", "-q")
    summary = json.loads(next(line for line in ran.err.splitlines() if line.startswith("{")))
    assert (summary["by"], summary["exit"]) == ("nobody", 5)


def test_silent_server_is_given_up() -> None:
    """--max-time and signals hold while the connection opens."""
    import signal

    with serving(Peer.ask, Peer.absorb) as served:
        timed = run("connect", served.url, "-m", "300ms")
        process = start("connect", served.url)
        while not (served.peers[1:] and served.peers[1].request):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stopped = ended(process)
    assert (timed.exit, timed.out) == (9, "")
    assert "--max-time of 0.3 s is over" in timed.err
    assert (stopped.exit, stopped.out) == (130, "")


def test_what_came_with_the_answer_is_no_part_of_the_opening() -> None:
    with serving(opened(glued=text("hi") * 20_000), Peer.until_close) as served:
        seen = handshake(connecting(served.url))
    assert sum([step.seconds for step in seen.steps]) <= seen.seconds
