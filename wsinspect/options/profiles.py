"""``connect @NAME``: a profile called up, its settings put below what was typed."""

import os
from collections.abc import Callable, Collection
from typing import Any

import click
from click.core import ParameterSource

from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.options.dialects import tongue_of
from wsinspect.options.merging import merged
from wsinspect.profiles import (
    AS_HEADERS,
    OURS,
    RIVALS,
    SPECIAL,
    Later,
    Layer,
    Profile,
    Source,
    joined,
    profile_called,
    split_typed,
)
from wsinspect.registry import COMMANDS
from wsinspect.settings import Origin, Settings

NEVER = ("config", "curl", "dry-run", "record", "record-frames", "rotate", "force")
"""Options that say what to do now, and cannot stand in a profile. A file of one name is recorded once."""

STAND_IN = "0"
"""What is looked at instead of a secret where a profile is only checked."""


def called_up(
    ctx: click.Context,
    typed: str,
    settings: Settings,
    *,
    left_out: Collection[str] = (),
    fetched: dict[Source, str] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Return the URL that ``@NAME`` or ``@NAME/path?query`` stands for, and the parameters that the profile sets.

    Secrets are asked for only where nothing stronger gives them; ``secrets`` among the parameters holds them.
    ``left_out`` are options of `connect` that mean nothing to the command; ``fetched`` keeps secrets for another call.

    Raises:
        InspectError: there is no such profile, a mistake is in it, or a secret cannot be had.
    """
    name, rest = split_typed(typed, settings)
    profile = profile_called(name, settings)
    if left_out:
        profile = profile._replace(layers=tuple(_without(layer, left_out) for layer in profile.layers))
    asker = _Asker(profile, {} if fetched is None else fetched)
    merging = _Merging(ctx, profile, settings, asker.ask)
    if profile.url is None:
        # It may be there, misspelled.
        merging.check_names()
        place = settings.origin.place("profiles", name)
        raise InspectError(f"{place}: the profile `{name}` has no `url`", hint='add  url = "wss://..."')
    return joined(profile.url, rest), asker.noted(ctx, merging.merged())


def put_below(
    ctx: click.Context, layer: Layer, origin: Origin, settings: Settings, fetched: dict[Source, str]
) -> dict[str, Any]:
    """Put what a table like a profile sets below what was typed; the same as `called_up` does without a name."""
    profile = Profile(layer.name, (layer,), origin)
    asker = _Asker(profile, fetched)
    return asker.noted(ctx, _Merging(ctx, profile, settings, asker.ask).merged())


def meant_for_others(command: click.Command) -> frozenset[str]:
    """Return the options of `connect` that a command lacks: a profile may hold them, and they mean nothing to it."""
    connect: click.Command = COMMANDS.load("connect")
    return frozenset(_long_names(connect)) - frozenset(_long_names(command))


def _long_names(command: click.Command) -> list[str]:
    names = [name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)]
    return [name.removeprefix("--") for name in names if name.startswith("--")]


def check(ctx: click.Context, profile: Profile, settings: Settings) -> None:
    """Raise the `InspectError` that ``connect`` would raise, as far as this can be told without any secret.

    ``ctx`` is one of ``connect``, made for this alone.
    """
    layers = tuple(
        layer._replace(options={name: value for name, value in layer.options.items() if not _is_elsewhere(name, value)})
        for layer in profile.layers
    )

    def ask(later: Later) -> str:
        return "".join(part if isinstance(part, str) else STAND_IN for part in later.parts)

    _Merging(ctx, profile._replace(layers=layers), settings, ask).merged()


def _without(layer: Layer, left_out: Collection[str]) -> Layer:
    return layer._replace(options={name: value for name, value in layer.options.items() if name not in left_out})


class _Asker:
    """Asks for secrets, each once; ``fetched`` has those that have been had."""

    def __init__(self, profile: Profile, fetched: dict[Source, str]) -> None:
        self._profile = profile
        self._fetched = fetched
        self._asked: set[str] = set()

    def ask(self, later: Later) -> str:
        # What runs programs is loaded where one is to run.
        from wsinspect.secret_sources import filled

        texts = []
        for part in later.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            if part not in self._fetched:
                self._fetched[part] = filled(Later((part,)), self._place, os.environ)
            texts.append(self._fetched[part])
            self._asked.add(self._fetched[part])
        return "".join(texts)

    def noted(self, ctx: click.Context, changed: dict[str, Any]) -> dict[str, Any]:
        """Return what was changed, with the secrets that were asked for."""
        if self._asked:
            ctx.params["secrets"] = changed["secrets"] = ctx.params.get("secrets", frozenset()) | self._asked
        return changed

    def _place(self, source: Source) -> str:
        return self._profile.origin.place(*source.keys)


def _is_elsewhere(option: str, value: Any) -> bool:
    """Tell whether taking a value may ask somebody, or the environment: that is no affair of the file."""
    return option == "user" or (isinstance(value, str) and value.startswith("env:"))


class _Merging:
    """A profile's layers put below what the command line says, the strongest first."""

    def __init__(self, ctx: click.Context, profile: Profile, settings: Settings, ask: Callable[[Later], str]) -> None:
        self._ctx = ctx
        self._settings = settings
        self._profile = profile
        self._ask = ask
        self._options = {
            name.removeprefix("--"): parameter
            for parameter in ctx.command.params
            if isinstance(parameter, click.Option) and parameter.expose_value
            for name in (*parameter.opts, *parameter.secondary_opts)
            if name.startswith("--") and name.removeprefix("--") not in NEVER
        }
        self._changed: dict[str, Any] = {}

    def merged(self) -> dict[str, Any]:
        for layer in self._profile.layers:
            self._check_names(layer)
            self._check_dialect(layer)
            self._merge(layer)
        return self._changed

    def check_names(self) -> None:
        """Raise `InspectError` where a layer sets what there is not."""
        for layer in self._profile.layers:
            self._check_names(layer)

    def _check_names(self, layer: Layer) -> None:
        for option in layer.options:
            if option not in self._options:
                is_profile = layer.at[:1] == ("profiles",)
                ours = OURS if is_profile else [name for name in OURS if name not in SPECIAL]
                near = nearest(option, [*self._options, *ours])
                known = ", ".join(f"`{name}`" for name in ours)
                holder = "a profile" if is_profile else f"[{'.'.join(map(str, layer.at))}]"
                others = "options of `connect`" if is_profile else "options that say how a server is reached"
                hint = f"did you mean `{near}`?" if near else f"{holder} holds {known} and {others}"
                if is_profile and option in NEVER:
                    hint = "it says what to do now, and is given on the command line"
                place = self._profile.place(layer, option)
                raise InspectError(f"{place}: there is no setting `{shortened(option)}`", hint=hint)

    def _check_dialect(self, layer: Layer) -> None:
        dialect = layer.options.get("dialect")
        if isinstance(dialect, str):
            try:
                tongue_of(dialect, self._settings)
            except InspectError as error:
                raise error.within(self._profile.place(layer, "dialect")) from None

    def _merge(self, layer: Layer) -> None:
        """Merge a layer, its secrets asked for."""
        more: dict[str, Any] = {}
        headers: list[Any] = []
        for option, value in layer.options.items():
            if option == "header":
                headers += [one for one in self._values(value) if one is not None]
            elif isinstance(value, list):
                more[option] = self._values(value)
            elif not isinstance(value, Later):
                more[option] = value
            elif self._is_settled(option):
                continue
            elif option == "bearer":
                # As a header, for a token must not be read as what may be typed: `@FILE`, `env:NAME`.
                headers.append(f"Authorization: Bearer {self._ask(value)}")
            elif option == "pass":
                self._set(option, self._ask(value))
            else:
                more[option] = self._ask(value)
        if headers:
            more["header"] = headers
        self._changed |= merged(self._ctx, more, lambda option: self._profile.place(layer, option), never=NEVER)

    def _values(self, value: Any) -> list[Any]:
        """Return the values of a list, None for a header that has been given already."""
        taken = self._headers_taken()
        return [
            one if not isinstance(one, Later) else None if _header_name(one) in taken else self._ask(one)
            for one in (value if isinstance(value, list) else [value])
        ]

    def _headers_taken(self) -> set[str]:
        """Return the names of headers that are given already, in lower case."""
        given = self._ctx.params.get("headers") or ()
        names = {one[0].lower() for one in given if isinstance(one, tuple) and one and isinstance(one[0], str)}
        return names | {header for option, header in AS_HEADERS.items() if self._is_given(option)}

    def _is_settled(self, option: str) -> bool:
        """Tell whether something stronger gives what an option gives."""
        rivals = {option}.union(*(rivals for rivals in RIVALS if option in rivals))
        return any(map(self._is_given, rivals)) or AS_HEADERS.get(option) in self._headers_taken()

    def _is_given(self, option: str) -> bool:
        if option not in self._options:
            return False
        source = self._ctx.get_parameter_source(self._options[option].name or "")
        return source is not None and source is not ParameterSource.DEFAULT

    def _set(self, option: str, value: str) -> None:
        """Set a parameter past its type."""
        name = self._options[option].name or ""
        self._ctx.params[name] = self._changed[name] = value
        self._ctx.set_parameter_source(name, ParameterSource.DEFAULT_MAP)


def _header_name(later: Later) -> str:
    first = later.parts[0] if later.parts else ""
    return first.partition(":")[0].strip().lower() if isinstance(first, str) else ""
