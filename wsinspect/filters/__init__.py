"""Which messages are shown, counted and waited for, and which part of them. Knows no connection and no flag."""
