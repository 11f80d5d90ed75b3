"""The close codes that have a name: one row a code (RFC 6455 section 7.4.1, and the IANA registry).

Texts are for a developer in trouble: what it means, what usually lies behind it, what to look at first. Knows neither
the ranges between the codes nor the dialects that give private codes a meaning.
"""

from wsinspect.close_explanation import BROWSERS_TOO, MADE_UP, REGISTRY, CloseExplanation, row

_HYBI = f"{REGISTRY}; IETF hybi list, 2012"

_ROWS = (
    row(
        1000,
        "OK",
        "Normal Closure",
        "The purpose is fulfilled; there is no need to reconnect.",
        "The side that sent it has what it came for and ends the connection in good order.",
        "unneeded",
        sender=BROWSERS_TOO,
        causes=(
            "the application had finished and closed on purpose",
            "the server ended the session politely: a logout, the end of a stream, a handler that returned",
        ),
        checks=(
            "If it comes too early, look for a handler that returns after its first message.",
            "Read the reason and the last messages: some services report errors there and still close with 1000.",
        ),
    ),
    row(
        1001,
        "GOING_AWAY",
        "Going Away",
        "The peer is leaving: shutdown, page left, or idle too long; reconnect with backoff.",
        "A server is shutting down, or a browser has left the page. Many servers and gateways also end idle or "
        "over-aged connections with it.",
        "backoff",
        causes=(
            "the server is stopped, scaled down or redeployed",
            "the user closed the tab or followed a link: the browser sends 1001 by itself",
            "a server's idle limit: Jetty and Tomcat close idle sessions with 1001",
            "a gateway's limit: Amazon API Gateway allows 10 idle minutes and 2 hours in all",
        ),
        checks=(
            "Compare the time of the close with deploys, and the connection's age with round numbers (10 min, 2 h).",
            "Send heartbeats more often than the shortest idle limit on the way.",
        ),
    ),
    row(
        1002,
        "PROTOCOL_ERROR",
        "Protocol error",
        "The peer saw a breach of the WebSocket protocol; do not just retry.",
        "The endpoint received a frame that breaks RFC 6455, or took it for one.",
        "no",
        causes=(
            "compressed frames (RSV1) where no compression was negotiated: a proxy altered Sec-WebSocket-Extensions",
            "a client that does not mask its frames, or a server that does",
            "a control frame that is fragmented or over 125 bytes, or a continuation frame without a beginning",
            "a close frame with a forbidden code such as 1005, 1006 or 0",
            "bytes of something else on the connection: plain HTTP, a log line, an injected page",
        ),
        checks=(
            "Look at the last frame before the close, bit by bit, on both sides of any proxy.",
            "Switch compression off: if the error goes, the two ends disagree about the extension.",
            "Connect directly, without the proxy.",
        ),
    ),
    row(
        1003,
        "UNSUPPORTED_DATA",
        "Unsupported Data",
        "The peer does not take this type of data, such as binary instead of text.",
        "A message was well formed but of a type the endpoint cannot accept: binary where it knows only text, or "
        "text where it knows only binary.",
        "no",
        causes=(
            "a library that sends bytes, Buffers or Blobs as binary although the service expects JSON text",
            "text sent to a service that speaks MessagePack, protobuf or another binary format",
            "the wrong path: an endpoint with another format than the one you meant",
        ),
        checks=(
            "Compare the type (TEXT or BINARY) of the last message sent with what the service expects.",
            "Check path and subprotocol: they often select the format.",
        ),
    ),
    row(
        1004,
        "RESERVED",
        "Reserved",
        "Reserved without a meaning; nobody may send it.",
        "RFC 6455 sets the number aside and gives it no meaning. Early drafts used it for a message that is too "
        "large, which is 1009 today.",
        "unknown",
        sender="nobody",
        on_wire=False,
        kind="reserved",
        advice="No rule exists: a peer that sends it breaks the protocol. Treat it as 1002.",
        causes=("software written against a draft of 2011", "an application that chose a number at random"),
        checks=("Ask the peer's maker to use 1009, or a private code from 4000 to 4999.",),
    ),
    row(
        1005,
        "NO_STATUS_RCVD",
        "No Status Rcvd",
        "The close frame carried no code; an ordinary end, as with 1000.",
        "Nobody sends 1005: an API reports it when a close frame came without a code. The closing itself was in order.",
        "unneeded",
        sender=MADE_UP,
        on_wire=False,
        kind="reserved",
        advice="Not needed: treat it as 1000.",
        causes=(
            "a browser's close() without arguments, or a library's",
            "a server or proxy that closes in good order but gives no code",
        ),
        checks=("If the closing side is yours, let it send a code: 1000, or one that says why.",),
    ),
    row(
        1006,
        "ABNORMAL_CLOSURE",
        "Abnormal Closure",
        "The connection broke without a close frame; reconnect with backoff.",
        "Nobody sends 1006: an API reports it when the connection ended without a close frame, or never became a "
        "WebSocket at all. The cause lies below the protocol or in a process that died, so the code cannot tell it.",
        "backoff",
        sender=MADE_UP,
        on_wire=False,
        kind="reserved",
        causes=(
            "an idle timeout on the way: nginx (proxy_read_timeout) and AWS ALB 60 s, Heroku 55 s, Cloudflare 100 s, "
            "Azure Load Balancer 4 min, unless set otherwise",
            "a load balancer's limit on the whole connection, idle or not: Google Cloud's backend timeout, 30 s by "
            "default",
            "the server process crashed or was killed: a panic, out of memory, SIGKILL after the grace period",
            "the server dropped the socket instead of closing it: terminate(), destroy(), a proxy reload",
            "the network went away: sleep, a change from Wi-Fi to mobile, a NAT or firewall that forgot the flow",
            "the handshake failed: browsers report a 401, 403, 404 or 502, a refused Origin, a bad certificate and a "
            "refused connection all alike as 1006",
            "TLS interception, antivirus or a company proxy that does not pass WebSockets on",
        ),
        checks=(
            "Time it. The same age at each break is a timeout: 60 s points to nginx or ALB, 100 s to Cloudflare.",
            "Send a ping every 20–30 s. If that cures it, raise the idle limit of the proxy as well.",
            "Did it ever open? `wsinspect connect URL` shows the status and body of a refusal, which browsers hide.",
            "Read the logs of server and proxy at that second: out of memory, panic, restart, upstream closed.",
            "Go around the proxy, then try another network: where the break disappears, there it is made.",
        ),
    ),
    row(
        1007,
        "INVALID_TEXT",
        "Invalid frame payload data",
        "A message did not fit its type; mostly text that is not UTF-8.",
        "The content of a message contradicts its type. Text must be valid UTF-8 over the whole message.",
        "no",
        causes=(
            "binary or Latin-1 data sent as text",
            "a text cut in the middle of a character and sent as two messages",
            "half a surrogate pair, such as half an emoji, encoded by itself",
            "a reason in a close frame that is not UTF-8, often one cut to 123 bytes inside a character",
        ),
        checks=(
            "Look at the bytes of the last text message in hex.",
            "Send bytes as BINARY; encode text as UTF-8 in one place only.",
        ),
    ),
    row(
        1008,
        "POLICY_VIOLATION",
        "Policy Violation",
        "The peer refuses by its own rules: login, rights, rate or origin.",
        "A message or the client itself breaks a rule of the endpoint. It is the general refusal, used where no other "
        "code fits or where the peer will not say more.",
        "no",
        causes=(
            "a token that is missing, expired or meant for another service",
            "rights missing for a channel or room; a plan or connection limit reached",
            "too many messages in too short a time",
            "an Origin, user agent or address that is not allowed",
        ),
        checks=(
            "Read the reason: services that use 1008 mostly put the real cause there.",
            "Check the token's expiry and audience, and both clocks.",
            "Find out when it comes: at once points to login or Origin, later to rate or rights.",
        ),
    ),
    row(
        1009,
        "MESSAGE_TOO_BIG",
        "Message Too Big",
        "A message was larger than the receiver takes.",
        "The endpoint received a message, or the beginning of one, that is over its limit.",
        "no",
        causes=(
            "a message over the receiver's default: Tomcat 8 KiB, Jetty 64 KiB, Python websockets 1 MiB, aiohttp "
            "4 MiB, npm ws 100 MiB",
            "Amazon API Gateway: a message over 128 KB, or a frame over 32 KB",
            "a compressed message that is small on the wire and too large once inflated",
            "a snapshot or file sent as one message that has grown with the data",
        ),
        checks=(
            "Compare the size of the last message sent, uncompressed, with the receiver's limit.",
            "Split or page it, or raise the limit on the side that sent 1009 (max_size, maxPayload, "
            "maxTextMessageBufferSize).",
        ),
    ),
    row(
        1010,
        "MANDATORY_EXTENSION",
        "Mandatory Ext.",
        "The client needed an extension that the server did not grant.",
        "The client insists on an extension which was not in the server's answer; the reason should list those it "
        "missed. A server never sends it: it can refuse the handshake instead.",
        "no",
        sender="the client only; not from a browser's close()",
        causes=(
            "a server without permessage-deflate, or with it switched off",
            "a proxy that removes Sec-WebSocket-Extensions",
            "a server that sends 1010 against the standard, meaning that it misses something itself",
        ),
        checks=(
            "Compare Sec-WebSocket-Extensions in the request and in the answer.",
            "Let the client do without the extension, or turn it on in the server.",
        ),
    ),
    row(
        1011,
        "INTERNAL_ERROR",
        "Internal Error",
        "The server met an error of its own; reconnect with backoff.",
        "Something unexpected kept the endpoint from going on. It is the 500 of WebSockets: the cause is in the log "
        "of the side that sent it. RFC 6455 speaks of servers; clients may send it as well.",
        "backoff",
        causes=(
            "an uncaught exception in the handler; most frameworks turn it into 1011",
            "a keepalive of the server: Python websockets, and so uvicorn, close with 1011 “keepalive ping timeout” if "
            "a pong is 20 s late",
            "something behind the server failed: database, broker, another service",
            "a message of a shape the handler did not expect",
        ),
        checks=(
            "Read the server's log at that second: a traceback is the usual answer.",
            "With “keepalive ping timeout”, look at the client: is its event loop blocked, does it still read, is the "
            "line slow?",
            "If it follows a certain message, send that one alone on a new connection.",
            "If it comes at once after connecting, suspect login, configuration or the database.",
        ),
    ),
    row(
        1012,
        "SERVICE_RESTART",
        "Service Restart",
        "The service is restarting; reconnect after a random 5–30 s.",
        "The service restarts and will be back soon. The connection was in order.",
        "random_5_30",
        source=_HYBI,
        causes=(
            "a deploy or rolling restart",
            "a server told to stop: uvicorn ends its connections with 1012",
            "an operator or orchestrator that moves connections to other machines",
        ),
        checks=(
            "Compare with the deploys. If there was none, look for a crash loop.",
            "See that clients spread their return: without a random delay they overload the fresh server.",
        ),
    ),
    row(
        1013,
        "TRY_AGAIN_LATER",
        "Try Again Later",
        "The service is overloaded; try another address, or later when asked.",
        "The server sheds load, and automatic returns to the same address would make it worse.",
        "other_address",
        source=_HYBI,
        causes=(
            "too many connections, or a queue that is full",
            "a client that reads too slowly for what it subscribed to",
            "a circuit breaker, or a backend that is not ready yet",
        ),
        checks=(
            "Check the service's load and connection limits, and its status page.",
            "See that clients do not hammer it: a reconnect loop without backoff keeps an overload alive.",
        ),
    ),
    row(
        1014,
        "BAD_GATEWAY",
        "Bad Gateway",
        "A gateway got no valid answer from the server behind it; reconnect with backoff.",
        "The endpoint is a gateway or proxy, and what it got from the server behind it was invalid. It is the 502 of "
        "WebSockets, sent after the upgrade.",
        "backoff",
        source=_HYBI,
        sender="a gateway or proxy, as the server; not from a browser's close()",
        causes=(
            "the server behind the gateway is down, restarting or unreachable",
            "it answered with something that is no WebSocket, or broke off",
            "the gateway looks in the wrong place: port, path, DNS or TLS to the server behind it",
        ),
        checks=(
            "Connect directly to the server behind the gateway.",
            "Read the gateway's log: it knows which server failed, and how.",
        ),
    ),
    row(
        1015,
        "TLS_HANDSHAKE",
        "TLS handshake",
        "The TLS handshake failed, for instance over the certificate.",
        "Nobody sends 1015: an API reports it when TLS could not be set up, so that there was no WebSocket. Many "
        "browsers show 1006 instead.",
        "no",
        sender=MADE_UP,
        on_wire=False,
        kind="reserved",
        causes=(
            "a certificate that is expired, self-signed or for another host name",
            "an intermediate certificate that the server does not send: some browsers mend it, other clients cannot",
            "TLS interception by a company proxy or antivirus, whose authority the client does not trust",
            "no common TLS version or cipher, or a client certificate that the server asks for",
            "wss:// to a port that does not speak TLS",
        ),
        checks=(
            "`wsinspect connect URL` names the fault; `-k` shows whether the certificate is all that is wrong.",
            "`openssl s_client -connect HOST:443 -servername HOST` shows the chain; look at the issuer.",
        ),
    ),
    row(
        3000,
        "UNAUTHORIZED",
        "Unauthorized",
        "The server wants a valid login first, like HTTP 401.",
        "The endpoint does not know who you are: credentials are missing or not valid.",
        "no",
        sender=BROWSERS_TOO,
        source=REGISTRY,
        kind="library",
        causes=("no token was sent, or not where the service looks for it", "the token has expired or was revoked"),
        checks=(
            "Get a new token, then reconnect with it.",
            "Check where the service expects it: header, cookie, query, subprotocol or first message.",
        ),
    ),
    row(
        3003,
        "FORBIDDEN",
        "Forbidden",
        "The server knows you and refuses, like HTTP 403.",
        "The endpoint knows who you are, but you may not do this.",
        "no",
        sender=BROWSERS_TOO,
        source=REGISTRY,
        kind="library",
        causes=("rights or scopes missing for this endpoint or channel", "the account, plan or address is blocked"),
        checks=("Compare the token's scopes with what the endpoint asks for.",),
    ),
    row(
        3008,
        "TIMEOUT",
        "Timeout",
        "The peer waited too long for you, like HTTP 408; reconnect with backoff.",
        "Something that the endpoint expected in time did not come: a login, an answer, a heartbeat.",
        "backoff",
        sender=BROWSERS_TOO,
        source=REGISTRY,
        kind="library",
        causes=("the first message or login came too late", "heartbeats stopped: a blocked client or a slow line"),
        checks=(
            "Find what was due: compare the connection's age and the last message sent with the documented limits.",
        ),
    ),
)

ROWS: dict[int, CloseExplanation] = {known.code: known for known in _ROWS}
"""The codes that have a name, in order."""
