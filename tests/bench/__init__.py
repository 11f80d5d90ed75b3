"""How fast, how small and how linear it is, side by side with peers: `python -m tests.bench`. Not a timed test."""
