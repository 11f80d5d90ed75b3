"""The network: the only package that knows websockets, and the place where it is first imported.

A release of websockets imports `importlib.metadata` for the sake of its development versions alone, and with it the
email and zip packages: a sixth of the time that `connect` takes to start. While websockets is imported, a stand-in
takes its place, which becomes the real one as soon as anything is asked of it.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

_NAME = "importlib.metadata"


class _Later(ModuleType):
    def __getattr__(self, name: str) -> Any:
        _put_back()
        return getattr(importlib.import_module(_NAME), name)


def _put_back() -> None:
    if isinstance(sys.modules.get(_NAME), _Later):
        del sys.modules[_NAME]
        vars(importlib).pop("metadata", None)


if _NAME not in sys.modules:
    _later = _Later(_NAME)
    sys.modules[_NAME] = _later
    vars(importlib)["metadata"] = _later
    try:
        import websockets.version  # noqa: F401
    finally:
        _put_back()
