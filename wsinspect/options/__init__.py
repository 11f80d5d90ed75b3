"""Options, a module for each group that commands share. Below here nobody knows a flag."""
