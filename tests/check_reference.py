"""The format of check files as tables for the README, made of the table by which they are read."""

from wsinspect.checks.format.forms import FORMS, Form

LIKE = {"connection": "handshake", "reject": "expect"}
"""Tables that have the keys of another, and more or fewer; what is the same is not told twice."""


def reference() -> str:
    """Return a table in Markdown for each table of the format."""
    return "\n".join(_table(name, form) for name, form in FORMS.items())


def _table(name: str, form: Form) -> str:
    like = FORMS[LIKE[name]] if name in LIKE else None
    rows = [
        f"| {_code(f'{key} = {known.example}')} | {_cell(known.help)} |"
        for key, known in form.keys.items()
        if like is None or like.keys.get(key) != known
    ]
    if like is not None:
        left_out = [f"`{key}`" for key in like.keys if key not in form.keys]
        without = f" but {', '.join(left_out)}" if left_out else ""
        rows.insert(0, f"| the keys of {_titled(like)}{without} | |")
    if form.others is not None and like is None:
        rows.append(f"| any other | {_cell(form.others.help)} |")
    return "\n".join([f"| {_titled(form)} | {_cell(form.help)} |", "|---|---|", *rows]) + "\n"


def _titled(form: Form) -> str:
    return form.title if " " in form.title else f"`{form.title}`"


def _code(text: str) -> str:
    # A text with backticks stands between two on each side.
    return _cell(f"`` {text} ``" if "`" in text else f"`{text}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
