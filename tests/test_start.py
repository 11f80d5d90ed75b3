"""What each way into the program may import: start-up time is decided here, so that no benchmark has to notice."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.servers import close, open_, serving, text

# Beside the standard library. Nothing here may be imported before it is needed.
ALLOWED = {
    "import": {"wsinspect"},
    "decode-close": {"wsinspect", "click"},
    "connect": {"wsinspect", "click", "websockets"},
    "stats": {"wsinspect", "click"},
}
# Parts of the standard library and of websockets that cost tens of milliseconds together, and that we can do without.
HEAVY = {
    "import": {"asyncio", "dataclasses", "inspect", "tomllib", "zlib", "socket", "difflib"},
    "decode-close": {"asyncio", "ssl", "socket", "tomllib", "difflib", "dataclasses", "zlib", "logging"},
    "stats": {
        "asyncio", "ssl", "socket", "tomllib", "difflib", "logging", "wsinspect.render.stats_json",
        "wsinspect.filters.expression",
    },
    "connect": {
        "email", "encodings.idna", "http.client", "importlib.metadata", "multiprocessing", "tomllib", "urllib.request",
        "websockets.asyncio.client", "websockets.asyncio.server", "websockets.proxy", "wsinspect.dialects",
        "wsinspect.net.demo", "wsinspect.net.failures", "wsinspect.options.profiles", "wsinspect.profiles",
        "wsinspect.recents", "wsinspect.secret_sources", "wsinspect.toml_places", "wsinspect.render.ndjson",
        "python_socks", "wsinspect.pins", "wsinspect.proxies",
        "wsinspect.net.outlet", "wsinspect.net.proxy", "wsinspect.net.unix",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(open_, text("hello"), close(1000)) as served:
        yield served.url


def modules(*arguments: str) -> set[str]:
    """Return what a Python with these arguments imports, beside what an empty program does."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE))


@pytest.mark.parametrize("way", ALLOWED)
def test_what_a_start_imports(way: str, url: str) -> None:
    arguments = {
        "import": ["-c", "from wsinspect import WSCloseCode, WSMsgType, WSMessage, explain_close"],
        "decode-close": ["-m", "wsinspect", "decode-close", "1011"],
        "connect": ["-m", "wsinspect", "connect", url, "-n", "--format", "plain"],
        "stats": ["-m", "wsinspect", "stats", os.devnull],
    }[way]
    added = modules(*arguments) - modules("-c", "pass")
    packages = {name.partition(".")[0] for name in added}
    # What the standard library looks for elsewhere: copy on Jython, platform on Windows.
    assert packages - ALLOWED[way] - {"org", "_wmi"} <= sys.stdlib_module_names
    assert not added & HEAVY[way]
