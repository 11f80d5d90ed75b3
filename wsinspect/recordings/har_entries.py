"""What a HAR entry says beside its messages, made a handshake. Knows no messages.

Who writes what: Chrome, Playwright and we write ws:// and wss:// URLs, mitmproxy https://; headers are objects, of some
tools lists; a status of -1 or 0 stands for no answer, -1 in ``timings`` for a step that was not taken. ``connection``
is the port in Chrome and Firefox, a number of theirs elsewhere: the port comes from the URL.
"""

import re
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

from wsinspect.events import Handshake, Moment, Step
from wsinspect.recordings.fields import LATEST
from wsinspect.recordings.json_stream import JsonStream
from wsinspect.recordings.rows import SWITCHING, resource_of

MILLISECONDS_FROM = 1e11
"""From here on a time is not in seconds (the year 5138), but in milliseconds (1973): Playwright writes those."""

KEPT = {"request": ("url", "headers"), "response": ("status", "statusText", "headers", "_error", "_failureText")}
TIMED = ("blocked", "dns", "connect", "ssl", "send", "wait")
SCALARS = ("startedDateTime", "serverIPAddress", "_resourceType")

SCHEMES = {"http": "ws", "https": "wss"}
PORTS = {"ws": 80, "wss": 443}
LONE = re.compile("[\ud800-\udfff]")


class Entry:
    """What is known of an entry so far."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, Any]] = {"request": {}, "response": {}, "timings": {}}
        self.scalars: dict[str, Any] = {}

    def take(self, key: str, stream: JsonStream) -> None:
        """Take the value of a key that matters; another one is passed over."""
        if key in SCALARS:
            self.scalars[key] = stream.value()
        elif key in self.parts and stream.peek() == "{":
            wanted = KEPT.get(key, TIMED)
            part = self.parts[key]
            for name in stream.members():
                if name in wanted:
                    part[name] = stream.value()
                else:
                    stream.skip()
        else:
            stream.skip()

    @property
    def is_websocket(self) -> bool:
        """Tell whether it is one, its messages apart: who writes none writes the handshake."""
        scheme = text_of(self.parts["request"].get("url")).partition(":")[0].lower()
        if self.scalars.get("_resourceType") == "websocket" or scheme in PORTS:
            return True
        asked = headers_of(self.parts["request"].get("headers"))
        return self._status == SWITCHING and _value(asked, "upgrade").lower() == "websocket"

    @property
    def error(self) -> str:
        """Return what went wrong, as Chrome and Playwright tell it."""
        response = self.parts["response"]
        return text_of(response.get("_error")) or text_of(response.get("_failureText"))

    def handshake(self, first: float) -> Handshake:
        """Make the handshake; ``first`` is the time of the first message, 0 if there is none.

        It is never later than that: Chrome rounds times, and mitmproxy's begin behind the steps of connecting.
        """
        request, response = (headers_of(self.parts[name].get("headers")) for name in ("request", "response"))
        url, status = self._url, self._status
        spent = {name: _spent(self.parts["timings"].get(name)) for name in TIMED}
        seconds = sum([spent[name] for name in TIMED if name != "ssl"])
        started = time_of(self.scalars.get("startedDateTime"))
        wall = first if started is None else started + seconds
        wall = min(wall, first or wall, LATEST)
        reason = text_of(self.parts["response"].get("statusText"))
        return Handshake(
            Moment(wall, wall),
            url,
            self._address(url),
            status,
            seconds,
            _value(response, "sec-websocket-protocol") or None,
            _value(response, "sec-websocket-extensions"),
            request,
            response,
            resource=resource_of(url),
            reason=reason or ("Switching Protocols" if status == SWITCHING else ""),
            steps=tuple(_steps(spent)),
        )

    @property
    def _url(self) -> str:
        url = text_of(self.parts["request"].get("url"))
        scheme, colon, rest = url.partition(":")
        return f"{SCHEMES.get(scheme.lower(), scheme.lower())}:{rest}" if colon else url

    @property
    def _status(self) -> int:
        status = number_of(self.parts["response"].get("status"))
        return int(status) if status is not None and 0 < status < 1000 else 0

    def _address(self, url: str) -> str:
        """Return host and port of the server: its address where that is told."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            host, port = "", 0
        host = text_of(self.scalars.get("serverIPAddress")).strip("[]") or host
        if not host:
            return ""
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def headers_of(value: Any) -> list[tuple[str, str]]:
    """Return headers, whichever way they are written; what is no header is left out."""
    if isinstance(value, dict):
        return [(text_of(name), text_of(said)) for name, said in value.items()]
    found = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict):
            one = [one.get("name"), one.get("value")]
        if isinstance(one, list) and len(one) == 2 and isinstance(one[0], str):
            found.append((text_of(one[0]), text_of(one[1])))
    return found


def text_of(value: Any) -> str:
    """Return text that has a form in UTF-8; anything but a string is none."""
    return LONE.sub("\ufffd", value) if isinstance(value, str) else ""


def number_of(value: Any) -> float | None:
    """Return a finite number, perhaps written as a string."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        return None
    return float(value)


def time_of(value: Any) -> float | None:
    """Return seconds since the epoch: of a number of seconds or milliseconds, or of ISO 8601; None if it is no time."""
    seconds = number_of(value)
    if seconds is None and isinstance(value, str):
        try:
            made = datetime.fromisoformat(value.strip())
            seconds = (made if made.tzinfo else made.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    elif seconds is not None and seconds >= MILLISECONDS_FROM:
        seconds /= 1000
    return seconds if seconds is not None and 0 < seconds <= LATEST else None


def _spent(value: Any) -> float:
    """Return the seconds of a step; -1 stands for none."""
    milliseconds = number_of(value)
    return round(milliseconds / 1000, 9) if milliseconds is not None and 0 < milliseconds < 1e9 else 0.0


def _steps(spent: dict[str, float]) -> list[Step]:
    """Return the steps of opening; in HAR, that of TLS is part of that of connecting."""
    steps = [
        Step("resolve", spent["dns"]),
        Step("connect", max(0.0, round(spent["connect"] - spent["ssl"], 9))),
        Step("tls", spent["ssl"]),
        Step("upgrade", round(spent["send"] + spent["wait"], 9)),
    ]
    return [step for step in steps if step.seconds]


def _value(headers: list[tuple[str, str]], name: str) -> str:
    """Return the values of a header, with commas between them."""
    return ", ".join([value for header, value in headers if header.lower() == name])
