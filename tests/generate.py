"""Everything in the repository that is generated: ``python -m tests.generate --write`` makes it, ``--check`` compares.

What a file should hold is said once, in the module that makes it; the test run checks every file.
"""

import sys
from pathlib import Path

from tests import check_examples, completions, readme
from tests.golden import captures, cards, check_reports, check_telling, exported, openings, pages, rendered, replayed
from tests.golden import stats as figures

MAKERS = (captures, cards, check_reports, check_telling, exported, openings, pages, rendered, replayed, figures)
"""What golden files are of, beside completions and the README."""

RENEW = "`python -m tests.generate --write` renews it; look at the difference"


def files() -> dict[Path, str]:
    """Return each generated file and the text it should hold."""
    return {path: text for maker in (*MAKERS, completions, readme) for path, text in maker.files().items()}


def main(arguments: list[str]) -> int:
    """Write or check all files."""
    stale = []
    writes = arguments == ["--write"]
    # The examples are run when they are tested.
    for path, text in (files() | (check_examples.files() if writes else {})).items():
        if writes:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        elif not path.exists() or path.read_bytes().decode() != text:
            stale.append(path.name)
    if stale:
        print(f"stale: {', '.join(stale)}: {RENEW}")
    return bool(stale)


if __name__ == "__main__":
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit("usage: python -m tests.generate --write | --check")
    sys.exit(main(sys.argv[1:]))
