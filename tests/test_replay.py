"""``wsinspect replay`` and ``serve --replay`` as processes: against each other, scripts, and others' programs."""

import asyncio
import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.peer_programs import node_ws, program
from tests.planted import leaks, planted
from tests.raw_client import CLOSE, TEXT, RawClient, masked
from tests.serve_process import heed_interrupts
from tests.servers import Peer, Ran, close, ended, open_, opened, ping, run, serving, start, text

NEW = "7c1d2e3f-4a5b-4c6d-8e9f-a0b1c2d3e4f5"
OLD = "0b8f4c9e-6d0e-4a52-9a3c-1f7d2e9b8a10"


def chat(session: str = OLD, *, answer: str = "hello", **changes: Any) -> Callable[[Peer], None]:
    """Return a server that greets with a session, wants it back, answers, and closes when it is told goodbye."""

    def serve(peer: Peer) -> None:
        peer.ask()
        offered = peer.header("Sec-WebSocket-Protocol").split(",")[0].strip()
        peer.open(*([f"Sec-WebSocket-Protocol: {offered}"] if offered else []))
        peer.send(text(json.dumps({"op": "welcome", "session": session, "ts": time.time()})) + ping(b"beat"))
        number = 0
        while (frame := peer.frame()) is not None:
            if frame[0] == CLOSE:
                peer.send(close(1000))
                return
            if frame[0] != TEXT:
                continue
            asked = json.loads(frame[1])
            number += 1
            known = asked.get("session") == session
            if asked["op"] == "bye":
                peer.send(close(1011, "out of disk"))
                peer.until_close()
                return
            peer.send(text(json.dumps({"op": "re", "n": number, "text": answer if known else "who?"} | changes)))

    return serve


WELCOMED = "/wait op == 'welcome'"
SAYS = [json.dumps({"op": "say", "session": OLD, "n": number}) for number in range(3)]
TALK = [WELCOMED, *[part for number, one in enumerate(SAYS, 1) for part in (one, f"/wait n == `{number}`")]]


def recorded(
    path: Path, *sends: str, script: Callable[[Peer], None] | None = None, options: tuple[str, ...] = ()
) -> Path:
    """Record a session by `connect`."""
    lines = [part for send in sends for part in ("--send", send)]
    with serving(script or chat()) as served:
        ran = run("connect", served.url, "-n", "-q", "--format", "ndjson", "--linger", "0.2s", *lines, *options)
    path.write_text(ran.out)
    assert ran.out.count("\n") > 2, ran.err
    return path


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("replay") / "session.ndjson", *TALK, options=("-s", "chat.v2"))


@pytest.fixture(scope="module")
def farewell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session that the server ended with 1011."""
    path = tmp_path_factory.mktemp("replay") / "farewell.ndjson"
    return recorded(path, *TALK, json.dumps({"op": "bye", "session": OLD}))


def replayed(path: Path, script: Any, *options: str, given: bytes | None = None) -> Ran:
    steps = script if isinstance(script, tuple) else (script,)
    with serving(*steps) as served:
        return run("replay", str(path), served.url, *options, given=given)


def outcome(path: Path, script: Any, *options: str) -> dict[str, Any]:
    ran = replayed(path, script, "--json", *options)
    told: dict[str, Any] = json.loads(ran.out)
    assert told["exit"] == ran.exit
    return told


# Against scripts.


@pytest.mark.parametrize("options", [(), ("--sync",), ("--speed", "max"), ("--speed", "3x", "--sync")])
def test_same_again(session: Path, options: tuple[str, ...]) -> None:
    """The session's id is another: it is learned, and sent back."""
    ran = replayed(session, chat(NEW), *options)
    assert ran.exit == 0, ran.out
    assert ran.out.startswith("✓ no difference: 4 messages came as recorded\n")
    assert "3 messages, 3 with values that came anew" in ran.out
    assert "chat.v2" in ran.out
    assert "session (uuid) ×1" in ran.out


def test_one_field_is_another(session: Path) -> None:
    ran = replayed(session, chat(NEW, answer="hullo"), "--sync")
    assert ran.exit == 1
    assert ran.out.startswith("✗ differs: 3 messages changed\n")
    assert re.search(r"\n  message 2 is another  TEXT  .*\n  difference  - recorded  \+ came\n", ran.out)
    assert '\n              - text: "hello"\n              + text: "hullo"\n' in ran.out
    for option in ("text", "op == 're'"):
        assert replayed(session, chat(NEW, answer="hullo"), "--sync", "--ignore", option).exit == 0


def test_json(session: Path) -> None:
    told = outcome(session, chat(NEW, answer="hullo"), "--sync", "--most", "1")
    assert (told["same"], told["exit"], told["came"]["changed"]) == (False, 1, 3)
    (difference,) = told["differences"]
    assert (difference["recorded"], difference["lines"]) == (2, ['- text: "hello"', '+ text: "hullo"'])
    assert told["end"]["same"] is True
    assert [one["path"] for one in told["masked"]] == ["session", "ts"] or len(told["masked"]) == 2


def test_most(session: Path) -> None:
    ran = replayed(session, chat(NEW, answer="hullo"), "--sync", "--most", "1")
    assert ran.out.count("difference  -") == 1
    assert ran.out.endswith("\n  … 2 more differences\n")
    assert replayed(session, chat(NEW, answer="hullo"), "--sync", "-q").out == "✗ differs: 3 messages changed\n"


def test_ids_as_they_were(session: Path) -> None:
    told = outcome(session, chat(NEW), "--sync", "--no-substitute")
    assert (told["exit"], told["sent"]["substituted"], told["came"]["changed"]) == (1, 0, 3)
    assert outcome(session, chat(OLD), "--sync", "--no-guess", "--ignore", "ts")["exit"] == 0


def test_the_same_close(farewell: Path) -> None:
    """1011 was recorded: that it comes again is no difference."""
    ran = replayed(farewell, chat(NEW), "--sync")
    assert (ran.exit, 'closed by the server with 1011 INTERNAL_ERROR "out of disk"' in ran.out) == (0, True)


def test_another_close(session: Path, farewell: Path) -> None:
    early = (open_, text(json.dumps({"op": "welcome", "session": NEW, "ts": 1})), close(1012), Peer.until_close)
    told = outcome(session, early, "--sync", "--within", "1s")
    assert (told["exit"], told["end"]["came"]["code"], told["sent"]["messages"] < 3) == (1, 1012, True)
    assert told["came"]["missing"] == 3

    # The server that does not end the connection is left.
    told = outcome(farewell, chat_without_end, "--sync", "--within", "0.5s")
    assert (told["exit"], told["end"]["came"]["by"]) == (1, "us")
    assert any("did not end the connection" in note for note in told["notes"])


def chat_without_end(peer: Peer) -> None:
    """Answer as `chat` does, and say nothing to a goodbye."""
    peer.open()
    peer.send(text(json.dumps({"op": "welcome", "session": NEW, "ts": time.time()})))
    number = 0
    while (frame := peer.frame()) is not None and frame[0] != CLOSE:
        if frame[0] == TEXT and json.loads(frame[1])["op"] == "say":
            number += 1
            peer.send(text(json.dumps({"op": "re", "n": number, "text": "hello"})))
    peer.send(close(1000))


def test_the_exit_table(session: Path) -> None:
    lost = (open_, text("x"), Peer.half_close)
    assert outcome(session, lost, "--within", "0.5s")["exit"] == 7
    broken = (open_, b"\x83\x00", Peer.absorb)
    assert outcome(session, broken, "--within", "0.5s")["exit"] == 8
    assert run("replay", str(session), "ws://127.0.0.1:1/").exit == 3
    refusing = (Peer.ask, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert replayed(session, refusing).exit == 5


def test_a_server_that_says_nothing(session: Path) -> None:
    began = time.monotonic()
    told = outcome(session, (open_, Peer.answer_close), "--sync", "--within", "0.3s")
    assert (told["exit"], told["came"]["missing"], told["came"]["messages"]) == (1, 4, 0)
    assert any("does not answer any more" in note for note in told["notes"])
    assert time.monotonic() - began < 10


def test_a_slow_server_is_not_overrun(session: Path) -> None:
    gaps: list[int] = []

    def slow(peer: Peer) -> None:
        peer.open("Sec-WebSocket-Protocol: chat.v2")
        time.sleep(0.3)
        peer.send(text(json.dumps({"op": "welcome", "session": NEW, "ts": time.time()})))
        for number in range(1, 4):
            frame = peer.frame()
            assert frame is not None
            peer.sock.settimeout(0.3)
            with contextlib.suppress(TimeoutError):
                # Nothing more may come before this one is answered.
                gaps.append(len(peer.sock.recv(1)))
            peer.sock.settimeout(10)
            peer.send(text(json.dumps({"op": "re", "n": number, "text": "hello"})))
        peer.answer_close()

    assert replayed(session, slow, "--sync").exit == 0
    assert gaps == []


def test_a_burst_is_not_faster_than_the_recording(tmp_path: Path) -> None:
    """More comes at once than the window holds; it waits for the recording to be read."""
    many = 6000
    path = tmp_path / "many.ndjson"
    at = {"time": "2026-11-20T00:00:00Z", "mono": 1}
    shaken = {"type": "HANDSHAKE", "version": 1, "url": "ws://x/", "address": "x:80", "status": 101, "seconds": 0}
    shaken |= {"subprotocol": None, "extensions": "", "request": [], "response": []}
    came = [{"type": "TEXT", "dir": "in", "wire": 7, "text": f"{number:05d}"} for number in range(many)]
    path.write_text("".join(json.dumps(row | at) + "\n" for row in [shaken, *came]))
    burst = b"".join(text(f"{number:05d}") for number in range(many))
    told = outcome(path, (opened(glued=burst), Peer.answer_close), "--sync")
    assert (told["exit"], told["came"]["same"]) == (0, many)


def test_what_was_refused(tmp_path: Path) -> None:
    refusing = (Peer.ask, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    with serving(*refusing) as served:
        ran = run("connect", served.url, "-n", "--format", "ndjson")
    path = tmp_path / "refused.ndjson"
    path.write_text(ran.out)
    assert replayed(path, refusing).exit == 0
    ran = replayed(path, chat(), "-q")
    assert (ran.exit, ran.out) == (1, "✗ differs: status\n")
    assert run("serve", "--replay", str(path)).exit == 2


def test_secrets_are_not_sent(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(peer: Peer) -> None:
        peer.ask()
        asked.append(peer.request.decode())
        peer.open()
        peer.answer_close()

    options = ("-H", "X-Plain: yes", "--origin", "http://a.example", "--bearer", "sesame-open-1", "-A", "odd/1")
    path = recorded(tmp_path / "s.ndjson", SAYS[0], options=options)
    ran = replayed(path, ask, "--speed", "max", "--within", "0.2s")
    assert "not sent, since hidden in the recording: Authorization; give what is needed with -H, --bearer" in ran.err
    assert "Authorization" not in asked[0]
    assert "X-Plain: yes" in asked[0]
    assert "Origin: http://a.example" in asked[0]
    assert "User-Agent: odd/1" in asked[0]
    ran = replayed(path, ask, "--speed", "max", "--within", "0.2s", "--bearer", "other", "-H", "X-Plain: no", "-q")
    assert "hidden" not in ran.err
    assert "Bearer other" in asked[1]
    assert "X-Plain: no" in asked[1]
    replayed(path, ask, "--speed", "max", "--within", "0.2s", "--plain-handshake")
    assert "X-Plain" not in asked[2]


def test_usage(session: Path, tmp_path: Path) -> None:
    ran = run("replay", str(session))
    assert (ran.exit, "--same-url connects to where it was made: ws://127.0.0.1:" in ran.err) == (2, True)
    assert run("replay", str(session), "ws://x/", "--same-url").exit == 2
    # What was there has gone.
    assert run("replay", str(session), "--same-url", "-q").exit == 3
    for options in (["--speed", "0"], ["--speed", "fast"], ["--ignore", "a ="], ["--connection", "2"]):
        assert run("replay", str(session), "ws://127.0.0.1:1/", *options).exit == 2, options
    assert run("replay", str(tmp_path / "none"), "ws://127.0.0.1:1/").exit == 2
    (tmp_path / "empty").write_text("")
    ran = run("replay", str(tmp_path / "empty"), "ws://127.0.0.1:1/")
    assert "no connection begins in the recording: it has no handshake" in ran.err
    assert "`wsinspect show FILE` tells what is in it" in ran.err


def test_standard_input_and_damage(session: Path, tmp_path: Path) -> None:
    whole = session.read_bytes()
    with serving(chat(NEW)) as served:
        assert run("replay", "-", served.url, "--sync", given=whole).exit == 0
    lines = whole.splitlines(keepends=True)
    damaged = tmp_path / "damaged.ndjson"
    damaged.write_bytes(b"".join([*lines[:4], b"{]\n", *lines[4:]]))
    ran = replayed(damaged, chat(NEW), "--sync")
    assert (ran.exit, "line 5 of the recording is damaged" in ran.err) == (11, True)


def test_several_connections(session: Path, farewell: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.ndjson"
    both.write_text(session.read_text() + farewell.read_text())
    assert replayed(both, chat(NEW), "--sync").exit == 0
    ran = replayed(both, chat(NEW), "--sync", "--connection", "2")
    assert (ran.exit, "1011" in ran.out) == (0, True)
    beside = [json.loads(line) for line in farewell.read_text().splitlines()]
    first = [json.loads(line) for line in session.read_text().splitlines()]
    mixed = [one | {"conn": number} for rows in zip(first, beside, strict=False) for number, one in enumerate(rows, 1)]
    both.write_text("".join(json.dumps(one) + "\n" for one in mixed))
    ran = replayed(both, chat(NEW), "--sync")
    assert "the recording holds further connections; --connection N takes another" in ran.err


def test_interrupted(tmp_path: Path, session: Path) -> None:
    """Ctrl-C closes the connection, and nothing is compared."""
    with serving(open_, Peer.answer_close) as served:
        process = start("replay", str(session), served.url, "--sync", "--within", "60s", preexec_fn=heed_interrupts)
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    assert (ran.exit, ran.out) == (130, "")
    assert "stopped: 0 sent, 0 came; nothing is compared" in ran.err
    assert served.received()[-1] == (CLOSE, (1000).to_bytes(2, "big"))


def test_nobody_reads(session: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with serving(chat(NEW)) as served:
        ran = run("replay", str(session), served.url, "--sync", stdout=writer)
    os.close(writer)
    assert ran.exit == 141


def test_verbose_and_hostile(tmp_path: Path) -> None:
    evil = "\x1b[2J\u202e::error::x"

    def speak(words: str) -> tuple[Any, ...]:
        return (open_, text(words), Peer.answer_close)

    with serving(*speak("quiet")) as served:
        ran = run("connect", served.url, "-n", "-q", "--format", "ndjson", "-c", "1")
    path = tmp_path / "s.ndjson"
    path.write_text(ran.out)
    ran = replayed(path, speak(evil), "-v", "--within", "0.5s")
    assert ran.exit == 1
    assert '+ "\\u001b[2J' in ran.out
    assert "\\x1b[2J" in ran.err
    assert not re.search("[\x1b\u202e]", ran.out + ran.err)
    assert "↓ TEXT" in ran.err


def test_demo(tmp_path: Path) -> None:
    path = tmp_path / "demo.ndjson"
    path.write_text(run("connect", "demo:1012", "-q", "--format", "ndjson").out)
    assert run("replay", str(path), "demo:1012", "--sync").exit == 0
    assert run("replay", str(path), "demo:1013", "--sync").exit == 1
    assert run("replay", str(path), "demo:nothing").exit == 2


def test_profile(session: Path, tmp_path: Path) -> None:
    with serving(chat(NEW)) as served:
        config = tmp_path / "config.toml"
        config.write_text(f'[profiles.staging]\nurl = "{served.url}"\nping-interval = "10s"\n')
        ran = run("replay", str(session), "@staging", "--sync", "--config", str(config))
        assert ran.exit == 0, ran.err
        ran = run("replay", str(session), "--curl", f"curl '{served.url}'", "--sync")
        assert ran.exit == 0, ran.err


# The server's side.


@contextlib.contextmanager
def stage(path: Path, *options: str) -> Iterator[tuple[str, list[str]]]:
    """Serve a recording; at the end, what was said on standard error is in the list."""
    process = start("serve", "--replay", str(path), *options, preexec_fn=heed_interrupts)
    assert process.stdout is not None
    said: list[str] = []
    try:
        yield process.stdout.readline().decode().strip(), said
    finally:
        process.send_signal(signal.SIGINT)
        ran = ended(process)
        said += ran.err.splitlines()
    assert ran.exit == 0


@pytest.mark.parametrize("options", [(), ("--sync",), ("--speed", "max")])
def test_both_sides(session: Path, farewell: Path, options: tuple[str, ...]) -> None:
    for path in (session, farewell):
        with stage(path) as (url, said):
            for _ in range(2):
                ran = run("replay", str(path), url, "--no-guess", *options)
                assert ran.exit == 0, ran.out
        assert not [line for line in said if "not as recorded" in line]
        assert any(line.startswith("● client 2: closed by") for line in said)


def test_what_the_client_does_is_told_without_its_secrets(session: Path) -> None:
    token, key, name = planted("token"), planted("key"), planted("name")
    headers = f"X-Api-Key: {key}", f"Sec-WebSocket-Protocol: bearer.{name}"
    with stage(session, "--speed", "max") as (url, said), RawClient(f"{url}?token={token}", *headers) as client:
        client.frame()
        client.frame()
        client.send(b"".join(masked(json.dumps({"op": secret, "n": 0})) for secret in (token, key, name)))
        client.send(masked(b"\x03\xe8", CLOSE))
        client.frames()
    told = "\n".join(said)
    assert "● client 1: asks for /?token=***\n● client 1: the subprotocol was chat.v2, and it offers bearer.***" in told
    assert '+ op: "***"' in told
    assert leaks(("token", "key", "name"), [("standard error", told.encode())]) == []


def test_what_the_client_does_otherwise(session: Path) -> None:
    with stage(session, "--speed", "max") as (url, said), RawClient(url) as client:
        assert json.loads(client.frame()[1])["op"] == "welcome"  # type: ignore[index]
        client.frame()
        client.send(masked(json.dumps({"op": "shout\x1b", "session": OLD, "n": 0})))
        assert json.loads(client.frame()[1])["n"] == 1  # type: ignore[index]
        client.send(b"".join(masked(one) for one in [*SAYS[1:], "and more"]))
        client.send(masked(b"\x03\xe8", CLOSE))
        assert client.frames()[-1][0] == CLOSE
    text = "\n".join(said)
    assert "● client 1: the subprotocol was chat.v2, and it offers none" in text
    assert '● client 1: message 1 is not as recorded\n    - op: "say"\n    + op: "shout\\u001b"' in text
    assert "● client 1: closed by the client; 4 sent, 3 came, 1 not as recorded, 1 more than recorded" in text


def test_a_client_that_does_not_wait_is_heard_to_the_end(session: Path, tmp_path: Path) -> None:
    """More at once than is held, and gone: all of it is looked at."""
    shaken, _, *_, closed = session.read_text().splitlines()
    begun = json.loads(shaken)
    row = {"type": "TEXT", "time": begun["time"], "mono": begun["mono"], "dir": "out", "size": 2, "wire": 8}
    path = tmp_path / "many.ndjson"
    path.write_text("\n".join([shaken, *(json.dumps(row | {"text": f"{n:05}"}) for n in range(3000)), closed]))
    with stage(path) as (url, said), RawClient(url) as client:
        client.send(b"".join(masked(f"{n:05}") for n in range(3000)) + masked(b"\x03\xe8", CLOSE))
        assert client.frames()[-1][0] == CLOSE
    assert said[-1] == "● client 1: closed by the client; 0 sent, 3,000 came"


def test_ids_of_the_client_come_back(tmp_path: Path) -> None:
    """A reply repeats the id of its request, which each client makes anew."""

    def echo(peer: Peer) -> None:
        peer.open()
        while (frame := peer.frame()) is not None and frame[0] == TEXT:
            peer.send(text(json.dumps({"re": json.loads(frame[1])["id"]})))
        peer.send(close())

    path = recorded(tmp_path / "ids.ndjson", json.dumps({"id": OLD, "ask": 1}), script=echo)
    with stage(path) as (url, said), RawClient(url) as client:
        client.send(masked(json.dumps({"id": NEW, "ask": 1})))
        assert client.frame() == (TEXT, json.dumps({"re": NEW}).encode())
    assert not [line for line in said if "not as recorded" in line]


def test_ends_of_the_server(tmp_path: Path) -> None:
    ends: list[tuple[tuple[Any, ...], Any]] = [
        ((close(1012, "later"), Peer.until_close), (CLOSE, b"\x03\xf4later")),
        ((close(None), Peer.until_close), (CLOSE, b"")),
        ((Peer.half_close, Peer.drain), None),
        ((b"\x83\x00", Peer.absorb), (CLOSE, b"\x03\xe8the recording ends here")),
    ]
    for number, (steps, wanted) in enumerate(ends):
        with serving(open_, text("hi"), *steps) as served:
            ran = run("connect", served.url, "-n", "-q", "--format", "ndjson")
        path = tmp_path / f"{number}.ndjson"
        path.write_text(ran.out)
        with stage(path) as (url, said), RawClient(url) as client:
            assert client.frame() == (TEXT, b"hi")
            with contextlib.suppress(ConnectionError):
                assert client.frame() == wanted
        assert ("cannot break the protocol" in "\n".join(said)) is (number == 3)


def test_what_cannot_be_served(session: Path, tmp_path: Path) -> None:
    assert run("serve", "--speed", "2x").exit == 2
    assert run("serve", "--echo", "--replay", str(session)).exit == 2
    assert run("serve", "--replay", str(tmp_path)).exit == 2
    assert run("serve", "--replay", str(tmp_path / "none")).exit == 2


def test_foreign_origins_are_refused(session: Path) -> None:
    with stage(session) as (url, _), RawClient(url, "Origin: https://example.com") as client:
        assert client.status == 403


# Programs that others wrote.


def test_against_npm_ws(tmp_path: Path) -> None:
    with node_ws() as url:
        path = tmp_path / "ws.ndjson"
        send = ("--send", '{"a": 1}', "--send", "hex:00ff")
        path.write_text(run("connect", url, "-n", "-q", "--format", "ndjson", *send).out)
        # Its answer to our pong may come sooner or later.
        ran = run("replay", str(path), url, "--sync", "--any-order")
        assert ran.exit == 0, ran.out
    with stage(path) as (url, said):
        ran = run("replay", str(path), url)
        assert ran.exit == 0, ran.out
        script = (
            f"const ws = new (require('ws'))('{url}');"
            "ws.on('open', () => { ws.send('{\"a\": 1}'); ws.send(Buffer.from([0, 255])); });"
            "let n = 0; ws.on('message', m => { console.log(m.toString('latin1')); if (++n == 3) ws.close(1000); });"
        )
        import subprocess

        done = subprocess.run([program("node"), "-e", script], capture_output=True, text=True, timeout=15)
        assert done.stdout.splitlines()[:2] == ["welcome", '{"a": 1}'], done.stderr
    assert not [line for line in said if "not as recorded" in line]


def test_with_python_websockets(session: Path) -> None:
    async def talk(url: str) -> list[Any]:
        async with connect(url, subprotocols=["chat.v2"]) as socket:  # type: ignore[list-item]
            came = [json.loads(await socket.recv())]
            for one in SAYS:
                await socket.send(one)
                came.append(json.loads(await socket.recv()))
            assert socket.subprotocol == "chat.v2"
            return came

    with stage(session, "--speed", "max") as (url, said):
        came = asyncio.run(asyncio.wait_for(talk(url), 15))
    assert [one["op"] for one in came] == ["welcome", "re", "re", "re"]
    assert not [line for line in said if "not as recorded" in line]
