"""The stand-in that spares `connect` the loading of package metadata: nobody can tell it from the real thing."""

import importlib.metadata
import subprocess
import sys

from tests.servers import environment
from wsinspect.net import _Later

METADATA = "importlib.metadata"


def told(program: str) -> list[str]:
    """Run a program in an interpreter of its own; it prints words."""
    # Coverage loads modules of its own, and asks for metadata.
    unmeasured = environment(COVERAGE_PROCESS_CONFIG=None)
    done = subprocess.run([sys.executable, "-c", program], env=unmeasured, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_metadata_is_not_loaded() -> None:
    program = f"""
import sys
import importlib
import wsinspect.net.session
print({METADATA!r} in sys.modules, hasattr(importlib, "metadata"), "email" in sys.modules, "zipfile" in sys.modules)
"""
    assert told(program) == ["False"] * 4


def test_metadata_works_afterwards() -> None:
    program = f"""
import sys
import wsinspect.net
import importlib.metadata
from importlib.metadata import version
import websockets
print(version("websockets") == importlib.metadata.version("websockets") == websockets.__version__)
print(type(sys.modules[{METADATA!r}]).__name__, importlib.metadata is sys.modules[{METADATA!r}])
try:
    version("no-such-package")
except importlib.metadata.PackageNotFoundError:
    print("unknown")
"""
    assert told(program) == ["True", "module", "True", "unknown"]


def test_metadata_that_was_there_before_stays() -> None:
    program = f"""
import importlib.metadata
import sys
before = sys.modules[{METADATA!r}]
import wsinspect.net
print(sys.modules[{METADATA!r}] is before is importlib.metadata)
"""
    assert told(program) == ["True"]


def test_a_development_version_asks_and_is_told() -> None:
    """Between releases, websockets asks for its own version while it is imported."""
    program = f"""
import sys
import types
from importlib.machinery import ModuleSpec

source = '''
import importlib.metadata
version = importlib.metadata.version("websockets")
try:
    importlib.metadata.nothing_of_the_kind
except AttributeError:
    missing = True
'''

class Development:
    \"\"\"Finds websockets.version in the text above.\"\"\"

    @staticmethod
    def find_spec(name, path=None, target=None):
        return ModuleSpec(name, Development) if name == "websockets.version" else None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        exec(source, vars(module))
        vars(module).update(tag=module.version, commit=module.version)

sys.meta_path.insert(0, Development)
import wsinspect.net
import websockets.version
sys.meta_path.remove(Development)
import importlib.metadata
print(websockets.version.version == importlib.metadata.version("websockets"), websockets.version.missing)
print(type(sys.modules[{METADATA!r}]).__name__, type(importlib.metadata).__name__)
"""
    assert told(program) == ["True", "True", "module", "module"]


def test_a_stand_in_that_somebody_kept() -> None:
    assert _Later(METADATA).version is importlib.metadata.version


def test_an_import_that_fails_leaves_nothing_behind() -> None:
    program = f"""
import sys
sys.modules["websockets.version"] = None
try:
    import wsinspect.net
except ImportError:
    print({METADATA!r} in sys.modules)
"""
    assert told(program) == ["False"]
