"""Profiles: named sections of the configuration file, made a URL and options as a command line would give them.

The tables of a check that say how to connect have the same keys, see `section`.

A value may be told by where it is, ``{ env = "NAME" }`` or ``{ command = [...] }``; here it stays a `Later`. What an
option takes is not judged here, only the forms that a file has and a command line has not. Reads nothing, runs nothing.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.settings import PROFILE_MARK, Origin, Settings
from wsinspect.target import DEMO, parse_target

OURS = ("url", "extends", "decoders", "tls", "auth", "headers", "subprotocols")
"""What a profile may say beside the long names of options."""

SPECIAL = ("url", "extends", "decoders")
"""What of it is no option."""

PLURALS = {"headers": "header", "subprotocols": "subprotocol"}
TLS = ("cacert", "cert", "key", "pass", "insecure", "servername", "tls-min", "tls-max", "alpn")
AUTH = ("user", "password", "bearer")
PATHS = ("cacert", "cert", "key", "unix-socket", "netrc-file", "proxy-cacert")
FILES_BEHIND_AT = ("header", "bearer", "pass", "send", "on-connect")
"""Options whose values may be ``@FILE``."""

RIVALS = (
    frozenset({"user", "bearer", "netrc", "netrc-file"}),
    frozenset({"raw", "format"}),
    frozenset({"ipv4", "ipv6"}),
    frozenset({"deflate", "no-compression"}),
)
"""Long names of which one says all: where a stronger layer gives one, a weaker layer's others are left out."""

AS_HEADERS = {
    "user": "authorization",
    "bearer": "authorization",
    "netrc": "authorization",
    "netrc-file": "authorization",
    "origin": "origin",
    "user-agent": "user-agent",
    "version-header": "sec-websocket-version",
}
"""Options that stand for a header: given by a stronger layer, they replace a weaker layer's header of that name."""

SOURCE_EXAMPLE = 'write { env = "NAME" } or { command = ["pass", "show", "staging"] }'


class Source(NamedTuple):
    """Where a secret is: the name of an environment variable, or the words of a command; ``keys`` say where that stands
    in the configuration file."""

    kind: Literal["env", "command"]
    words: tuple[str, ...]
    keys: tuple[str | int, ...]


class Later(NamedTuple):
    """A text of which parts are to be asked for."""

    parts: tuple[str | Source, ...]


class Layer(NamedTuple):
    """What one section says. ``options`` maps long names to values, `Later` or lists of either; ``keys`` tells where
    each of them stands; ``at`` where the section does."""

    name: str
    url: str | None
    options: Mapping[str, Any]
    keys: Mapping[str, tuple[str | int, ...]]
    decoders: tuple[str, ...] | None
    at: tuple[str | int, ...] = ()


class Profile(NamedTuple):
    """A profile and those it extends, the strongest layer first."""

    name: str
    layers: tuple[Layer, ...]
    origin: Origin

    @property
    def url(self) -> str | None:
        """The URL as it stands in the file, secrets and all."""
        return next((layer.url for layer in self.layers if layer.url is not None), None)

    @property
    def decoders(self) -> tuple[str, ...]:
        """The names of the decoders for payloads."""
        return next((layer.decoders for layer in self.layers if layer.decoders is not None), ())

    def place(self, layer: Layer, option: str) -> str:
        """Return file and line of what a layer says of an option."""
        return self.origin.place(*layer.keys.get(option, layer.at))


def profile_called(name: str, settings: Settings) -> Profile:
    """Return the profile of that name; raises `InspectError` where there is none, or a mistake in it."""
    if name not in settings.profiles:
        raise _unknown(name, settings)
    layers: list[Layer] = []
    following: str | None = name
    while following is not None:
        at = ("profiles", following)
        layers.append(_Section(at, settings.profiles[following], settings.origin, SPECIAL).layer())
        following = _extended(following, settings, [layer.name for layer in layers])
    return Profile(name, tuple(layers), settings.origin)


def section(table: Mapping[str, Any], origin: Origin, at: tuple[str | int, ...]) -> Layer:
    """Return what a table at ``at`` says that has the keys of a profile but `SPECIAL`; references in it are filled.

    Raises:
        InspectError: there is a mistake in its form. What the options take is not judged here.
    """
    return _Section(at, table, origin, ()).layer()


def split_typed(typed: str, settings: Settings) -> tuple[str, str]:
    """Part ``@staging/path?x=1`` into the profile's name and what is put behind its URL."""
    name = typed.removeprefix(PROFILE_MARK)
    end = min((at for at in (name.find("/"), name.find("?")) if at >= 0), default=len(name))
    return name[:end], name[end:]


def joined(url: str, rest: str) -> str:
    """Put a path and a query behind a URL; a query that it has already is kept."""
    base, _, query = url.partition("?")
    path, _, more = rest.partition("?")
    whole = base.rstrip("/") + path if path else base
    queries = [part for part in (query, more) if part]
    return whole + ("?" + "&".join(queries) if queries else "")


def _unknown(name: str, settings: Settings) -> InspectError:
    near = nearest(name, settings.profiles)
    if near:
        hint = f"did you mean `{PROFILE_MARK}{near}`?"
    elif settings.profiles:
        hint = f"there are: {', '.join(PROFILE_MARK + known for known in settings.profiles)}"
    else:
        state = "holds none" if settings.exists else "does not exist"
        hint = f"{settings.origin.path} {state}; `wsinspect profiles` shows how one is written"
    if not name:
        return InspectError(f"the name of a profile is missing behind the {PROFILE_MARK}", hint=hint)
    return InspectError(f"no profile is called `{shortened(name)}`", hint=hint)


def _extended(name: str, settings: Settings, passed: list[str]) -> str | None:
    other = settings.profiles[name].get("extends")
    if other is None:
        return None
    place = settings.origin.place("profiles", name, "extends")
    if not isinstance(other, str):
        raise InspectError(f"{place}: `extends` must be the name of a profile")
    if other in passed:
        raise InspectError(f"{place}: `{shortened(name)}` extends `{shortened(other)}`, which extends it")
    if other not in settings.profiles:
        near = nearest(other, settings.profiles)
        hint = f"did you mean `{near}`?" if near else ""
        raise InspectError(f"{place}: no profile is called `{shortened(other)}`", hint=hint)
    return other


class _Section:
    """One ``[profiles.NAME]`` while it is read, or a table like it; ``special`` are keys of it that are no options."""

    def __init__(
        self, at: tuple[str | int, ...], table: Mapping[str, Any], origin: Origin, special: tuple[str, ...]
    ) -> None:
        self._at = at
        self._table = table
        self._origin = origin
        self._special = special
        self._folder = os.path.dirname(os.path.abspath(origin.path))
        self._options: dict[str, Any] = {}
        self._keys: dict[str, tuple[str | int, ...]] = {}

    def layer(self) -> Layer:
        url = self._url() if "url" in self._special else None
        decoders = self._decoders() if "decoders" in self._special else None
        for key, value in self._table.items():
            if key == "tls":
                for name, inner in self._inner(key, value, TLS):
                    self._put(name, inner, key, name)
            elif key == "auth":
                self._auth(dict(self._inner(key, value, AUTH)))
            elif isinstance(value, dict) and key not in OURS and (near := nearest(key, OURS)):
                raise self._wrong(f"there is no setting `{shortened(key)}`", key, hint=f"did you mean `{near}`?")
            elif key not in self._special:
                self._put(PLURALS.get(key, key.replace("_", "-")), value, key)
        return Layer(str(self._at[-1]), url, self._options, self._keys, decoders, self._at)

    def _url(self) -> str | None:
        url = self._table.get("url")
        if url is None:
            return None
        if not isinstance(url, str):
            raise self._wrong("`url` must be a string", "url")
        if url.startswith(PROFILE_MARK):
            name = shortened(url.removeprefix(PROFILE_MARK))
            raise self._wrong("`url` must be a URL", "url", hint=f'to build on another profile: extends = "{name}"')
        if not url.startswith(DEMO):
            try:
                parse_target(url)
            except InspectError as error:
                raise self._wrong(error.message, "url", hint=error.hint) from None
        return url

    def _decoders(self) -> tuple[str, ...] | None:
        names = self._table.get("decoders")
        if names is None:
            return None
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise self._wrong('`decoders` must be a list of names, such as ["msgpack"]', "decoders")
        return tuple(names)

    def _inner(self, key: str, table: Any, known: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        """Return the rows of a table within the profile."""
        if not isinstance(table, dict):
            raise self._wrong(f"`{key}` must be a table", key, hint=f"write [{'.'.join(map(str, self._at))}.{key}]")
        for name, value in table.items():
            if name.replace("_", "-") not in known:
                near = nearest(name, known)
                hint = f"did you mean `{near}`?" if near else f"known are: {', '.join(known)}"
                raise self._wrong(f"there is no setting `{key}.{shortened(name)}`", key, name, hint=hint)
            yield name.replace("_", "-"), value

    def _auth(self, auth: Mapping[str, Any]) -> None:
        for name in auth:
            if isinstance(auth[name], bool) or not isinstance(auth[name], str | dict):
                raise self._wrong(f"`auth.{name}` must be a string", "auth", name, hint=f"or {SOURCE_EXAMPLE}")
        if "bearer" in auth:
            if len(auth) > 1:
                raise self._wrong("`auth` holds a bearer token and a user, where one of them is meant", "auth")
            self._put("bearer", auth["bearer"], "auth", "bearer")
            return
        if "user" not in auth:
            if auth:
                raise self._wrong("`auth` holds a password without a `user`", "auth", "password")
            return
        user = self._value(auth["user"], "auth", "user")
        if "password" not in auth:
            self._put("user", user, "auth", "user")
            return
        if isinstance(user, str) and ":" in user:
            raise self._wrong("`auth.user` holds a colon, where a password of its own follows", "auth", "user")
        parts: list[str | Source] = []
        for part in (user, ":", self._value(auth["password"], "auth", "password")):
            parts += part.parts if isinstance(part, Later) else [part]
        plain = [part for part in parts if isinstance(part, str)]
        self._put("user", "".join(plain) if len(plain) == len(parts) else Later(tuple(parts)), "auth", "user")

    def _put(self, option: str, value: Any, *keys: str) -> None:
        """Take the value of an option."""
        if option in self._options:
            raise self._wrong(f"`{option}` is set twice", *keys)
        self._keys[option] = (*self._at, *keys)
        if option == "header" and isinstance(value, dict):
            self._options[option] = [header for name in value for header in self._headers(name, value[name], *keys)]
        elif option == "alpn" and isinstance(value, list):
            self._options[option] = ",".join(self._text(name, *keys) for name in value)
        elif isinstance(value, list):
            self._options[option] = [
                self._placed(option, self._value(one, *keys, index)) for index, one in enumerate(value)
            ]
        else:
            self._options[option] = self._placed(option, self._value(value, *keys))

    def _headers(self, name: str, value: Any, *keys: str) -> Iterator[str | Later]:
        """Write a row of the table of headers as they are typed; false leaves out ours of that name."""
        for one in value if isinstance(value, list) else [value]:
            given = self._value(one, *keys, name)
            if isinstance(given, Later):
                yield Later((f"{name}: ", *given.parts))
            elif given is False:
                yield f"{name}:"
            elif given is True or not isinstance(given, str | int | float):
                raise self._wrong(f"the header `{shortened(name)}` must be a string", *keys, name)
            else:
                yield f"{name}: {given}" if str(given).strip() else f"{name};"

    def _text(self, value: Any, *keys: str) -> str:
        if not isinstance(value, str):
            raise self._wrong(f"`{keys[-1]}` must hold strings", *keys)
        return value

    def _value(self, value: Any, *keys: str | int) -> Any:
        """Return a value, a table as what it stands for."""
        if not isinstance(value, dict):
            return value
        if len(value) != 1 or not value.keys() <= {"env", "command"}:
            raise self._wrong(f"`{keys[-1]}` cannot be a table like that", *keys, hint=SOURCE_EXAMPLE)
        ((kind, wanted),) = value.items()
        here = (*self._at, *keys)
        if kind == "env":
            if not isinstance(wanted, str) or not wanted or "\0" in wanted or "=" in wanted:
                raise self._wrong("`env` must be the name of an environment variable", *keys, "env")
            return Later((Source("env", (wanted,), here),))
        words = wanted if isinstance(wanted, list) else []
        if not words or not all(isinstance(word, str) and "\0" not in word for word in words) or not words[0]:
            hint = 'it is a list of words, and no shell is asked: ["pass", "show", "staging"]'
            raise self._wrong("`command` must be a list of strings", *keys, "command", hint=hint)
        # A program with a slash in it is a path, from the file's folder on.
        program = self._path(words[0]) if "/" in words[0] else words[0]
        return Later((Source("command", (program, *words[1:]), here),))

    def _placed(self, option: str, value: Any) -> Any:
        """Make the paths in a value start at the file's folder."""
        if not isinstance(value, str):
            return value
        if option == "cookie" and (value.startswith("@") or "=" not in value):
            return self._path(value.removeprefix("@"))
        if option in PATHS:
            # The name of an abstract unix socket is no path.
            return value if value.startswith("@") and option == "unix-socket" else self._path(value)
        if option in FILES_BEHIND_AT and value.startswith("@") and value not in ("@", "@-"):
            return "@" + self._path(value[1:])
        return value

    def _path(self, path: str) -> str:
        return os.path.join(self._folder, os.path.expanduser(path).removeprefix("./")) if path else path

    def _wrong(self, words: str, *keys: str | int, hint: str = "") -> InspectError:
        return InspectError(f"{self._origin.place(*self._at, *keys)}: {words}", hint=hint)
