"""Golden files of a recording's page: its markup without style and scripts, and what is packed in it."""

import json
import re
from pathlib import Path

from tests.golden.rendered import folded
from tests.recorded_pages import BLOCK, common, page_of, rows_in, unpacked

FOLDER = Path(__file__).parent / "page"
OURS = re.compile(r"(<(style|script)>).*?(?=</\2>)|sha256-[A-Za-z0-9+/=]+", re.DOTALL)


def files() -> dict[Path, str]:
    """Return what each file should hold."""
    page = page_of(common())
    facts, _ = unpacked(page)
    markup = OURS.sub(r"\1…", BLOCK.sub(rb"", page).decode())
    rows = "".join([json.dumps(row, ensure_ascii=True) + "\n" for row in rows_in(page)])
    return {
        FOLDER / "page.html": folded(re.sub(r"(</(?:tr|section|p|table|li|ul|div)>)(?!\n)", r"\1\n", markup)),
        FOLDER / "facts.json": json.dumps(facts, ensure_ascii=False, indent=1) + "\n",
        FOLDER / "rows.ndjson": folded(rows),
    }
