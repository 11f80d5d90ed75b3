r"""``wsinspect completion``: the scripts that make a shell complete our command line, and the answers they ask for.

A script sends the line up to the cursor in COMP_WORDS, with _WSINSPECT_COMPLETE as ``bash_complete`` or its like, and
takes one item a line (zsh and PowerShell: three lines an item). The items are click's. The scripts are our own, since
click's lose what stands behind a comma (fish), or take ``demo:1`` and ``--format=`` for words that have ended (bash).
"""

import os
import re
from collections.abc import Iterator
from pathlib import PurePath

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class, split_arg_string

from wsinspect.errors import InspectError
from wsinspect.render.safe import is_neutral, neutral
from wsinspect.term.screen import put

PROGRAM = "wsinspect"
VARIABLE = "_WSINSPECT_COMPLETE"
"""Set by a script to ask for items; `cli` reads it."""

BASH = r"""# Completion of %(prog_name)s for bash, printed by `%(prog_name)s completion bash`.

%(complete_func)s() {
    local program=%(prog_name)s line
    [[ $1 == */* ]] && program=${1/#\~\//$HOME/}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            plain,*) COMPREPLY+=("${line#*,}") ;;
            file,*) compopt -o default ;;
            dir,*) compopt -o dirnames ;;
        esac
    done <<< "$(
        env %(complete_var)s=bash_complete COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="$2" \
            COMP_TYPE="$COMP_TYPE" COLUMNS="${COLUMNS:-80}" "$program" 2>/dev/null </dev/null
    )"
}

# Without nosort, which came with bash 4.4, the items are sorted.
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

ZSH = r"""#compdef %(prog_name)s
# Completion of %(prog_name)s for zsh, printed by `%(prog_name)s completion zsh`.

_%(prog_name)s() {
    local program=%(prog_name)s kind value help
    local -a items
    [[ $words[1] == */* ]] && program=${words[1]/#\~\//$HOME/}
    for kind value help in "${(@f)$(
        env %(complete_var)s=zsh_complete COMP_WORDS="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" \
            "$program" 2>/dev/null </dev/null
    )}"; do
        case $kind in
            plain) [[ $help == _ ]] && items+=("$value") || items+=("$value:$help") ;;
            file) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
            dir) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
        esac
    done
    # Chosen and put in order already, hence -U and -V.
    (( $#items )) && _describe -V %(prog_name)s items -U
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
    _%(prog_name)s "$@"
else
    compdef _%(prog_name)s %(prog_name)s
fi
"""

FISH = r"""# Completion of %(prog_name)s for fish, printed by `%(prog_name)s completion fish`.

function _%(complete_func)s
    set -l program (commandline -opc)[1]
    string match -q '*/*' -- $program; or set program %(prog_name)s
    set program (string replace -r '^~/' "$HOME/" -- $program)
    set -lx %(complete_var)s fish_complete
    set -lx COMP_WORDS (commandline -cp)
    for line in (command $program 2>/dev/null </dev/null)
        set -l item (string split -m 1 , -- $line)
        switch $item[1]
            case plain
                echo $item[2]
            case file
                __fish_complete_path $item[2]
            case dir
                __fish_complete_directories $item[2]
        end
    end
end

complete --command %(prog_name)s --no-files --keep-order --arguments '(_%(complete_func)s)'
"""

LISTING = {"33", "63", "64"}
"""What bash's COMP_TYPE is where the items are shown: only then may they carry more than what is to be typed."""

SPECIAL = {"": re.compile(r"[^\w@%+=:,./~-]"), '"': re.compile(r'[$`"\\]'), "'": re.compile(r"(?!)")}
"""What bash wants a backslash before: outside of quotes, in double and in single ones."""
END = "\0"
"""Stands at the cursor while a line is split; no line of a shell can hold it."""

HELP_WIDTH = 80


class Completion(ShellComplete):
    """Items for one shell. Their values are the whole word at the cursor, as in ``--format=plain``."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor without the program's name, and the word at the cursor up to it."""
        words = split_arg_string(os.environ.get("COMP_WORDS", "") + END)
        return words[1:-1], words[-1].removesuffix(END)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        option, equals, _ = incomplete.partition("=")
        head = option + equals if equals and option.startswith("--") and "--" not in args else ""
        return list(_written(head, super().get_completions(args, incomplete)))


def _written(head: str, items: list[CompletionItem]) -> Iterator[CompletionItem]:
    """Make whole words of items, and one safe line of each help; what cannot stand on a line is left out."""
    for item in items:
        if item.type != "plain":
            yield item
        elif is_neutral(item.value):
            text = " ".join((item.help or "").split())
            yield CompletionItem(head + item.value, help=neutral(_brief(text) if item.value[:1] == "-" else text))


def _brief(text: str) -> str:
    """Return the first sentence of an option's help; where that is long, its first clause."""
    sentence = text.partition(". ")[0].rstrip(".")
    return sentence if len(sentence) <= HELP_WIDTH else re.split("[:;] ", sentence)[0]


class Bash(Completion):
    """Bash knows no descriptions: they are shown where items are only listed, and never where one is inserted.

    Readline takes a colon and an equals sign for the end of a word, so what stands before is left out.
    """

    name = "bash"
    source_template = BASH

    def complete(self) -> str:
        args, incomplete = self.get_completion_args()
        replaced = os.environ.get("COMP_CWORD", "")
        head = incomplete.removesuffix(replaced) if incomplete.endswith(replaced) else ""
        items = self.get_completions(args, incomplete)
        for item in items:
            item.value = item.value.removeprefix(head)
        # Empty is what has been typed in full and may go on, such as `demo:`; it would be inserted as ''.
        items = [item for item in items if item.value or item.type != "plain"]
        if len(items) > 1 and os.environ.get("COMP_TYPE") in LISTING:
            columns = os.environ.get("COLUMNS", "")
            texts = _described(items, int(columns) if columns.isdecimal() else 80)
        else:
            special = SPECIAL[_open_quote(os.environ.get("COMP_WORDS", ""))]
            texts = [special.sub(r"\\\g<0>", item.value) for item in items]
        return "\n".join([f"{item.type},{text}" for item, text in zip(items, texts, strict=True)])


def _open_quote(line: str) -> str:
    """Return the quote that is open at the end of a line, or an empty string."""
    quote, escaped = "", False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote


def _described(items: list[CompletionItem], columns: int) -> list[str]:
    """Return values with their help, each for a line of its own."""
    width = max(len(item.value) for item in items)
    # Readline puts two columns behind an item.
    return [f"{item.value:{width}}  {item.help or ''}"[: columns - 2].rstrip() for item in items]


class Zsh(Completion):
    """Zsh parts a value from its description at the first colon without a backslash."""

    name = "zsh"
    source_template = ZSH

    def format_completion(self, item: CompletionItem) -> str:
        value = item.value.replace("\\", "\\\\").replace(":", "\\:")
        return f"{item.type}\n{value}\n{item.help or '_'}"


class Fish(Completion):
    """Fish takes a value, a tab and a description."""

    name = "fish"
    source_template = FISH

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value}" + (f"\t{item.help}" if item.help else "")


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}
# PowerShell is click's own, where this click has it (8.5).
if (_powershell := get_completion_class("powershell")) is not None:
    SHELLS["powershell"] = _powershell


def script_of(shell: str, door: click.Command) -> str:
    """Return the script for a shell in `SHELLS`."""
    return SHELLS[shell](door, {}, PROGRAM, VARIABLE).source()


def answer(door: click.Command, wanted: str) -> int:
    """Answer a script that asks for ``wanted``, such as ``bash_complete``; return the exit code."""
    shell, _, verb = wanted.partition("_")
    if shell not in SHELLS or verb not in ("complete", "source"):
        known = ", ".join(f"{name}_complete" for name in SHELLS)
        raise InspectError(f"{VARIABLE} is `{wanted}`, which no script of ours sets", hint=f"known are: {known}")
    if verb == "source":
        put(script_of(shell, door))
    elif items := SHELLS[shell](door, {}, PROGRAM, VARIABLE).complete():
        put(items + "\n")
    return 0


@click.command(epilog='Example:  eval "$(wsinspect completion bash)"')
@click.argument("shell", type=click.Choice(list(SHELLS)), required=False)
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script for a shell; without SHELL, for the one in $SHELL.

    Completed are commands, options and their values, demo URLs, profiles, recent URLs, dialects, and close codes by
    number and by name.

    \b
    bash, for good, with the bash-completion package:
      wsinspect completion bash > ~/.local/share/bash-completion/completions/wsinspect
    bash, without it, in ~/.bashrc:
      eval "$(wsinspect completion bash)"
    zsh, into any folder of $fpath:
      wsinspect completion zsh > "${fpath[1]}/_wsinspect"
    zsh, in ~/.zshrc, below compinit:
      eval "$(wsinspect completion zsh)"
    fish:
      wsinspect completion fish > ~/.config/fish/completions/wsinspect.fish
    PowerShell (with click 8.5), in $PROFILE:
      wsinspect completion powershell | Out-String | Invoke-Expression
    """
    put(script_of(shell or _own_shell(os.environ.get("SHELL", "")), ctx.find_root().command))


def _own_shell(path: str) -> str:
    """Return the user's shell, by the path of its program."""
    name = PurePath(path).stem
    if name not in SHELLS:
        told = f"there is no script for $SHELL, which is `{name}`" if name else "no shell is given, and $SHELL is unset"
        raise InspectError(told, hint=f"name one of {', '.join(SHELLS)}")
    return name
