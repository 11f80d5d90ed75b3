"""Golden files of what is told of checks: lines, trees, what CI services read, and the view while they run.

ESC and CR are written as ``␛`` and ``␍``, so that a difference can be read.
"""

from pathlib import Path

from tests.check_results import ALL, GOOD, RESULTS, planned
from wsinspect.checking.teller import Lines, Service
from wsinspect.checks.result import Results
from wsinspect.render.palette import COLOUR, NO_COLOUR
from wsinspect.reports.annotations import summary
from wsinspect.reports.progress import Progress
from wsinspect.reports.tree import tree

FOLDER = Path(__file__).parent / "check_telling"


def lines(
    results: Results, service: Service = "", *, coloured: bool = False, quiet: bool = False, verbose: bool = False
) -> str:
    """Return all that is told line by line."""
    telling = Lines(service, {}, coloured=coloured, quiet=quiet, verbose=verbose)
    telling.began(tuple(map(planned, results.checks)))
    ended = "".join([telling.ended(index, result) for index, result in enumerate(results.checks)])
    return ended + telling.told(results)


def progress() -> Progress:
    """Return a run in its middle."""
    made = Progress(tuple(map(planned, ALL)), 0.0)
    for index, result in enumerate(ALL):
        made.started(index, index / 10)
        made.stepped(index, len(result.steps) // 2)
    for index in (0, 1, 2, 8, 6):
        made.ended(index, ALL[index])
    return made


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    made = {
        "lines.txt": lines(RESULTS),
        "lines-colour.txt": lines(RESULTS, coloured=True),
        "lines-verbose.txt": lines(RESULTS, verbose=True),
        "lines-quiet.txt": lines(RESULTS, quiet=True),
        "lines-good.txt": lines(GOOD),
        "github.txt": lines(RESULTS, "github"),
        "gitlab.txt": lines(RESULTS, "gitlab"),
        "summary.md": summary(RESULTS),
        "tree-80.txt": tree(RESULTS, 80),
        "tree-40.txt": tree(RESULTS, 40),
        "tree-120-colour.txt": tree(RESULTS, 120, colour=True),
        "tree-80-verbose.txt": tree(RESULTS, 80, verbose=True),
        "tree-80-good.txt": tree(GOOD, 80),
    }
    made |= {f"view-{width}.txt": "\n".join(progress().lines(3.0, width, 24, NO_COLOUR)) + "\n" for width in (80, 40)}
    made["view-80-colour.txt"] = "\n".join(progress().lines(3.0, 80, 24, COLOUR)) + "\n"
    made["view-80-5-lines.txt"] = "\n".join(progress().lines(3.0, 80, 5, NO_COLOUR)) + "\n"
    return {FOLDER / name: text.replace("\x1b", "␛").replace("\r", "␍") for name, text in made.items()}
