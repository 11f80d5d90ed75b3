"""A page in a real browser: Debian's Chromium, driven by npm's playwright-core. Skips where one of them is not here."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.peer_programs import program

BOUND_S = 120

# Opens the page given, waits until it is ready, and runs the steps; prints what became of them, and all that a page
# must not do: requests (but for its own workers), console messages, errors, dialogs, breaches of its policy.
HARNESS = """
let playwright;
try { playwright = require("playwright-core"); } catch { console.log("null"); process.exit(0); }
const [chromium, file, folder, options, steps] = process.argv.slice(1);
const { width = 1280, dark = false, script = true } = JSON.parse(options);
(async () => {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
  const context = await playwright.chromium.launchPersistentContext(folder, {
    executablePath: chromium, headless: true, args, viewport: { width, height: 800 },
    colorScheme: dark ? "dark" : "light", javaScriptEnabled: script,
  });
  const faults = [];
  const requests = [];
  const page = await context.newPage();
  page.on("request", (request) => requests.push(request.url()));
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  context.on("page", () => faults.push("another page was opened"));
  await page.addInitScript(() => {
    window.breaches = [];
    document.addEventListener("securitypolicyviolation", (event) => window.breaches.push(event.violatedDirective));
  });
  const url = require("url").pathToFileURL(file).href;
  // What was typed is searched for, and what was drawn stands there.
  page.settled = async () => {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await page.waitForSelector('#list[aria-busy="false"]', { state: "attached" });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  };
  const begun = Date.now();
  await page.goto(url);
  if (script) { await page.waitForSelector("html[data-ready]", { timeout: 60000 }); }
  const opened = Date.now() - begun;
  const run = Object.getPrototypeOf(async function () {}).constructor("page", "require", steps);
  const result = await run(page, require);
  if (script) {
    for (const breach of await page.evaluate(() => window.breaches)) { faults.push(`policy: ${breach}`); }
  }
  const foreign = requests.filter((other) => other !== url && !other.startsWith("blob:"));
  for (const other of foreign) { faults.push(`request: ${other}`); }
  console.log(JSON.stringify({ result, faults, opened, title: await page.title() }));
  await context.close();
})().catch((error) => { console.log(JSON.stringify({ failed: String(error.stack) })); process.exit(0); });
"""


def browsed(folder: Path, page: bytes, steps: str = "", **options: Any) -> dict[str, Any]:
    """Open a page and run steps on it, the body of an async function of ``page``; return what it returned as
    ``result``, and the faults that were seen, the milliseconds until it was ``opened``, and its title.
    """
    file = folder / "page.html"
    file.write_bytes(page)
    profile = folder / f"profile{len(list(folder.iterdir()))}"
    command = [program("node"), "-e", HARNESS, program("chromium"), file, profile, json.dumps(options), steps]
    environment = {key: value for key, value in os.environ.items() if key not in ("http_proxy", "https_proxy")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BOUND_S, env=environment)
    except subprocess.TimeoutExpired:
        pytest.skip("chromium does not answer here")
    lines = done.stdout.splitlines()
    if not lines:
        pytest.skip(f"chromium does not start here: {done.stderr[-300:]}")
    told: dict[str, Any] | None = json.loads(lines[-1])
    if told is None:
        pytest.skip("npm's playwright-core is not installed (or not in NODE_PATH)")
    if "Failed to launch" in told.get("failed", ""):
        pytest.skip("chromium does not start here")
    assert "failed" not in told, told["failed"]
    return told
