"""HAR and flows between us and what others wrote: a schema of HAR 1.2, Chromium's DevTools, Playwright, mitmproxy."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.common_events import HANDSHAKE, START, batches
from tests.peer_programs import free_port, program, running, wait_for_port
from tests.serve_process import serving
from tests.servers import BOUND_S, environment, run
from wsinspect.events import BINARY, CLOSE, CLOSED, CLOSING, FRAME, PING, PONG, TEXT, Batch, alone
from wsinspect.events import HANDSHAKE as BEGINS
from wsinspect.exports.har import har
from wsinspect.recordings.har import read

NODE_BOUND_S = 120
MODULES = "/usr/local/lib/node_modules:/usr/lib/node_modules"
DATA = (TEXT, BINARY, PING, PONG, CLOSE, CLOSING)

VALIDATE = """
let validator;
try { validator = require('har-validator'); } catch { console.log('missing'); process.exit(0); }
validator.har(JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8')))
  .then(() => console.log('valid'), error => console.log(JSON.stringify(error.errors)));
"""

BROWSER = """
let playwright;
try { playwright = require('playwright-core'); } catch { console.log('missing'); process.exit(0); }
const fs = require('fs');
const [executablePath, ...given] = process.argv.slice(1);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
(async () => {
  const browser = await playwright.chromium.launch({ executablePath, args });
  try { console.log(JSON.stringify(await (async () => { SCRIPT })())); }
  finally { await browser.close(); }
})().catch(error => console.log(JSON.stringify({ failed: String(error) })));
"""

# Chromium's own code: what Import HAR file of its Network panel calls, and what Save all as HAR does.
IMPORT = """
  const page = await browser.newPage();
  await page.goto('devtools://devtools/bundled/devtools_app.html');
  return page.evaluate(async text => {
    const { HARFormat, Importer, Log } = await import('devtools://devtools/bundled/models/har/har.js');
    const requests = Importer.Importer.requestsFromHARLog(new HARFormat.HARRoot(JSON.parse(text)).log);
    const seen = requests.map(one => ({ url: one.url(), type: one.resourceType().name(), status: one.statusCode,
      address: one.remoteAddress(), frames: one.frames(), headers: one.requestHeaders() }));
    return { seen, again: JSON.stringify({ log: await Log.Log.build(requests, { sanitize: false }) }) };
  }, fs.readFileSync(given[0], 'utf8'));
"""

RECORD = """
  const context = await browser.newContext({ recordHar: { path: given[0], content: 'embed' } });
  const page = await context.newPage();
  await page.goto(given[1].replace('ws:', 'http:').replace('feed', ''));
  const got = await page.evaluate(url => new Promise(resolve => {
    const socket = new WebSocket(url, []), got = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => { socket.send('hello é'); socket.send(new Uint8Array([0, 255])); };
    socket.onmessage = event => { got.push(typeof event.data); if (got.length === 2) socket.close(1000); };
    socket.onclose = () => resolve(got);
  }), given[1]);
  await context.close();
  return got;
"""


def node(text: str, *arguments: object) -> str:
    """Run a script; return the last line that it prints, or skip where a package is missing."""
    env = environment(NODE_PATH=os.environ.get("NODE_PATH") or MODULES)
    command = [program("node"), "-e", text, *map(str, arguments)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=NODE_BOUND_S, env=env
        )
    except subprocess.TimeoutExpired:
        pytest.skip("node or chromium does not answer here")
    told = done.stdout.strip().rpartition("\n")[2]
    if told == "missing":
        pytest.skip("npm's package is not installed (or not in NODE_PATH)")
    return told


def browser(script: str, *arguments: object) -> Any:
    """Run a script in Chromium, and return what it returns."""
    told = node(BROWSER.replace("SCRIPT", script), program("chromium"), *arguments)
    if not told:
        pytest.skip("chromium does not start here")
    made = json.loads(told)
    if isinstance(made, dict) and "failed" in made:
        if "launch" in made["failed"]:
            pytest.skip("chromium does not start here")
        pytest.fail(made["failed"])
    return made


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A HAR file of ours: two connections that mix, with all common events in them."""
    one, two = (
        [alone(START, "in", (BEGINS, HANDSHAKE, 0), number), *[_numbered(batch, number) for _, batch in batches()]]
        for number in (1, 2)
    )
    file = tmp_path / "ours.har"
    file.write_bytes(b"".join(har([each for pair in zip(one, two, strict=True) for each in pair], print)))
    return file


def _numbered(batch: Batch, number: int) -> Batch:
    return alone(batch.at, batch.direction, batch.rows[0], number)


def test_the_schema_of_har_holds(ours: Path) -> None:
    assert node(VALIDATE, ours) == "valid"
    broken = json.loads(ours.read_text())
    del broken["log"]["entries"][0]["timings"]
    ours.write_text(json.dumps(broken))
    assert "timings" in node(VALIDATE, ours)


def test_chromium_imports_it_and_its_own_export_is_read(ours: Path) -> None:
    made = browser(IMPORT, ours)
    kept = [batch for _, batch in batches() if batch.rows[0][0] not in (CLOSED, FRAME) and batch.rows[0][0] < FRAME]
    for seen in made["seen"]:
        assert (seen["url"], seen["type"], seen["status"]) == (HANDSHAKE.url, "websocket", 101)
        assert seen["address"] == HANDSHAKE.address
        assert [header["name"] for header in seen["headers"]] == [name for name, _ in HANDSHAKE.request]
        assert [frame["time"] for frame in seen["frames"]] == pytest.approx([batch.at.wall for batch in kept], abs=1e-6)
        sides = {"send": "out", "receive": "in", "error": "in"}
        assert [sides[frame["type"]] for frame in seen["frames"]] == [batch.direction for batch in kept]
        texts = [frame["text"] for frame in seen["frames"] if frame["opCode"] == 1]
        assert texts == [batch.rows[0][1].decode() for batch in kept if batch.rows[0][0] == TEXT]
    assert len(made["seen"]) == 2
    again = list(read(io.BytesIO(made["again"].encode())))
    messages = [batch for batch in again if batch.connection == 2 and batch.rows[0][0] in DATA]
    assert [(batch.direction, batch.rows[0][:2]) for batch in messages] == [
        (batch.direction, batch.rows[0][:2]) for batch in kept if batch.rows[0][0] in DATA
    ]


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def page(connection: ServerConnection, request: Request) -> Response | None:
    """A page of the server's own, so that no policy of the browser's keeps it from speaking to the server."""
    return connection.respond(200, "a page") if request.path == "/" else None


def test_what_playwright_records_is_read(tmp_path: Path) -> None:
    file = tmp_path / "playwright.har"
    # Not ours, which turns away pages of other origins.
    with serve(echo, "127.0.0.1", 0, process_request=page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/feed"
        try:
            got = browser(RECORD, file, url)
        finally:
            server.shutdown()
            thread.join()
    assert got == ["string", "object"]
    notes: list[str] = []
    found = list(read(io.BytesIO(file.read_bytes()), notes.append))
    assert notes == ["the HAR file holds 1 entry that is no WebSocket, passed over"]
    assert found[0].rows[0][1].url == url
    assert found[0].rows[0][1].status == 101
    sent = [batch.rows[0][:2] for batch in found[1:] if batch.direction == "out"]
    assert sent == [(TEXT, "hello é".encode()), (BINARY, b"\x00\xff")]
    assert sent == [batch.rows[0][:2] for batch in found[1:] if batch.direction == "in"]
    assert all(abs(batch.at.wall - time.time()) < 600 for batch in found)


@pytest.fixture
def mitmproxy() -> Path:
    """The folder of programs of an environment that holds mitmproxy and wsinspect."""
    named = os.environ.get("WSINSPECT_MITMPROXY")
    folder = Path(named) if named else Path(sys.executable).parent
    if not (folder / "mitmdump").exists():
        pytest.skip("mitmproxy is not installed beside this Python (WSINSPECT_MITMPROXY names another environment)")
    return folder


def test_mitmproxy_reads_it(ours: Path, mitmproxy: Path) -> None:
    done = subprocess.run(
        [mitmproxy / "mitmdump", "-nr", ours], capture_output=True, text=True, timeout=NODE_BOUND_S, env=environment()
    )
    assert done.stdout.count(f"GET {HANDSHAKE.url}") == 2
    assert done.stdout.count("<< 101 Switching Protocols") == 2


def test_a_session_through_mitmproxy(tmp_path: Path, mitmproxy: Path) -> None:
    port = free_port()
    flows, dumped = tmp_path / "flows", tmp_path / "dumped.har"
    home = f"confdir={tmp_path / 'home'}"
    command = [mitmproxy / "mitmdump", "-p", str(port), "--set", home, "-w", flows, "--set", f"hardump={dumped}"]
    with serving("--demo") as url, running(*map(str, command)) as proxy:
        wait_for_port(port, proxy)
        through = ("-x", f"http://127.0.0.1:{port}", "-n", "-q")
        sends = ("--send", "hello é", "--send", "hex:00ff")
        talked = run("connect", f"{url}echo", *through, *sends, bound_s=4 * BOUND_S)
        assert talked.exit == 0
        assert run("connect", f"{url}1012", *through, bound_s=4 * BOUND_S).exit == 6
        deadline = time.monotonic() + BOUND_S
        while flows.read_bytes().count(b":websocket;") < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
    program_of_both = [mitmproxy / "python", "-m", "wsinspect", "export", flows, "--to", "ndjson"]
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        program_of_both, capture_output=True, text=True, timeout=NODE_BOUND_S, env=environment(PYTHONPATH=root)
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    of_flows = [(line["conn"], line["type"], line.get("dir"), line.get("text") or line.get("base64")) for line in lines]
    echoed = [(1, "TEXT", "hello é"), (1, "BINARY", "AP8=")]
    for way in ("out", "in"):
        assert [(conn, type, data) for conn, type, of, data in of_flows if (conn, of) == (1, way) and data] == echoed
    assert {line["url"] for line in lines if line["type"] == "HANDSHAKE"} == {f"{url}echo", f"{url}1012"}
    ends = [(line["by"], line["code"], line["reason"]) for line in lines if line["type"] == "CLOSED"]
    assert ends == [("us", 1000, ""), ("peer", 1012, "as you asked")]
    # mitmproxy's own HAR of the same session tells the same messages.
    of_har = [
        (batch.connection, batch.direction, batch.rows[0][:2])
        for batch in read(io.BytesIO(dumped.read_bytes()))
        if batch.rows[0][0] in (TEXT, BINARY)
    ]
    assert len(of_har) == 5
    assert of_har[-1][2][1].startswith(b"Welcome to the wsinspect demo")
    # A file that was cut off is read up to its last whole flow.
    flows.write_bytes(flows.read_bytes()[:-40])
    done = subprocess.run(
        program_of_both, capture_output=True, text=True, timeout=NODE_BOUND_S, env=environment(PYTHONPATH=root)
    )
    assert done.returncode == 11
    assert "the file of flows cannot be read behind byte " in done.stderr
    assert '"conn":1' in done.stdout
    assert '"conn":2' not in done.stdout


def test_without_mitmproxy_it_is_told_what_to_do(tmp_path: Path) -> None:
    if (Path(sys.executable).parent / "mitmdump").exists():
        pytest.skip("mitmproxy is installed here")
    file = tmp_path / "flows"
    file.write_bytes(b"2654:9:websocket;475:13:timestamp_end;")
    ran = run("export", str(file), "--to", "ndjson")
    assert (ran.exit, ran.out) == (2, "")
    assert "mitmproxy, which is not installed here" in ran.err
    assert "hardump=" in ran.err
