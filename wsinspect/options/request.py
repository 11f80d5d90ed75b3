"""What the request says: headers, who asks, cookies, subprotocols. Puts what was given into a `Connecting`."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from wsinspect.connecting import Connecting, Cookie
from wsinspect.credentials import bearer, userinfo
from wsinspect.headers import TypedHeader, carries
from wsinspect.options.sections import option, together
from wsinspect.options.values import Header, HeaderValue, Origin, Subprotocols

REQUEST = "Headers and credentials"

PASSWORD_HINT = "write -u NAME:PASSWORD, or use --netrc"  # noqa: S105 - a hint

NAMED = {"origin": "Origin", "user_agent": "User-Agent", "referer": "Referer"}
"""Parameters that stand for a header of that name; an empty one leaves out ours."""


def _headers(ctx: click.Context, _: click.Parameter, values: tuple[Any, ...]) -> tuple[TypedHeader, ...]:
    """Put the headers in files in the place of the files."""
    headers: list[TypedHeader] = []
    for value in values:
        if not isinstance(value, str):
            headers.append(value)
        elif not ctx.resilient_parsing:
            from wsinspect.headers import parse_headers
            from wsinspect.reading import place_of, read_text

            path = value.removeprefix("@")
            headers += parse_headers(read_text(path, "the list of headers"), place_of(path))
    return tuple(headers)


def _flat(_: click.Context, __: click.Parameter, values: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(name for names in values for name in names)


request_options = together(
    option(
        REQUEST, "-H", "--header", "headers", type=Header(), multiple=True, metavar="'NAME: VALUE'|@FILE",
        callback=_headers,
        help="Send a header with the handshake; replaces ours of the same name. 'NAME:' leaves ours out, 'NAME;' sends "
        "it empty, @FILE holds one a line (@-: standard input). Repeatable.",
    ),
    option(
        REQUEST, "-s", "--subprotocol", "subprotocols", type=Subprotocols(), multiple=True, metavar="NAME[,NAME]",
        callback=_flat, help="Offer subprotocols, best first. Repeatable.",
    ),
    option(REQUEST, "--origin", type=Origin(), metavar="URL", help="Send this Origin, as a browser would."),
    option(
        REQUEST, "-A", "--user-agent", type=HeaderValue(), metavar="TEXT", help="Send this User-Agent; '' for none.",
    ),
    option(REQUEST, "-e", "--referer", type=HeaderValue(), metavar="URL", help="Send this Referer."),
    option(
        REQUEST, "-u", "--user", metavar="NAME[:PASSWORD]",
        help="Log in (Basic); replaces what the URL says. A missing password is asked for.",
    ),
    option(
        REQUEST, "--bearer", metavar="TOKEN|@FILE|env:NAME",
        help="Send `Authorization: Bearer`, with the token as it is, from a file or from the environment.",
    ),
    option(
        REQUEST, "--netrc", is_flag=True,
        help="Take name and password from ~/.netrc ($NETRC), by host; what -H, --bearer, -u or the URL says wins.",
    ),
    option(REQUEST, "--netrc-file", type=click.Path(), metavar="FILE", help="The same from this file."),
    option(
        REQUEST, "-b", "--cookie", "cookies", multiple=True, metavar="'NAME=VALUE; ...'|FILE",
        help="Send cookies. Without = it is a cookie jar in Netscape's form, of which those are sent that belong to "
        "the host. Cookies that redirects set go along then. Repeatable.",
    ),
)  # fmt: skip
"""Adds what says what is asked; `with_request` takes the values."""


def with_request(connecting: Connecting, given: Mapping[str, Any], environment: Mapping[str, str]) -> Connecting:
    """Put what the options gave into the bundle; reads the files they name, asks for a password that is missing.

    Raises:
        InspectError: a file cannot be read or is not what it should be, or nobody can be asked.
    """
    typed: Sequence[TypedHeader] = given["headers"]
    headers = [(name, value) for name, value in typed if value is not None]
    without = {name.lower() for name, value in typed if value is None}
    settled = {name.lower() for name, _ in typed}
    for parameter, name in NAMED.items():
        value = given[parameter]
        if value is not None and name.lower() not in settled:
            headers, without = _named(name, value, headers, without)
    if given["bearer"] is not None:
        if given["user"] is not None:
            raise click.UsageError("--bearer and --user exclude each other")
        if "authorization" not in settled:
            headers.append(("Authorization", _bearer(given["bearer"], environment)))
    cookies, jar = _cookies(given["cookies"])
    return connecting._replace(
        target=connecting.target._replace(userinfo=_userinfo(connecting, given["user"])),
        headers=tuple(_with_cookies(headers, cookies)),
        without=frozenset(without),
        logins=_logins(given, environment),
        jar=jar,
        keeps_cookies=bool(given["cookies"]),
        # None may stand twice (RFC 6455 section 4.1).
        subprotocols=tuple(dict.fromkeys(given["subprotocols"])),
    )


def _named(
    name: str, value: str, headers: list[tuple[str, str]], without: set[str]
) -> tuple[list[tuple[str, str]], set[str]]:
    return ([*headers, (name, value)], without) if value else (headers, without | {name.lower()})


def _bearer(typed: str, environment: Mapping[str, str]) -> str:
    from wsinspect.reading import text_of

    return bearer(text_of(typed, "the bearer token", environment))


def _userinfo(connecting: Connecting, user: str | None) -> str:
    if user is None:
        return connecting.target.userinfo
    name, colon, password = user.partition(":")
    if not colon:
        from wsinspect.term.asking import ask_secret

        password = ask_secret(f"password of {name} at {connecting.target.host}", hint=PASSWORD_HINT)
    return userinfo(name, password)


def _logins(given: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    if not given["netrc"] and given["netrc_file"] is None:
        return {}
    from wsinspect.netrc_file import parse_netrc
    from wsinspect.reading import netrc_path, place_of, read_text

    path = given["netrc_file"] or netrc_path(environment)
    return parse_netrc(read_text(path, "the netrc file"), place_of(path))


def _cookies(values: Sequence[str]) -> tuple[list[str], tuple[Cookie, ...]]:
    """Part cookies as they are typed from those in files; an empty value is neither."""
    typed: list[str] = []
    jar: tuple[Cookie, ...] = ()
    for value in values:
        if "=" in value and not value.startswith("@"):
            if not carries(value):
                raise click.UsageError("a value of --cookie holds what a header cannot carry")
            typed.append(value)
        elif value:
            from wsinspect.cookies import kept, parse_jar
            from wsinspect.reading import place_of, read_text

            path = value.removeprefix("@")
            jar = kept(jar, parse_jar(read_text(path, "the cookie jar", may_be_it=True), place_of(path)))
    return typed, jar


def _with_cookies(headers: list[tuple[str, str]], cookies: list[str]) -> list[tuple[str, str]]:
    """Put typed cookies into the one Cookie header (RFC 6265 section 5.4)."""
    if not cookies:
        return headers
    from wsinspect.cookies import joined

    others = [pair for pair in headers if pair[0].lower() != "cookie"]
    return [*others, ("Cookie", joined([*(value for name, value in headers if name.lower() == "cookie"), *cookies]))]
