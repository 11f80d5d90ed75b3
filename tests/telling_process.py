"""A program that runs the telling results through a teller, as `check` does with real ones: for tests on a terminal.

It takes one argument, JSON: ``times`` the list is run through, ``pause_s`` between what happens, ``fault`` to raise in
the middle (the name of an exception), ``options`` for the teller.
"""

import builtins
import json
import sys
import time

from tests.check_results import ALL, START, planned
from wsinspect.checking.teller import teller
from wsinspect.checks.result import Results

SIDE_BY_SIDE = 8


def main(wishes: dict[str, object]) -> None:
    """Run it."""
    results = ALL * int(str(wishes.get("times", 1)))
    pause_s = float(str(wishes.get("pause_s", 0)))
    options = wishes.get("options", {})
    assert isinstance(options, dict)
    with teller(**options) as told:
        told.began(tuple([planned(result) for result in results]))
        for first in range(0, len(results), SIDE_BY_SIDE):
            now = range(first, min(first + SIDE_BY_SIDE, len(results)))
            for index in now:
                told.started(index)
            for index in now:
                for done in range(1, len(results[index].steps) + 1):
                    told.stepped(index, done)
                time.sleep(pause_s)
                told.ended(index, results[index])
            if wishes.get("fault"):
                raise getattr(builtins, str(wishes["fault"]))("in the middle")
        told.tell(Results(results, 2.1, START))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
