"""The house: imports go down only, each floor has its own third-party packages, no two modules import each other.

Floors, from the ground: words, wire, views, outside, commands, door. What a function imports when it is called counts
as well, for a lazy import is no way round the house; only the registries and the door's own lazy parts are by name.
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "wsinspect"
WORDS, WIRE, VIEWS, OUTSIDE, COMMANDS, DOOR = range(6)

FLOORS = {
    "wsinspect": WORDS,
    "vocabulary": WORDS,
    "close_codes": WORDS,
    "close_explanation": WORDS,
    "close_payload": WORDS,
    "close_ranges": WORDS,
    "close_table": WORDS,
    "dialect": WORDS,
    "dialects": WORDS,
    "dialects_protocols": WORDS,
    "dialects_services": WORDS,
    "events": WORDS,
    "errors": WORDS,
    "registry": WORDS,
    "wire": WIRE,
    "render": VIEWS,
    "target": VIEWS,
    "redact": VIEWS,
    "asked": VIEWS,
    "ending": VIEWS,
    "counting": VIEWS,
    "filters": VIEWS,
    "roundtrips": VIEWS,
    "timeline": VIEWS,
    "autopsy": VIEWS,
    "keepalive": VIEWS,
    "compose": VIEWS,
    "durations": VIEWS,
    "literals": VIEWS,
    "outgoing": VIEWS,
    "json_faults": VIEWS,
    "connecting": VIEWS,
    "certificate": VIEWS,
    "extensions": VIEWS,
    "reconnecting": VIEWS,
    "proxies": VIEWS,
    "pins": VIEWS,
    "redirects": VIEWS,
    "settings": VIEWS,
    "toml_places": VIEWS,
    "toml_content": VIEWS,
    "profiles": VIEWS,
    "headers": VIEWS,
    "netrc_file": VIEWS,
    "credentials": VIEWS,
    "cookies": VIEWS,
    "curl": VIEWS,
    "curl_options": VIEWS,
    "curl_words": VIEWS,
    "checks": VIEWS,
    "reports": VIEWS,
    "pages": VIEWS,
    "recordings": VIEWS,
    "masking": VIEWS,
    "exports": VIEWS,
    "spool": VIEWS,
    "figures": VIEWS,
    "comparing": VIEWS,
    "net": OUTSIDE,
    "term": OUTSIDE,
    "files": OUTSIDE,
    "recents": OUTSIDE,
    "secret_sources": OUTSIDE,
    "versions": OUTSIDE,
    "reading": OUTSIDE,
    "open_files": OUTSIDE,
    "payload_files": OUTSIDE,
    "clock": OUTSIDE,
    "recorder": OUTSIDE,
    "recording_files": OUTSIDE,
    "exported_files": OUTSIDE,
    "recording_streams": OUTSIDE,
    "conversation": COMMANDS,
    "checking": COMMANDS,
    "replaying": COMMANDS,
    "showing": COMMANDS,
    "options": COMMANDS,
    "commands": COMMANDS,
    "cli": DOOR,
    "pytest_plugin": DOOR,
    "__main__": DOOR,
}
THIRD_PARTY = {
    WORDS: set(),
    WIRE: set(),
    # JSON Schema is an extra, and loaded where a check asks for it; dpkt is for captures; mitmproxy reads its own files
    # where it is installed.
    VIEWS: {"rich", "jmespath", "dpkt", "jsonschema", "jsonschema_specifications", "referencing", "mitmproxy"},
    # Zstandard is an extra, and a part of Python from 3.14 on.
    OUTSIDE: {"websockets", "prompt_toolkit", "python_socks", "rich", "zstandard", "compression"},
    COMMANDS: {"click"},
    DOOR: {"click"},
}
OF_ONE = {"wsinspect.pytest_plugin": {"pytest"}}
"""What one module alone may import: the door from that package."""
LONGEST = 400
# Completion is a command that the door itself asks when a shell does; it looks at the door's commands.
EXCEPTIONS = {("wsinspect.cli", "wsinspect.commands.completion")}

Imports = dict[str, set[str]]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


def floor_of(module: str) -> int:
    parts = module.split(".")
    return FLOORS[parts[1] if len(parts) > 1 else "wsinspect"]


def imported(path: Path) -> set[str]:
    """Return the modules a file imports anywhere in it, but for type checkers alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= (names & set(MODULES)) or {module}
    return found


IMPORTS: Imports = {name: imported(path) for name, path in MODULES.items()}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    for other in IMPORTS[module]:
        if other.split(".")[0] != "wsinspect" or (module, other) in EXCEPTIONS:
            continue
        assert floor_of(other) <= floor_of(module), f"{module} imports {other} from a floor above"


@pytest.mark.parametrize("module", MODULES)
def test_each_floor_has_its_own_packages(module: str) -> None:
    packages = {other.split(".")[0] for other in IMPORTS[module]}
    allowed = THIRD_PARTY[floor_of(module)] | OF_ONE.get(module, set())
    strange = packages - {"wsinspect"} - sys.stdlib_module_names - allowed
    assert not strange, f"{module} imports {strange}"


def test_commands_do_not_import_commands() -> None:
    for module, others in IMPORTS.items():
        if module.startswith("wsinspect.commands."):
            assert not [other for other in others if other.startswith("wsinspect.commands.")], module


def test_no_two_modules_import_each_other() -> None:
    def reach(module: str, seen: set[str]) -> set[str]:
        for other in IMPORTS.get(module, ()):
            if other not in seen and other in MODULES and (module, other) not in EXCEPTIONS:
                seen.add(other)
                reach(other, seen)
        return seen

    for module in MODULES:
        # A package's __init__ stands for the package, which its modules need not name.
        assert module not in reach(module, set()), f"{module} imports itself by a detour"


@pytest.mark.parametrize("module", MODULES)
def test_no_module_is_long(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("module", MODULES)
def test_each_module_says_what_it_is(module: str) -> None:
    text = MODULES[module].read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text)), module


def test_the_top_level_holds_what_it_should() -> None:
    allowed = {"pyproject.toml", "wsinspect", "tests", "README.md", "completions", "LICENSE"}
    ignored = {"build", "dist", "wsinspect.egg-info"}
    assert {path.name for path in ROOT.parent.iterdir() if path.name[0] != "."} - ignored <= allowed
