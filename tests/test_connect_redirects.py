"""Redirects over real sockets: followed, shown, counted, and nothing secret goes astray."""

import json

import pytest

from tests.servers import Peer, Step, answer, close, open_, run, serving, text

SECRETS = (
    "-H",
    "Authorization: Bearer hunter2",
    "-H",
    "X-Api-Key: hunter2",
    "-H",
    "Cookie: sid=hunter2",
    "-H",
    "X-Mine: 1",
)


def to(location: str, status: str = "302 Found") -> tuple[Step, ...]:
    return Peer.ask, answer(status, b"moved", f"Location: {location}")


GOOD: tuple[Step, ...] = (open_, text("here"), close())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_it_is_followed_and_told(status: int, scheme: str) -> None:
    with serving(*GOOD) as there, serving(*to(there.url.replace("ws:", f"{scheme}:"), f"{status} Moved")) as here:
        ran = run("connect", here.url, "-n", "-f", "ndjson")
    assert ran.exit == 0
    assert f"● {status} redirects to {there.url}" in ran.err
    assert json.loads(ran.out.splitlines()[0])["url"] == there.url
    assert there.peers[0].header("Host") in there.url


def test_a_path_alone_stays_on_the_server() -> None:
    def step(peer: Peer) -> None:
        peer.ask()
        if peer.request.startswith(b"GET /old"):
            peer.send(answer("301 Moved", b"", "Location: ../new?x=1#part"))
        else:
            peer.open()
            peer.send(close())

    with serving(step) as served:
        ran = run("connect", served.url + "old/place", "-n", *SECRETS)
    assert ran.exit == 0
    assert served.peers[1].request.startswith(b"GET /new?x=1 HTTP/1.1")
    assert served.peers[1].header("Authorization") == "Bearer hunter2"
    assert "hunter2" not in ran.out + ran.err


def test_secrets_do_not_go_to_another_origin() -> None:
    with serving(*GOOD) as there, serving(*to(there.url)) as here:
        url = here.url.replace("//", "//me:hunter2@")
        ran = run("connect", url, "-n", *SECRETS, "-H", "Host: here.example", "-s", "bearer.hunter2", "-s", "chat")
    assert ran.exit == 0
    assert "; not for that server: Authorization, X-Api-Key, Cookie, Host\n" in ran.err
    assert b"hunter2" in here.peers[0].request
    asked = there.peers[0]
    assert b"hunter2" not in asked.request
    assert asked.header("X-Mine") == "1"
    assert asked.header("Sec-WebSocket-Protocol") == "chat"
    assert asked.header("Host") != "here.example"


def test_a_token_behind_its_name_among_subprotocols_does_not_go_either() -> None:
    offered = ("-s", "chat", "-s", "access_token", "-s", "hunter2")
    with serving(*GOOD) as there, serving(*to(there.url)) as here:
        assert run("connect", here.url, "-n", *offered).exit == 0
    assert here.peers[0].header("Sec-WebSocket-Protocol") == "chat, access_token, hunter2"
    assert there.peers[0].header("Sec-WebSocket-Protocol") == "chat, access_token"


def test_a_circle_ends() -> None:
    with serving(Peer.ask, lambda peer: peer.send(answer("302 Found", b"", "Location: /"))) as served:
        ran = run("connect", served.url, "-n", "--max-redirs", "3")
    assert ran.exit == 5
    assert "redirected more than 3 times" in ran.err
    assert len(served.peers) == 4


def test_none_is_followed_if_none_is_wished() -> None:
    with serving(*GOOD) as there, serving(*to(there.url)) as here:
        ran = run("connect", here.url, "-n", "--max-redirs", "0")
    assert ran.exit == 5
    assert not there.peers
    assert "answered 302 Found" in ran.err


@pytest.mark.parametrize("location", ["ftp://x/", "ws://[::1/", "ws://a b/", "http://x:99999/"])
def test_a_location_that_cannot_be_used(location: str) -> None:
    with serving(*to(location)) as served:
        ran = run("connect", served.url, "-n")
    assert ran.exit == 5
    assert "redirects to what is no WebSocket's address" in ran.err


def test_without_a_location() -> None:
    with serving(Peer.ask, answer("302 Found")) as served:
        ran = run("connect", served.url, "-n")
    assert ran.exit == 5
    assert "names no address" in ran.err


def test_an_answer_that_redirects_nowhere_is_shown() -> None:
    with serving(*to("ftp://x/")) as served:
        ran = run("connect", served.url, "-n", "-v", "--reconnect")
    assert ran.exit == 5
    assert "  > GET / HTTP/1.1\n" in ran.err
    assert "  < HTTP/1.1 302 Found\n" in ran.err
    assert "  < moved\n" in ran.err
    assert "the server redirects to what is no WebSocket's address: `ftp://x/`" in ran.err
    # The next try would end the same way.
    assert len(served.peers) == 1


def test_each_hop_is_shown_in_full_on_demand() -> None:
    with serving(*GOOD) as there, serving(*to(there.url)) as here:
        ran = run("connect", here.url, "-n", "-v", "-H", "X-Api-Key: hunter2")
    assert ran.exit == 0
    first, second = ran.err.split("● 302 redirects to")
    assert "> X-Api-Key: ***" in first
    assert f"< Location: {there.url}" in first
    assert "> GET / HTTP/1.1" in second
    assert "X-Api-Key: ***" not in second
