"""What a reader is told of expressions: rows for the README and a text for the help. Knows no terminal."""

TERMS = {
    ":type": "text, binary, ping, pong, close, error or frame",
    ":dir": "in or out",
    ":size": "bytes of the payload",
    ":code": "the close code; null for what is no close",
    ":gap": "seconds since the data message received before; null for the first",
    ":text": "the payload as a string; of a close its reason",
}
"""The meta terms, each with what it is."""

EXAMPLES = {
    "price > 100": "-1 and 2.5e3 are numbers too",
    "op == 'trade' && user.id != null": "strings in single quotes",
    "items[?price > 100]": "some item costs more than 100",
    ":type == 'text' && :size >= 1000": "meta terms",
    "contains(['BTC', 'ETH'], sym)": "one of several",
    ':gap > 2 || "my-field" == true': "odd names in double quotes",
}
"""Expressions, each with what it shows."""

LANGUAGE = (
    "Expressions are JMESPath (https://jmespath.org) with the JSON payload as its root, and a little more: numbers, "
    "true, false and null stand for themselves, and so do terms on the message. What is missing is null, and so is a "
    "payload that is no JSON, or so much that its values would take more than 100 MiB of memory. False are null, "
    "false, '', [] and {}."
)
"""A paragraph for the help and the README."""

RULES = (
    "`--type`, `--where` and `--grep` leave out data messages, pings and pongs, received and sent; a `--select` that "
    "gives null leaves out data messages. Closes and errors are left out only by a `--type` that does not name them. "
    "In NDJSON, HANDSHAKE and CLOSED always stay. What is left out is still answered, and counted in the summary.",
    "`--count` counts received messages that are shown. `--until` looks at every received message, shown or not, and "
    "at the peer's close: `--until ':code == 4001'` makes that close a success.",
    "With `--frames`, a frame is shown where its message is.",
    "Where JMESPath fails on a message, as `length(5)` does, the value is null. `<` compares numbers, and strings with "
    "strings; other pairs are null. 0 is true. In a binary message, JSON is an object or a list.",
    'A field called true is written `"true"`; the list of the one number 1 `` `[1]` ``, for `[1]` is an index.',
    "`--grep` takes Python's regular expressions, `(?i)` at the start to ignore case; a payload that is not UTF-8 is "
    "searched byte by byte, where `\\xff` is one. A pattern like `(a+)+$` can take for ever.",
)
"""What else there is to know, a paragraph each, in Markdown."""


def help_text() -> str:
    """Return what stands below the options in the help; tables keep their lines, as click asks for it."""
    terms = "\n".join(f"  {name:<6} {what}" for name, what in TERMS.items())
    examples = "\n".join(f"  {text:<34} {what}" for text, what in EXAMPLES.items())
    return f"{LANGUAGE}\n\n\b\n{terms}\n\n\b\n{examples}"
