"""What is fuzzed, a row each. Loads none of it: that is for the process in which it is instrumented."""

from typing import NamedTuple

INSTRUMENTED = "wsinspect"


class Target(NamedTuple):
    """``function`` takes bytes; ``words`` are what the fuzzer may put in; inputs have at most ``longest`` bytes."""

    name: str
    what: str
    function: str
    words: tuple[str, ...] = ()
    longest: int = 4096


JSON = ('{"', '":', '"}', "[", "]", ",", "null", "true", "1e999", "-0", '\\"', "\\u0000", "\\ud800", "\\udc00", "NaN")
NDJSON = (
    '{"type":"TEXT"', '{"type":"BINARY"', '"type":"PING"', '"type":"PONG"', '"type":"CLOSE"', '"type":"CLOSING"',
    '"type":"ERROR"', '"type":"FRAME"', '"type":"GAP"', '"type":"CLOSED"', '"type":"HANDSHAKE"', '"version":1',
    '"time":"2026-11-22T12:04:31.207123Z"', '"mono":1.5', '"conn":2', '"dir":"in"', '"dir":"out"', '"size":5',
    '"wire":7', '"text":"', '"base64":"', '"code":1000', '"reason":"', '"rtt":0.1', "}\n", "\ufeff",
)  # fmt: skip
HAR = (
    '"log"', '"entries"', '"_webSocketMessages"', '"_resourceType":"websocket"', '"request"', '"response"', '"url"',
    '"headers"', '"status":101', '"startedDateTime"', '"timings"', '"_wsinspect"', '"_wsinspectEnd"', '"handshake"',
    '"rows"', '"mono"', '"wire"', '"violation"', '"opcode":8', '"opcode":-1', '"type":"send"', '"type":"receive"',
    '"type":"error"', '"data"', '"time"', '"code":1000', '"reason"', '"_error"', '"serverIPAddress"', '"connection"',
)  # fmt: skip
HTTP = ("HTTP/1.1 101 ", "GET /", "\r\n", "\r\n\r\n", "Upgrade: websocket\r\n", "Sec-WebSocket-Extensions: ")
ANSWER = (
    *HTTP, "HTTP/1.1 100 Continue\r\n\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "5\r\n", "0\r\n",
    "Content-Encoding: gzip\r\n", "Content-Encoding: deflate\r\n", "WWW-Authenticate: Basic realm=\"a\\\"b\", Bearer",
)  # fmt: skip
CHECK = (
    'url = "ws://h/"\n', "[[steps]]\n", "[steps.expect]\n", "[variables]\n", "[[cases]]\n", "[connections.a]\n",
    "[handshake]\n", "[schema]\n", "send = ", "expect = ", "reject = ", "wait = ", "close = ", "expect_close = ",
    "text = ", "json = ", "binary = ", "ping = ", "regex = ", "where = ", "prefix = ", "contains = ", "partial = ",
    "schema = ", "size = ", "type = ", "count = ", "within = ", "save = ", "any_order = true", "strict = true",
    "repeat = 2", "retry = ", "timeout = ", "name = ", "on = ", "file = ", "for = ", "codes = ", "reason = ",
    "${A}", "${env:HOME}", "${file:hello.txt}", "${secret:API_TOKEN}", "$${", '"""', "'''", "inf", "nan",
    "1979-05-27T07:32:00Z", "0x", "1_000", '"1s"', '"500ms"', "{ ", " }", "\\u0000", "\\U0010FFFF",
)  # fmt: skip
WHERE = (
    ":type", ":size", ":dir", ":text", ":gap", ":json", "==", "!=", "<=", "&&", "||", "[?", "[]", "[*]", "[0]",
    "[::-1]", "`1`", "`[]`", "'text'", "@", "&", "length(", "contains(", "sort_by(", "max_by(", "map(", "join(",
    "to_number(", "to_string(", "keys(", "merge(", "not_null(", "reverse(", "avg(", "sum(", "{a: b}", "[a, b]", "|",
    "true", "null", '"quoted"', "1e309", "-1",
)  # fmt: skip
CURL = (
    "curl ", "-H ", "--header ", "-b ", "-u ", "-x ", "--proxy ", "--socks5 ", "--url ", "--next", "-k", "--cert ",
    "--data ", "--json ", "-G", "--resolve ", "--unix-socket ", "--oauth2-bearer ", "-X POST", "$'\\x41'", "$(a)",
    "${a}", '^"', "^\r\n", "\\\n", "wss://h/", "'", '"', "--", "\\'", "| jq", "> f", "; a", "&& b", "#",
)  # fmt: skip

TARGETS = (
    Target("reader", "bytes of a WebSocket, in pieces", "tests.fuzz.wire:reader", longest=2048),
    Target("close", "payloads of close frames", "tests.fuzz.wire:close_payload", ("0x", "\\x", ":", " "), 256),
    Target("ndjson", "recordings", "tests.fuzz.recordings:ndjson", (*JSON, *NDJSON)),
    Target("har", "HAR files", "tests.fuzz.recordings:har", (*JSON, *HAR), 8192),
    Target("pcap", "pcap and pcapng files", "tests.fuzz.recordings:pcap", HTTP, 8192),
    Target("check", "check files", "tests.fuzz.texts:check_file", CHECK),
    Target("tcp", "TCP segments in any order", "tests.fuzz.recordings:tcp", HTTP, 2048),
    Target("json", "JSON in pieces", "tests.fuzz.recordings:json_stream", JSON, 2048),
    Target("where", "filter expressions", "tests.fuzz.texts:where", WHERE, 512),
    Target("curl", "curl command lines", "tests.fuzz.texts:curl", CURL, 1024),
    Target("answer", "HTTP answers", "tests.fuzz.texts:answer", ANSWER, 2048),
    Target("safe", "text for a terminal", "tests.fuzz.texts:safe", ("\x1b]8;;", "\u202e", "\ufe0f", "\U000e0041"), 512),
    Target("shown", "recordings, in every format", "tests.fuzz.shows:shown", (*JSON, *NDJSON), 2048),
    Target("exported", "recordings, in every other form", "tests.fuzz.shows:exported", (*JSON, *NDJSON), 2048),
    Target("certificate", "DER certificates", "tests.fuzz.texts:certificate", (), 2048),
)
