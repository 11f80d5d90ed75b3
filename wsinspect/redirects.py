"""Where a redirected handshake goes on, and what of it may come along. Knows no socket.

A Location in http or https means ws or wss. To another origin nothing goes that is a secret, by the same judgement by
which secrets are hidden where things are shown: what was meant for one server is not for another.
"""

from collections.abc import Sequence
from urllib.parse import urljoin

from wsinspect.connecting import Connecting
from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.redact import redact_headers, redact_subprotocols, redact_typed, redact_url
from wsinspect.target import Target, parse_target

REDIRECTS = (301, 302, 303, 307, 308)

LONGEST_SHOWN = 200
"""Characters of a Location that an error repeats."""


def following(wanted: Connecting, status: int, headers: Sequence[tuple[str, str]], hops: int) -> Connecting | None:
    """Return how to go on after ``hops`` redirects, or None where the answer leads nowhere.

    Raises:
        InspectError: the Location cannot be used, or there were too many redirects (exit 5).
    """
    location = next((value for name, value in headers if name.lower() == "location"), "")
    if status not in REDIRECTS or not location:
        return None
    if wanted.max_redirects == 0:
        return None
    if hops >= wanted.max_redirects:
        last = shortened(redact_url(location), LONGEST_SHOWN)
        raise InspectError(
            f"the server redirected more than {wanted.max_redirects} times, at last to `{last}`",
            hint="do its addresses point at each other? --max-redirs sets the limit",
            exit=Exit.REFUSED,
        )
    target = _target(wanted.target, location)
    if target[:3] == wanted.target[:3]:
        return wanted._replace(target=target._replace(userinfo=target.userinfo or wanted.target.userinfo))
    # What went over TLS does not go on without.
    logins = wanted.logins if target.secure >= wanted.target.secure else {}
    return wanted._replace(
        target=target,
        headers=tuple(
            (name, value)
            for name, value in wanted.headers
            # A Host of the user's belongs to the server that it was meant for, too.
            if name.lower() != "host" and redact_headers([(name, value)], wanted.secrets) == [(name, value)]
        ),
        # A netrc file's default is for hosts that the user named.
        logins={host: login for host, login in logins.items() if host[-1:] not in ("", "@")},
        subprotocols=_harmless(tuple(name for name in wanted.subprotocols if name not in wanted.secrets)),
        # Nor does another server get to see who we are by certificate.
        tls=wanted.tls._replace(server_name=None, certificate=None, key=None, passphrase=None),
    )


def _harmless(subprotocols: tuple[str, ...]) -> tuple[str, ...]:
    """Return the subprotocols that are no secrets; judged together, for one may say that the next is a token."""
    shown = redact_subprotocols(", ".join(subprotocols)).split(", ")
    return tuple(name for name, seen in zip(subprotocols, shown, strict=False) if name == seen)


def _target(before: Target, location: str) -> Target:
    scheme = "https" if before.secure else "http"
    # urljoin knows http, but not ws.
    base = f"{scheme}://{before.authority}{before.resource}"
    try:
        return parse_target(urljoin(base, location.partition("#")[0]))
    except (InspectError, ValueError) as error:
        raise InspectError(
            f"the server redirects to what is no WebSocket's address: `{redact_typed(shortened(location))}`",
            hint=error.message if isinstance(error, InspectError) else "",
            exit=Exit.REFUSED,
        ) from error
