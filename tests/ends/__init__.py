"""Signals and ends: whatever ends a run, it ends as `wsinspect.errors` says, and what it was to leave behind is whole.

A table for each kind of end: a row has a command at some moment, what befalls it, the exit code and the sentence that
are wanted, and what must be intact afterwards. `python -m pytest tests/ends -n auto` runs all of them.
"""
