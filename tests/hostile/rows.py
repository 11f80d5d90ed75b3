"""All rows: those of every ``rows_*.py`` beside this, in the order of their names."""

import importlib
from pathlib import Path

from tests.hostile.kit import Case

TABLES = sorted(path.stem for path in Path(__file__).parent.glob("rows_*.py"))
ROWS: list[Case] = [row for table in TABLES for row in importlib.import_module(f"tests.hostile.{table}").ROWS]
