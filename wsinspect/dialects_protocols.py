"""Close codes of protocols that run over WebSocket, as their own documents say it."""

from wsinspect.dialect import Dialect, Note

_CLIENT = "the client"
_LATER = "Yes, with backoff, starting at 1 s."
_AGAIN = "Yes, by itself: the client library reconnects with backoff."
_TERMINAL = "No: the client library gives up. Mend the cause first."

GRAPHQL = Dialect(
    "GraphQL over WebSocket",
    ("graphql-transport-ws",),
    "GraphQL over WebSocket Protocol; graphql-ws library",
    {
        4004: Note(
            "BAD_RESPONSE",
            "The client could not understand a message of the server.",
            "no",
            ("Look at the last message received: does it follow graphql-transport-ws, not the older graphql-ws?",),
            sender=_CLIENT,
        ),
        4005: Note(
            "INTERNAL_CLIENT_ERROR",
            "The client failed inside itself, for instance in its connectionParams.",
            "no",
            ("Read the client's log; a connectionParams function that throws ends so.",),
            sender=_CLIENT,
        ),
        4400: Note(
            "BAD_REQUEST",
            "The peer got a message that is not valid in this protocol; the reason says which.",
            "no",
            (
                "Check the last message sent: a known type, an id where one is due, a payload of the right shape.",
                "`start`, `stop` and `data` belong to the older graphql-ws protocol: are both ends on the same one?",
            ),
            sender="either side",
        ),
        4401: Note(
            "UNAUTHORIZED",
            "An operation was sent before the server acknowledged the connection.",
            "no",
            (
                "Send connection_init first, and wait for connection_ack before the first subscribe.",
                "Some servers also mean that the token in connection_init is missing or not valid.",
            ),
        ),
        4403: Note(
            "FORBIDDEN",
            "The server refused the connection_init; mostly its payload lacks valid credentials.",
            "no",
            ("Check the payload of connection_init: token, its expiry, the key the server looks for.",),
            advice="Only with new credentials.",
        ),
        4406: Note(
            "SUBPROTOCOL_NOT_ACCEPTABLE",
            "Client and server did not agree on the subprotocol.",
            "no",
            ("Ask for Sec-WebSocket-Protocol: graphql-transport-ws; older servers know only graphql-ws.",),
        ),
        4408: Note(
            "CONNECTION_INITIALISATION_TIMEOUT",
            "The connection_init did not come in time (3 s unless the server sets it otherwise).",
            "backoff",
            ("Send connection_init at once after opening; fetch tokens before connecting, not after.",),
        ),
        4409: Note(
            "SUBSCRIBER_ALREADY_EXISTS",
            "The id of a subscribe is still in use on this connection.",
            "no",
            ("Give every operation a fresh id, and complete the old one before using its id again.",),
        ),
        4429: Note(
            "TOO_MANY_INITIALISATION_REQUESTS",
            "More than one connection_init was sent.",
            "no",
            ("Send connection_init once a connection; two clients may share one socket by mistake.",),
        ),
        4499: Note(
            "TERMINATED",
            "The client library gave the connection up without a proper close.",
            "backoff",
            ("Someone called terminate() on the client, usually because pongs stayed away.",),
            sender="nobody; the graphql-ws client reports it to itself",
        ),
        4500: Note(
            "INTERNAL_SERVER_ERROR",
            "The server failed while it handled a message.",
            "no",
            ("Read the server's log; the reason holds the error's text only outside production.",),
        ),
        4504: Note(
            "CONNECTION_ACKNOWLEDGEMENT_TIMEOUT",
            "The server did not acknowledge the connection in the time the client allows.",
            "backoff",
            ("Look at what the server does on connection_init: a slow login or database, a hook that never returns.",),
            sender=_CLIENT,
        ),
    },
)

LEGACY_GRAPHQL = Dialect(
    "GraphQL, the older protocol of subscriptions-transport-ws",
    ("graphql-ws", "graphql-subscriptions"),
    "subscriptions-transport-ws, server.ts",
    {
        1002: Note(
            "",
            "The server accepts only the subprotocols graphql-ws and graphql-subscriptions.",
            "no",
            ("Is the client on graphql-transport-ws? The two are not compatible, despite the package names.",),
        ),
        1011: Note(
            "",
            "The server refused the connection_init; its connection_error message says why.",
            "no",
            ("Read the message of type connection_error just before the close; check the token it was given.",),
            causes=("onConnect in the server threw, or returned false (“Prohibited connection!”)",),
            advice="Only with new credentials, if connection_error speaks of them; else with backoff.",
        ),
    },
)

_PUSHER_FATAL = Note("", "A fault of the request (4000–4099): the same parameters cannot succeed.", "no")
_PUSHER_LATER = Note("", "A passing fault (4100–4199): reconnect after 1 s or more.", "backoff", advice=_LATER)
_PUSHER_AT_ONCE = Note("", "The connection is to be renewed (4200–4299): reconnect at once.", "at_once")

PUSHER = Dialect(
    "Pusher Channels, also spoken by Soketi, Laravel Reverb and others",
    (),
    "Pusher Channels Protocol, version 7",
    {
        4000: Note(
            "TLS_ONLY",
            "The application accepts only TLS.",
            "no",
            ("Use wss:// (forceTLS in pusher-js).",),
            advice="Not as it was: use wss:// instead of ws://.",
        ),
        4001: Note(
            "APPLICATION_NOT_FOUND",
            "No application has this key here.",
            "no",
            ("Check the key and the cluster: a key is known in its own cluster only.",),
        ),
        4003: Note("APPLICATION_DISABLED", "The application is switched off.", "no", ("Look at the dashboard.",)),
        4004: Note(
            "OVER_CONNECTION_QUOTA",
            "The application has reached its limit of connections.",
            "no",
            ("Look for connections that are never closed; else raise the plan's or server's limit.",),
        ),
        4005: Note("PATH_NOT_FOUND", "The path is not known.", "no", ("The path is /app/KEY?protocol=7&…",)),
        4006: Note("INVALID_VERSION_STRING", "The version in the query is malformed.", "no"),
        4007: Note("UNSUPPORTED_PROTOCOL", "The protocol version is not supported.", "no", ("Use protocol=7.",)),
        4008: Note("NO_PROTOCOL_VERSION", "The query has no protocol version.", "no", ("Add protocol=7 to the URL.",)),
        4009: Note(
            "UNAUTHORIZED",
            "The connection is not authorized, or its user was terminated.",
            "no",
            ("Sign in (pusher:signin) in time, and check the endpoint that signs.",),
        ),
        4100: Note("OVER_CAPACITY", "The service is over its capacity.", "backoff", advice=_LATER),
        4200: Note("RECONNECT", "The server asks for a new connection, often for a restart.", "at_once"),
        4201: Note(
            "PONG_NOT_RECEIVED",
            "The server's ping was not answered.",
            "at_once",
            ("Answer pusher:ping with pusher:pong within 30 s: these are messages, not control frames.",),
        ),
        4202: Note("INACTIVE", "The client was inactive for a long time and does not answer pings.", "at_once"),
        4301: Note(
            "CLIENT_EVENT_RATE_LIMIT", "Client events came too fast.", "unknown", ("Send fewer client- events.",)
        ),
        4302: Note("WATCHLIST_LIMIT", "The watchlist is too long: 100 user ids are accepted.", "unknown"),
    },
    ((4000, 4099, _PUSHER_FATAL), (4100, 4199, _PUSHER_LATER), (4200, 4299, _PUSHER_AT_ONCE)),
)

_CENTRIFUGO_AGAIN = Note("", "A disconnect after which Centrifugo's clients come back by themselves.", "backoff")
_CENTRIFUGO_TERMINAL = Note("", "A terminal disconnect: Centrifugo's clients do not come back.", "no")

CENTRIFUGO = Dialect(
    "Centrifugo",
    ("centrifuge-json", "centrifuge-protobuf"),
    "Centrifugo documentation, client disconnect codes",
    {
        3000: Note(
            "CONNECTION_CLOSED", "The connection ended without advice from the server.", "backoff", advice=_AGAIN
        ),
        3001: Note("SHUTDOWN", "The node is shutting down.", "backoff", advice=_AGAIN),
        3004: Note("SERVER_ERROR", "An internal error of the server.", "backoff", ("Read its log.",), advice=_AGAIN),
        3005: Note(
            "EXPIRED", "The connection's token has expired.", "backoff", ("Does getToken work?",), advice=_AGAIN
        ),
        3006: Note("SUB_EXPIRED", "A subscription's token has expired.", "backoff", advice=_AGAIN),
        3008: Note(
            "SLOW",
            "The client does not read fast enough.",
            "backoff",
            ("Look for a handler that blocks, or a channel that is too busy.",),
            advice=_AGAIN,
        ),
        3009: Note("WRITE_ERROR", "Writing to the client failed.", "backoff", advice=_AGAIN),
        3010: Note(
            "INSUFFICIENT_STATE", "Publications were lost; they are recovered on return.", "backoff", advice=_AGAIN
        ),
        3011: Note("FORCE_RECONNECT", "The server wants the client to reconnect.", "backoff", advice=_AGAIN),
        3012: Note("NO_PONG", "The client did not answer the server's ping in time.", "backoff", advice=_AGAIN),
        3013: Note("TOO_MANY_REQUESTS", "The client sends too many commands.", "backoff", advice=_AGAIN),
        3500: Note("INVALID_TOKEN", "The token is not valid.", "no", ("Check key, algorithm and claims.",)),
        3501: Note("BAD_REQUEST", "A malformed frame, or commands in the wrong order.", "no"),
        3502: Note("STALE", "The client did not authenticate in time.", "no", ("Send connect at once after opening.",)),
        3503: Note("FORCE_DISCONNECT", "The server ended the connection for good.", "no"),
        3504: Note("CONNECTION_LIMIT", "Too many connections, for this user or in all.", "no"),
        3505: Note("CHANNEL_LIMIT", "Too many channels on one connection.", "no"),
        3506: Note("INAPPROPRIATE_PROTOCOL", "Binary data is due to a client that speaks JSON.", "no"),
        3507: Note("PERMISSION_DENIED", "The client may not do this.", "no"),
        3508: Note("NOT_AVAILABLE", "The server does not offer what the client asked for.", "no"),
        3509: Note("TOO_MANY_ERRORS", "The client made too many errors.", "no"),
    },
    (
        (3000, 3499, _CENTRIFUGO_AGAIN._replace(advice=_AGAIN)),
        (3500, 3999, _CENTRIFUGO_TERMINAL._replace(advice=_TERMINAL)),
        (4000, 4499, _CENTRIFUGO_AGAIN._replace(advice=_AGAIN)),
        (4500, 4999, _CENTRIFUGO_TERMINAL._replace(advice=_TERMINAL)),
    ),
)

PHOENIX = Dialect(
    "Phoenix channels",
    ("phoenix",),
    "Phoenix JavaScript client, socket.js; WebSock documentation",
    {
        1000: Note(
            "",
            "Ended normally; Phoenix's JavaScript client does not come back after it.",
            "unneeded",
            ("With the reason “heartbeat timeout” the client closed by itself, and it does come back.",),
            causes=("the client got no answer to its heartbeat and closed with the reason “heartbeat timeout”",),
            sender="either side",
        ),
        1012: Note(
            "",
            "The Phoenix server is restarting; the client comes back by itself.",
            "random_5_30",
            causes=("the socket process was told to stop with {:shutdown, :restart}",),
        ),
    },
)
