"""Hostile servers and clients, a table of them: wsinspect says what it met, ends in time, and stays small.

`kit` runs a case and judges it, ``rows_*.py`` are the tables, `python -m tests.hostile` prints what was measured.
"""
