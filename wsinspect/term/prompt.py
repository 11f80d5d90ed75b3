"""A prompt at the foot of a terminal, with everything else above it; drawn by prompt_toolkit, loaded only where needed.

All that leaves goes through one function, in order: nothing here writes, and nothing here waits for a terminal that
stands still. Knows no messages: what is typed, completed and told is the business of `Handler`.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, has_focus, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    AnyContainer,
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    VerticalAlign,
    Window,
)
from prompt_toolkit.layout.processors import (
    HighlightIncrementalSearchProcessor,
    HighlightSelectionProcessor,
    TabsProcessor,
)
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.styles import Style
from prompt_toolkit.utils import suspend_to_background_supported
from prompt_toolkit.widgets import SearchToolbar

from wsinspect.render.cells import cells, fitting, wrapped_words
from wsinspect.term.history import HistoryFile
from wsinspect.term.modes import takes_lines
from wsinspect.term.signals import continuing
from wsinspect.term.to_sink import ToSink, terminal_size

MENU_LINES = 8
"""Lines of completions that are shown at once."""
SETTLE_S = 1.0
"""So long we wait for the terminal to take what was written before we are suspended."""
STYLE = Style.from_dict({"status": "reverse", "note": "bold", "mark": "bold", "chosen": "reverse"})


class Offer(NamedTuple):
    """A completion: ``text`` replaces what was typed from ``start`` (0 or less, counted from the cursor) on."""

    text: str
    start: int
    shown: str
    help: str = ""


class Refusal(NamedTuple):
    """Why a line is not taken, in words, and where in it the cursor is to go."""

    note: str
    position: int | None = None


class Handler(Protocol):
    """Whom the prompt serves."""

    def entered(self, text: str) -> Refusal | None:
        """Take a line, or several."""

    def interrupted(self) -> None:
        """Ctrl-C was typed on an empty line."""

    def left(self) -> None:
        """Ctrl-D was typed on an empty line."""

    def offers(self, before: str) -> Iterable[Offer]:
        """Return how what stands before the cursor can go on."""

    def status(self, columns: int) -> str:
        """Return the bottom line."""


def _cut(text: str, columns: int) -> str:
    return text if cells(text) <= columns else text[: fitting(text, max(columns - 1, 1))] + "…"


def _wrapped(line: str, columns: int) -> list[str]:
    """Break a line between words; one that is indented shows a place, and stays as it is."""
    return [line] if line.startswith(" ") else wrapped_words(line, columns)


class _Kept(History):
    """The history of `HistoryFile`, as prompt_toolkit wants it."""

    def __init__(self, file: HistoryFile) -> None:
        super().__init__()
        self._file = file

    def load_history_strings(self) -> Iterator[str]:
        return reversed(self._file.load())

    def store_string(self, string: str) -> None:
        self._file.add(string)


class _Completer(Completer):
    def __init__(self, offers: Callable[[str], Iterable[Offer]]) -> None:
        self._offers = offers

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        for offer in self._offers(document.text_before_cursor):
            yield Completion(offer.text, offer.start, display=offer.shown, display_meta=offer.help)


class Prompt:
    """Runs until it is told to leave, or the terminal is gone. ``push`` takes what is to be written, and never waits;
    ``settled`` returns once the terminal has taken all."""

    def __init__(
        self,
        handler: Handler,
        history: HistoryFile,
        push: Callable[[str], None],
        settled: Callable[[], Any],
        *,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        self._handler = handler
        self._settled = settled
        if output is None:
            # There the console is not spoken to in bytes alone.
            output = create_output() if sys.platform == "win32" else ToSink(push)
        self._output = output
        self._note = ""
        self._suspending = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._buffer = Buffer(
            multiline=True,
            history=_Kept(history),
            completer=_Completer(handler.offers),
            complete_while_typing=Condition(lambda: self._buffer.text.startswith("/")),
            on_text_changed=self._text_changed,
        )
        self._app: Application[None] = Application(
            layout=self._layout(),
            key_bindings=self._keys(),
            style=STYLE,
            include_default_pygments_style=False,
            # No colour of ours fits every theme.
            color_depth=ColorDepth.DEPTH_1_BIT,
            erase_when_done=True,
            input=input or create_input(),
            output=self._output,
            after_render=self._rendered,
        )
        # A lone Esc is no command here; Esc-Enter is typed within this time.
        self._app.timeoutlen = 0.5

    async def run(self) -> None:
        """Show the prompt and serve its keys; ends when told to, or with the terminal."""
        try:
            with continuing(self._continued):
                await self._app.run_async(handle_sigint=False, set_exception_handler=False)
        except EOFError:
            pass  # the terminal is gone
        finally:
            if isinstance(self._output, ToSink):
                self._output.end()

    def leave(self) -> None:
        """Take the prompt away."""
        if self._app.is_running and not self._app.is_done:
            self._app.exit()

    @property
    def typed(self) -> str:
        """What stands in the line and was not taken."""
        return self._buffer.text

    @property
    def columns(self) -> int:
        """The width of the terminal."""
        return self._output.get_size().columns

    def keep(self) -> None:
        """Put what is typed into the history."""
        self._buffer.append_to_history()

    def above(self, text: str) -> None:
        """Write whole lines above the prompt."""
        if not self._app.is_running or self._suspending:
            self._output.write_raw(text)
            self._output.flush()
            return
        if isinstance(self._output, ToSink):
            self._output.hold()
        self._app.renderer.erase()
        self._output.write_raw(text)
        self._app.invalidate()

    def clear(self) -> None:
        """Take the prompt off the terminal, until it is drawn again below what was written meanwhile."""
        if self._app.is_running and not self._suspending:
            self._app.renderer.erase()
        if isinstance(self._output, ToSink):
            self._output.release()
        self._output.flush()

    def refresh(self) -> None:
        """Draw what has changed."""
        if not self._suspending:
            self._app.invalidate()

    def _rendered(self, app: "Application[None]") -> None:
        if isinstance(self._output, ToSink):
            self._output.release()

    def _text_changed(self, buffer: Buffer) -> None:
        self._note = ""

    # How it looks.

    def _layout(self) -> Layout:
        search = SearchToolbar(ignore_case=True)
        line = Window(
            BufferControl(
                self._buffer,
                search_buffer_control=search.control,
                preview_search=True,
                include_default_input_processors=False,
                input_processors=[
                    HighlightIncrementalSearchProcessor(),
                    HighlightSelectionProcessor(),
                    TabsProcessor(tabstop=4, char1=" ", char2=" "),
                ],
            ),
            height=self._line_height,
            get_line_prefix=self._before_line,
            wrap_lines=True,
            dont_extend_height=True,
        )
        parts: list[AnyContainer] = [
            line,
            search,
            self._shown_if(lambda: bool(self._note), self._note_text),
            self._shown_if(self._has_menu, self._menu_text),
            self._shown_if(lambda: terminal_size().rows > 2, self._status_text, style="class:status", height=1),
        ]
        return Layout(HSplit(parts, align=VerticalAlign.TOP), focused_element=line)

    def _shown_if(
        self,
        condition: Callable[[], bool],
        text: Callable[[], StyleAndTextTuples],
        **options: Any,
    ) -> ConditionalContainer:
        window = Window(FormattedTextControl(text), dont_extend_height=True, **options)
        return ConditionalContainer(window, Condition(condition) & ~is_done)

    def _line_height(self) -> Dimension:
        return Dimension(min=1, max=max(terminal_size().rows // 3, 1))

    def _before_line(self, number: int, wrap: int) -> StyleAndTextTuples:
        return [("class:mark", "> " if number == wrap == 0 else "  ")]

    def _note_text(self) -> StyleAndTextTuples:
        lines = [part for line in self._note.split("\n") for part in _wrapped(line, self.columns)]
        return [("class:note", "\n".join(lines))]

    def _status_text(self) -> StyleAndTextTuples:
        columns = self.columns
        return [("class:status", f" {self._handler.status(max(columns - 2, 1))}")]

    def _has_menu(self) -> bool:
        state = self._buffer.complete_state
        return state is not None and bool(state.completions) and terminal_size().rows > MENU_LINES

    def _menu_text(self) -> StyleAndTextTuples:
        state = self._buffer.complete_state
        if state is None:
            return []
        chosen = state.complete_index
        first = min(max((chosen or 0) - MENU_LINES // 2, 0), max(len(state.completions) - MENU_LINES, 0))
        rows = state.completions[first : first + MENU_LINES]
        width = max(cells(row.display_text) for row in rows)
        shown: StyleAndTextTuples = []
        for index, row in enumerate(rows, first):
            name = row.display_text + " " * (width - cells(row.display_text))
            text = f"  {name}  {row.display_meta_text}".rstrip()
            newline = "\n" if index < first + len(rows) - 1 else ""
            shown.append(("class:chosen" if index == chosen else "", _cut(text, self.columns)))
            shown.append(("", newline))
        return shown

    # What keys do, beside those that prompt_toolkit knows.

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        on_line = has_focus(self._buffer)
        empty = on_line & Condition(lambda: not self._buffer.text)
        keys.add("enter", filter=on_line)(self._enter)
        keys.add("escape", "enter", filter=on_line)(lambda event: self._buffer.insert_text("\n"))
        keys.add("c-c", filter=on_line)(self._interrupt)
        keys.add("c-d", filter=empty)(lambda event: self._handler.left())
        if suspend_to_background_supported() and signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
            keys.add("c-z")(self._suspend)
        return keys

    def _enter(self, event: KeyPressEvent) -> None:
        buffer = self._buffer
        buffer.complete_state = None
        self._note = ""
        if not buffer.text.strip():
            buffer.reset()
            return
        refusal = self._handler.entered(buffer.text)
        if refusal is None:
            buffer.reset(append_to_history=True)
            return
        if refusal.position is not None:
            buffer.cursor_position = min(refusal.position, len(buffer.text))
        self._note = refusal.note

    def _interrupt(self, event: KeyPressEvent) -> None:
        self._note = ""
        if self._buffer.text:
            self._buffer.reset()
        else:
            self._handler.interrupted()

    def _suspend(self, event: KeyPressEvent) -> None:
        task = asyncio.ensure_future(self._suspend_settled())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _suspend_settled(self) -> None:
        """Leave a clean screen to the shell: the prompt is erased, and that is written, before we are stopped."""
        if self._suspending or not self._app.is_running:
            return
        self._suspending = True
        try:
            self._app.renderer.erase()
            try:
                await asyncio.wait_for(self._settled(), SETTLE_S)
            except TimeoutError:
                pass
            self._app.suspend_to_background()
        finally:
            self._suspending = False

    def _continued(self) -> None:
        """We were stopped. From outside: then the shell took the modes of the terminal, and wrote below the prompt."""
        if not self._app.is_running or self._app.is_done or not takes_lines(self._app.input.fileno()):
            return
        # At the end the modes are given back that were there at first.
        self._app.input.raw_mode().__enter__()
        self._app.renderer.reset()
        self._app.invalidate()
