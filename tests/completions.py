"""The scripts in ``completions/``: ``python -m tests.completions --write`` makes them, ``--check`` compares.

The one for PowerShell is click's own, so it is made and compared only where click is of the version in `MADE_WITH`.
"""

import sys
from importlib.metadata import version
from pathlib import Path

from wsinspect.cli import door
from wsinspect.commands.completion import script_of

FOLDER = Path(__file__).parent.parent / "completions"
FILES = {"bash": "wsinspect.bash", "zsh": "_wsinspect", "fish": "wsinspect.fish"}
MADE_WITH = "8.5.1"


def files() -> dict[Path, str]:
    """Return what each file should hold."""
    names = FILES | ({"powershell": "wsinspect.ps1"} if version("click") == MADE_WITH else {})
    return {FOLDER / name: script_of(shell, door) for shell, name in names.items()}


def main(arguments: list[str]) -> int:
    """Write or check all files."""
    stale = []
    for path, text in files().items():
        if arguments == ["--write"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        elif not path.exists() or path.read_bytes().decode() != text:
            stale.append(path.name)
    if stale:
        print(f"stale: {', '.join(stale)}; `python -m tests.completions --write` renews them")
    return bool(stale)


if __name__ == "__main__":
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit("usage: python -m tests.completions --write | --check")
    sys.exit(main(sys.argv[1:]))
