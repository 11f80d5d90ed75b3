"""The format of check files: one table of its keys, the reader that makes plans of files, and the JSON Schema of it."""
