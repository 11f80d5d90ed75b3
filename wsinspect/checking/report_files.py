"""Reports written where they are wanted: to a file, whole or not at all, or to standard output. Knows no form."""

import os
import stat
from collections.abc import Sequence

from wsinspect.checks.result import Results
from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.registry import REPORTS
from wsinspect.term.named_files import is_written_through
from wsinspect.term.screen import put, reason_of

STDOUT = "-"


def write_reports(results: Results, wanted: Sequence[tuple[str, str]]) -> list[InspectError]:
    """Write reports, each a form and a path; return what went wrong, for the others are written all the same.

    Raises:
        BrokenPipeError: nobody reads standard output any more.
    """
    errors = []
    for form, path in wanted:
        try:
            text = str(REPORTS.load(form)(results))
            if path == STDOUT:
                put(text)
            else:
                write_whole(path, text)
        except InspectError as error:
            errors.append(error)
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as fault:
            told = f"cannot write the report {shortened(path, 200)}: {reason_of(fault).lower()}"
            errors.append(InspectError(told, exit=Exit.OUTPUT))
    return errors


def write_whole(path: str, text: str) -> None:
    """Write a file whole, or leave it as it was; its folder is made where there is none. Raises OSError, ValueError."""
    path = os.path.expanduser(path)
    data = text.encode("utf-8", "backslashreplace")
    if is_written_through(path):
        with open(path, "ab") as stream:
            stream.write(data)
        return
    mode = os.stat(path).st_mode if os.path.exists(path) else None
    # What a symbolic link leads to is written, not the link replaced.
    path = os.path.realpath(path)
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name[:100]}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as stream:
            stream.write(data)
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, path)
    except BaseException:
        try:
            os.unlink(beside)
        except OSError:
            pass  # it could not even be made
        raise
