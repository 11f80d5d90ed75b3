"""Reports written where they are wanted: to a file, whole or not at all, or to standard output. Knows no form."""

import os
import stat
from collections.abc import Sequence

from wsinspect.checks.result import Results
from wsinspect.errors import Exit, InspectError, shortened
from wsinspect.registry import REPORTS
from wsinspect.term.named_files import is_written_through, made_beside
from wsinspect.term.screen import put, reason_of

STDOUT = "-"


def write_reports(results: Results, wanted: Sequence[tuple[str, str]], *, private: bool) -> list[InspectError]:
    """Write reports, each a form and a path; return what went wrong, for the others are written all the same.

    ``private`` where they hold secrets.

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
                write_whole(path, text, private=private)
        except InspectError as error:
            errors.append(error)
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as fault:
            told = f"cannot write the report {shortened(path, 200)}: {reason_of(fault).lower()}"
            errors.append(InspectError(told, exit=Exit.OUTPUT))
    return errors


def write_whole(path: str, text: str, *, private: bool = False) -> None:
    """Write a file whole, or leave it as it was; its folder is made where there is none. Raises OSError, ValueError.

    A file that is there keeps its mode, unless it is to be ``private``: for the user alone.
    """
    path = os.path.expanduser(path)
    data = text.encode("utf-8", "backslashreplace")
    if is_written_through(path):
        with open(path, "ab") as stream:
            stream.write(data)
        return
    mode = 0o600 if private else stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None
    # What a symbolic link leads to is written, not the link replaced.
    path = os.path.realpath(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Never open to more than it will be in the end.
    descriptor, beside = made_beside(path, 0o666 if mode is None else mode)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        try:
            os.unlink(beside)
        except OSError:
            pass  # it could not even be made
        raise
