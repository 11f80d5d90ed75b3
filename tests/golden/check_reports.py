"""Golden files of the reports of checks: all telling results in each form.

Style and script of the page are left out: they stand in files of their own.
"""

import re
from pathlib import Path

from tests.check_results import RESULTS
from wsinspect.registry import REPORTS

FOLDER = Path(__file__).parent / "check_reports"
NAMES = {"junit": "junit.xml", "tap": "report.tap", "json": "report.json", "html": "page.html"}


def files() -> dict[Path, str]:
    """Return each file and the text it should hold."""
    return {FOLDER / NAMES[name]: folded(REPORTS.load(name)(RESULTS)) for name in REPORTS}


def folded(text: str) -> str:
    """Leave out what stands in the page's own files, and their hashes."""
    text = re.sub(r"(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)", "…", text, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", text)
