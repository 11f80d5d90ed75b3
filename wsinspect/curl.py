"""A pasted curl line, as browsers, Postman and colleagues write it, made a URL and settings. Runs and reads nothing.

Settings are spelled as options of ours on a command line, so that the same types judge them. Neither an error nor what
is said to be ignored repeats a value: any of them may be a secret.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from wsinspect.curl_options import (
    DATA,
    FLAGS,
    KNOWN,
    LOWEST,
    QUIET_FLAGS,
    QUIET_VALUES,
    REPEATED,
    SAME,
    SHORT,
    SOCKS,
    VALUED,
)
from wsinspect.curl_words import split_words
from wsinspect.errors import InspectError, shortened

PROGRAM = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE | re.DOTALL)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
METHOD = re.compile(r"[A-Z]{3,9}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")

HANDSHAKE = frozenset({"upgrade", "connection", "sec-websocket-key", "sec-websocket-extensions"})
"""Headers that every handshake has of its own."""

OF_BODY = frozenset({"content-length", "transfer-encoding", "expect"})
"""Headers that would announce a body which we do not send."""

HINT = "copy it in the browser with `Copy as cURL (bash)`, and quote the whole for the shell, or use --curl @FILE"


class CurlLine(NamedTuple):
    """What a line means: its URL, settings by the long names of our options, and what of it has no meaning here."""

    url: str
    settings: dict[str, Any]
    ignored: tuple[str, ...]


def parse_curl(text: str) -> CurlLine:
    """Read a curl line for bash or cmd; raises `InspectError` where it is none, or has no URL."""
    words, left = split_words(text)
    start = next((at for at, word in enumerate(words) if PROGRAM.fullmatch(word)), None)
    if start is None:
        raise InspectError("this is no curl line: the word curl is not in it", hint=HINT)
    reader = _Reader()
    reader.read(list(words[start + 1 :]))
    return reader.line(left)


class _Reader:
    """What was read of the line so far."""

    def __init__(self) -> None:
        self._urls: list[str] = []
        self._headers: list[str] = []
        self._settings: dict[str, Any] = {}
        self._ignored: list[str] = []
        self._query: list[str] = []
        self._data: list[tuple[str, str]] = []
        self._get = False
        self._proxy_user: str | None = None
        self._token: str | None = None

    def read(self, words: list[str]) -> None:
        words.reverse()
        options_end = False
        while words:
            word = words.pop()
            if options_end or not word.startswith("-") or word == "-":
                self._urls.append(word)
            elif word == "--":
                options_end = True
            elif not word.startswith("--"):
                self._letters(word[1:], words)
            elif self._long(word[2:], words) == "next":
                if words:
                    self._ignored.append("what follows --next")
                break

    def _letters(self, letters: str, words: list[str]) -> None:
        """Read short options that stand together; the last may have its value behind it, with or without a space."""
        for at, letter in enumerate(letters):
            name = SHORT.get(letter)
            if name is None:
                self._ignored.append(f"-{letter}" if letter.isascii() and letter.isalnum() else "an option")
            elif name in VALUED:
                rest = letters[at + 1 :]
                self._value(name, rest if rest else words.pop() if words else "")
                return
            elif name == "next":
                self._ignored += ["what follows -:"] if words else []
                words.clear()
                return
            else:
                self._flag(name)

    def _long(self, typed: str, words: list[str]) -> str:
        """Read a long option, in full or as its first letters alone."""
        typed, equals, value = typed.partition("=")
        name = typed
        if name not in KNOWN:
            begun = [known for known in KNOWN if known.startswith(name)] if name else []
            name = begun[0] if len(begun) == 1 else name
        if name in VALUED:
            self._value(name, value if equals else words.pop() if words else "")
        elif name == "next":
            pass
        elif name in KNOWN or name.removeprefix("no-") in KNOWN:
            self._flag(name)
        else:
            self._ignored.append(f"--{shortened(name)}" if NAME.fullmatch(name) else "an option")
            # Nobody knows whether a value follows; what looks like no URL and is not the last word, is taken for one.
            if not equals and len(words) > 1 and not words[-1].startswith("-") and not SCHEME.match(words[-1]):
                words.pop()
        return name

    def _flag(self, name: str) -> None:
        if name in FLAGS:
            self._settings[FLAGS[name]] = True
        elif name in LOWEST:
            self._settings["tls-min"] = LOWEST[name]
        elif name == "get":
            self._get = True
        elif name.startswith("no-") and name.removeprefix("no-") in FLAGS:
            self._settings.pop(FLAGS[name.removeprefix("no-")], None)
        elif name.removeprefix("no-") not in QUIET_FLAGS and name not in QUIET_FLAGS:
            self._ignored.append(f"--{name}")

    def _value(self, name: str, value: str) -> None:
        if name == "header":
            self._header(value)
        elif name == "url":
            self._urls.append(value)
        elif name in SAME:
            self._set(SAME[name], "@" + value if name == "abstract-unix-socket" else value)
        elif name in SOCKS:
            self._set("proxy", f"{SOCKS[name]}://{value.partition('://')[2] or value}")
        elif name == "proxy-user":
            self._proxy_user = value
        elif name == "oauth2-bearer":
            self._token = value
        elif name == "cert":
            self._cert(value)
        elif name == "url-query":
            self._query.append(_encoded(value))
        elif name in DATA:
            self._data.append((name, value))
        elif name in ("cert-type", "key-type"):
            self._ignored += [] if value.upper() == "PEM" else [f"--{name}"]
        elif name == "request":
            if value.upper() != "GET":
                self._ignored.append(f"--request {value}" if METHOD.fullmatch(value) else "--request")
        elif name not in QUIET_VALUES:
            self._ignored.append(f"--{name}")

    def _set(self, option: str, value: str) -> None:
        if option in REPEATED:
            self._settings.setdefault(option, []).append(value)
        else:
            self._settings[option] = value

    def _header(self, header: str) -> None:
        name, _, value = header.partition(":")
        lower = name.strip().lower()
        if lower in HANDSHAKE or header.startswith(":"):
            # A name with a colon in front is what HTTP/2 has instead of the request line.
            return
        if lower in OF_BODY:
            self._ignored.append(f"the header {name.strip()}")
        elif lower == "sec-websocket-protocol" and value.strip():
            self._settings.setdefault("subprotocol", []).append(value.strip())
        elif lower == "sec-websocket-version":
            if value.strip() != "13":
                self._settings["version-header"] = value.strip()
        else:
            self._headers.append(header)

    def _cert(self, value: str) -> None:
        """Part a certificate's file from the passphrase behind it; a drive's colon (C:) parts nothing."""
        parts = re.split(r"(?<!\\):", value[2:] if re.match(r"[A-Za-z]:[\\/]", value) else value, maxsplit=1)
        drive = value[:2] if re.match(r"[A-Za-z]:[\\/]", value) else ""
        self._settings["cert"] = (drive + parts[0]).replace("\\:", ":")
        if len(parts) > 1:
            self._settings.setdefault("pass", parts[1])

    def line(self, left: tuple[str, ...]) -> CurlLine:
        """Return what all of it means."""
        if not self._urls:
            raise InspectError("the curl line has no URL", hint=HINT)
        url = self._url()
        if len(self._urls) > 1:
            self._ignored.append("further URLs")
        host = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
        headers = [one for one in self._headers if not _is_host_of(one, host)]
        if self._token is not None and not any(one.lower().startswith("authorization:") for one in headers):
            # Not as --bearer: whoever wrote the line must not have a file or a variable of ours sent by it.
            headers.append(f"Authorization: Bearer {self._token}")
        if headers:
            self._settings["header"] = headers
        if self._proxy_user is not None:
            if self._settings.get("proxy"):
                self._settings["proxy"] = _with_user(self._settings["proxy"], self._proxy_user)
            else:
                self._ignored.append("--proxy-user")
        return CurlLine(url, self._settings, tuple(dict.fromkeys([*self._ignored, *left])))

    def _url(self) -> str:
        url = self._urls[0].strip().partition("#")[0]
        if not SCHEME.match(url):
            # As curl takes it, which does not guess TLS.
            url = f"http://{url}"
        query = list(self._query)
        for name, value in self._data:
            if not self._get:
                self._ignored.append(f"--{name}")
            elif value.startswith("@"):
                self._ignored.append(f"--{name} from a file")
            else:
                query.append(_encoded(value) if name == "data-urlencode" else value)
        if query:
            url += ("&" if "?" in url else "?") + "&".join(query)
        return url


def _encoded(value: str) -> str:
    """Do what --data-urlencode and --url-query do with ``NAME=CONTENT`` or ``CONTENT``."""
    if value.startswith("+"):
        return value[1:]
    name, equals, content = value.partition("=")
    if not equals:
        name, content = "", value
    return (f"{name}=" if name else "") + quote_plus(content, errors="surrogateescape")


def _is_host_of(header: str, host: str) -> bool:
    """Tell whether it is the Host that the URL means anyway."""
    name, _, value = header.partition(":")
    return name.strip().lower() == "host" and value.strip().lower() == host.lower()


def _with_user(proxy: str, user: str) -> str:
    scheme, slashes, rest = proxy.partition("://")
    if not slashes:
        scheme, rest = "http", proxy
    name, colon, password = user.partition(":")
    said = ":".join(quote(part, safe="", errors="surrogateescape") for part in ((name, password) if colon else (name,)))
    return f"{scheme}://{said}@{rest.rpartition('@')[2]}"
