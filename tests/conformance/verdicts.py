"""What the Autobahn suite says of each case: read from its reports, counted, shown. Knows no process."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

AGENT = "wsinspect"
GOOD = ("OK", "INFORMATIONAL")
COLUMNS = ("cases", "OK", "informational", "non-strict", "failed")
COUNTED = {"OK": "OK", "INFORMATIONAL": "informational", "NON-STRICT": "non-strict"}


@dataclass(frozen=True)
class Verdict:
    """What the suite says of one case, in its own words, and why."""

    case: str
    behavior: str
    close: str
    why: str = ""

    @property
    def good(self) -> bool:
        return self.behavior in GOOD and self.close in GOOD

    @property
    def column(self) -> str:
        """Where the case is counted: by the worse of both verdicts; one that could not be tried has failed."""
        return max((COUNTED.get(kind, "failed") for kind in (self.behavior, self.close)), key=COLUMNS.index)


def read_verdicts(folder: Path, cases: Sequence[str]) -> list[Verdict]:
    """The suite's reports in `folder`; a case that left none is MISSING."""
    index = folder / "index.json"
    rows = json.loads(index.read_bytes()).get(AGENT, {}) if index.exists() else {}
    return [_read_verdict(folder, case, rows.get(case)) for case in cases]


def _read_verdict(folder: Path, case: str, row: dict[str, Any] | None) -> Verdict:
    """One row of the suite's index; the reasons are in the case's own report and in what the client said."""
    if row is None:
        verdict, why = Verdict(case, "MISSING", "MISSING"), []
    else:
        verdict = Verdict(case, row["behavior"], row["behaviorClose"])
        detail = json.loads((folder / row["reportfile"]).read_bytes())
        expected = " ".join(re.sub("<[^>]*>", " ", detail["expectation"]).split())
        why = [f"expected: {expected}"] * (verdict.behavior not in GOOD)
        why += [detail["resultClose"]] * (verdict.close not in GOOD)
    log = folder / f"client-{case}.log"
    if not verdict.good and log.exists() and (said := log.read_text(errors="replace").strip().splitlines()):
        why.append(f"client: {said[-1]!a}")
    return replace(verdict, why="\n    ".join(why))


def count_verdicts(verdicts: Sequence[Verdict]) -> list[str]:
    """The cells of a row below COLUMNS."""
    counted = Counter(v.column for v in verdicts)
    return [str(len(verdicts)), *(str(counted[column]) for column in COLUMNS[1:])]


def format_verdicts(verdicts: Sequence[Verdict]) -> str:
    """A table of how many cases got which verdict, then every case that is not good, those alike together."""
    behavior, close = Counter(v.behavior for v in verdicts), Counter(v.close for v in verdicts)
    kinds = sorted(behavior | close, key=lambda kind: (kind not in GOOD, kind))
    lines = [f"{f'{len(verdicts)} cases':<20}{'behavior':>10}{'behaviorClose':>16}"]
    lines += [f"{kind:<20}{behavior[kind]:>10}{close[kind]:>16}" for kind in kinds]
    alike: dict[str, list[str]] = {}
    for v in verdicts:
        if not v.good:
            alike.setdefault(f"{v.behavior} / {v.close}\n    {v.why}".rstrip(), []).append(v.case)
    lines += [f"\n{' '.join(cases)}: {verdict}" for verdict, cases in alike.items()]
    return "\n".join(lines)
