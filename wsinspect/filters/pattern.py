"""Regular expressions, as Python has them, with errors that point at the place. Knows no message."""

import re
import warnings

from wsinspect.errors import shortened
from wsinspect.filters.place import Misplaced

LONGEST = 10_000
"""Characters of a pattern."""

HINT = "patterns are Python's: https://docs.python.org/3/library/re.html"


def pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern; raises `Misplaced`. Some patterns take for ever on some texts: nothing here can tell them."""
    if len(text) > LONGEST:
        raise Misplaced(f"the pattern is longer than {LONGEST:,} characters", text, LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(text)
    except re.error as fault:
        raise Misplaced(f"the pattern is wrong: {shortened(fault.msg, 80)}", text, fault.pos or 0, hint=HINT) from None
    except (OverflowError, RecursionError, ValueError):
        raise Misplaced("the pattern is too large", text, 0, hint=HINT) from None
