"""Figures of a stream of batches: counts, sizes, times, pairs. Each takes batch after batch in constant memory.

Where a table is full, what it had to let go is counted. Knows no file, clock or terminal.
"""
