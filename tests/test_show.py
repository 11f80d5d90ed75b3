"""``show``: what it makes of a recording is what ``connect`` made of the connection, and files are read as they are."""

import re
from pathlib import Path

from tests.servers import (
    Peer,
    Ran,
    Step,
    answer,
    binary,
    close,
    open_,
    opened,
    ping,
    run,
    serving,
    text,
    together,
)
from wsinspect.wire.frames import CONTINUATION, PONG, write_frame

FEED = text("hä") + binary(b"\x00\n\xff") + ping(b"p") + write_frame(b"q", PONG) + text("") + text("l1\nl2\x1b[31m")
JSON = text('{"op": "error", "n": [1, 2], "s": "\u202e"}') + text('{"op": "x", "n": 7}') + text("9" * 3000)
PARTS = write_frame(b"Hel", 1, fin=False) + ping(b"beat") + write_frame(b"lo", CONTINUATION) + text("skip")

SCRIPTS: dict[str, list[Step]] = {
    "feed": [open_, FEED + JSON, Peer.frame, close(1001, "bye"), Peer.until_close],
    "frames": [open_, PARTS, Peer.frame, close(1000), Peer.until_close],
    "dialect": [
        opened("Sec-WebSocket-Protocol: graphql-transport-ws"),
        text("a") + close(4400, "no"),
        Peer.until_close,
    ],
    "lost": [open_, text("a")],
    "violation": [open_, text("a") + b"\x83\x05Hello", Peer.until_close],
    "refused": [answer("403 Forbidden", b"", "X-Why: who knows")],
}

ROWS: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # the script, what both are told, what connect alone is told
    *[("feed", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("feed", ("--raw", "-0"), ()),
    ("feed", ("--raw", "--no-newline"), ()),
    ("feed", ("-f", "pretty", "--color", "always", "--json-indent", "2", "--width", "80"), ()),
    ("feed", ("-f", "plain", "--max-payload", "10", "--time", "delta"), ()),
    ("feed", ("-f", "pretty", "--full", "--width", "60", "--time", "epoch"), ()),
    ("feed", ("-f", "plain", "--time", "utc", "--type", "text,ping"), ()),
    ("feed", ("--where", "n[0] == `1` || n == `7`", "--time", "none"), ()),
    ("feed", ("--grep", "^l", "--format", "ndjson"), ()),
    ("feed", ("--select", "n", "--raw"), ()),
    ("feed", ("-q", "--time", "none"), ()),
    ("feed", ("-v", "--time", "none"), ()),
    ("feed", ("--summary", "json", "--time", "none"), ()),
    ("feed", ("--dialect", "discord", "--time", "none"), ()),
    *[("frames", ("--frames", "--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("frames", ("--frames", "--time", "none", "--where", "@ == 'Hello'"), ()),
    ("frames", ("--type", "frame", "--time", "none"), ()),
    *[("dialect", ("--format", format), ("-s", "graphql-transport-ws")) for format in ("pretty", "plain", "ndjson")],
    ("dialect", ("--summary", "json", "--time", "none"), ("-s", "graphql-transport-ws")),
    *[("lost", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    *[("violation", ("--format", format), ()) for format in ("pretty", "plain", "ndjson")],
    *[("refused", ("--format", format), ()) for format in ("pretty", "plain", "ndjson", "raw")],
    ("refused", ("-v", "--time", "none"), ()),
    (
        "refused",
        (
            "--summary",
            "json",
        ),
        (),
    ),
]


def untimed(said: str) -> str:
    """Return what does not depend on the clock, the port, or a nonce."""
    for pattern, instead in (
        (r"127\.0\.0\.1:\d+|localhost:\d+", "PLACE"),
        (r"(?m)^(\x1b\[\d*m)*\s*\d\d:\d\d:\d\d\.\d+|^(\x1b\[\d*m)*\d{9,}\.\d+|^ *\+\d+\.\d+|^ +\d+\.\d+(?= )", "TIME"),
        (r'"time":"[^"]*","mono":[\d.]+', "STAMP"),
        (r'"(seconds|rtt)":[\d.]+', r'"\1":S'),
        (r'\["(resolve|connect|upgrade)",[\d.]+', r'["\1",S'),
        (r'"(received|sent)":\d+\.\d+', r'"\1":S'),
        (r" *\b[\d.]+ m?s\b", " DURATION"),
        (r"Sec-WebSocket-(Key|Accept)(: |\",\")[A-Za-z0-9+/=]+", "NONCE"),
        (r"(mask |\"mask\":\")[0-9a-f]{8}", "MASK"),
    ):
        said = re.sub(pattern, instead, said)
    return said


def test_it_shows_what_connect_showed(tmp_path: Path) -> None:
    def both(row: tuple[str, tuple[str, ...], tuple[str, ...]]) -> tuple[Ran, Ran]:
        script, arguments, own = row
        recording = tmp_path / f"{ROWS.index(row)}.ndjson"
        frames = ("--frames",) if script == "frames" else ()
        with serving(*SCRIPTS[script]) as served:
            recorded = run("connect", served.url, "-n", "-f", "ndjson", *frames, *own)
            recording.write_bytes(recorded.out.encode("utf-8", "surrogateescape"))
        with serving(*SCRIPTS[script]) as served:
            live = run("connect", served.url, "-n", *arguments, *own)
        return live, run("show", str(recording), *arguments)

    for row, (live, shown) in zip(ROWS, together(both, ROWS, at_once=4), strict=True):
        script, arguments, _ = row
        assert untimed(shown.out) == untimed(live.out), row
        assert shown.exit == 0, (row, shown.err)
        said, heard = untimed(shown.err), untimed(live.err)
        if script == "refused":
            # What stopped connect is its error; here it is how the recorded try ended.
            heard = re.sub(
                r"error: (.*)\n(hint: .*\n)?", r"● not connected: \1\n" if "json" not in arguments else "", heard
            )
        if script == "violation":
            # Bytes that made no message are not recorded.
            said, heard = (re.sub(r"\([\d.]+ B on the wire\)", "", text) for text in (said, heard))
        assert said == heard, row
