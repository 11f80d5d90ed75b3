"""Settings that come from elsewhere than the command line (a profile, a pasted curl line) put below what was typed.

They are spelled as on the command line, and go through the same types and checks. Knows no file and no syntax.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from click.core import ParameterSource

from wsinspect.errors import InspectError, nearest, shortened
from wsinspect.profiles import AS_HEADERS, RIVALS


def merged(
    ctx: click.Context, more: Mapping[str, Any], source: str | Callable[[str], str], *, never: Iterable[str] = ()
) -> dict[str, Any]:
    """Convert settings and put them where neither the command line nor an earlier call gave one; so the strongest layer
    comes first.

    ``more`` maps long names without their dashes (``max-redirs`` or ``max_redirs``) to what would be typed: a string or
    number, True or False for a flag, a list where an option is repeatable. Of repeatable options the weaker values come
    first; those with the same name (headers) give way. ``source`` is where they stand, for errors: a text, or a
    function from the key to one. ``never`` names options that cannot be set there.

    Returns:
        What changed, by parameter name, as a command's function takes it; ``ctx.params`` has it, too.

    Raises:
        InspectError: a name is unknown, or a value is not what its option takes.
    """
    named = _named(ctx, never)
    given = {name for name, (parameter, _) in named.items() if _is_given(ctx, parameter)}
    changed: dict[str, Any] = {}
    for key, value in more.items():
        name = key.replace("_", "-")
        if name not in named:
            place = source if isinstance(source, str) else source(key)
            near = nearest(name, named)
            hint = f"did you mean `{near}`?" if near else f"known are the options of `{ctx.command_path} --help`"
            raise InspectError(f"{place}: there is no setting `{shortened(key)}`", hint=hint)
        parameter, means_no = named[name]
        assert parameter.name is not None
        # A mistake is told also where the value does not count.
        try:
            converted = _converted(ctx, parameter, value, means_no)
        except click.BadParameter as fault:
            # Where something stands is looked for only where it is wrong.
            place = source if isinstance(source, str) else source(key)
            raise InspectError(f"{place}: `{name}`: {fault.message.rstrip('.')}") from None
        if any(rival != name and rival in given for rivals in RIVALS if name in rivals for rival in rivals):
            continue
        if parameter.multiple:
            stronger = ctx.params.get(parameter.name) or () if name in given else ()
            taken = {header for option, header in AS_HEADERS.items() if option in given}
            changed[parameter.name] = (*_weaker(parameter, converted, stronger, taken), *stronger)
        elif name not in given:
            changed[parameter.name] = converted
    for parameter_name, value in changed.items():
        ctx.params[parameter_name] = value
        ctx.set_parameter_source(parameter_name, ParameterSource.DEFAULT_MAP)
    return changed


def _named(ctx: click.Context, never: Iterable[str]) -> dict[str, tuple[click.Option, bool]]:
    """Return the options by their long names, and whether the name is one that turns off."""
    named: dict[str, tuple[click.Option, bool]] = {}
    left_out = set(never)
    for parameter in ctx.command.params:
        if isinstance(parameter, click.Option) and parameter.expose_value and not parameter.is_eager:
            for names, means_no in ((parameter.opts, False), (parameter.secondary_opts, True)):
                long = [name.removeprefix("--") for name in names if name.startswith("--")]
                named |= {name: (parameter, means_no) for name in long if name not in left_out}
    return named


def _is_given(ctx: click.Context, parameter: click.Option) -> bool:
    source = ctx.get_parameter_source(parameter.name or "")
    return source is not None and source is not ParameterSource.DEFAULT


def _shaped(parameter: click.Option, value: Any, means_no: bool) -> Any:
    """Return a value as click takes it from a command line, where all are strings; BadParameter where it is none."""
    if parameter.is_flag:
        if not isinstance(value, bool):
            raise click.BadParameter("it must be true or false")
        return value is not means_no
    if parameter.count:
        if isinstance(value, bool) or not isinstance(value, int):
            raise click.BadParameter("it must be a whole number")
        return value
    values = list(value) if parameter.multiple and isinstance(value, list | tuple) else [value]
    if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in values):
        raise click.BadParameter(
            "it takes a list of strings" if parameter.multiple else "it takes a string or a number"
        )
    return [str(one) for one in values] if parameter.multiple else str(value)


def _converted(ctx: click.Context, parameter: click.Option, value: Any, means_no: bool) -> Any:
    return parameter.process_value(ctx, _shaped(parameter, value, means_no))


def _weaker(
    parameter: click.Option, values: tuple[Any, ...], stronger: tuple[Any, ...], taken: set[str]
) -> tuple[Any, ...]:
    """Return the values that do not give way to a stronger one of the same name; types tell names by ``key``."""
    key: Callable[[Any], str] | None = getattr(parameter.type, "key", None)
    if key is None:
        return values
    gone = {key(value) for value in stronger} | taken
    return tuple(value for value in values if key(value) not in gone)
