"""What came, held against what was recorded: values that change masked, messages aligned. Knows no connection."""
