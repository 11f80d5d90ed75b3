"""What stands behind the head of a line if it fits there, else in an indented block below: texts, bytes, sentences.

Escapes of ours are coloured, so that they cannot be taken for the sender's backslashes; what is left out is counted.
Nothing is wider than the look's columns. Knows no event and no terminal.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from wsinspect.render import hexdump, sniff
from wsinspect.render.cells import cells, clipped, wrapped, wrapped_words
from wsinspect.render.json_block import LARGEST, Shape, json_block
from wsinspect.render.json_highlight import highlight, is_json
from wsinspect.render.lines import Layout, more
from wsinspect.render.look import Look
from wsinspect.render.pieces import SLICE, texts
from wsinspect.render.safe import is_neutral, neutral, units

BLOCK_LINES = 8
"""Lines of a block below a line, before the rest is only counted."""
FOLDED_LINES = 40
"""Lines of JSON that is folded out, before the rest is only counted."""
LONGEST_LINE = 1 << 16
"""Bytes of a text that are shown where no width is given."""
REMARK = 100
"""Columns of a remark where no width is given."""
_LEAST_INDENT = 2
_NARROW = 53
"""Below this width blocks are indented by two, and hold frames too."""


class Block:
    """Lays things out in one look."""

    def __init__(self, look: Look, layout: Layout) -> None:
        self.look = look
        self.palette = look.palette
        self.room = layout.room
        width = look.width
        self.narrow = width is not None and width < _NARROW
        self.indent = _LEAST_INDENT if self.narrow else layout.indent
        self.columns = 80 if width is None else max(width - self.indent, 1)
        self.joint = "\n" + " " * self.indent
        self.lines = BLOCK_LINES if look.longest is None else None
        folded_lines = FOLDED_LINES if look.longest is None else None
        # Up to this size a text of plain ASCII stands whole in a block, wherever its lines break.
        self.sure_size = 0 if width is None or self.lines is None else self.lines * (self.columns - self.columns // 3)
        self.shape = None
        if look.json_indent is not None:
            columns = None if width is None else self.columns
            longest = LONGEST_LINE if width is None and look.longest is None else look.longest
            self.shape = Shape(look.json_indent, self.indent, columns, folded_lines, longest, look.palette)

    def sure(self, text: str) -> str:
        """Return a plain ASCII text of at most ``sure_size`` as the lines below."""
        joint = self.joint
        shown, start = "", 0
        for end in wrapped(text, self.columns, BLOCK_LINES):
            shown += joint + text[start:end]
            start = end
        return shown

    def text(self, payload: bytes) -> str:
        """Return a text: on the line, below it, or folded out; a remark follows if it is something else inside."""
        json = bool(self.palette.reset or self.shape) and is_json(payload)
        words = json_block(payload, self.shape) if json and self.shape else None
        if words is None:
            words = self._text(payload, json and bool(self.palette.reset))
        return words + self.remark(sniff.remark(payload))

    def long_text(self, payload: bytes, whole: int = LARGEST, size: int = SLICE) -> Iterator[str]:
        """Yield a text in pieces where more than ``whole`` bytes of it are shown; then JSON has no colours."""
        longest = self.look.longest
        if longest is None or min(longest, len(payload)) <= whole:
            yield self.text(payload)
            return
        source = payload[:longest]
        if self.room is None:
            yield from self._on_one_line(source, len(payload) - len(source), size)
            return
        before = rest = ""
        shown = 0
        for text in texts(source, "ignore", size):
            shown += len(text.encode())
            text = rest + text
            pieces = _pieces(before, text)
            ends = wrapped(pieces, self.columns, len(pieces))
            rest = text
            if len(ends) > 1:
                # The last line may go on.
                cut = ends[-2]
                yield self._painted(pieces[:cut], False, [0, *ends[:-2]])
                before, rest = text[cut - 1], text[cut:]
        if rest:
            yield self._painted(_pieces(before, rest), False, [0])
        if shown < len(payload):
            yield f"{self.joint}{self.more(len(payload) - shown)}"

    def _on_one_line(self, source: bytes, hidden: int, size: int) -> Iterator[str]:
        """Yield a text without line breaks; escapes on both sides of a cut share one pair of sequences, too."""
        warn, reset = self.palette.warn, self.palette.reset
        before = held = ""
        begins = bool(hidden)
        for text in texts(source, "ignore", size):
            shown = self._painted(_pieces(before, text), False)
            before = text[-1]
            if begins:
                shown = shown.lstrip(" ")
                begins = not shown
            shown = shown[len(warn) :] if held and shown.startswith(warn) else held + shown
            held = reset if reset and shown.endswith(reset) else ""
            yield shown[: len(shown) - len(held)]
        yield held
        if hidden:
            hidden += len(source) - len(source.decode("utf-8", "ignore").encode())
            yield f"{'' if begins else ' '}{self.more(hidden)}"

    def _text(self, payload: bytes, json: bool) -> str:
        room, size = self.room, len(payload)
        longest = self.look.longest
        if longest is None:
            longest = LONGEST_LINE if room is None else 4 * (BLOCK_LINES + 1) * self.columns
        source = payload[:longest].decode("utf-8", "ignore")
        easy = is_neutral(source)
        shown = source if easy else neutral(source)
        if size <= longest and (room is None or cells(shown) <= room):
            return self._painted(shown if easy else units(source), json)
        pieces: Sequence[str] = source if easy and source.isascii() else units(source)
        hidden = size - len(source.encode())
        if room is None or (hidden and cells(shown) + 1 + len(more(hidden)) <= room):
            return f"{self._painted(pieces, json)} {self.more(hidden)}".lstrip(" ")
        if not pieces:
            return self.joint + self.more(size)
        ends = wrapped(pieces, self.columns, len(pieces) if self.lines is None else self.lines + 1)
        whole = size <= longest and ends[-1] == len(pieces)
        if not whole and self.lines is not None and len(ends) > self.lines:
            ends.pop()
        block = self._painted(pieces[: ends[-1]], json, [0, *ends[:-1]])
        if whole:
            return block
        return f"{block}{self.joint}{self.more(size - len(source[: ends[-1]].encode()))}"

    def _painted(self, pieces: Sequence[str], json: bool, starts: Sequence[int] = ()) -> str:
        """Join what is shown for each character, with the tokens of JSON or the escapes in colour.

        ``starts`` are the indices at which a new line begins.
        """
        if json:
            text = "".join(pieces)
            if isinstance(pieces, str):
                return highlight(text, self.palette, starts, self.joint)
            offsets = [0, *accumulate(map(len, pieces))]
            return highlight(text, self.palette, [offsets[start] for start in starts], self.joint)
        bounds = [*starts, len(pieces)]
        lines = [pieces[a:b] for a, b in pairwise(bounds)] if starts else [pieces]
        warn, reset = self.palette.warn, self.palette.reset
        if warn and not isinstance(pieces, str):
            # Neighbouring escapes share one pair of sequences.
            lines = [
                "".join([piece if len(piece) == 1 else f"{warn}{piece}{reset}" for piece in line]).replace(
                    reset + warn, ""
                )
                for line in lines
            ]
        joint = self.joint if starts else ""
        return "".join([joint + "".join(line) for line in lines])

    def binary(self, payload: bytes) -> str:
        """Return bytes as one line of hex and ASCII, or as a dump; a remark follows if they are of a known kind."""
        size = len(payload)
        if not size:
            return ""
        remark = sniff.binary_remark(payload)
        longest = size if self.look.longest is None else min(self.look.longest, size)
        if size <= min(hexdump.BYTES_PER_LINE, longest):
            words = hexdump.one_line(payload)
            if self.room is None or len(words) <= self.room:
                return self._hex(words) + self.remark(remark)
        form, joint = self._form(longest)
        if self.lines is not None:
            limit = self.lines * form.per_line
            longest = size if size <= limit + form.per_line else limit
        lines = [self._hex(line) for line in hexdump.dump(payload[:longest], form)]
        if longest < size:
            lines.append(self.more(size - longest))
        return "".join([joint + line for line in lines]) + self.remark(remark, joint)

    def long_binary(self, payload: bytes, whole: int = SLICE, size: int = SLICE) -> Iterator[str]:
        """Yield bytes in pieces where more than ``whole`` of them are shown."""
        longest = min(self.look.longest or 0, len(payload))
        if longest <= whole:
            yield self.binary(payload)
            return
        form, joint = self._form(longest)
        step = max(size // form.per_line, 1) * form.per_line
        for start in range(0, longest, step):
            lines = hexdump.dump(payload[start : min(start + step, longest)], form, start)
            yield "".join([joint + self._hex(line) for line in lines])
        if longest < len(payload):
            yield joint + self.more(len(payload) - longest)
        yield self.remark(sniff.binary_remark(payload), joint)

    def _form(self, longest: int) -> tuple[hexdump.Form, str]:
        """Return the form of a dump of so many bytes, and what stands before each of its lines."""
        width, indent = self.look.width, self.indent
        # Never quite at the left, where lines begin.
        form = hexdump.form_for(longest, None if width is None else width - _LEAST_INDENT)
        if width is not None:
            indent = max(min(indent, width - hexdump.columns(form)), _LEAST_INDENT)
        return form, "\n" + " " * indent

    def _hex(self, line: str) -> str:
        """Dim the offset and the ASCII column of a dump's line."""
        dim, reset = self.palette.dim, self.palette.reset
        if not dim:
            return line
        offset, gap, rest = line.partition("  ")
        data, bar, ascii = rest.partition("  |")
        return f"{dim}{offset}{reset}{gap}{data}{dim}{bar}{ascii}{reset}" if bar else f"{dim}{offset}{reset}{gap}{data}"

    def two(self, sentence: str, remark: str) -> str:
        """Put a sentence on the line if it fits, else below; the remark always below."""
        if self.room is None or cells(sentence) <= self.room:
            return sentence + self.below(remark)
        return self.below(sentence, "") + self.below(remark)

    def fitted(self, name: str, pieces: list[str]) -> str:
        """Put a short name and a text behind the head, or the text below if it does not fit."""
        gap = "  " if name and pieces else ""
        if self.room is None or len(name) + len(gap) + sum(map(cells, pieces)) <= self.room:
            return f"{name}{gap}{self._painted(pieces, False)}"
        if len(name) > self.room:
            name, pieces = "", [*name, *gap, *pieces]
        return name + self._painted(pieces, False, [0, *wrapped(pieces, self.columns, len(pieces))[:-1]])

    def below(self, sentence: str, style: str | None = None) -> str:
        """Return a sentence as lines below."""
        style = self.palette.dim if style is None else style
        reset = self.palette.reset if style else ""
        return "".join([f"{self.joint}{style}{line}{reset}" for line in wrapped_words(sentence, self.columns)])

    def remark(self, remark: str, joint: str = "") -> str:
        """Return a dimmed line below, cut at its end; nothing for an empty remark."""
        if not remark:
            return ""
        columns = REMARK if self.look.width is None else self.columns
        return f"{joint or self.joint}{self.palette.dim}{clipped(units(remark), columns)}{self.palette.reset}"

    def more(self, hidden: int) -> str:
        """Say how many bytes are not shown."""
        return f"{self.palette.dim}{clipped(more(hidden), self.columns)}{self.palette.reset}"


def _pieces(before: str, text: str) -> Sequence[str]:
    """Return what is shown for each character of a text that stands behind ``before``."""
    if is_neutral(text) and text.isascii():
        return text
    return units(before + text)[len(before) :]
