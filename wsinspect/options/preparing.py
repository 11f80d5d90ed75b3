"""Checks made ready to run: of what is typed, what a check says and a profile that its URL names, each connection's
`Connecting`. The stronger comes first in this order. Opens nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from wsinspect.checking.prepared import Prepared
from wsinspect.checks.plan import Check, Link
from wsinspect.connecting import Connecting, Tls
from wsinspect.errors import InspectError, Mistakes
from wsinspect.masking import Mask
from wsinspect.options.reaching import connecting_of, reaching_options
from wsinspect.options.tls import tls_of, tls_options
from wsinspect.settings import PROFILE_MARK, Origin, Settings
from wsinspect.target import DEMO, Target, parse_target

PLACE_OF_DEMO = "ws://localhost/"
"""Stands for a demo's address until it runs."""


HANDSHAKE = ("handshake",)
"""The table of a check that says how its one connection is opened."""


class Given(NamedTuple):
    """What a command line says of reaching a server, by parameter, and where each of it came from."""

    values: Mapping[str, Any]
    sources: Mapping[str, ParameterSource]


class _Reached(NamedTuple):
    """A connection before its target is put in; with ``user``, somebody else than the URL says."""

    connecting: Connecting
    user: bool


@click.command(add_help_option=False)
@reaching_options
def reaching() -> None:
    """Hold the options that say how a server is reached, and no others."""


@click.command(add_help_option=False)
@tls_options
def _tls() -> None:
    """Hold the options that say how TLS is spoken."""


_TLS_NAMES = tuple(parameter.name or "" for parameter in _tls.params)


class Preparing:
    """Makes checks ready, one after the other; what several have in common is worked out once.

    ``ctx`` is the context of a command that has `reaching_options`; without one, nothing was typed.
    """

    def __init__(self, settings: Settings, ctx: click.Context | None = None) -> None:
        self._settings = settings
        names = [parameter.name or "" for parameter in reaching.params if parameter.expose_value]
        source = ctx if ctx is not None else reaching.make_context("check", [])
        self._name = source.info_name
        self._parent = source.parent
        self._given = Given(
            {name: source.params[name] for name in names},
            {name: source.get_parameter_source(name) or ParameterSource.DEFAULT for name in names},
        )
        self._fetched: dict[Any, str] = {}
        self._tls: dict[tuple[Any, ...], Tls] = {}
        self._reached: dict[tuple[Any, ...], _Reached] = {}

    def all(self, checks: Iterable[Check]) -> tuple[Prepared, ...]:
        """Make all ready; raises `Mistakes` with those of all checks."""
        prepared = []
        errors = []
        for check in checks:
            try:
                prepared.append(self.prepared(check))
            except InspectError as error:
                errors.append(error)
        if errors:
            raise Mistakes(errors)
        return tuple(prepared)

    def prepared(self, check: Check) -> Prepared:
        """Make a check ready; asks for a password or passphrase that is missing.

        Raises:
            InspectError: its URL cannot be one, or an option does not take what it is given.
        """
        try:
            return self._made(check)
        except InspectError as error:
            mask = Mask(check.secrets).everywhere
            shown = mask((error.message, error.hint, error.excerpt))
            raise InspectError(shown[0], hint=shown[1], exit=error.exit, excerpt=shown[2]) from None

    def _made(self, check: Check) -> Prepared:
        links: dict[str, Connecting] = {}
        demos: dict[str, str] = {}
        fetched: frozenset[str] = frozenset()
        for link in check.links:
            url, given = self._called(check, link)
            fetched |= given.get("secrets") or frozenset()
            try:
                target = _target(url)
            except InspectError as error:
                raise _placed(link, error) from None
            try:
                links[link.name] = self._connecting(target, given)
            except click.UsageError as error:
                raise _placed(link, InspectError(error.format_message().rstrip("."))) from None
            except InspectError as error:
                # What is typed is at fault where the check adds nothing.
                raise (_placed(link, error) if link.options else error) from None
            if url.startswith(DEMO):
                demos[link.name] = url.removeprefix(DEMO)
        return Prepared(check._replace(secrets=check.secrets | fetched), links, demos)

    def _called(self, check: Check, link: Link) -> tuple[str, Mapping[str, Any]]:
        """Return a connection's URL, and its parameters with those of the check and the profile below them."""
        is_profile = link.url.startswith(PROFILE_MARK)
        if not link.options and not is_profile:
            return link.url, self._given.values
        # What profiles need is loaded where one is called up; a check's table is read as one.
        from wsinspect.options.profiles import called_up, meant_for_others, put_below
        from wsinspect.profiles import Layer, split_typed

        # The context is written into.
        ctx = click.Context(reaching, parent=self._parent, info_name=self._name)
        ctx.params = dict(self._given.values)
        for name, source in self._given.sources.items():
            ctx.set_parameter_source(name, source)
        if link.options:
            first = next(iter(link.keys.values()), HANDSHAKE)
            at = first[:1] if first[:1] == HANDSHAKE else first[:2]
            layer = Layer(link.name, None, link.options, link.keys, None, at)
            put_below(ctx, layer, Origin(check.place.file, check.origin), self._settings, self._fetched)
        if not is_profile:
            return link.url, ctx.params
        is_known = split_typed(link.url, self._settings)[0] in self._settings.profiles
        try:
            left_out = meant_for_others(reaching)
            url, _ = called_up(ctx, link.url, self._settings, left_out=left_out, fetched=self._fetched)
        except InspectError as error:
            # A mistake in the profile stands in another file.
            raise (error if is_known else _placed(link, error)) from None
        return url, ctx.params

    def _connecting(self, target: Target, given: Mapping[str, Any]) -> Connecting:
        key = (*[given[name] for name in self._given.values], given.get("secrets"))
        reached = self._reached.get(key)
        if reached is None:
            tls_key = tuple(given[name] for name in _TLS_NAMES)
            tls = self._tls.get(tls_key)
            if tls is None:
                # It may ask for a passphrase.
                tls = self._tls[tls_key] = tls_of(dict(given))
            connecting = connecting_of(target, dict(given), tls)
            reached = self._reached[key] = _Reached(connecting, given["user"] is not None)
        if reached.user:
            target = target._replace(userinfo=reached.connecting.target.userinfo)
        return reached.connecting._replace(target=target)


def _target(url: str) -> Target:
    if not url.startswith(DEMO):
        return parse_target(url)
    # What plays the demo is loaded where there is one.
    from wsinspect.net.demo import is_path

    if not is_path(url.removeprefix(DEMO)):
        raise InspectError(
            f"there is no demo `{url.removeprefix(DEMO)}`", hint="try demo:, demo:echo or demo:1012 (any close code)"
        )
    return parse_target(PLACE_OF_DEMO)


def _placed(link: Link, error: InspectError) -> InspectError:
    """Put in front where a connection stands; one that was typed stands nowhere."""
    return error.within(str(link.place)) if link.place.file else error
