"""Known faults in what is installed, as pip-audit tells them: ``python -m tests.audit PIP-AUDIT FOLDER``.

The folder is an environment's site-packages. pip-audit asks PyPI; where PyPI's answers about faults cannot be had, as
behind a mirror that has packages alone, that is said, and nothing is held against anybody. Knows no package.
"""

import json
import subprocess
import sys
from typing import NamedTuple

OURS = "wsinspect"
"""It need not be on PyPI."""

PATIENCE_S = 300


class Verdict(NamedTuple):
    """The exit code, and what there is to say."""

    exit: int
    words: str


def judged(report: str) -> Verdict:
    """Judge pip-audit's report in JSON; an empty one, where it could not ask."""
    try:
        packages = [each for each in json.loads(report)["dependencies"] if each["name"] != OURS]
    except (ValueError, KeyError):
        return Verdict(0, "pip-audit could ask nobody for known faults; not audited")
    asked = [each for each in packages if "skip_reason" not in each]
    if not asked:
        return Verdict(0, f"nobody here knows of faults in any of {len(packages)} packages; not audited")
    told = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for each in asked
        for fault in each["vulns"]
    ]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    told += [f"{len(unknown)} of {len(packages)} could not be audited: {', '.join(unknown)}"] if unknown else []
    if any(each["vulns"] for each in asked):
        return Verdict(1, "\n".join(told))
    return Verdict(0, "\n".join([f"no known fault in {len(asked)} packages", *told]))


def main(program: str, folder: str) -> int:
    """Ask, and say what came of it."""
    asking = [program, "--path", folder, "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(asking, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except OSError as fault:
        verdict = Verdict(2, f"cannot run {program}: {fault.strerror}")
    except subprocess.TimeoutExpired:
        verdict = judged("")
    else:
        verdict = judged(done.stdout)
    print(verdict.words)
    return verdict.exit


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.audit PIP-AUDIT FOLDER")
    sys.exit(main(*sys.argv[1:]))
