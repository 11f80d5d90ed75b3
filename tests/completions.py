"""The scripts in ``completions/``.

The one for PowerShell is click's own, so it is made and compared only where click is of the version in `MADE_WITH`.
"""

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
