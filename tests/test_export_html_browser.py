"""A recording's page in a real browser: hostile payloads stay text, and all of it works as a person would use it."""

import json
from pathlib import Path
from statistics import median

import pytest

from tests.browser import browsed
from tests.common_events import HANDSHAKE, START
from tests.recorded_pages import begun, common, many, page_of, row, text
from wsinspect.errors import Exit
from wsinspect.events import BINARY, CLOSE, CLOSED, ERROR, PING, PONG, Batch, Closed, Moment, Step, TlsFacts, Violation
from wsinspect.exports.html import SCRIPTS

OWNED = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
HOSTILE = [
    OWNED,
    f"</p></pre></td></details></main></script></style></title></noscript>--> ]]>{OWNED}",
    f"</script><script>document.title='owned'</script><!--<script>{OWNED}",
    '"\' onmouseover="document.title=\'owned\'" autofocus onfocus="document.title=\'owned\'" x="',
    "<svg onload=\"document.title='owned'\"><a xlink:href=\"javascript:document.title='owned'\">",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\">",
    "javascript:document.title='owned'",
    "${document.title='owned'} {{constructor.constructor('document.title=1')()}}",
    "user\u202eenimda\u2066 \u200b \u2028 \u2029 \x00 \x1b[2J \x7f \x85 \ufeff \U000e0041",
    '{"__proto__": {"shown": 1}, "constructor": {"prototype": 2}, "toString": "x", "<b>": "</script>"}',
    json.dumps({OWNED * 500: OWNED, "a": {OWNED: [OWNED]}}),
    "[" * 10_000 + "]" * 10_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    "\\" * 10_000 + '"',
    "<!--",
    "&lt;b&gt;&amp;",
]


def hostile() -> list[Batch]:
    """Return a recording that tries to get out of every place."""
    headers = [(f"X-{number}", value) for number, value in enumerate(HOSTILE)] + [(OWNED, OWNED), ("X-Odd", "\udce9")]
    handshake = HANDSHAKE._replace(
        url=f"javascript:document.title='owned'//{OWNED}",
        resource=OWNED,
        reason=OWNED,
        address=OWNED,
        subprotocol=OWNED,
        extensions=OWNED,
        request=headers,
        response=headers,
        steps=(Step(OWNED, 0.1, OWNED),),
        tls=TlsFacts(OWNED, OWNED, OWNED, False, OWNED, (OWNED,), OWNED, START.wall - 1, None, OWNED, OWNED, (OWNED,)),
    )
    made = [begun(handshake)]
    for number, payload in enumerate(HOSTILE):
        made.append(text(number, "in" if number % 2 else "out", payload))
        made.append(row(number + 0.5, "in", (BINARY, payload.encode(), len(payload))))
    made += [row(20, "in", (PING, OWNED.encode(), 9)), row(20, "out", (PONG, OWNED.encode(), 9))]
    made.append(row(20, "in", (ERROR, Violation(OWNED, OWNED, OWNED, 1, OWNED.encode(), 1002), 0)))
    made.append(row(21, "in", (CLOSE, b"\x03\xf3" + OWNED.encode(), 99)))
    made.append(row(21, "in", (CLOSED, Closed("peer", False, 1011, OWNED, None, OWNED, 6), 0)))
    return made


def test_hostile_payloads_run_nothing_and_show_as_text(tmp_path: Path) -> None:
    seen = browsed(
        tmp_path,
        page_of(hostile()),
        """
        const texts = [];
        const lines = [];
        await page.focus("#list");
        await page.keyboard.press("Home");
        const count = await page.evaluate(() => shown.length);
        for (let place = 0; place < count; place += 1) {
          await page.evaluate(() => {
            const tabs = Array.from(document.querySelectorAll('#details [role="tab"]'));
            tabs.forEach((tab) => tab.click());
            for (const name of ["JSON", "Text"]) {
              tabs.find((tab) => tab.textContent === name)?.click();
              document.querySelector("#details .bar button")?.click();
            }
          });
          texts.push(await page.evaluate(() => document.querySelector("#details").innerText.slice(0, 4000)));
          lines.push(await page.textContent(".row.selected .line"));
          await page.focus("#list");
          await page.keyboard.press("j");
        }
        await page.fill("#search", "<script>");
        await page.settled();
        const found = await page.textContent("#count");
        const elements = await page.evaluate(() =>
          document.querySelectorAll("img, iframe, svg a, body svg[onload], a[href^=javascript], b[x]").length);
        const scripts = await page.evaluate(() => document.scripts.length);
        return { texts, lines, found, elements, scripts, polluted: ({}).shown === undefined };
        """,
    )
    assert seen["faults"] == []
    assert "owned" not in seen["title"].replace("='owned'", "")
    result = seen["result"]
    assert (result["elements"], result["scripts"], result["polluted"]) == (0, len(SCRIPTS), True)
    everything = "\n".join(result["texts"])
    for payload in HOSTILE[:8]:
        assert payload in everything
    assert (
        "user\\u202eenimda\\u2066 \\u200b \\u2028 \\u2029 \\x00 \\x1b[2J \\x7f \\x85 \\ufeff \\U000e0041" in everything
    )
    assert '"__proto__": 1 key' in everything
    assert not set("\u202e\u2066\u200b\u2028\x00\x1b") & set(everything + "".join(result["lines"]))
    assert len(result["lines"]) == 2 * len(HOSTILE) + 6
    # Those that hold it as text or as bytes, and the handshake, ping, pong, breach, close and end.
    holding = sum("<script>" in payload for payload in HOSTILE)
    assert result["found"] == f"{2 * holding + 6} of {2 * len(HOSTILE) + 6} events"


def test_the_keys_lead_everywhere(tmp_path: Path) -> None:
    seen = browsed(
        tmp_path,
        page_of(many(1000)),
        """
        const told = [];
        const selected = () => page.evaluate(() => document.querySelector(".row.selected .time")?.textContent);
        const press = async (...keys) => {
          for (const key of keys) { await page.keyboard.press(key); }
          told.push(await selected());
        };
        await press("j");               // the first
        await press("j", "ArrowDown");
        await press("k");
        await press("End");
        await press("Home");
        await press("g", "j");          // the request
        await press("p");               // its reply
        await press("p");               // and back
        await press("PageDown");
        told.push(await page.evaluate(() => document.querySelector("#list").getAttribute("aria-activedescendant")));
        await page.keyboard.press("Enter");
        told.push(await page.evaluate(() => document.activeElement.id));
        await page.keyboard.press("Escape");
        told.push(await page.evaluate(() => document.activeElement.id));
        await page.keyboard.press("/");
        await page.keyboard.type('"seq": 99');
        await page.waitForFunction(() => document.querySelector("#count").textContent.startsWith("9 of"));
        await page.keyboard.press("Escape");
        told.push(await page.inputValue("#search"));
        told.push(await page.evaluate(() => document.activeElement.id));
        await page.keyboard.press("?");
        told.push(await page.evaluate(() => document.querySelector("#help").open));
        await page.keyboard.press("Escape");
        told.push(await page.evaluate(() => document.querySelector("#help").open));
        return told;
        """,
    )
    assert seen["faults"] == []
    page = seen["result"][8]
    assert seen["result"] == [
        "0.000000",
        "0.010000",
        "0.000000",
        "10.000000",
        "0.000000",
        "0.000000",
        "0.030000",
        "0.000000",
        page,
        f"r{round(float(page) * 100) + 1}",
        "details",
        "list",
        "",
        "list",
        True,
        False,
    ]
    assert float(page) > 0.05


def test_filters_and_search_give_the_right_counts(tmp_path: Path) -> None:
    batches = [*many(500), row(6, "in", (BINARY, b"\x00\xffneedle", 9)), row(6, "out", (PING, b"", 2))]
    seen = browsed(
        tmp_path,
        page_of(batches),
        """
        const counts = {};
        const note = async (name) => {
          await page.settled();
          counts[name] = await page.textContent("#count");
        };
        await note("all");
        await page.click("#ways label:nth-child(2)");
        await note("nothing received");
        await page.click("#ways label:nth-child(3)");
        await note("neither");
        await page.click("#clear");
        await note("cleared");
        await page.click('#types label:has-text("TEXT")');
        await note("no text");
        await page.click("#clear");
        await page.fill("#search", "METHOD");
        await note("upper case is meant");
        await page.fill("#search", "subscribe");
        await note("searched");
        await page.fill("#search", "NEEDLE".toLowerCase());
        await note("in bytes");
        await page.fill("#search", '"id": \\\\d0[,}]');
        await note("no expression");
        await page.click('label:has(#regex)');
        await note("expression");
        await page.fill("#search", "(");
        await note("broken expression");
        await page.click("#clear");
        await page.fill("#least", "0.2k");
        await note("large");
        await page.fill("#most", "201");
        await note("between");
        return counts;
        """,
    )
    assert seen["faults"] == []
    sizes = [len(row[1]) for batch in many(500) for row in batch.rows if isinstance(row[1], bytes)]
    assert seen["result"] == {
        "all": "504 events",
        "nothing received": "53 of 504 events",
        "neither": "2 of 504 events",
        "cleared": "504 events",
        "no text": "4 of 504 events",
        "upper case is meant": "0 of 504 events",
        "searched": "50 of 504 events",
        "in bytes": "1 of 504 events",
        "no expression": "0 of 504 events",
        "expression": "18 of 504 events",
        "broken expression": "not a regular expression",
        "large": f"{sum(size >= 200 for size in sizes)} of 504 events",
        "between": f"{sum(200 <= size <= 201 for size in sizes)} of 504 events",
    }


def test_an_expression_that_takes_for_ever_is_stopped_while_the_page_goes_on(tmp_path: Path) -> None:
    made = [begun(HANDSHAKE), text(1, "in", "a" * 40 + "!"), text(2, "in", "hello")]
    seen = browsed(
        tmp_path,
        page_of(made),
        """
        await page.click('label:has(#regex)');
        await page.fill("#search", "(a+)+$");
        await page.waitForSelector('#list[aria-busy="true"]');
        await page.click(".row.t-HANDSHAKE");
        const selected = await page.textContent("#details h2");
        const busy = await page.getAttribute("#list", "aria-busy");
        await page.settled();
        const stopped = await page.textContent("#count");
        await page.fill("#search", "(a+)+$ ");
        await page.fill("#search", "h.l+o");
        await page.settled();
        return { selected, busy, stopped, after: await page.textContent("#count") };
        """,
    )
    assert seen["faults"] == []
    assert "HANDSHAKE" in seen["result"].pop("selected")
    stopped = "the expression takes too long: stopped"
    assert seen["result"] == {"busy": "true", "stopped": stopped, "after": "1 of 3 events"}


def test_a_clock_beyond_all_calendars_breaks_nothing(tmp_path: Path) -> None:
    seen = browsed(
        tmp_path,
        page_of([begun(HANDSHAKE), text(1e20, "in", "late")]),
        """
        await page.focus("#list");
        await page.keyboard.press("End");
        await page.selectOption("#time", "utc");
        return { time: await page.textContent(".row.selected .time"), told: await page.innerText("#details dd") };
        """,
    )
    assert seen["faults"] == []
    assert seen["result"] == {"time": "unknown", "told": "unknown"}


@pytest.mark.parametrize(
    ("end", "style", "legend"),
    [
        (Closed("us", True, 1000, "", 1000, "", Exit.OK), "t-end", "end"),
        (Closed("peer", True, 1011, "", 1011, "", Exit.CLOSED_BADLY), "t-CLOSED", "error, loss"),
        (Closed("nobody", False, 1006, "", None, "gone", Exit.LOST), "t-CLOSED", "error, loss"),
    ],
    ids=["well", "refused", "lost"],
)
def test_an_end_has_the_colour_of_what_it_was(tmp_path: Path, end: Closed, style: str, legend: str) -> None:
    seen = browsed(
        tmp_path,
        page_of([begun(HANDSHAKE), row(1, "in", (CLOSED, end, 0))]),
        """
        const chip = await page.getAttribute('#types label:has-text("CLOSED")', "class");
        const legend = await page.$$eval("#legend span", (all) => all.map((one) => one.textContent));
        return { chip, legend, latency: await page.innerText("#latency") };
        """,
    )
    assert seen["faults"] == []
    assert seen["result"] == {
        "chip": f"chip {style}",
        "legend": [legend, "open"] if style == "t-CLOSED" else ["open", legend],
        "latency": "No message is a reply with its request's id, and no ping was answered.",
    }


def test_zooming_narrows_list_and_charts(tmp_path: Path) -> None:
    seen = browsed(
        tmp_path,
        page_of(many(1000)),
        """
        const told = [];
        const note = async () => {
          await page.settled();
          const state = () => [shown.length, Math.round(charts.from / 1e4), Math.round(charts.to / 1e4)];
          told.push(await page.evaluate(state));
        };
        const box = await (await page.$("#timeline .u-over")).boundingBox();
        await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
        await page.mouse.down();
        await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
        await page.mouse.up();
        await note();
        await page.mouse.dblclick(box.x + box.width * 0.4, box.y + box.height / 2);
        await note();
        await page.focus("#list");
        await page.keyboard.press("+");
        await note();
        await page.keyboard.press("]");
        await note();
        await page.keyboard.press("0");
        await note();
        // A point leads to its message.
        const point = await page.evaluate(() => {
          const { timeline } = charts.plots;
          return [timeline.valToPos(0, "x"), timeline.valToPos(0, "y")];
        });
        await page.evaluate(() => scrollTo(0, 0));
        const now = await (await page.$("#timeline .u-over")).boundingBox();
        await page.mouse.click(now.x + point[0] + 1, now.y + point[1]);
        await page.settled();
        told.push(await page.textContent(".row.selected .type"));
        return told;
        """,
    )
    assert seen["faults"] == []
    dragged, whole, halved, moved, again, clicked = seen["result"]
    assert abs(dragged[0] - 250) < 8
    assert abs(dragged[1] - 250) < 5
    assert abs(dragged[2] - 500) < 5
    assert whole == again == [1002, 0, 1000]
    assert halved == [501, 250, 750]
    assert moved == [501, 500, 1000]
    assert clicked == "HANDSHAKE"


def test_json_text_and_bytes_of_a_message(tmp_path: Path) -> None:
    big = json.dumps({"rows": list(range(1000)), "n": 1})
    odd = '{"a": 1, "a": 2, "n": 12345678901234567890123, "e": 1e400, "s": "\\u202e"}'
    batches = [
        begun(HANDSHAKE),
        text(1, "in", big),
        text(2, "in", odd),
        row(3, "in", (BINARY, bytes(range(256)) * 4096, 1 << 20)),
        text(4, "in", "x" * 100_000),
        text(5, "in", "not {json"),
        row(6, "in", (BINARY, odd.encode(), 80)),
    ]
    seen = browsed(
        tmp_path,
        page_of(batches),
        """
        const told = {};
        const at = (place) => page.evaluate((place) => select(place), place);
        const tabs = async () => (await page.locator('[role="tab"]').allTextContents()).join(" ");
        const view = () => page.evaluate(() => document.querySelector("#view").innerText);
        await at(1);
        told.leaves = await page.locator(".tree .leaf").count();
        await page.click('.tree details details > summary');
        await page.click('.tree button');
        told.more = await page.locator(".tree .leaf").count();
        await at(2);
        told.odd = await view();
        await page.click(".bar button:nth-child(2)");
        told.folded = await page.locator(".tree .leaf:visible").count();
        await at(3);
        told.bytes = await tabs();
        told.hexLines = await page.locator(".hex-line").count();
        await page.evaluate(() => { document.querySelector(".hex").scrollTop = 1e9; });
        await page.settled();
        told.last = (await page.locator(".hex-line").allTextContents()).sort().at(-1).slice(0, 13);
        await at(4);
        await page.focus('[role="tab"][aria-selected="true"]');
        told.long = await tabs();
        told.length = (await page.textContent("#view pre")).length;
        await page.click("#view button");
        told.whole = (await page.textContent("#view pre")).length;
        await page.focus('[role="tab"][aria-selected="true"]');
        await page.keyboard.press("ArrowRight");
        told.tab = await page.textContent('[role="tab"][aria-selected="true"]');
        await at(5);
        told.plain = await tabs();
        await at(6);
        told.inside = await tabs();
        return told;
        """,
    )
    assert seen["faults"] == []
    told = seen["result"]
    assert (told["leaves"], told["more"]) == (201, 401)
    assert '"a": 1' in told["odd"]
    assert '"a": 2' in told["odd"]
    assert "12345678901234567890123" in told["odd"]
    assert "1e400" in told["odd"]
    assert '"\\u202e"' in told["odd"]
    assert told["folded"] == 0
    assert told["bytes"] == "Hex"
    assert told["hexLines"] < 60
    assert told["last"] == "000ffff0  f0 "
    assert (told["long"], told["length"], told["whole"], told["tab"]) == ("Text Hex", 65536, 100_000, "Hex")
    assert told["plain"] == "Text Hex"
    assert told["inside"] == "JSON Hex"


@pytest.mark.parametrize("messages", [0, 1, 2])
def test_hardly_anything_is_a_page_too(tmp_path: Path, messages: int) -> None:
    seen = browsed(
        tmp_path,
        page_of([text(0, "in", "{}") for _ in range(messages)]),
        """
        for (const key of ["j", "k", "End", "Enter", "+", "-", "0", "[", "]", "p", "c"]) {
          await page.keyboard.press(key);
        }
        await page.settled();
        return await page.textContent("#count");
        """,
    )
    assert seen["faults"] == []
    assert seen["result"] == f"{messages} event{'' if messages == 1 else 's'}"


def test_what_is_left_out_is_marked(tmp_path: Path) -> None:
    seen = browsed(
        tmp_path,
        page_of(many(5000), most_rows=200),
        """
        await page.evaluate(() => { list.reach(100); });
        const marks = await page.locator(".left-out").allTextContents();
        const note = await page.textContent(".note");
        const drawn = await page.evaluate(() => charts.cells.reduce((sum, cell) => sum + cell.count, 0));
        return { marks, note, drawn };
        """,
    )
    assert seen["faults"] == []
    assert seen["result"]["marks"] == ["… 4,802 events left out of this page …"]
    assert "a page holds 200 of the 5,002 events" in seen["result"]["note"]
    assert seen["result"]["drawn"] == 5002


def test_several_connections_are_chosen_from(tmp_path: Path) -> None:
    batches = [begun(HANDSHAKE, 1), text(1, "in", "one", 1)]
    batches += [begun(HANDSHAKE._replace(url="ws://other/", at=Moment(START.wall + 1, START.mono + 1)), 2)]
    batches += [text(2, "in", "two", 2), text(3, "in", "three", 1)]
    seen = browsed(
        tmp_path,
        page_of(batches),
        """
        const choices = await page.locator("#connection option").allTextContents();
        await page.selectOption("#connection", "1");
        await page.settled();
        const lines = await page.locator(".row .line").allTextContents();
        const cards = await page.locator(".connection:visible h2").allTextContents();
        return { choices, lines, cards };
        """,
    )
    assert seen["faults"] == []
    assert seen["result"] == {
        "choices": ["all connections", f"1: {HANDSHAKE.url}", "2: ws://other/"],
        "lines": ["101 Switching Protocols · ws://other/", "two"],
        "cards": ["Connection 2"],
    }


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 600)])
def test_axe_finds_nothing(tmp_path: Path, dark: bool, width: int) -> None:
    seen = browsed(
        tmp_path,
        page_of(common()),
        """
        let axe;
        try { axe = require("axe-core"); } catch { return null; }
        await page.evaluate(axe.source);
        const found = [];
        const look = async () => {
          const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await page.evaluate((runOnly) => window.axe.run({ runOnly }), runOnly);
          for (const { id, nodes } of violations) {
            found.push([id, ...nodes.map((node) => node.html.slice(0, 200) + node.failureSummary)]);
          }
        };
        await look();
        for (const type of ["TEXT", "BINARY", "ERROR", "CLOSE", "CLOSED"]) {
          await page.evaluate((type) => select(shown.findIndex((row) => typeOf(row) === type)), type);
          await look();
        }
        await page.click("#keys");
        await look();
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scrollWidth, clientWidth };
        });
        const wide = scrollWidth - clientWidth;
        return { found, wide };
        """,
        dark=dark,
        width=width,
    )
    if seen["result"] is None:
        pytest.skip("npm's axe-core is not installed (or not in NODE_PATH)")
    assert seen["faults"] == []
    assert seen["result"] == {"found": [], "wide": 0}


def test_without_script_it_still_tells(tmp_path: Path) -> None:
    seen = browsed(tmp_path, page_of(common()), "return page.innerText('body');", script=False)
    assert seen["faults"] == []
    told = seen["result"]
    assert "need JavaScript. The first 49 of 49 events" in told
    assert '{"op": "hello", "seq": 1' in told
    assert "connection lost: the connection was reset" in told
    assert "Reconnect: Yes, with backoff" in told
    assert "Search" not in told


def test_a_hundred_thousand_messages_open_soon(tmp_path: Path) -> None:
    """Open within 2 s, and search within 100 ms, is what is wanted; a busy machine is given more."""
    page = page_of(many(100_000))
    seen = [
        browsed(
            tmp_path,
            page,
            """
            const rows = await page.locator(".row").count();
            const searched = await page.evaluate(async () => {
              document.querySelector("#search").value = "99999";
              const begun = performance.now();
              await filter();
              return performance.now() - begun;
            });
            return { rows, searched, count: await page.textContent("#count"),
              ready: Number(await page.evaluate(() => document.documentElement.dataset.ready)) };
            """,
        )
        for _ in range(3)
    ]
    assert all(one["faults"] == [] for one in seen)
    assert all(one["result"]["rows"] < 100 for one in seen)
    assert seen[0]["result"]["count"] == "1 of 100,002 events"
    print([one["result"] for one in seen])
    assert median(one["result"]["ready"] for one in seen) < 15_000
    assert median(one["result"]["searched"] for one in seen) < 5_000
