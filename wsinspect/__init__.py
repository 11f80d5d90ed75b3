"""See what happens on a WebSocket, have it explained, and check it in CI."""

# Type checkers take this name for true; `typing` itself is loaded by nobody who only starts the program.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from wsinspect.close_codes import CloseExplanation, explain_close
    from wsinspect.vocabulary import WSCloseCode, WSMessage, WSMsgType

__all__ = ["CloseExplanation", "WSCloseCode", "WSMessage", "WSMsgType", "__version__", "explain_close"]

__version__ = "0.1.0"

PLACES = {
    "CloseExplanation": "close_codes",
    "explain_close": "close_codes",
    "WSCloseCode": "vocabulary",
    "WSMessage": "vocabulary",
    "WSMsgType": "vocabulary",
}
"""The module of each name: loaded when it is asked for, since the program's first lines run before it hears signals."""


def __getattr__(name: str) -> object:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
    globals()[name] = value
    return value
