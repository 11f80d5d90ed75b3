"""`json`: the payload is JSON, and equal to this value; its strings may be patterns. Knows no part of a value."""

from wsinspect.checks.assertions.json_asks import json_assertion

json_equal = json_assertion(
    "json",
    "The payload is equal to this value, as JSON; strings may be patterns such as ${any:uuid}.",
    50,
    partial=False,
)
