"""See what happens on a WebSocket, have it explained, and check it in CI."""

from wsinspect.close_codes import CloseExplanation, explain_close
from wsinspect.vocabulary import WSCloseCode, WSMessage, WSMsgType

__all__ = ["CloseExplanation", "WSCloseCode", "WSMessage", "WSMsgType", "__version__", "explain_close"]

__version__ = "0.1.0"
