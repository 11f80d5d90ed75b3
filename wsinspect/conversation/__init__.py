"""A connection, or a row of them, from opening to exit code: shown, talked to, and ended as wished. Knows no flags."""
