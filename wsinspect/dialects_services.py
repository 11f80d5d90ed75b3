"""Close codes of public services, as their own documents say it: Discord and Twitch."""

from wsinspect.dialect import Dialect, Note

_RESUME = "Yes, with backoff; then resume the session."
_FRESH = "Yes, with backoff; then identify anew, since the session cannot be resumed."

DISCORD = Dialect(
    "Discord Gateway",
    (),
    "Discord developer documentation, Gateway Close Event Codes",
    {
        4000: Note("UNKNOWN_ERROR", "Discord does not know what went wrong.", "backoff", advice=_RESUME),
        4001: Note(
            "UNKNOWN_OPCODE",
            "An opcode, or the payload of one, was not valid.",
            "backoff",
            ("Compare the last payload sent with the documented opcodes.",),
            advice=_RESUME,
        ),
        4002: Note(
            "DECODE_ERROR",
            "A payload could not be decoded.",
            "backoff",
            ("Check the encoding (JSON or ETF) against the URL, and the size of the payload.",),
            advice=_RESUME,
        ),
        4003: Note(
            "NOT_AUTHENTICATED",
            "Something was sent before Identify, or the session is no longer valid.",
            "backoff",
            ("Send Identify or Resume first, after Hello.",),
            advice=_FRESH,
        ),
        4004: Note(
            "AUTHENTICATION_FAILED",
            "The token in Identify is wrong.",
            "no",
            ("Was the token reset, in the portal or by Discord after too many Identify requests? Is it the bot's?",),
        ),
        4005: Note(
            "ALREADY_AUTHENTICATED",
            "Identify was sent more than once.",
            "backoff",
            ("Send Identify once a connection; after a reconnect, send Resume.",),
            advice=_RESUME,
        ),
        4007: Note(
            "INVALID_SEQ",
            "The sequence number in Resume was not valid.",
            "backoff",
            ("Keep the last `s` received, for each session apart.",),
            advice=_FRESH,
        ),
        4008: Note(
            "RATE_LIMITED",
            "Payloads came too fast; the limit is 120 in 60 s on a connection.",
            "backoff",
            ("Count what you send, presence updates and member requests above all.",),
            advice=_RESUME,
        ),
        4009: Note(
            "SESSION_TIMED_OUT",
            "The session timed out.",
            "backoff",
            ("Do heartbeats go out at the interval of Hello, and are they acknowledged?",),
            advice=_FRESH,
        ),
        4010: Note(
            "INVALID_SHARD",
            "The shard in Identify is not valid.",
            "no",
            ("`shard` is [id, count], with an id below the count.",),
        ),
        4011: Note(
            "SHARDING_REQUIRED",
            "The session would hold too many guilds.",
            "no",
            ("Ask GET /gateway/bot for the recommended number of shards, and shard.",),
        ),
        4012: Note(
            "INVALID_API_VERSION", "The API version in the URL is not valid.", "no", ("Check `v=` in the URL.",)
        ),
        4013: Note(
            "INVALID_INTENTS",
            "The intents are not a valid number.",
            "no",
            ("Compute the bits anew: each intent is 1 << n.",),
        ),
        4014: Note(
            "DISALLOWED_INTENTS",
            "A privileged intent was asked for that is not enabled or not approved.",
            "no",
            ("Enable members, presences or message content for the bot in the developer portal.",),
        ),
    },
)

DISCORD_VOICE = Dialect(
    "Discord voice",
    (),
    "Discord developer documentation, Voice Close Event Codes",
    {
        4001: Note("UNKNOWN_OPCODE", "An opcode was not valid.", "no"),
        4002: Note("FAILED_TO_DECODE", "The payload of Identify could not be decoded.", "no"),
        4003: Note("NOT_AUTHENTICATED", "Something was sent before Identify.", "no"),
        4004: Note("AUTHENTICATION_FAILED", "The token in Identify is wrong.", "no"),
        4005: Note("ALREADY_AUTHENTICATED", "Identify was sent more than once.", "no"),
        4006: Note("SESSION_NO_LONGER_VALID", "The session is no longer valid.", "backoff", advice=_FRESH),
        4009: Note("SESSION_TIMEOUT", "The session timed out.", "backoff", advice=_FRESH),
        4011: Note("SERVER_NOT_FOUND", "The voice server could not be found.", "unknown"),
        4012: Note("UNKNOWN_PROTOCOL", "The protocol in Select Protocol is not known.", "no"),
        4014: Note("DISCONNECTED", "You were removed from the channel, or the main gateway session ended.", "no"),
        4015: Note("VOICE_SERVER_CRASHED", "The voice server crashed.", "backoff", advice=_RESUME),
        4016: Note("UNKNOWN_ENCRYPTION_MODE", "The encryption mode is not known.", "no"),
        4017: Note("DAVE_REQUIRED", "The channel wants a client with end-to-end encryption (DAVE).", "no"),
        4020: Note("BAD_REQUEST", "A request was malformed.", "no"),
        4021: Note("RATE_LIMITED", "Too much was sent; do not reconnect.", "no"),
        4022: Note("CALL_TERMINATED", "The call ended: the channel is gone, or its voice server changed.", "no"),
    },
)

TWITCH = Dialect(
    "Twitch EventSub",
    (),
    "Twitch developer documentation, EventSub WebSocket close codes",
    {
        4000: Note("INTERNAL_SERVER_ERROR", "A fault of Twitch's server, like HTTP 500.", "backoff"),
        4001: Note("CLIENT_SENT_TRAFFIC", "The client sent something other than a pong.", "no", ("Send nothing.",)),
        4002: Note("PING_PONG_FAILED", "The client did not answer a ping with a pong.", "backoff"),
        4003: Note("UNUSED", "No subscription was made within 10 s.", "backoff", ("Subscribe after the welcome.",)),
        4004: Note(
            "RECONNECT_GRACE_EXPIRED",
            "The move after session_reconnect took more than 30 s.",
            "backoff",
            ("Connect to the new URL at once, and close the old connection after the welcome.",),
        ),
        4005: Note("NETWORK_TIMEOUT", "A passing timeout in the network.", "backoff"),
        4006: Note("NETWORK_ERROR", "A passing error in the network.", "backoff"),
        4007: Note(
            "INVALID_RECONNECT",
            "The reconnect URL is not valid.",
            "backoff",
            ("Use reconnect_url unchanged, and once.",),
            advice="Yes, to the usual URL, with new subscriptions.",
        ),
    },
)
