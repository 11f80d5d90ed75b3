"""Curl lines as browsers and people write them: rows of (line, URL, settings, what is said to be ignored)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect.curl import parse_curl
from wsinspect.curl_options import FLAGS, KNOWN, LOWEST, SAME, SHORT, VALUED
from wsinspect.curl_words import split_words
from wsinspect.errors import InspectError

CHROME = r"""curl 'wss://chat.example.com/socket?room=1' \
  -H 'Upgrade: websocket' \
  -H 'Origin: https://chat.example.com' \
  -H 'Cache-Control: no-cache' \
  -H 'Accept-Language: en-US,en;q=0.9' \
  -H 'Pragma: no-cache' \
  -b 'sid=hunter2; theme=dark' \
  -H 'Connection: Upgrade' \
  -H 'Sec-WebSocket-Key: 4K0ZJV7n0YQ9sWZtW8cB1A==' \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' \
  -H 'Sec-WebSocket-Version: 13' \
  -H 'Sec-WebSocket-Protocol: chat, bearer.hunter2' \
  -H $'X-Odd: it\'s \u00e9\x21 \ud83d\ude00' \
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits' \
  --insecure"""

CMD = """curl ^"https://chat.example.com/socket?a=1^&b=^%^2F^" ^\r
  -H ^"Origin: https://chat.example.com^" ^\r
  -H ^"X-Json: ^{^\\^"a^\\^": ^\\^"C:^\\^\\x^\\^"^}^" ^\r
  -b ^"sid=hunter2^" ^\r
  --data-raw ^"two^\r
\r
lines^" ^\r
  --compressed"""

OLD_CMD = """curl "https://chat.example.com/socket?a=1&b=2" ^
  -H "Origin: https://chat.example.com" -H "X-Quoted: \\"a\\" and ""b"" C:\\dir\\\\" ^
  --compressed"""

FIREFOX = (
    "curl 'https://chat.example.com/socket' --compressed -H 'User-Agent: Mozilla/5.0' -H 'Accept: */*' "
    "-H 'Sec-WebSocket-Version: 13' -H 'Origin: https://chat.example.com' -H 'Connection: keep-alive, Upgrade' "
    "-H 'Cookie: sid=hunter2' -H 'Upgrade: websocket'"
)

SAFARI = r"""curl 'wss://chat.example.com/socket' \
-X 'GET' \
-H 'Accept: */*' \
-H 'Origin: https://chat.example.com'"""

POSTMAN = r"""curl --location --request POST 'wss://chat.example.com/socket' \
--header 'Authorization: Bearer hunter2' \
--data '{"secret": "hunter2"}'"""

CHAT = "://chat.example.com/socket"


@pytest.mark.parametrize(
    ("line", "url", "settings", "ignored"),
    [
        (
            CHROME,
            f"wss{CHAT}?room=1",
            {
                "header": [
                    "Origin: https://chat.example.com",
                    "Cache-Control: no-cache",
                    "Accept-Language: en-US,en;q=0.9",
                    "Pragma: no-cache",
                    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
                    "X-Odd: it's é! 😀",
                ],
                "cookie": ["sid=hunter2; theme=dark"],
                "subprotocol": ["chat, bearer.hunter2"],
                "insecure": True,
            },
            (),
        ),
        (
            CMD,
            f"https{CHAT}?a=1&b=%2F",
            {
                "header": ["Origin: https://chat.example.com", 'X-Json: {"a": "C:\\\\x"}'],
                "cookie": ["sid=hunter2"],
            },
            ("--data-raw",),
        ),
        (
            OLD_CMD,
            f"https{CHAT}?a=1&b=2",
            {"header": ["Origin: https://chat.example.com", 'X-Quoted: "a" and "b" C:\\dir\\']},
            (),
        ),
        (
            FIREFOX,
            f"https{CHAT}",
            {
                "header": [
                    "User-Agent: Mozilla/5.0",
                    "Accept: */*",
                    "Origin: https://chat.example.com",
                    "Cookie: sid=hunter2",
                ]
            },
            (),
        ),
        (SAFARI, f"wss{CHAT}", {"header": ["Accept: */*", "Origin: https://chat.example.com"]}, ()),
        (POSTMAN, f"wss{CHAT}", {"header": ["Authorization: Bearer hunter2"]}, ("--request POST", "--data")),
        ("curl localhost:8080/ws", "http://localhost:8080/ws", {}, ()),
        ("curl http://a/#part", "http://a/", {}, ()),
        ("$ FOO=1 sudo /usr/bin/curl http://a/", "http://a/", {}, ()),
        ("# to try\n\n curl.exe http://a/ # here\n", "http://a/", {}, ()),
        # Short options in one word, values with and without a space.
        ("curl -sSLk4 -HX:1 -H Y:2 -uname:pw http://a/", "http://a/",
         {"insecure": True, "ipv4": True, "header": ["X:1", "Y:2"], "user": "name:pw"}, ()),
        ("curl -kXPOST -m5 -o out http://a/", "http://a/", {"insecure": True, "max-time": "5"}, ("--request POST",)),
        ("curl --connect-timeout=5 --insec --head http://a/", "http://a/",
         {"connect-timeout": "5", "insecure": True}, ("--head",)),
        ("curl --no-insecure -k --no-insecure --no-buffer http://a/", "http://a/", {}, ()),
        ("curl -A me -e http://b/ -n --netrc-file f --oauth2-bearer t --max-redirs 3 http://a/", "http://a/",
         {"user-agent": "me", "referer": "http://b/", "netrc": True, "netrc-file": "f", "max-redirs": "3",
          "header": ["Authorization: Bearer t"]}, ()),
        ("curl -H 'authorization: mine' --oauth2-bearer t http://a/", "http://a/",
         {"header": ["authorization: mine"]}, ()),
        ("curl --cacert ca.pem --cert me.pem:pw --key me.key --tlsv1.2 --tls-max 1.3 --cert-type PEM https://a/",
         "https://a/",
         {"cacert": "ca.pem", "cert": "me.pem", "pass": "pw", "key": "me.key", "tls-min": "1.2", "tls-max": "1.3"},
         ()),
        (r"curl -E 'C:\me.pem' --cert-type P12 --pass x https://a/", "https://a/",
         {"cert": r"C:\me.pem", "pass": "x"}, ("--cert-type",)),
        ("curl -x proxy:3128 -U 'me:p@ss' --noproxy x http://a/", "http://a/",
         {"proxy": "http://me:p%40ss@proxy:3128", "noproxy": "x"}, ()),
        ("curl --socks5-hostname localhost:1080 http://a/", "http://a/", {"proxy": "socks5h://localhost:1080"}, ()),
        ("curl -U me:pw http://a/", "http://a/", {}, ("--proxy-user",)),
        ("curl --resolve a:80:127.0.0.1 --resolve b:80:127.0.0.1 --interface lo -6 http://a/", "http://a/",
         {"resolve": ["a:80:127.0.0.1", "b:80:127.0.0.1"], "interface": "lo", "ipv6": True}, ()),
        ("curl --unix-socket /run/s http://a/", "http://a/", {"unix-socket": "/run/s"}, ()),
        ("curl --abstract-unix-socket s http://a/", "http://a/", {"unix-socket": "@s"}, ()),
        # Headers of ours are taken out; a Host that is another one stays.
        ("curl http://a:81/ -H 'Host: a:81' -H ':authority: a' -H 'Content-Length: 3' -H 'X;' -H 'Accept:' -H @f",
         "http://a:81/", {"header": ["X;", "Accept:", "@f"]}, ("the header Content-Length",)),
        ("curl http://a:81/ -H 'host: b'", "http://a:81/", {"header": ["host: b"]}, ()),
        ("curl http://a/ -H 'Sec-WebSocket-Version: 8'", "http://a/", {"version-header": "8"}, ()),
        # Data without a body is a query.
        ("curl -G http://a/?x=1 -d b=2 --data-urlencode 'c=d e' --url-query f", "http://a/?x=1&f&b=2&c=d+e", {}, ()),
        ("curl -G http://a/ -d @secret", "http://a/", {}, ("--data from a file",)),
        ("curl http://a/ -d b=2 -F c=3 -T f --json '{}'", "http://a/", {},
         ("--form", "--upload-file", "--data", "--json")),
        # What nobody knows is skipped with what may be its value, but never the URL.
        ("curl --new-thing 7 http://a/", "http://a/", {}, ("--new-thing",)),
        ("curl --new-thing http://a/", "http://a/", {}, ("--new-thing",)),
        ("curl --new-thing a.example", "http://a.example", {}, ("--new-thing",)),
        ("curl --new=secret -ä http://a/", "http://a/", {}, ("--new", "an option")),
        ("curl http://a/ http://b/ --next http://c/", "http://a/", {}, ("what follows --next", "further URLs")),
        ("curl --url http://a/ -: http://c/", "http://a/", {}, ("what follows -:",)),
        ("curl -- http://a/", "http://a/", {}, ()),
        ("curl --http2 --digest -K f --connect-to x http://a/", "http://a/", {},
         ("--http2", "--digest", "--config", "--connect-to")),
        # What the shell would do beyond words is left, and told.
        ("curl http://a/ 2>/dev/null | jq .", "http://a/", {}, ("what follows the |",)),
        ("curl http://a/ > out.txt && echo secret", "http://a/", {}, ("what follows the &",)),
        ("curl http://a/?x=1&y=2;z -k", "http://a/?x=1&y=2;z", {"insecure": True}, ()),
        ("curl http://a/ -H \"X: $TOKEN ${OTHER:-secret} \\$no\" -H 'Y: $no' -H \"Z: `id`\"", "http://a/",
         {"header": ["X: $TOKEN ${OTHER:-secret} $no", "Y: $no", "Z: `id`"]},
         ("$TOKEN (left as it stands)", "$OTHER (left as it stands)", "a command in it (left as it stands)")),
        # The backslashes at the lines' ends were lost on the way.
        ("curl http://a/\n  -H 'X: 1'\n  -k\n", "http://a/", {"header": ["X: 1"], "insecure": True}, ()),
        ("curl http://a/\ncurl http://b/", "http://a/", {}, ("what follows its line",)),
    ],
)  # fmt: skip
def test_lines(line: str, url: str, settings: dict[str, Any], ignored: tuple[str, ...]) -> None:
    assert parse_curl(line) == (url, settings, ignored)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "this is no curl line: the word curl is not in it"),
        ("fetch('wss://a/?token=secret')", "this is no curl line: the word curl is not in it"),
        ("curl", "the curl line has no URL"),
        ("curl -H secret", "the curl line has no URL"),
        ("curl 'http://a/?secret", "a quote in the curl line is not closed"),
        ('curl "http://a/?secret', "a quote in the curl line is not closed"),
        ("curl $'http://a/?secret", "a quote in the curl line is not closed"),
        ('curl ^"http://a/?secret ^\n', "a quote in the curl line is not closed"),
    ],
)
def test_what_is_none(line: str, message: str) -> None:
    with pytest.raises(InspectError) as refused:
        parse_curl(line)
    assert refused.value.message == message
    assert refused.value.hint
    assert "secret" not in refused.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b\tc", ("a", "b", "c")),
        ("'' \"\"", ("", "")),
        ("a'b c'\"d e\"f", ("ab cd ef",)),
        (r"a\ b \'c \\", ("a b", "'c", "\\")),
        ('"a\\"b\\\\c\\d\\\ne"', ('a"b\\c\\de',)),
        ("a \\\n  b\\\nc", ("a", "bc")),
        ("a \\\r\n b", ("a", "b")),
        (r"$'a\tb\x41\101\'\\\q\u00e9\U0001f600'", ("a\tbAA'\\\\qé😀",)),
        ('$"a"', ("a",)),
        ("a#b #c", ("a#b",)),
        ("a\\", ("a",)),
    ],
)
def test_words_of_bash(text: str, words: tuple[str, ...]) -> None:
    assert split_words(text).words == words


PIECES = "curl |http://a/| |'|\"|\\|\n|^|$'|$|-H |X: 1|--data |-|--|;|&|>|\\u|\\ud83d|[|]|@|%|:|=|\0|é| -E "
PIECES += "| -x | -U | --next | -sSLk |--data-urlencode |-G |--url "


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from([*PIECES.split("|"), "|"]), max_size=30).map("".join)))
def test_nothing_else_is_raised(text: str) -> None:
    for line in (text, "curl " + text, "curl http://a/ " + text):
        try:
            url, settings, _ = parse_curl(line)
        except InspectError:
            continue
        assert url
        assert all(isinstance(value, str | bool | list) for value in settings.values())


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), max_size=6))
def test_what_is_quoted_comes_back(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    # A line for cmd is one that looks like one.
    if "^" not in quoted:
        assert split_words(quoted.replace("\r", "")).words == tuple(word.replace("\r", "") for word in words)


def test_the_table_is_whole() -> None:
    assert set(SHORT.values()) <= KNOWN
    assert set(SAME) <= VALUED
    assert not VALUED & (set(FLAGS) | set(LOWEST))
