"""Secrets taken out of URLs and headers before they are shown or stored. Knows no output.

What is hidden keeps its name and place, so that a reader sees that it was there. Names are judged by their words, so
that ``access_token``, ``accessToken`` and ``X-Access-Token`` are one; values by whether they look like a token.
"""

import re
from collections.abc import Collection, Iterable
from urllib.parse import quote, unquote

HIDDEN = "***"

LEAST = 6
"""Characters of a secret that is looked for within other texts; `true` is the value of many a cookie."""

SECRET_HEADERS = frozenset({"cookie", "set-cookie", "authentication-info", "proxy-authentication-info", "dpop"})
HARMLESS_HEADERS = frozenset({"www-authenticate", "proxy-authenticate", "access-control-allow-credentials"})
URL_HEADERS = frozenset({"location", "content-location", "referer"})

# The last word of a name tells what its value is; digits behind it do not count.
SECRET_WORDS = frozenset(
    {"token", "secret", "password", "passwd", "passphrase", "passcode", "pwd", "pass", "pw", "signature", "sig"}
    | {"credential", "credentials", "creds", "auth", "authorization", "bearer", "session", "sid", "ticket"}
    | {"assertion", "otp", "cookie", "hmac", "jwt"}
)
SECRET_ENDINGS = ("token", "secret", "password", "passwd", "apikey", "accesskey", "authkey", "sessid", "sessionid")
"""Of words that are written as one: csrftoken, PHPSESSID."""

KEY_WORDS = frozenset(
    {"api", "access", "account", "admin", "app", "application", "auth", "client", "consumer", "deploy", "encryption"}
    | {"function", "functions", "integration", "license", "listen", "master", "partner", "private", "project"}
    | {"secret", "server", "service", "session", "shared", "signing", "storage", "stream", "subscription", "user"}
)
"""What a key is the key to, where it is a secret; an Idempotency-Key or Sec-WebSocket-Key is none."""

SECRET_NAMES = frozenset({"key", "code"})
"""Secret alone, but too common as a part of other names."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

MARKED_TOKEN = re.compile(
    r"eyJ[\w-]{8,}"  # a JWT
    r"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"  # a UUID
    r"|(?<![A-Za-z0-9])(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abp])[-_][\w-]{8,}"  # what services mark as theirs
)
LONG_RUN = re.compile(r"[A-Za-z0-9]{20,}")
"""A token if letters and digits are mixed in it."""

JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w.-]*")
SCHEME_AND_SECRET = re.compile(r"(?i)(?:basic|bearer|digest|negotiate|token) +\S")

# A challenge (`Bearer realm="x"`) is no secret.
SCHEME_IN_TEXT = re.compile(r"(?i)(\b(?:basic|bearer) +)(?!\w+=[\"'])(?=\S*[0-9_=/+.-])[\w.~+/=-]{6,}")
USERINFO = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//)[^/?#]*@", re.IGNORECASE)
TYPED_SCHEME = re.compile(r"[^/?#@]*://|[A-Za-z]{1,6}//")
"""Of what is meant as a URL, also where the colon is missing."""

URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s<>\"'`]+")

QUERY_IN_TEXT = re.compile(r"\?[\w.%~-]+=[^\s<>\"'`]+")
"""Of an address without a scheme, as it stands in a request's first line."""

# Browsers can set no headers, so that tokens travel as subprotocols: `bearer.TOKEN`, or `access_token, TOKEN`.
LEAD = re.compile(
    r"(?<![a-z])(?:bearer|(?:access|auth|id|session)?[-_]?token|jwt|auth(?:orization)?|api[-_]?key|key|secret"
    r"|password|passwd|ticket|session|sid|credentials?)(?![a-z])",
    re.IGNORECASE,
)

NO_PORT = re.compile(r"^([^:/?#\[\]]*:)(?!\d+\s*(?:[/?#]|$))[^:/?#\[\]]{6,}(?=[/?#]|$)")
"""What stands in a port's place, and is none: longer ones than mistyped numbers."""

PATH_PARAMETER = re.compile(r"(;([^=;/]+)=)([^;/]+)")


def redact_url(url: str) -> str:
    """Hide the userinfo, and parameters that are secret by their name or look like tokens; the rest stays as it is."""
    url = USERINFO.sub(rf"\g<1>{HIDDEN}@", url)
    path, mark, rest = _split_first(url)
    parts = re.split("([&;?#])", rest) if mark else []
    if ";" in path:
        # Parameters of the path (RFC 3986 section 3.3), as in `/feed;jsessionid=1`.
        path = PATH_PARAMETER.sub(lambda match: match[1] + (HIDDEN if is_secret_name(match[2]) else match[3]), path)
    return JWT.sub(HIDDEN, path) + mark + "".join(_parameters(parts))


def redact_typed(text: str) -> str:
    """Do the same to what was meant as a URL, but is none: wherever a userinfo might be, it is hidden."""
    begin = TYPED_SCHEME.match(text)
    scheme, rest = (begin[0], text[begin.end() :]) if begin else ("", text)
    before, at, after = rest.rpartition("@")
    # An @ in a parameter is no end of a userinfo, unless one stands before it that may be a password.
    if at and not re.match(r"[^:@/?#]*[/?#]", before):
        rest = f"{HIDDEN}@{after}"
    elif scheme:
        # As in `wss://me:password/`, where the host was forgotten.
        rest = NO_PORT.sub(rf"\g<1>{HIDDEN}", rest)
    shown, mark, fragment = redact_url(scheme + rest).partition("#")
    # A fragment is what OAuth hands tokens over in, and what is wrong with it is not in its words.
    return shown + mark + (HIDDEN if fragment else "")


def redact_text(text: str) -> str:
    """Hide what is secret in a text: in the URLs that stand in it, tokens, and what follows an authorization scheme."""
    text = URL_IN_TEXT.sub(lambda match: redact_url(match[0]), text)
    if "?" in text:
        text = QUERY_IN_TEXT.sub(lambda match: redact_url(match[0]), text)
    return SCHEME_IN_TEXT.sub(rf"\g<1>{HIDDEN}", JWT.sub(HIDDEN, text))


def redact_headers(headers: Iterable[tuple[str, str]], secrets: Collection[str] = ()) -> list[tuple[str, str]]:
    """Hide the values of headers that carry credentials; of Authorization the scheme stays. ``secrets`` are hidden
    whatever the header's name."""
    return [(name, without(_header(name.lower(), name, value), secrets)) for name, value in headers]


def without(text: str, secrets: Collection[str]) -> str:
    """Hide secrets where they stand in a text; a short one only where it is the whole of it."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= LEAST or text == secret != "":
            text = text.replace(secret, HIDDEN)
    return text


def redact_subprotocols(value: str) -> str:
    """Hide tokens that travel as subprotocols; ``value`` is one of them, or a list with commas."""
    shown: list[str] = []
    hides_next = False
    for item in (item.strip() for item in value.split(",")):
        lead, token = LEAD.search(item), token_at(item)
        if hides_next:
            shown.append(HIDDEN)
        elif lead and lead.end() < len(item):
            shown.append(item[: lead.end() + 1] + HIDDEN)
        elif token is not None:
            shown.append(item[:token] + HIDDEN)
        else:
            shown.append(item)
        hides_next = not hides_next and lead is not None and lead.end() == len(item)
    return ", ".join(shown)


def is_secret_name(name: str) -> bool:
    """Tell by the name of a parameter or header whether its value is a secret."""
    name = unquote(name)
    words = [word.lower() for word in WORD.findall(name)]
    while words and words[-1].isdecimal():
        words.pop()
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "key" and before in KEY_WORDS:
        return True
    if last == "id" and before in ("session", "secret", "token"):
        return True
    return last in SECRET_WORDS or last.endswith(SECRET_ENDINGS) or "".join(words) in SECRET_NAMES


def is_secret_header(name: str) -> bool:
    """Tell whether a header's value is hidden."""
    lower = name.lower()
    return lower not in HARMLESS_HEADERS and (lower in SECRET_HEADERS or is_secret_name(name))


def token_at(text: str) -> int | None:
    """Return where in a text something begins that looks like a token, or None."""
    found = [match.start() for match in [MARKED_TOKEN.search(text)] if match]
    for match in LONG_RUN.finditer(text):
        if not match[0].isalpha() and not match[0].isdecimal():
            found.append(match.start())
            break
    return min(found, default=None)


def _split_first(url: str) -> tuple[str, str, str]:
    """Split at the first ``?`` or ``#``."""
    at = next((index for index, character in enumerate(url) if character in "?#"), len(url))
    return url[:at], url[at : at + 1], url[at + 1 :]


def _parameters(parts: list[str]) -> list[str]:
    """Hide in parameters and the marks between them, which take turns; a ``?`` within a secret is part of it."""
    shown: list[str] = []
    hides = False
    for index, part in enumerate(parts):
        if index % 2:
            hides = hides and part == "?"
            if not hides:
                shown.append(part)
        elif not hides:
            shown.append(_parameter(part))
            hides = part != shown[-1]
    return shown


def _parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals:
        return part if token_at(part) is None else HIDDEN
    if value and (is_secret_name(name) or token_at(value) is not None):
        return f"{name}={HIDDEN}"
    # An address within the address, as redirects carry it.
    inner = unquote(value)
    shown = redact_url(inner) if "//" in inner or "?" in inner else inner
    return part if shown == inner else f"{name}={quote(shown, safe='*:/@', errors='replace')}"


def _header(lower: str, name: str, value: str) -> str:
    if lower == "sec-websocket-protocol":
        return redact_subprotocols(value)
    if lower in URL_HEADERS:
        return redact_url(value)
    if lower in HARMLESS_HEADERS:
        return value
    if lower == "set-cookie":
        first, semicolon, rest = value.partition(";")
        return _cookie(first) + semicolon + rest
    if lower == "cookie":
        return "; ".join(_cookie(pair.strip()) for pair in value.split(";"))
    if is_secret_header(name) or SCHEME_AND_SECRET.match(value):
        scheme, space, rest = value.partition(" ")
        return f"{scheme} {HIDDEN}" if space and rest and re.fullmatch(r"[A-Za-z][A-Za-z-]{0,19}", scheme) else HIDDEN
    return JWT.sub(HIDDEN, redact_text(value))


def _cookie(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={HIDDEN}" if equals else HIDDEN
