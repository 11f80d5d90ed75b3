"""Cookies: jars in Netscape's form, and which of them go to a target (RFC 6265). Knows no file, socket or clock."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import isnan, nan

from wsinspect.connecting import Connecting, Cookie
from wsinspect.errors import InspectError
from wsinspect.headers import carries
from wsinspect.target import Target, is_address, is_loopback

HTTP_ONLY = "#HttpOnly_"
"""Stands before the domain of cookies that scripts do not see; to others such a line is a comment."""

FIELDS = "domain, subdomains, path, secure, expires, name, value"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)")
NAME = re.compile(r"[^\s;,=]+")


def parse_jar(text: str, place: str = "the cookie jar") -> tuple[Cookie, ...]:
    """Make cookies of a jar's lines; raises `InspectError` with ``place`` and line, never with a value."""
    jar: list[Cookie] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if line.startswith(HTTP_ONLY):
            line = line.removeprefix(HTTP_ONLY)
        elif not line.strip() or line.startswith("#"):
            continue
        jar.append(_cookie_of(line, f"{place}:{number}"))
    return kept((), jar)


def _cookie_of(line: str, place: str) -> Cookie:
    fields = line.split("\t")
    if len(fields) == 6:
        fields.append("")  # some write nothing behind the name of an empty cookie
    if len(fields) != 7:
        raise InspectError(
            f"{place}: no cookie of a Netscape cookie jar", hint=f"a line has 7 fields with tabs between them: {FIELDS}"
        )
    domain, subdomains, path, secure, expires, name, value = fields
    try:
        seconds = float(expires or 0)
    except ValueError:
        seconds = nan
    if isnan(seconds):
        raise InspectError(f"{place}: the fifth field is no time in seconds")
    if not domain.strip(".") or not name or not carries(name + value) or re.search("[;\0]", name + value):
        raise InspectError(f"{place}: the cookie's domain, name or value cannot be one")
    return Cookie(
        name,
        value,
        domain.lower().removeprefix("."),
        path if path.startswith("/") else "/",
        secure.upper() == "TRUE",
        subdomains.upper() == "TRUE",
        seconds if seconds > 0 else None,
    )


def cookie_header(jar: Iterable[Cookie], target: Target, now: float) -> str:
    """Return the cookies that go to a target, longer paths first, as a header has them (RFC 6265 section 5.4).

    ``now`` is in seconds since the epoch. As browsers do it, loopback counts as secure.
    """
    path = target.resource.partition("?")[0]
    secure = target.secure or is_loopback(target.host)
    going = [
        cookie
        for cookie in jar
        if (cookie.expires is None or cookie.expires > now)
        and (secure or not cookie.secure)
        and _is_of_host(cookie, target.host)
        and _is_below(path, cookie.path)
    ]
    going.sort(key=lambda cookie: -len(cookie.path))
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in going)


def joined(values: Sequence[str]) -> str:
    """Make one Cookie header's value of several; of the same name the last one's stay."""
    pairs: list[str] = []
    for value in values:
        new = [pair.strip() for pair in value.split(";") if pair.strip()]
        names = {pair.partition("=")[0] for pair in new}
        pairs = [pair for pair in pairs if pair.partition("=")[0] not in names] + new
    return "; ".join(pairs)


def kept(jar: Sequence[Cookie], new: Iterable[Cookie]) -> tuple[Cookie, ...]:
    """Put cookies into a jar; one of the same name, domain and path takes the place of the old one."""
    by_identity = {(cookie.domain, cookie.path, cookie.name): cookie for cookie in jar}
    for cookie in new:
        by_identity[cookie.domain, cookie.path, cookie.name] = cookie
    return tuple(by_identity.values())


def received(wanted: Connecting, headers: Iterable[tuple[str, str]], now: float) -> Connecting:
    """Put the cookies that an answer sets into the jar."""
    said = [set_cookie(value, wanted.target, now) for name, value in headers if name.lower() == "set-cookie"]
    return wanted._replace(jar=kept(wanted.jar, [cookie for cookie in said if cookie is not None]))


def set_cookie(value: str, target: Target, now: float) -> Cookie | None:
    """Make a cookie of a Set-Cookie header from ``target``; None where it is to be ignored (RFC 6265 section 5.3).

    No list of public suffixes is asked: a domain must have a dot, or be the host itself.
    """
    pair, *attributes = value.split(";")
    name, equals, content = (part.strip() for part in pair.partition("="))
    if not equals or not NAME.fullmatch(name) or not carries(content):
        return None
    said = {key.strip().lower(): text.strip() for key, _, text in (one.partition("=") for one in attributes)}
    domain = said.get("domain", "").lower().removeprefix(".")
    secure = "secure" in said
    if secure and not target.secure and not is_loopback(target.host):
        return None
    is_above = "." in domain and target.host.endswith(f".{domain}") and not is_address(target.host)
    if domain and domain != target.host and not is_above:
        return None
    path = said.get("path", "")
    if not path.startswith("/"):
        path = target.resource.partition("?")[0].rpartition("/")[0] or "/"
    return Cookie(name, content, domain or target.host, path, secure, bool(domain), _expires(said, now))


def _expires(said: dict[str, str], now: float) -> float | None:
    """Return when a cookie is over; Max-Age outranks Expires, and what cannot be read does not count."""
    age = said.get("max-age", "")
    if re.fullmatch(r"-?\d{1,12}", age):
        return now + int(age) if int(age) > 0 else 0.0
    return _moment(said["expires"]) if "expires" in said else None


def _moment(date: str) -> float | None:
    """Read a date by RFC 6265 section 5.1.1, in which the order of its parts is free."""
    time = TIME.search(date)
    rest = re.split(r"[^0-9A-Za-z]+", TIME.sub(" ", date))
    month = next((MONTHS.index(word[:3].lower()) + 1 for word in rest if word[:3].lower() in MONTHS), None)
    numbers = [word for word in rest if word.isascii() and word.isdecimal() and len(word) <= 4]
    if time is None or month is None or len(numbers) < 2:
        return None
    day, year = int(numbers[0]), int(numbers[1])
    year += 0 if year > 99 else 1900 if year >= 70 else 2000
    try:
        moment = datetime(year, month, day, int(time[1]), int(time[2]), int(time[3]), tzinfo=UTC)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)


def _is_of_host(cookie: Cookie, host: str) -> bool:
    """RFC 6265 section 5.1.3; an address has no subdomains."""
    host = host.rstrip(".")
    return host == cookie.domain or (cookie.subdomains and host.endswith(f".{cookie.domain}") and not is_address(host))


def _is_below(path: str, above: str) -> bool:
    """RFC 6265 section 5.1.4."""
    return path == above or (path.startswith(above) and (above.endswith("/") or path[len(above)] == "/"))
