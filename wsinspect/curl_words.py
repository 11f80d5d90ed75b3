"""A shell's command line as words: what bash does with quotes, and what Windows' cmd does with carets. Runs nothing.

Only what a copied command holds is understood. A variable or a command within it is left as it stands, and told.
"""

import re
from typing import NamedTuple

from wsinspect.errors import InspectError

CARETS = re.compile(r"\^\r?\n|\s\^\"")
"""By this a line for cmd is known: a caret at a line's end, or before a word's first quote."""

ANSI_C = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
CODE = re.compile(r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})")
VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)|\()|`", re.ASCII)
OPTION_FOLLOWS = re.compile(r"\s*-")
BLANKS = re.compile(r"[ \t\n]*")
REDIRECTION = re.compile(r"[0-9&]?>>?(?:&[0-9-])?|<")
ENDS = "|;&\n"

UNCLOSED = "a quote in the curl line is not closed"
HINT = "was the line cut off? put it into a file and say --curl @FILE, or paste it behind --curl -"


class Words(NamedTuple):
    """The words of the first command; ``left`` names what a shell would have replaced or done beyond them."""

    words: tuple[str, ...]
    left: tuple[str, ...]


def split_words(text: str) -> Words:
    """Split a line as the shell it was written for does; raises `InspectError` where a quote is not closed."""
    if CARETS.search(text) and not re.search(r"\\\r?\n", text):
        return Words(tuple(_runtime_words(_without_carets(text))), ())
    return _Bash(text).split()


class _Bash:
    """One command line of bash, taken apart from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._words: list[str] = []
        self._word: list[str] | None = None
        self._left: list[str] = []

    def split(self) -> Words:
        text = self._text
        while self._at < len(text):
            character = text[self._at]
            if character in " \t":
                self._end_word()
                self._at += 1
            elif character == "\n" and self._goes_on():
                self._end_word()
                self._at = BLANKS.match(text, self._at).end()  # type: ignore[union-attr]
            elif character in ENDS and self._ends_command():
                self._note_rest()
                break
            elif character == "#" and self._word is None:
                end = text.find("\n", self._at)
                self._at = end if end >= 0 else len(text)
            elif self._word is None and (redirection := REDIRECTION.match(text, self._at)):
                self._at = redirection.end()
                self._skip_file(redirection[0])
            else:
                self._take(character)
        self._end_word()
        return Words(tuple(self._words), tuple(dict.fromkeys(self._left)))

    def _goes_on(self) -> bool:
        """Tell whether a line's end is none of the command: before it, or where a backslash was lost on the way."""
        nothing_yet = not self._words and self._word is None
        return nothing_yet or OPTION_FOLLOWS.match(self._text, self._at) is not None

    def _note_rest(self) -> None:
        character = self._text[self._at]
        if self._text[self._at + 1 :].strip():
            self._left.append("what follows its line" if character == "\n" else f"what follows the {character}")

    def _ends_command(self) -> bool:
        """Tell whether the command ends here; an & or ; amid a word is one of an address that nobody quoted."""
        text, at = self._text, self._at
        if text[at] not in ";&" or self._word is None:
            return True
        return at + 1 >= len(text) or text[at + 1] in " \t\n;&|"

    def _take(self, character: str) -> None:
        """Take what begins here into the word."""
        text = self._text
        self._word = self._word if self._word is not None else []
        if character == "'":
            end = self._closing("'", self._at + 1)
            self._word.append(text[self._at + 1 : end])
            self._at = end + 1
        elif text.startswith("$'", self._at):
            self._at += 2
            self._word.append(self._ansi_c())
        elif character == '"' or text.startswith('$"', self._at):
            self._at += 1 if character == '"' else 2
            self._word.append(self._double())
        elif character == "\\":
            following = text[self._at + 1 : self._at + 2]
            if following != "\n":
                self._word.append(following)
            elif not self._word:
                # A line goes on; that alone makes no word.
                self._word = None
            self._at += 2
        else:
            self._note_variable()
            self._word.append(character)
            self._at += 1

    def _double(self) -> str:
        """Read up to the closing double quote, and past it."""
        text, taken = self._text, []
        while self._at < len(text) and text[self._at] != '"':
            if text[self._at] == "\\" and self._at + 1 < len(text):
                following = text[self._at + 1]
                taken.append("" if following == "\n" else following if following in '$`"\\' else "\\" + following)
                self._at += 2
                continue
            self._note_variable()
            taken.append(text[self._at])
            self._at += 1
        self._closing('"', self._at)
        self._at += 1
        return "".join(taken)

    def _ansi_c(self) -> str:
        """Read up to the single quote that closes ``$'``, and past it."""
        text, taken = self._text, []
        while self._at < len(text) and text[self._at] != "'":
            if text[self._at] != "\\":
                taken.append(text[self._at])
                self._at += 1
                continue
            following = text[self._at + 1 : self._at + 2]
            code = CODE.match(text, self._at + 1)
            if code is not None:
                number = int(code[1] or code[2] or code[3] or "0", 16) if not code[4] else int(code[4], 8) & 0xFF
                taken.append(chr(number) if number <= 0x10FFFF else "\ufffd")
                self._at = code.end()
            else:
                taken.append(ANSI_C.get(following, "\\" + following))
                self._at += 2
        self._closing("'", self._at)
        self._at += 1
        # Browsers write what lies beyond U+FFFF as two halves.
        return "".join(taken).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _closing(self, quote: str, start: int) -> int:
        end = self._text.find(quote, start)
        if end < 0:
            raise InspectError(UNCLOSED, hint=HINT)
        return end

    def _note_variable(self) -> None:
        variable = VARIABLE.match(self._text, self._at)
        if variable is not None:
            name = variable[1] or variable[2]
            self._left.append(f"${name} (left as it stands)" if name else "a command in it (left as it stands)")

    def _skip_file(self, redirection: str) -> None:
        """Leave out the file that output goes to."""
        if "&" in redirection[1:]:
            return
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1
        while self._at < len(self._text) and self._text[self._at] not in " \t" + ENDS:
            self._take(self._text[self._at])
        self._word = None

    def _end_word(self) -> None:
        if self._word is not None:
            self._words.append("".join(self._word))
            self._word = None


def _without_carets(text: str) -> str:
    """Do what cmd does before a program sees its line: a caret outside of quotes takes the next character as it is."""
    taken = []
    at, quoted = 0, False
    text = text.replace("\r\n", "\n").strip()
    while at < len(text):
        character = text[at]
        if character == "^" and not quoted:
            at += 1
            if text[at : at + 1] == "\n":
                # The line goes on, and the first character of the next one is taken as it is.
                at += 1
            taken.append(text[at : at + 1])
        elif character == "\n" or (character in "|&<>" and not quoted):
            break
        else:
            quoted ^= character == '"'
            taken.append(character)
        at += 1
    return "".join(taken)


def _runtime_words(line: str) -> list[str]:
    """Do what a Windows program's start does with its line: quotes, and backslashes before them."""
    words: list[str] = []
    word: list[str] | None = None
    at, quoted = 0, False
    while at < len(line):
        character = line[at]
        if character in " \t\n" and not quoted:
            if word is not None:
                words.append("".join(word))
                word = None
            at += 1
            continue
        word = word if word is not None else []
        slashes = len(line) - at - len(line[at:].lstrip("\\")) if character == "\\" else 0
        if slashes and line[at + slashes : at + slashes + 1] == '"':
            word.append("\\" * (slashes // 2))
            at += slashes
            if slashes % 2:
                word.append('"')
                at += 1
        elif slashes:
            word.append("\\" * slashes)
            at += slashes
        elif character == '"' and quoted and line[at + 1 : at + 2] == '"':
            word.append('"')
            at += 2
        elif character == '"':
            quoted = not quoted
            at += 1
        else:
            word.append(character)
            at += 1
    if quoted:
        raise InspectError(UNCLOSED, hint=HINT)
    if word is not None:
        words.append("".join(word))
    return words
