"""`partial`: the payload is JSON that holds at least this value; its strings may be patterns.

Objects have at least these names, at any depth. Lists have the same length, and each element holds at least its own
(`${any:list}` is any list, and `where` asks for one of its elements). All else is equal. Knows no part of a value.
"""

from wsinspect.checks.assertions.json_asks import json_assertion

partial = json_assertion(
    "partial",
    "The payload holds at least this value: objects may have more names, lists have the same length; strings may be "
    "patterns such as ${any:uuid}.",
    51,
    partial=True,
)
