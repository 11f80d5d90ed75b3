"""Recordings: sessions as lines of text, read back into what they were. Knows no file and no terminal."""
