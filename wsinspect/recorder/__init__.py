"""Recordings as they are written to the disk: their names, their packing, their parts. Knows no connection."""
