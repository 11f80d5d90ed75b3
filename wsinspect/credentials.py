"""Who we are, as a server is told: Basic (RFC 7617) and Bearer (RFC 6750), chosen for one target. Knows no file.

The most explicit wins: an Authorization header that was given (``-H``, ``--bearer``), then the userinfo of the URL
(which ``-u`` replaces), then a netrc file's entry for the host.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import quote, unquote

from wsinspect.errors import InspectError
from wsinspect.target import Target

Logins: TypeAlias = Mapping[str, tuple[str, str]]
"""A host to its (name, password), and ``name@host`` to the same where a host has several; an empty host stands for
every one that has none of its own."""

BEARER = re.compile(r"[\x21-\x7e]+")


def basic(name: str, password: str) -> str:
    """Return the value of an Authorization header; name and password go as UTF-8."""
    return "Basic " + b64encode(f"{name}:{password}".encode("utf-8", "surrogateescape")).decode()


def bearer(token: str) -> str:
    """Return the value of an Authorization header; raises `InspectError`, which never repeats the token."""
    lines = token.strip("\r\n")
    if not lines:
        raise InspectError("the bearer token is empty")
    if "\n" in lines or "\r" in lines:
        raise InspectError("the bearer token has more than one line", hint="only the newline at its end is taken off")
    if not BEARER.fullmatch(lines):
        raise InspectError(
            "the bearer token holds a space, or what no header carries",
            hint="give the token alone, without the word Bearer",
        )
    return f"Bearer {lines}"


def userinfo(name: str, password: str) -> str:
    """Return name and password as they stand in a URL."""
    return ":".join(quote(part, safe="", errors="surrogateescape") for part in (name, password))


def authorization(target: Target, logins: Logins) -> str | None:
    """Return what an Authorization header says to a target; None where we have nothing to say."""
    name, colon, password = target.userinfo.partition(":")
    if not target.userinfo:
        login = logins.get(target.host) or logins.get("")
        return basic(*login) if login else None
    name, password = (unquote(part, errors="surrogateescape") for part in (name, password))
    if not colon:
        # The URL says who, the file says the password.
        login = logins.get(f"{name}@{target.host}") or logins.get(f"{name}@")
        password = login[1] if login else ""
    return basic(name, password)
