"""Checks written from recorded sessions: what is expected again, what will change, how it stands in a file."""
