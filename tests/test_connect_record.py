"""``connect --record``, over real sockets: what is in the file, whatever is shown, and however it ends."""

import asyncio
import gzip
import json
import os
import re
import signal
import stat
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import (
    BOUND_S,
    Peer,
    answer,
    binary,
    close,
    ended,
    forever,
    open_,
    opened,
    ping,
    ran_on,
    run,
    serving,
    start,
    text,
)
from tests.test_connect_reconnect import closing, in_turn, losing
from tests.test_prompt import CTRL_D, enter, foot, prompted, talking
from tests.test_recorder import unpacked
from wsinspect.events import FRAME
from wsinspect.recording_files import batches_of
from wsinspect.recordings.reading import read
from wsinspect.wire.frames import write_frame

TOKEN = "tok/9f8e7d6c+5b4a=="


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.ndjson"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def types(file: Path) -> list[str]:
    return [line["type"] for line in lines(file)]


TRAFFIC = (text("one"), binary(b"\0\1"), ping(b"beat"), text("two"), close(1000, "bye"), Peer.until_close)
KINDS = ["HANDSHAKE", "TEXT", "BINARY", "PING", "PONG", "TEXT", "CLOSE", "CLOSING", "CLOSED"]


@pytest.mark.parametrize(
    "shown",
    [
        ("-r",),
        ("-f", "pretty"),
        ("-f", "plain", "--frames"),
        ("-f", "ndjson"),
        ("-f", "ndjson", "--frames"),
        ("-f", "ndjson", "--type", "close"),
        ("--grep", "nothing"),
        ("-f", "ndjson", "--select", "x", "-q"),
        ("--where", "x > 1", "--max-payload", "1"),
    ],
    ids=" ".join,
)
def test_everything_is_in_it_whatever_is_shown(file: Path, shown: tuple[str, ...]) -> None:
    ran = ran_on([open_, *TRAFFIC], "-n", *shown, "--record", str(file))
    assert ran.exit == 0
    assert sorted(types(file)) == sorted(KINDS)
    assert types(file)[0] == "HANDSHAKE"
    assert types(file)[-1] == "CLOSED"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = re.search(r"● recorded 3 messages in (\S+) \((.*)\)\n", ran.err)
    assert bool(told) is ("-q" not in shown)
    if told is not None:
        assert told[1] == str(file)
        size = file.stat().st_size
        assert told[2] == f"{size / 1000:.1f} kB"
    if shown == ("-f", "ndjson"):
        assert ran.out == file.read_text()


def test_frames_that_are_recorded_are_not_shown(file: Path) -> None:
    for shown in (("-f", "ndjson"), ("-f", "plain"), ("-f", "plain", "--frames")):
        ran = ran_on([open_, *TRAFFIC], "-n", *shown, "--record", str(file), "--record-frames", "--force")
        assert ("FRAME" in ran.out.upper()) is ("--frames" in shown)
        assert types(file).count("FRAME") == 7


WIRE = (
    text("one")
    + text("x" * 125)
    + text("y" * 126)
    + binary(b"\0" * 70_000)
    + write_frame(b"frag", 1, fin=False)
    + ping(b"between")
    + write_frame(b"", 0, fin=False)
    + write_frame(b"ments", 0)
    + close(4000, "enough")
)


@pytest.mark.parametrize("secret", [False, True], ids=["", "with a secret"])
def test_every_byte_can_be_written_again(file: Path, secret: bool) -> None:
    """Both directions; where there is a secret, frames wait for their message, and none is lost."""
    sent: list[bytes] = []

    def absorb(peer: Peer) -> None:
        peer.half_close()
        data = peer._rest
        while more := peer.sock.recv(65536):
            data += more
        sent.append(data)

    given = ("-H", f"Authorization: Bearer {TOKEN}") if secret else ()
    with serving(open_, WIRE, absorb) as served:
        run("connect", served.url, "-n", "--send", "hello", "--record", str(file), "--record-frames", *given)
    wire = {"in": b"", "out": b""}
    for batch in batches_of(str(file), lambda note: None):
        for type, frame, size in batch.rows:
            if type == FRAME:
                bits: Any = {0: 7, 2: 16, 8: 64}[frame.header_size - 2 - (4 if frame.mask else 0)]
                again = write_frame(
                    frame.payload, frame.opcode, fin=frame.fin, rsv=frame.rsv, mask=frame.mask, length_bits=bits
                )
                assert frame.offset == len(wire[batch.direction])
                assert size == len(again)
                wire[batch.direction] += again
    assert wire == {"in": WIRE, "out": sent[0]}


def test_compressed_frames_are_kept_as_they_were(file: Path) -> None:
    packed = zlib.compressobj(wbits=-15)
    payload = (packed.compress(b"Hello, hello, hello") + packed.flush(zlib.Z_SYNC_FLUSH))[:-4]
    wire = write_frame(payload, 1, rsv=4)
    ran_on(
        [opened("Sec-WebSocket-Extensions: permessage-deflate"), wire, close(), Peer.until_close],
        "-nr", "--record", str(file), "--record-frames",
    )  # fmt: skip
    (frame,) = [line for line in lines(file) if line["type"] == "FRAME" and line["rsv"]]
    assert (frame["plain"], frame["wire"]) == (19, len(wire))
    assert [line["text"] for line in lines(file) if line["type"] == "TEXT"] == ["Hello, hello, hello"]


# Secrets.


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.ndjson.zst"])
@pytest.mark.parametrize("frames", [False, True])
def test_a_planted_secret_stands_nowhere(tmp_path: Path, name: str, frames: bool) -> None:
    secret = TOKEN.encode()
    packer = zlib.compressobj(wbits=-15)
    packed = (packer.compress(b"again " + secret) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
    script = [
        opened("Sec-WebSocket-Extensions: permessage-deflate", f"X-Echo: {TOKEN}"),
        text(b"it is " + secret),
        write_frame(secret[:7], 1, fin=False),
        ping(b"x"),
        write_frame(secret[7:], 0),
        write_frame(packed, 1, rsv=4),
        binary(b"\0" + secret),
        ping(secret),
        text(json.dumps({"url": f"wss://x/?token={TOKEN}"})),
        close(4001, TOKEN),
        Peer.until_close,
    ]
    file = tmp_path / name
    given = ("-H", f"Authorization: Bearer {TOKEN}", "--record", str(file), *["--record-frames"] * frames)
    ran = ran_on(script, "-nr", *given, path=f"?key={TOKEN}")
    assert ran.exit == 6
    held = unpacked(file)
    assert held.count(b"***") >= 9
    rows = [row for batch in read(held.splitlines(keepends=True)) for row in batch.rows]
    payloads = [row[1].payload if row[0] == FRAME else row[1] for row in rows]
    joined = b"".join(payload for payload in payloads if isinstance(payload, bytes))
    for part in (secret, secret[:7], secret[7:], packed):
        assert part not in held
        assert part not in joined
    assert (b'"FRAME"' in held) is frames

    ran = ran_on(script, "-nr", *given, "--force", "--show-secrets", path=f"?key={TOKEN}")
    assert secret in unpacked(file)


def test_a_token_of_the_url_does_not_stand_in_a_failure(file: Path) -> None:
    ran = run("connect", f"ws://127.0.0.1:1/?token={TOKEN}", "-n", "--record", str(file))
    assert ran.exit == 3
    assert TOKEN not in file.read_text()


# How it ends.


def test_a_refusal_is_recorded(file: Path) -> None:
    script = [Peer.ask, answer("401 Unauthorized", b"no")]
    ran = ran_on(script, "-n", "--record", str(file), "-H", f"X-Api-Key: {TOKEN}")
    assert ran.exit == 5
    assert types(file) == ["HANDSHAKE", "CLOSED"]
    head, end = lines(file)
    assert (head["version"], head["status"], end["exit"]) == (1, 401, 5)
    assert ["X-Api-Key", "***"] in head["request"]


def test_what_never_opened_has_its_end(file: Path) -> None:
    assert run("connect", "ws://127.0.0.1:1/", "-n", "--record", str(file)).exit == 3
    (end,) = lines(file)
    assert (end["type"], end["by"], end["code"], end["exit"]) == ("CLOSED", "nobody", 1006, 3)


def test_one_recording_of_all_connections(file: Path) -> None:
    steps = in_turn(closing(1011, text("one")), losing, closing(1000, text("two")))
    with serving(steps) as served:
        quick = ("--retry-max-delay", "50ms", "-n")
        ran = run("connect", served.url, "--reconnect", "-f", "ndjson", *quick, "--record", str(file))
    assert ran.exit == 0
    assert file.read_text() == ran.out
    assert types(file).count("HANDSHAKE") == types(file).count("CLOSED") == 3
    assert types(file).count("GAP") == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_signal_ends_it_whole(file: Path, number: signal.Signals) -> None:
    with serving(open_, text("hi"), Peer.answer_close) as served:
        process = start("connect", served.url, "-r", "--record", str(file))
        assert process.stdout is not None
        assert process.stdout.readline() == b"hi\n"
        process.send_signal(number)
        ran = ended(process)
    assert ran.exit == 128 + number
    assert types(file) == ["HANDSHAKE", "TEXT", "CLOSING", "CLOSE", "CLOSED"]
    assert lines(file)[-1]["exit"] == 128 + number
    assert "recorded 1 message in" in ran.err


def test_a_reader_that_leaves_ends_it_whole(file: Path) -> None:
    with serving(open_, forever(text("hi"))) as served:
        process = start("connect", served.url, "-nr", "--record", str(file))
        assert process.stdout is not None
        assert process.stdout.readline() == b"hi\n"
        process.stdout.close()
        process.stdout = None
        ran = ended(process)
    assert ran.exit == 141
    assert types(file)[-1] == "CLOSED"


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.ndjson.zst"])
def test_after_a_kill_all_but_the_last_moment_is_there(tmp_path: Path, name: str) -> None:
    """What was seen on the screen a while before is in the file, and reads well; the machine may be slow."""
    file, over = tmp_path / name, threading.Event()

    def talk(peer: Peer) -> None:
        number = 0
        while not over.is_set():
            peer.send(text(f"message {number}"))
            number += 1
            time.sleep(0.002)

    with serving(open_, talk) as served:
        process = start("connect", served.url, "-nr", "--record", str(file))
        assert process.stdout is not None
        seen: list[tuple[float, int]] = []
        began = time.monotonic()
        while time.monotonic() < began + 2.5:
            seen.append((time.monotonic(), int(process.stdout.readline().split()[1])))
        process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        process.wait(BOUND_S)
        over.set()
        process.communicate()
    surely = max(number for at, number in seen if at < killed - 1.5)
    notes: list[str] = []
    rows = [row for batch in read(unpacked(file).splitlines(keepends=True), notes.append) for row in batch.rows]
    texts = [payload.decode() for type, payload, _ in rows if type == 1]
    assert texts == [f"message {number}" for number in range(len(texts))]
    assert len(texts) > surely
    assert len(notes) <= 1


# Files.


def test_nothing_is_overwritten_and_nobody_is_asked(file: Path) -> None:
    file.write_text("mine")
    with serving(open_) as served:
        ran = run("connect", served.url, "-n", "--record", str(file))
        assert not served.peers
    assert ran.exit == 11
    assert f"error: `{file}` is there already, and nothing is overwritten\nhint: --force overwrites it\n" == ran.err
    assert file.read_text() == "mine"
    assert ran_on([open_, close()], "-nq", "--record", str(file), "--force").exit == 0
    assert types(file)[-1] == "CLOSED"


def test_a_dry_run_makes_no_file(file: Path) -> None:
    assert run("connect", "ws://127.0.0.1:1/", "--dry-run", "--record", str(file)).exit == 0
    assert run("connect", "demo:nowhere", "--record", str(file)).exit == 2
    assert not file.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--record", "-"), "--format ndjson writes the same to standard output"),
        (("--record", ""), "takes the name of a file"),
        (("--record", "x/"), "takes the name of a file"),
        (("--record-frames",), "--record-frames belongs to --record"),
        (("--rotate", "1MB"), "--rotate belongs to --record"),
        (("--force",), "--force belongs to --record"),
        (("--record", "x", "--rotate", "10"), "--rotate takes at least 1000 bytes"),
        (("--record", "/dev/null", "--rotate", "1MB"), "is no file, and cannot be written in parts"),
    ],
)
def test_what_makes_no_sense_is_told(given: tuple[str, ...], told: str) -> None:
    ran = run("connect", "demo:", "-n", *given)
    assert ran.exit == 2
    assert told in ran.err


def test_parts_by_their_size(file: Path) -> None:
    messages = [text(f"{number} " + "x" * 200) for number in range(30)]
    script = [open_, b"".join(messages), close(), Peer.until_close]
    ran = ran_on(script, "-nr", "--record", str(file), "--rotate", "3kB")
    assert ran.exit == 0
    files = sorted(file.parent.iterdir())
    assert files[-1] == file
    moved = len(files) - 1
    assert f"recorded 30 messages in {file} and {moved} older parts (" in ran.err
    assert all(part.stat().st_size <= 3000 for part in files)
    assert all(types(part)[0] == "HANDSHAKE" for part in files)
    whole = b"".join(part.read_bytes() for part in files).splitlines(keepends=True)
    kinds = [row[0] for batch in read(whole) for row in batch.rows]
    assert kinds.count(1) == 30
    assert len(kinds) == 34


def test_a_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with serving(open_, text("hi"), close(), Peer.until_close) as served:
        process = start("connect", served.url, "-nr", "--record", str(pipe))
        held = pipe.read_text()
        assert ended(process).exit == 0
    assert held.count("\n") == 5


FULL = "error: cannot write the recording `{}`: no space left on device\n"


def test_a_full_disk_ends_the_recording_and_not_the_session() -> None:
    script = [open_, text("one"), 0.3, text("two"), close(1000), Peer.until_close]
    for more in ((), ("-q",)):
        ran = ran_on(script, "-nr", "--record", "/dev/full", *more)
        assert ran.exit == 11
        assert ran.out == "one\ntwo\n"
        assert ran.err.count("error:") == 1
        assert FULL.format("/dev/full") in ran.err
    # It failed before the peer closed badly; and where nothing came about, that is told as well.
    assert ran_on([open_, 0.3, close(1011), Peer.until_close], "-nr", "--record", "/dev/full").exit == 11
    ran = run("connect", "ws://127.0.0.1:1/", "-n", "--record", "/dev/full")
    assert ran.exit == 11
    assert ran.err.count("error:") == 2


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz"])
def test_what_came_before_the_disk_was_full_reads_well(small: Path, name: str) -> None:
    noise = [os.urandom(500).hex() for _ in range(2000)]
    wire = b"".join(map(text, noise))
    ran = ran_on([open_, wire, close(), Peer.until_close], "-nr", "--record", str(small / name))
    assert ran.exit == 11
    assert ran.out.split() == noise
    assert FULL.format(small / name) in ran.err
    notes: list[str] = []
    rows = [row for batch in read(unpacked(small / name).splitlines(keepends=True), notes.append) for row in batch.rows]
    texts = [payload.decode() for type, payload, _ in rows if type == 1]
    assert texts == noise[: len(texts)]
    assert len(texts) > 100


def test_a_disk_that_stands_still_holds_up_no_pong(tmp_path: Path) -> None:
    """Nobody reads the pipe that is recorded into: the connection lives, and a second Ctrl-C leaves."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def ask(peer: Peer) -> None:
        peer.send(text("x" * 200_000))
        for number in range(5):
            peer.send(ping(b"%d" % number))
            assert peer.frame() == (10, b"%d" % number)
        peer.answer_close()

    with serving(open_, ask) as served:
        process = start("connect", served.url, "-nq", "-f", "plain", "--record", str(pipe))
        assert process.stdout is not None
        while b'"4"' not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        ran = ended(process)
    os.close(reader)
    assert ran.exit == 11
    assert "cannot write the recording" in ran.err
    assert "given up" in ran.err
    assert "goes on" not in ran.err


def test_without_zstandard_it_is_said_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "zstandard.py").write_text("raise ImportError")
    (tmp_path / "compression.py").write_text("")
    file = tmp_path / "s.ndjson.zst"
    ran = run("connect", "demo:", "-n", "--record", str(file), env={"PYTHONPATH": str(tmp_path)})
    assert ran.exit == 2
    assert "pip install 'wsinspect[zstd]'" in ran.err
    assert not file.exists()


def test_a_profile_does_not_record(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[profiles.a]\nurl = "demo:"\nrecord = "x.ndjson"\n')
    ran = run("connect", "@a", "--config", str(config))
    assert ran.exit == 2
    assert "c.toml:3: there is no setting `record`" in ran.err
    assert "given on the command line" in ran.err


def test_at_a_prompt_it_is_seen_that_it_records(file: Path) -> None:
    def echo(peer: Peer) -> None:
        while (frame := peer.frame()) is not None and frame[0] != 8:
            peer.send(text(frame[1]))
        peer.send(close())

    with talking(echo, arguments=("--record", str(file), "--record-frames")) as (seen, _):
        seen.until(prompted)
        seen.until(lambda screen: "recording" in foot(seen))
        enter(seen, "/frames on")
        enter(seen, "hello")
        seen.until(lambda screen: "↓ TEXT" in screen)
        enter(seen, "/frames off")
        enter(seen, "again")
        seen.until(lambda screen: screen.count("↓ TEXT") == 2)
        seen.type(CTRL_D)
        assert seen.end() == 0
    frames = [line for line in lines(file) if line["type"] == "FRAME"]
    assert len(frames) == 6
    assert [line["text"] for line in lines(file) if line["type"] == "TEXT"] == ["hello"] * 2 + ["again"] * 2


def test_gzip_is_what_others_read(tmp_path: Path) -> None:
    file = tmp_path / "s.ndjson.gz"
    ran_on([open_, *TRAFFIC], "-nr", "--record", str(file))
    with gzip.open(file, "rt") as stream:
        assert [json.loads(line)["type"] for line in stream][-1] == "CLOSED"


def test_a_fault_of_ours_ends_the_recording_too(file: Path) -> None:
    """In this process, for nothing from outside brings one about."""
    from tests.common_events import HANDSHAKE as SEEN
    from tests.common_events import START
    from wsinspect.clock import now
    from wsinspect.conversation.recording import Recorder
    from wsinspect.conversation.voice import Voice
    from wsinspect.conversation.wishes import Recorded, Wishes
    from wsinspect.events import HANDSHAKE, alone
    from wsinspect.render.look import Look

    async def fall() -> None:
        recorder = Recorder(Recorded(str(file)), now, [], show_secrets=False)
        await recorder.finish()
        recorder.begin(Voice(Wishes("plain", Look(), Look(), quiet=True)))
        recorder.give_up()
        await recorder.write(alone(START, "in", (HANDSHAKE, SEEN, 0)))
        await recorder.finish()
        await recorder.finish()

    asyncio.run(fall())
    assert types(file) == ["HANDSHAKE", "CLOSED"]
    assert lines(file)[-1]["exit"] == 70


def test_what_a_check_keeps_has_the_same_shape(file: Path) -> None:
    script = (opened(f"X-Echo: {TOKEN}"), text(f"one {TOKEN}"), ping(b"beat"), close(1011, "bye"), Peer.until_close)
    given = ("-H", f"X-Api-Key: {TOKEN}")
    with serving(*script) as served:
        run("connect", served.url, "-n", *given, "--record", str(file))
        kept = file.parent / "kept"
        ran = run("check", served.url, "--expect-close", "OK", *given, "--record", str(kept))
        assert ran.exit == 1
    (of_check,) = kept.iterdir()
    assert stat.S_IMODE(of_check.stat().st_mode) == 0o600
    # Whether our pong or the close comes first is for the network to say.
    of_type = [{line["type"]: line for line in lines(path)} for path in (of_check, file)]
    assert sorted(types(of_check)) == sorted(types(file)) == sorted(of_type[0])
    for one, other in [(of_type[0][type], of_type[1][type]) for type in of_type[0]]:
        assert list(one) == list(other)
        same = ("type", "version", "dir", "url", "size", "text", "code", "reason")
        assert {key: one[key] for key in same if key in one} == {key: other[key] for key in same if key in other}
    assert TOKEN not in of_check.read_text()


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.ndjson.zst"])
def test_what_was_recorded_is_shown(tmp_path: Path, name: str) -> None:
    """In parts, read one by one and all together, by the program itself."""
    file = tmp_path / name
    noise = [os.urandom(600).hex() for _ in range(400)]
    script = [open_, *[b"".join(map(text, noise[start : start + 20])) for start in range(0, 400, 20)], close()]
    assert ran_on([*script, Peer.until_close], "-nr", "--record", str(file), "--rotate", "100kB").exit == 0
    files = sorted(tmp_path.iterdir())
    assert len(files) > 2
    shown = [run("show", str(part), "-f", "ndjson", "-q") for part in files]
    assert all(ran.exit == 0 and ran.out.startswith('{"type":"HANDSHAKE"') for ran in shown)
    whole = run("show", "-", "-f", "ndjson", "-q", given="".join(ran.out for ran in shown).encode())
    kinds = [json.loads(line)["type"] for line in whole.out.splitlines()]
    assert kinds == ["HANDSHAKE", *["TEXT"] * 400, "CLOSE", "CLOSING", "CLOSED"]


@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.gz", "s.ndjson.zst"])
def test_what_was_killed_is_shown(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    with serving(open_, text("one"), Peer.keep) as served:
        process = start("connect", served.url, "-nr", "--record", str(file))
        while b"one" not in (unpacked(file) if file.exists() and file.stat().st_size else b""):
            assert process.poll() is None
        process.kill()
        process.communicate()
    ran = run("show", str(file), "-r")
    assert "one" in ran.out
