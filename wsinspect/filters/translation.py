"""An expression put into plain JMESPath, with the way back to places in what the user wrote. Knows no evaluation."""

from bisect import bisect_right
from typing import NamedTuple

from wsinspect.filters.mistakes import Arities, check
from wsinspect.filters.place import Misplaced
from wsinspect.filters.tokens import Token, tokens_of

LONGEST = 10_000
"""Characters of an expression."""


class Translated(NamedTuple):
    """An expression in JMESPath, with the start of each token there, and in the user's text."""

    plain: str
    starts: list[int]
    tokens: list[Token]

    def token_at(self, position: int) -> Token | None:
        """Return the token in which a position of ``plain`` lies; None behind the last."""
        index = bisect_right(self.starts, position) - 1
        if index < 0 or position >= self.starts[-1] + len(self.tokens[-1].plain):
            return None
        return self.tokens[index]


def translated(text: str, functions: Arities) -> Translated:
    """Put an expression into JMESPath; raises `Misplaced`.

    ``functions`` have a least number of arguments, and a largest one, or None.
    """
    if len(text) > LONGEST:
        raise Misplaced(f"the expression is longer than {LONGEST:,} characters", text, LONGEST)
    tokens = tokens_of(text)
    if not tokens:
        raise Misplaced("the expression is empty", text, 0, hint="for example: price > 100")
    check(text, tokens, functions)
    starts = []
    position = 0
    for token in tokens:
        starts.append(position)
        position += len(token.plain) + 1
    return Translated(" ".join([token.plain for token in tokens]), starts, tokens)
