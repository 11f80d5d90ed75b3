"""``wsinspect export``: which form, where to, and what is left when something goes wrong."""

import csv
import gzip
import io
import json
import os
import pty
import resource
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.common_events import HANDSHAKE, START, batches
from tests.servers import BOUND_S, Ran, command, ended, environment, run, start
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.events import PING, TEXT, Batch, alone
from wsinspect.exports import BINARY
from wsinspect.registry import EXPORTS
from wsinspect.render.look import Look
from wsinspect.render.ndjson import ndjson

ASKED = [("Host", "example.com"), ("Authorization", "Bearer sesame-open")]
PLAIN = alone(START, "in", (BEGINS, HANDSHAKE._replace(request=ASKED[:1]), 0))
OPEN = alone(START, "in", (BEGINS, HANDSHAKE._replace(request=ASKED), 0))
MESSAGES = [
    alone(START, "out", (TEXT, b'{"op": "login", "token": "sesame-open"}', 45)),
    alone(START, "in", (TEXT, b'{"op": "hello", "seq": 1}', 27)),
    alone(START, "in", (PING, b"beat", 6)),
    alone(START, "in", (TEXT, b"=1+1 \x1b[31mred", 30)),
]


def lines(given: list[Batch]) -> str:
    render = ndjson(Look(frames=True))
    return "".join([str(render(batch)) for batch in given])


@pytest.fixture
def session(tmp_path: Path) -> Path:
    file = tmp_path / "session.ndjson"
    file.write_text(lines([OPEN, *MESSAGES]))
    return file


def export(*arguments: object, **options: bytes) -> Ran:
    return run("export", *map(str, arguments), **options)


def test_the_form_is_what_the_name_ends_in(session: Path, tmp_path: Path) -> None:
    for name, begins in [
        ("a.har", b'{"log":'), ("a.csv", b"time,mono,"), ("a.sh", b"#!/bin/sh"), ("a.py", b"#!/usr/bin/env python3"),
        ("a.NDJSON", b'{"type":'), ("a.jsonl", b'{"type":'), ("a.ndjson.gz", b"\x1f\x8b"),
    ]:  # fmt: skip
        file = tmp_path / name
        ran = export(session, "-o", file)
        assert (ran.exit, ran.out) == (0, "")
        # Scripts hold what the client sent.
        count = "1 message" if name in ("a.sh", "a.py") else "3 messages"
        assert ran.err.splitlines()[-1] == f"● wrote {file}: {count}"
        assert file.read_bytes().startswith(begins)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert gzip.decompress(file.read_bytes()).count(b"\n") == 5
    assert json.loads((tmp_path / "a.har").read_text())


@pytest.mark.parametrize("arguments", [["a.har.zst"], ["a.zst", "--to", "har"]])
def test_zstandard_by_name(arguments: list[str], session: Path, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard", reason="the extra `zstd` is not installed")
    name, *others = arguments
    assert export(session, "-o", tmp_path / name, *others).exit == 0
    with zstandard.open(tmp_path / name) as packed:
        assert packed.read().startswith(b'{"log":')


def test_a_form_that_is_said_counts_more(session: Path, tmp_path: Path) -> None:
    assert export(session, "-o", tmp_path / "a.har", "--to", "csv", "-q").err == ""
    assert (tmp_path / "a.har").read_bytes().startswith(b"time,")


def test_to_standard_output_and_from_standard_input(session: Path) -> None:
    ran = export("-", "--to", "ndjson", "--show-secrets", given=session.read_bytes())
    assert (ran.exit, ran.out, ran.err) == (0, session.read_text(), "")
    assert export(session, "-t", "ndjson", "-o", "-", "--show-secrets").out == session.read_text()


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        ([], "missing argument 'FILE'", "see `wsinspect export --help`"),
        (["SESSION"], "say in which form: --to ndjson, har, ", "see `wsinspect export --help`"),
        (["SESSION", "b.har"], "the name of the output stands behind -o", "see `wsinspect export --help`"),
        (["SESSION", "-o", "b"], "cannot tell in which form to write b: its name has no ending", "say it with --to: "),
        (["SESSION", "-o", "b.hra"], "`.hra` is the ending of no form", "did you mean `har`? say it with --to: "),
        (["SESSION", "-o", ".har"], "its name has no ending", "say it with --to: "),
        (["SESSION", "-o", "b.gz"], "its name has no ending", "say it with --to: "),
        (["SESSION", "-o", "", "--to", "csv"], "the name of the output is empty", ""),
        (["SESSION", "--to", "hra"], "'hra' is not one of", ""),
        (["nowhere", "--to", "csv"], "cannot read nowhere: no such file or directory", ""),
        (["SESSION", "--to", "csv", "--connection", "2"], "there is no connection 2: the recording holds 1", ""),
        (["SESSION", "--to", "csv", "--where", "op =="], "--where", ""),
    ],
)
def test_mistakes(arguments: list[str], error: str, hint: str, session: Path) -> None:
    ran = export(*[session if each == "SESSION" else each for each in arguments])
    assert (ran.exit, ran.out) == (2, "")
    assert error in ran.err
    assert hint in ran.err
    assert sorted(session.parent.iterdir()) == [session]


def test_nothing_is_overwritten_unless_that_is_asked_for(session: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("precious")
    ran = export(session, "-o", file)
    assert ran.exit == 11
    assert ran.err == f"error: {file} is there already\nhint: --force replaces it\n"
    assert file.read_text() == "precious"
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    assert export(session, "-o", link).exit == 11
    assert export(session, "-o", link, "--force").exit == 0
    assert link.is_symlink()
    assert file.read_text().startswith("time,")
    assert export(session, "-o", session, "--force", "-q").exit == 0
    assert session.read_text().count("\n") == 5
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.csv", "link.csv", "session.ndjson"]


@pytest.mark.parametrize("name", ["nowhere/a.csv", "session.ndjson/a.csv"])
def test_where_nothing_can_be_written(name: str, session: Path) -> None:
    ran = export(session, "-o", session.parent / name)
    assert (ran.exit, ran.out) == (11, "")
    assert ran.err.startswith("error: cannot write ")


def small_files() -> None:
    """A file may not grow beyond a MiB, which is as good as a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    big = tmp_path / "big.ndjson"
    big.write_text(lines([OPEN, *[alone(START, "in", (TEXT, b"x" * 1000, 1004))] * 2000]))
    process = subprocess.Popen(
        command("export", str(big), "-o", str(tmp_path / "a.csv")),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        preexec_fn=small_files,  # noqa: PLW1509
    )  # fmt: skip
    ran = ended(process)
    assert (ran.exit, ran.out) == (11, "")
    assert ran.err == f"error: cannot write {tmp_path / 'a.csv'}: file too large\n"
    assert list(tmp_path.iterdir()) == [big]


def test_devices_and_pipes_are_written_through(session: Path, tmp_path: Path) -> None:
    if Path("/dev/full").exists():
        ran = export(session, "-o", "/dev/full", "--to", "csv")
        assert (ran.exit, ran.err.splitlines()[-1]) == (11, "error: cannot write /dev/full: no space left on device")
    assert export(session, "-o", "/dev/stdout", "--to", "csv", "-q").out.startswith("time,")
    fifo = tmp_path / "fifo.csv"
    os.mkfifo(fifo)
    process = start("export", str(session), "-o", str(fifo), "-q")
    assert fifo.read_text().startswith("time,")
    assert ended(process).exit == 0
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_what_is_whole_of_a_damaged_recording_is_written(session: Path, tmp_path: Path) -> None:
    session.write_text(session.read_text() + "nonsense\n" + lines(MESSAGES))
    file = tmp_path / "a.har"
    ran = export(session, "-o", file)
    assert ran.exit == 11
    assert f"● wrote {file}: 6 messages\nerror: line 6 of the recording is damaged: it is not JSON" in ran.err
    assert len(json.loads(file.read_text())["log"]["entries"][0]["_webSocketMessages"]) == 8
    session.write_text("nonsense\n")
    assert export(session, "-o", tmp_path / "b.har").exit != 0
    assert not (tmp_path / "b.har").exists()


def test_secrets_are_hidden_unless_they_are_to_be_shown(session: Path) -> None:
    for form in EXPORTS:
        if form in BINARY:
            continue
        assert "sesame-open" not in export(session, "--to", form).out
    assert export(session, "--to", "har", "--show-secrets").out.count("sesame-open") == 3


def test_what_is_not_looked_for_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    file.write_text(lines([PLAIN, *MESSAGES, batches()[4][1]]))

    def kept(*arguments: str) -> list[str]:
        return [json.loads(line)["type"] for line in export(file, "-t", "ndjson", *arguments).out.splitlines()]

    assert kept() == ["HANDSHAKE", "TEXT", "TEXT", "PING", "TEXT", "FRAME"]
    assert kept("--type", "ping") == ["HANDSHAKE", "PING"]
    assert kept("--where", "seq == `1`") == ["HANDSHAKE", "TEXT"]
    assert kept("--grep", "red") == ["HANDSHAKE", "TEXT"]


def test_what_is_left_out_is_told_once(session: Path) -> None:
    session.write_text(lines([PLAIN, batches()[4][1], *MESSAGES, batches()[4][1]]))
    ran = export(session, "--to", "csv")
    assert ran.err == (
        "● CSV holds no headers: 3 are left out\n"
        "● CSV holds no frames: 2 are left out\n"
        "● 1 text in it may be taken for a formula by a spreadsheet\n"
    )
    assert export(session, "--to", "csv", "-q").err == ""


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="there are no files in /dev")
def test_a_file_among_devices_is_a_file(session: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        file = Path(folder) / "a.csv"
        assert export(session, "-o", file).exit == 0
        written = file.read_bytes()
        assert export(session, "-o", file).exit == 11
        assert export(session, "-o", file, "--force").exit == 0
        assert file.read_bytes() == written


def test_one_connection_of_several(tmp_path: Path) -> None:
    file = tmp_path / "two.ndjson"
    two = [alone(batch.at, batch.direction, batch.rows[0], number) for batch in (OPEN, *MESSAGES) for number in (1, 2)]
    file.write_text(lines(two))
    table = list(csv.DictReader(io.StringIO(export(file, "--to", "csv", "--connection", "2").out)))
    assert {line["connection"] for line in table} == {"2"}
    assert len(table) == 5
    assert "6 messages of 2 connections" in export(file, "-o", tmp_path / "a.har").err


def test_how_many_were_written_reads_well(tmp_path: Path) -> None:
    file = tmp_path / "many.ndjson"
    for count, words in (1, "1 message"), (1200, "1,200 messages"):
        file.write_text(lines([OPEN, *[MESSAGES[1]] * count]))
        assert export(file, "-o", tmp_path / "a.csv", "--force").err.endswith(f"a.csv: {words}\n")


def test_who_reads_no_more_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "long.ndjson"
    file.write_text(lines([OPEN, *MESSAGES * 20_000]))
    done = subprocess.run(
        ["bash", "-c", '"$@" | head -n 2; exit "${PIPESTATUS[0]}"', "-", *command("export", str(file), "--to", "csv")],
        capture_output=True, text=True, timeout=BOUND_S, env=environment(),
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (141, "", 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_leave_nothing_behind(number: signal.Signals, session: Path, tmp_path: Path) -> None:
    process = start("export", "-", "-o", str(tmp_path / "a.csv"), stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(session.read_bytes())
    process.stdin.flush()
    deadline = time.monotonic() + BOUND_S
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    (part,) = [each for each in tmp_path.iterdir() if each != session]
    assert stat.S_IMODE(part.stat().st_mode) == 0o600
    time.sleep(0.1)
    process.send_signal(number)
    assert ended(process).exit == 128 + number
    assert list(tmp_path.iterdir()) == [session]


def on_terminal(*arguments: object) -> tuple[int, str]:
    """Run the program with a terminal as standard output and standard error; return what was seen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*map(str, arguments)), stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment()
    )
    os.close(theirs)
    seen = b""
    try:
        while data := os.read(ours, 65536):
            seen += data
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    return process.wait(BOUND_S), seen.decode()


@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_a_terminal_is_kept_from_harm(output: str, session: Path) -> None:
    exit, seen = on_terminal("export", session, "--to", "csv", "-q", "-o", output)
    assert exit == 0
    assert "\x1b" not in seen
    assert r"=1+1 \x1b[31mred" in seen
    assert seen.count("\r\n") == 6
    assert r"\r" not in seen


@pytest.mark.parametrize("form", sorted(BINARY & set(EXPORTS)))
@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_binary_forms_are_not_for_a_terminal(output: str, form: str, session: Path) -> None:
    exit, seen = on_terminal("export", session, "--to", form, "-o", output)
    assert exit == 2
    assert f"{form} is not for a terminal" in seen
    assert "-o FILE" in seen
