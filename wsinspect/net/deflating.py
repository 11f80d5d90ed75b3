"""The offer of permessage-deflate as a user words it (RFC 7692 section 7.1), and what is agreed on.

zlib cannot compress with a window of 8 bits. It can do without one: with the strategy that repeats only the last byte,
what it makes fits any window.
"""

import zlib
from collections.abc import Sequence

from websockets.exceptions import NegotiationError
from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.typing import ExtensionParameter

from wsinspect.extensions import Parameter

WINDOWLESS = "8"
OUR_WINDOW = "client_max_window_bits"


class OfferedDeflate(ClientPerMessageDeflateFactory):
    """Offers the parameters in the order in which they were given."""

    def __init__(self, parameters: Sequence[Parameter]) -> None:
        given = dict(parameters)
        self._parameters = parameters
        bits = given.get("server_max_window_bits")
        super().__init__(
            server_no_context_takeover="server_no_context_takeover" in given,
            client_no_context_takeover="client_no_context_takeover" in given,
            server_max_window_bits=None if bits is None else int(bits),
            client_max_window_bits=_at_least_nine(given[OUR_WINDOW]) if OUR_WINDOW in given else None,
        )
        self._windowless = given.get(OUR_WINDOW) == WINDOWLESS

    def get_request_params(self) -> Sequence[ExtensionParameter]:
        return list(self._parameters)

    def process_response_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> PerMessageDeflate:
        agreed = dict(params).get(OUR_WINDOW)
        if self._windowless and agreed not in (None, WINDOWLESS):
            raise NegotiationError("unsupported client_max_window_bits")
        windowless = self._windowless or agreed == WINDOWLESS
        # The library knows no window below 9 bits; that it may look back further is nothing to who never does.
        widened = [(name, "9" if (name, value) == (OUR_WINDOW, WINDOWLESS) else value) for name, value in params]
        self.compress_settings = {"strategy": zlib.Z_RLE} if windowless else None
        return super().process_response_params(widened, accepted_extensions)


def _at_least_nine(bits: str | None) -> int | bool:
    return True if bits is None else max(int(bits), 9)
