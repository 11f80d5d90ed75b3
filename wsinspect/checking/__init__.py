"""Checks at work: connections are opened for them, many side by side, and what comes of it is told."""
