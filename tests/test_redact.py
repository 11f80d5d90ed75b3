"""Redaction, by rows: what goes in, what is left."""

import base64

import pytest

from wsinspect.asked import mask_of, redact_handshake, secrets_asked, secrets_in
from wsinspect.events import Handshake, Moment
from wsinspect.redact import (
    is_secret_header,
    is_secret_name,
    redact_headers,
    redact_subprotocols,
    redact_text,
    redact_typed,
    redact_url,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
RANDOM = "x7Gq0Zr81kPp39LmNv42"

URLS = [
    ("wss://example.com/", "wss://example.com/"),
    ("wss://me:pw@example.com/", "wss://***@example.com/"),
    ("wss://me@example.com:1/x", "wss://***@example.com:1/x"),
    ("wss://a:b@c@example.com/", "wss://***@example.com/"),
    ("//me:pw@example.com/", "//***@example.com/"),
    ("wss://example.com/?token=abc", "wss://example.com/?token=***"),
    ("wss://example.com/?room=7&access_token=abc&v=2", "wss://example.com/?room=7&access_token=***&v=2"),
    ("wss://example.com/?v=1;api_key=abc", "wss://example.com/?v=1;api_key=***"),
    ("wss://example.com/?accessToken=abc", "wss://example.com/?accessToken=***"),
    ("wss://example.com/?access%5Ftoken=abc", "wss://example.com/?access%5Ftoken=***"),
    ("wss://example.com/?token=", "wss://example.com/?token="),
    ("wss://example.com/?token=a=b==", "wss://example.com/?token=***"),
    ("wss://example.com/?token=abc?def&x=1", "wss://example.com/?token=***&x=1"),
    ("wss://example.com/#access_token=abc", "wss://example.com/#access_token=***"),
    ("wss://example.com/?token=abc#frag", "wss://example.com/?token=***#frag"),
    (f"wss://example.com/?q={JWT}", "wss://example.com/?q=***"),
    (f"wss://example.com/?{JWT}", "wss://example.com/?***"),
    (f"wss://example.com/?x={RANDOM}", "wss://example.com/?x=***"),
    ("wss://example.com/?x=123e4567-e89b-12d3-a456-426614174000", "wss://example.com/?x=***"),
    (f"wss://example.com/feed/{JWT}/live", "wss://example.com/feed/***/live"),
    ("wss://example.com/?next=/a?token=abc", "wss://example.com/?next=/a?token=***"),
    (
        "https://example.com/?to=https%3A%2F%2Fme%3Apw%40b%2F%3Ftoken%3Dabc",
        "https://example.com/?to=https://***@b/%3Ftoken%3D***",
    ),
    ("/login?token=abc", "/login?token=***"),
    # What must stay.
    ("wss://example.com/a@b?c=d@e", "wss://example.com/a@b?c=d@e"),
    (
        "wss://example.com/?streams=btcusdt@trade/ethusdt@depth20",
        "wss://example.com/?streams=btcusdt@trade/ethusdt@depth20",
    ),
    (
        "wss://example.com/?max_tokens=5&t=1700000000000000000000",
        "wss://example.com/?max_tokens=5&t=1700000000000000000000",
    ),
    ("wss://example.com/?EIO=4&transport=websocket", "wss://example.com/?EIO=4&transport=websocket"),
    ("wss://example.com/%zz?%&&=1#", "wss://example.com/%zz?%&&=1#"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "shown"), URLS)
def test_url(url: str, shown: str) -> None:
    assert redact_url(url) == shown
    assert redact_url(shown) == shown


def test_parameters_of_a_path() -> None:
    url = "ws://h/a;jsessionid=77f;v=1/b;token=x?q=1"
    assert redact_url(url) == "ws://h/a;jsessionid=***;v=1/b;token=***?q=1"


# A secret is also known as its reader has it.
READ = [
    ("Authorization", f"Basic {base64.b64encode(b'tokentoken:').decode()}"),
    ("Authorization", 'Token token="tokentoken"'),
    ("Authorization", "Signature keyId=me,signature=tokentoken"),
    ("Cookie", 'sid="tokentoken"; a=b'),
    ("X-Auth", '{"user": "me", "token": "tokentoken"}'),
    ("X-Api-Key", "'tokentoken'"),
]
READ_QUERY = ["token=%22tokentoken%22", "auth=Bearer%20tokentoken", "auth=Bearer+tokentoken"]
READ_QUERY += ["token=https%3A%2F%2Fh%2F%3Ftoken%3Dtokentoken", "cookie=%7B%22sid%22:%22tokentoken%22%7D"]


@pytest.mark.parametrize("header", READ)
def test_what_a_header_s_reader_may_repeat(header: tuple[str, str]) -> None:
    assert "tokentoken" in secrets_in([header], "/")
    assert mask_of(None, secrets_in([header], "/")).text("no tokentoken") == "no ***"


@pytest.mark.parametrize("query", READ_QUERY)
def test_what_a_query_s_reader_may_repeat(query: str) -> None:
    assert "tokentoken" in secrets_in([], f"/?{query}")


def test_a_plus_is_a_blank_to_some() -> None:
    assert "ab cd efgh" in secrets_in([], "/?token=ab+cd+efgh")


# Meant as a URL, but none: whatever might be a password is hidden.
TYPED = [
    ("wss://me:secret@host:99999/", "wss://***@host:99999/"),
    ("wss://me:se/cret@host/", "wss://***@host/"),
    ("wss://me:secret/", "wss://me:***/"),
    ("wss://me:secret", "wss://me:***"),
    ("wss://host:80a/", "wss://host:80a/"),
    ("wss://host:123456/", "wss://host:123456/"),
    ("wss://host:12345 /private", "wss://host:12345 /private"),
    ("wss://[::1]:123456/", "wss://[::1]:123456/"),
    ("wss://me:se?cret@host/", "wss://***@host/"),
    ("wss://me:se#cret@host/", "wss://***@host/"),
    ("me:secret@host:80a/", "***@host:80a/"),
    ("wss://me:se cret@host/", "wss://***@host/"),
    ("wss:/me:secret@host/", "***@host/"),
    ("wss//me:secret@host/", "wss//***@host/"),
    ("wss://host/#secret", "wss://host/#***"),
    ("wss://host/?v=1#a=secret", "wss://host/?v=1#***"),
    ("wss://host/x y?token=a b", "wss://host/x y?token=***"),
    # A colon, and an @ behind it: that may be a password.
    ("wss://host:1x/feed@2?v=1", "wss://***@2?v=1"),
    ("wss://host/feed@2 ?v=1", "wss://host/feed@2 ?v=1"),
    ("localhost:x", "localhost:x"),
]


@pytest.mark.parametrize(("typed", "shown"), TYPED)
def test_typed(typed: str, shown: str) -> None:
    assert redact_typed(typed) == shown


def test_text() -> None:
    text = "cannot follow wss://me:pw@host/?token=a to <https://b/?sig=c>"
    assert redact_text(text) == "cannot follow wss://***@host/?token=*** to <https://b/?sig=***>"


def test_text_with_addresses_that_lack_a_scheme() -> None:
    assert redact_text("there is no file host/feed?token=a&v=1") == "there is no file host/feed?token=***&v=1"
    assert redact_text("GET /feed?v=1&sig=b HTTP/1.1") == "GET /feed?v=1&sig=*** HTTP/1.1"
    assert redact_text("why? x=1, a?b:c, `x ?y=1`") == "why? x=1, a?b:c, `x ?y=1`"


SECRET_NAMES = """
    token Token access_token accessToken ACCESS_TOKEN X-Access-Token authToken csrftoken X-Amz-Security-Token token2
    secret clientSecret client_secret password passwd pwd pass api_key apiKey apikey API-Key X-Api-Key x-functions-key
    Ocp-Apim-Subscription-Key key code auth X-Auth authorization Authorization Proxy-Authorization sig signature
    X-Amz-Signature X-Hub-Signature-256 X-Amz-Credential jwt X-Goog-Iap-Jwt-Assertion ticket session sessionId
    session_id PHPSESSID JSESSIONID sid otp listenKey access_key_2 token%5F1
"""
HARMLESS_NAMES = """
    Sec-WebSocket-Key Sec-WebSocket-Accept Idempotency-Key Surrogate-Key X-Error-Code status_code country token_type
    max_tokens x-ratelimit-remaining-tokens session_duration auth_timestamp Host Upgrade Origin keyboard compass id 2 _
    Server Date Content-Type X-Token-Expires monkey
"""


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_secret_name(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", [*HARMLESS_NAMES.split(), ""])
def test_harmless_name(name: str) -> None:
    assert not is_secret_name(name)


HEADERS = [
    ("Authorization", "Bearer abc", "Bearer ***"),
    ("authorization", "Basic bWU6cHc=", "Basic ***"),
    ("Authorization", 'Digest username="me", response="x"', "Digest ***"),
    ("Authorization", "abc", "***"),
    ("Authorization", "a1b2 c3d4", "***"),
    ("Proxy-Authorization", "Basic bWU6cHc=", "Basic ***"),
    ("X-Forwarded-By", "Bearer abc", "Bearer ***"),
    ("Cookie", "a=b; session=c=d", "a=***; session=***"),
    ("Cookie", "abc", "***"),
    ("Set-Cookie", "a=b; Path=/; HttpOnly", "a=***; Path=/; HttpOnly"),
    ("Set-Cookie", "abc", "***"),
    ("X-Api-Key", "abc", "***"),
    ("DPoP", "abc", "***"),
    ("X-Assertion", JWT, "***"),
    ("X-Forwarded-User", f"me {JWT}", "me ***"),
    ("Location", "https://me:pw@host/?token=a&b=c", "https://***@host/?token=***&b=c"),
    ("Location", "/login?ticket=a", "/login?ticket=***"),
    ("Link", "<https://host/?token=a>; rel=next", "<https://host/?token=***>; rel=next"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("WWW-Authenticate", 'Bearer realm="api"', 'Bearer realm="api"'),
    ("Access-Control-Allow-Credentials", "true", "true"),
    ("Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"),
    ("Sec-WebSocket-Protocol", "chat, bearer.abc", "chat, bearer.***"),
]


@pytest.mark.parametrize(("name", "value", "shown"), HEADERS)
def test_header(name: str, value: str, shown: str) -> None:
    assert redact_headers([(name, value), ("X-Odd", "1")]) == [(name, shown), ("X-Odd", "1")]


def test_header_names_are_told_apart() -> None:
    assert is_secret_header("X-Api-Key")
    assert is_secret_header("SET-COOKIE")
    assert not is_secret_header("Access-Control-Allow-Credentials")


SUBPROTOCOLS = [
    ("chat", "chat"),
    ("bearer.abc", "bearer.***"),
    ("Bearer abc", "Bearer ***"),
    ("access_token, abc, chat", "access_token, ***, chat"),
    ("chat,Authorization,abc", "chat, Authorization, ***"),
    # Kubernetes, Phoenix, OpenAI, AppSync, Deepgram.
    ("v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.YWJj", "v5.channel.k8s.io, base64url.bearer.***"),
    ("phoenix, base64url.bearer.phx.YWJj", "phoenix, base64url.bearer.***"),
    (
        "realtime, openai-insecure-api-key.sk-abc, openai-beta.realtime-v1",
        "realtime, openai-insecure-api-key.***, openai-beta.realtime-v1",
    ),
    ("aws-appsync-event-ws, header-eyJob3N0IjoieCJ9", "aws-appsync-event-ws, header-***"),
    ("token, abc", "token, ***"),
    (JWT, "***"),
    (f"chat.{RANDOM}", "chat.***"),
    ("sk-abcdefgh", "***"),
    # Names of real subprotocols stay.
    *[
        (name, name)
        for name in (
            "graphql-transport-ws, graphql-ws",
            "actioncable-v1-json, actioncable-unsupported",
            "wamp.2.msgpack.batched",
            "v12.stomp",
            "ocpp2.0.1",
            "protobuf.reliable.webpubsub.azure.v1",
            "com.microsoft.minecraft.wsencrypt",
            "base64.binary.k8s.io",
            "mqtt, monkey, tokenizer",
        )
    ],
]


@pytest.mark.parametrize(("value", "shown"), SUBPROTOCOLS)
def test_subprotocols(value: str, shown: str) -> None:
    assert redact_subprotocols(value) == shown


def test_hostile_sizes_take_no_time() -> None:
    for piece in ("a", "eyJ", "a1", "://", "-", "&a=", "a:b@", "%25", "Aa", "?", "bearer"):
        text = piece * (65536 // len(piece))
        redact_headers(
            [("Location", text), ("Link", text), (text, "x"), ("Cookie", text), ("Sec-WebSocket-Protocol", text)]
        )
        redact_typed(text)


def handshake(request: list[tuple[str, str]], *, resource: str = "/", agreed: str | None = None) -> Handshake:
    response = [("Sec-WebSocket-Protocol", agreed)] if agreed else []
    return Handshake(
        Moment(0.0, 0.0), "ws://localhost/", "", 101, 0.0, agreed, "", request, response, resource=resource
    )


@pytest.mark.parametrize(
    ("request_", "resource", "secrets"),
    [
        ([("Authorization", "Basic dXNlcjpwYXNz")], "/", {"dXNlcjpwYXNz", "user:pass", "pass"}),
        ([("Authorization", "Basic a2V5OnNlc2FtZTE=")], "/", {"a2V5OnNlc2FtZTE=", "key:sesame1", "sesame1"}),
        ([("Sec-WebSocket-Protocol", "base64url.bearer.c2VzYW1lMQ")], "/", {"c2VzYW1lMQ", "sesame1"}),
        ([], "/ws?token=one%2Ftwo", {"one%2Ftwo", "one/two"}),
        ([("Cookie", "a=one; b=two")], "/", {"one", "two"}),
        ([("X-Api-Key", "one"), ("X-Mine", "two")], "/", {"one"}),
        ([("Sec-WebSocket-Protocol", "chat, access_token, one")], "/", {"one"}),
        ([("Sec-WebSocket-Protocol", "bearer.one, chat")], "/", {"one"}),
        ([], "/ws?token=one&room=7&sid=two", {"one", "two"}),
        ([("User-Agent", "me")], "/ws?room=7", set()),
    ],
)
def test_secrets_that_were_sent(request_: list[tuple[str, str]], resource: str, secrets: set[str]) -> None:
    assert secrets_asked(handshake(request_, resource=resource)) == secrets


def test_an_answer_that_repeats_a_secret() -> None:
    asked = handshake([("X-Api-Key", "hunter2"), ("Cookie", "on=true")], agreed=None)._replace(
        response=[("X-Echo", "key hunter2"), ("X-On", "true")], extensions="hunter2; a=1"
    )
    assert redact_handshake(asked).response == [("X-Echo", "key ***"), ("X-On", "true")]
    assert redact_handshake(asked).extensions == "***; a=1"


def test_a_challenge_is_no_secret() -> None:
    for text in ('Bearer realm="x", error="invalid_token"', 'Basic realm="a1"'):
        assert redact_text(f"WWW-Authenticate: {text}") == f"WWW-Authenticate: {text}"


def test_a_token_that_was_agreed_on_as_subprotocol() -> None:
    asked = [("Sec-WebSocket-Protocol", "access_token, hunter2")]
    assert "hunter2" not in repr(redact_handshake(handshake(asked, agreed="hunter2")))
    assert redact_handshake(handshake(asked, agreed="access_token")).subprotocol == "access_token"


def test_what_is_no_text_is_no_hindrance() -> None:
    assert redact_url("ws://h/\udcb6?u=http%3A%2F%2Fa:b@x%2F\udcb6") == "ws://h/\udcb6?u=http://***@x/%3F"
