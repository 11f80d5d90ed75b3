"""Load and soak: hours in minutes, many at once, readers that stand still: `python -m tests.soak`. Not a timed test."""
