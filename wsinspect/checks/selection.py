"""Which of many checks are run: those of a name, a shard of them for one of several machines. Knows no command line."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from wsinspect.checks.plan import Check
from wsinspect.errors import InspectError, nearest, shortened

_CASE = re.compile(r"(.*) \[(.*)\]", re.DOTALL)


class Shard(NamedTuple):
    """The ``number``-th of ``parts`` parts, from 1 on."""

    number: int
    parts: int


def only(checks: Sequence[Check], patterns: Sequence[str]) -> tuple[Check, ...]:
    """Return the checks that one of the patterns names, in their order; all where there are no patterns.

    A pattern is a name, or has ``*``, ``?`` and ``[abc]`` as in a shell. It is held against the whole name of a check,
    and where that is one of several cases, ``NAME [CASE]``, against either part, too.

    Raises:
        InspectError: a pattern names no check, which a misspelled one would not.
    """
    if not patterns:
        return tuple(checks)
    named = [(check, _names(check.name)) for check in checks]
    for pattern in patterns:
        if not any(_fits(names, pattern) for _, names in named):
            raise _unknown(pattern, [name for _, names in named for name in names])
    return tuple(check for check, names in named if any(_fits(names, pattern) for pattern in patterns))


def part(checks: Sequence[Check], shard: Shard | None) -> tuple[Check, ...]:
    """Return the checks of a shard: every ``parts``-th by position, so that each is in one shard and no two differ by
    more than one check.

    Raises:
        InspectError: it has none.
    """
    if shard is None:
        return tuple(checks)
    taken = tuple(checks[shard.number - 1 :: shard.parts])
    if not taken:
        count = len(checks)
        told = "is 1 check, so take at most 1 shard"
        raise InspectError(
            f"nothing is left to check in shard {shard.number}/{shard.parts}",
            hint=f"there {told if count == 1 else f'are {count} checks, so take at most {count} shards'}",
        )
    return taken


def _names(name: str) -> tuple[str, ...]:
    case = _CASE.fullmatch(name)
    return (name, case[1], case[2]) if case else (name,)


def _fits(names: tuple[str, ...], pattern: str) -> bool:
    # The brackets around a case's name stand for themselves, where somebody types the whole.
    literal = pattern.replace("[", "[[]")
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, literal) for name in names)


def _unknown(pattern: str, names: list[str]) -> InspectError:
    near = nearest(pattern, dict.fromkeys(names))
    hint = f"did you mean `{shortened(near, 80)}`?" if near else "`--dry-run` tells the names of all"
    return InspectError(f"no check is called `{shortened(pattern, 80)}`", hint=hint)
