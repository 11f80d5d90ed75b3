"""Coverage-guided fuzzing of all that reads what others wrote: `python -m tests.fuzz`.

A target is a function that takes bytes, and raises where wsinspect does what it must not. Needs atheris.
"""
