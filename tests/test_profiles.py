"""Profiles: rows of what a section says and what `connect` makes of it, then the program itself on loopback."""

import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from tests.servers import Peer, answer, close, open_, run, serving
from wsinspect.cli import run as door_run
from wsinspect.errors import InspectError
from wsinspect.options.profiles import called_up, check
from wsinspect.profiles import Later, Source, joined, profile_called, split_typed
from wsinspect.registry import COMMANDS
from wsinspect.render.cells import cells
from wsinspect.render.palette import NO_COLOUR
from wsinspect.render.profile_card import EXAMPLE, Known, as_dict, card, holds_secrets, listing, settings_of
from wsinspect.settings import Settings, parse_settings

CONNECT: click.Command = COMMANDS.load("connect")
DEFAULTS = CONNECT.make_context("connect", ["demo:"]).params
URL = 'url = "wss://example.com/feed"\n'


def settings_in(text: str, path: str = "/etc/ws/c.toml") -> Settings:
    return parse_settings(text.encode(), path)


def called(text: str, *typed: str, name: str = "@a") -> dict[str, Any]:
    """Call up a profile with options beside it; return the parameters that differ from the defaults."""
    ctx = CONNECT.make_context("connect", [name, *typed])
    url, changed = called_up(ctx, name, settings_in(text))
    assert all(ctx.params[parameter] == value for parameter, value in changed.items())
    ctx.params.pop("secrets", None)
    differing = {parameter: value for parameter, value in ctx.params.items() if value != DEFAULTS[parameter]}
    return differing | {"url": url}


# --- what a section says


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("", {}),
        ("header = 'A: b'", {"headers": (("A", "b"),)}),
        ("header = ['A: b', 'C: d']", {"headers": (("A", "b"), ("C", "d"))}),
        ("headers = ['A: b']", {"headers": (("A", "b"),)}),
        ("headers = { A = 'b', C = 3, E = '' }", {"headers": (("A", "b"), ("C", "3"), ("E", ""))}),
        ("headers = { A = ['b', 'c'] }", {"headers": (("A", "b"), ("A", "c"))}),
        ("headers = { User-Agent = false }", {"headers": (("User-Agent", None),)}),
        ("[profiles.a.headers]\n'X-A' = 'b'", {"headers": (("X-A", "b"),)}),
        ("subprotocol = 'x'", {"subprotocols": ("x",)}),
        ("subprotocols = ['x', 'y']", {"subprotocols": ("x", "y")}),
        ("insecure = true", {"insecure": True}),
        ("insecure = false", {}),
        ("connect-timeout = '500ms'\nmax_size = '1k'", {"open_timeout_s": 0.5, "max_size": 1000}),
        ("connect-timeout = 2.5\nmax-redirs = 3", {"open_timeout_s": 2.5, "max_redirects": 3}),
        ("dialect = 'pusher'\nformat = 'ndjson'", {"dialect": "pusher", "format": "ndjson"}),
        ("send = ['a', 'b']\nlinger = 'inf'", {"sends": ("a", "b"), "linger_s": float("inf")}),
        ("cacert = 'ca.pem'", {"authorities": "/etc/ws/ca.pem"}),
        ("tls = { cacert = '/ca.pem', insecure = true }", {"authorities": "/ca.pem", "insecure": True}),
        ("tls = { cert = 'x/c.pem', key = './k.pem' }", {"certificate": "/etc/ws/x/c.pem", "key": "/etc/ws/k.pem"}),
        ("tls = { alpn = ['a', 'b'], tls_min = '1.3' }", {"alpn": ("a", "b"), "tls_min": "1.3"}),
        ("tls = { pass = 'x', servername = 'b.example' }", {"passphrase": "x", "server_name": "b.example"}),
        ("netrc-file = 'n'", {"netrc_file": "/etc/ws/n"}),
        ("cookie = 'jar.txt'", {"cookies": ("/etc/ws/jar.txt",)}),
        ("cookie = ['a=b', '@jar.txt']", {"cookies": ("a=b", "/etc/ws/jar.txt")}),
        ("send = '@hello.json'", {"sends": ("@/etc/ws/hello.json",)}),
        ("[profiles.a.auth]\nuser = 'alice'", {"user": "alice"}),
        ("[profiles.a.auth]\nuser = 'alice'\npassword = 'a:b'", {"user": "alice:a:b"}),
        ("[profiles.a.auth]\nbearer = 'abc'", {"bearer": "abc"}),
        ("[profiles.a.auth]\nbearer = '@token'", {"bearer": "@/etc/ws/token"}),
        ("[profiles.a.auth]\nbearer = 'env:T'", {"bearer": "env:T"}),
        ("user = 'alice:x'", {"user": "alice:x"}),
        ("decoders = ['msgpack']", {}),
    ],
)
def test_what_a_profile_sets(section: str, expected: dict[str, Any]) -> None:
    assert called(f"[profiles.a]\n{URL}{section}\n") == expected | {"url": "wss://example.com/feed"}


def test_paths_start_at_the_files_folder() -> None:
    (layer,) = profile_called("a", settings_in("""
[profiles.a]
unix-socket = "x/y"
proxy-cacert = "~/ca.pem"
on-connect = ["@login.json", "@-", "plain"]
auth.bearer = { command = ["./tell", "./x"] }
header = [{ command = ["tell", "./x"] }]
""")).layers  # fmt: skip
    assert layer.options == {
        "unix-socket": "/etc/ws/x/y",
        "proxy-cacert": str(Path("~/ca.pem").expanduser()),
        "on-connect": ["@/etc/ws/login.json", "@-", "plain"],
        "bearer": Later((Source("command", ("/etc/ws/tell", "./x"), ("profiles", "a", "auth", "bearer")),)),
        "header": [Later((Source("command", ("tell", "./x"), ("profiles", "a", "header", 0)),))],
    }
    assert profile_called("b", settings_in("[profiles.b]\nunix-socket = '@x'\n")).layers[0].options == {
        "unix-socket": "@x"
    }


@pytest.mark.parametrize(
    ("typed", "section", "expected"),
    [
        (["--linger", "2"], "linger = 5", {"linger_s": 2.0}),
        (["--linger", "1s"], "linger = 5", {}),
        (["-k"], "insecure = false", {"insecure": True}),
        (["-H", "A: 1"], "headers = { a = '2', B = '3' }", {"headers": (("B", "3"), ("A", "1"))}),
        (["--send", "b"], "send = 'a'", {"sends": ("a", "b")}),
        (["-u", "bob:x"], "auth = { bearer = 'abc' }", {"user": "bob:x"}),
        (["--bearer", "x"], "auth = { user = 'u', password = { env = 'NOT_SET' } }", {"bearer": "x"}),
        (["-H", "Authorization: x"], "auth = { bearer = { env = 'NOT_SET' } }", {"headers": (("Authorization", "x"),)}),
        (["-H", "x-key: 1"], "headers = { X-Key = { env = 'NOT_SET' } }", {"headers": (("x-key", "1"),)}),
        (["--pass", "x"], "tls = { pass = { env = 'NOT_SET' } }", {"passphrase": "x"}),
        (["--raw"], "format = 'pretty'", {"raw": True}),
    ],
)
def test_what_is_typed_goes_first(typed: list[str], section: str, expected: dict[str, Any]) -> None:
    """And nobody is asked for a secret that does not count."""
    assert called(f"[profiles.a]\n{URL}{section}\n", *typed) == expected | {"url": "wss://example.com/feed"}


def test_profiles_extend_each_other() -> None:
    text = f"""
[profiles.c]
linger = 3
max-redirs = 3
headers = {{ X = "c", Z = "c" }}
auth = {{ user = "u", password = {{ env = "NOT_SET" }} }}
decoders = ["cbor"]
[profiles.b]
extends = "c"
{URL}linger = 2
headers = {{ X = "b", Y = "b" }}
[profiles.a]
extends = "b"
headers = {{ Y = "a" }}
auth = {{ bearer = "t" }}
"""
    expected = {"linger_s": 2.0, "max_redirects": 3, "bearer": "t", "url": "wss://example.com/feed"}
    assert called(text) == expected | {"headers": (("Z", "c"), ("X", "b"), ("Y", "a"))}
    profile = profile_called("a", settings_in(text))
    assert [layer.name for layer in profile.layers] == ["a", "b", "c"]
    assert profile.decoders == ("cbor",)


MISTAKES = [
    ("isecure = true", "2: there is no setting `isecure`", "did you mean `insecure`?"),
    ("ulr = ''", "2: there is no setting `ulr`", "did you mean `url`?"),
    ("hedears = {}", "2: there is no setting `hedears`", "did you mean `headers`?"),
    ("q9q9 = 1", "2: there is no setting `q9q9`", "options of `connect`"),
    ("config = 'x'", "2: there is no setting `config`", ""),
    ("H = 'A: b'", "2: there is no setting `H`", ""),
    ("insecure = 'yes'", "2: `insecure`: it must be true or false", ""),
    ("linger = 'soon'", "2: `linger`: `soon` is not a time", ""),
    ("linger = ['1s']", "2: `linger`: it takes a string or a number", ""),
    ("linger = 2020-01-01", "2: `linger`: it takes a string or a number", ""),
    ("dialect = 'pushr'", "2: no dialect is called `pushr`", "did you mean `pusher`?"),
    ("format = 'xml'", "2: `format`: 'xml' is not one of", ""),
    ("max-redirs = 'x'", "2: `max-redirs`: 'x' is not a valid int", ""),
    ("header = ['A: b',\n 'broken secret']", "2: `header`: a header is written 'Name: value'", ""),
    ("header = true", "2: `header`: it takes a list of strings", ""),
    ("headers = { A = true }", "2: the header `A` must be a string", ""),
    ("headers = { A = { environ = 'B' } }", "2: `A` cannot be a table like that", '{ env = "NAME" }'),
    ("headers = { A = 'x' }\nheader = 'A: y'", "3: `header` is set twice", ""),
    ("max_size = 1\nmax-size = 2", "3: `max-size` is set twice", ""),
    ("cacert = 'a'\n[profiles.a.tls]\ncacert = 'b'", "4: `cacert` is set twice", ""),
    ("\n[profiles.a.tls]\ncacerts = 'b'", "4: there is no setting `tls.cacerts`", "did you mean `cacert`?"),
    ("tls = true", "2: `tls` must be a table", "[profiles.a.tls]"),
    ("\n[profiles.a.auth]\n\ntoken = 'b'", "5: there is no setting `auth.token`", "user, password, bearer"),
    ("auth = { bearer = 1 }", "2: `auth.bearer` must be a string", '{ env = "NAME" }'),
    ("auth = { bearer = 'secret', user = 'x' }", "2: `auth` holds a bearer token and a user", ""),
    ("auth = { password = 'secret' }", "2: `auth` holds a password without a `user`", ""),
    ("auth = { user = 'x:secret', password = 'secret' }", "2: `auth.user` holds a colon", ""),
    ("auth = { bearer = { env = '' } }", "2: `env` must be the name of an environment variable", ""),
    ("auth = { bearer = { env = 'A', command = ['b'] } }", "2: `bearer` cannot be a table", '{ env = "NAME" }'),
    ("auth = { bearer = { command = 'pass show secret' } }", "2: `command` must be a list of strings", "no shell"),
    ("auth = { bearer = { command = [] } }", "2: `command` must be a list of strings", "no shell"),
    ("auth = { bearer = { command = ['', 'x'] } }", "2: `command` must be a list of strings", "no shell"),
    ("url = 3", "2: `url` must be a string", ""),
    ("url = 'ftp://u:secret@example.com'", "2: `ftp://***@example.com` is not a WebSocket URL", "the scheme is `ftp`"),
    ("url = '@b'", "2: `url` must be a URL", 'extends = "b"'),
    ("decoders = 'x'", "2: `decoders` must be a list of names", ""),
    ("decoders = [3]", "2: `decoders` must be a list of names", ""),
    ("extends = 3", "2: `extends` must be the name of a profile", ""),
    ("extends = 'a'", "2: `a` extends `a`, which extends it", ""),
    ("extends = 'b'\n[profiles.b]\nextends = 'a'", "4: `b` extends `a`, which extends it", ""),
    ("extends = 'aa'\n[profiles.ab]", "2: no profile is called `aa`", "did you mean"),
]


@pytest.mark.parametrize(("section", "message", "hint"), MISTAKES)
def test_mistakes_are_told_with_their_line(section: str, message: str, hint: str) -> None:
    settings = settings_in(f"[profiles.a]\n{section}\n", "c.toml")
    ctx = CONNECT.make_context("connect", ["demo:"], resilient_parsing=True)
    with pytest.raises(InspectError) as error:
        check(ctx, profile_called("a", settings), settings)
    assert error.value.message.startswith(f"c.toml:{message}")
    assert hint in error.value.hint
    assert error.value.exit == 2
    assert "secret" not in error.value.message + error.value.hint


def test_a_mistake_in_a_parent_has_the_parents_line() -> None:
    text = f"[profiles.a]\n{URL}extends = 'b'\n[profiles.b]\nlinger = 'x'\n"
    with pytest.raises(InspectError, match=r"^/etc/ws/c.toml:5: `linger`: "):
        called(text)


def test_a_mistake_elsewhere_is_in_nobodys_way() -> None:
    assert called(f"[profiles.b]\nnonsense = 1\n[profiles.a]\n{URL}")["url"] == "wss://example.com/feed"


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("@stagin", "[profiles.staging]\n", "no profile is called `stagin`", "did you mean `@staging`?"),
        ("@stagin/x?y=1", "[profiles.staging]\n", "no profile is called `stagin`", "did you mean `@staging`?"),
        ("@zz", "[profiles.a]\n[profiles.b]\n", "no profile is called `zz`", "there are: @a, @b"),
        ("@", "[profiles.a]\n", "the name of a profile is missing behind the @", "there are: @a"),
        ("@a", "", "no profile is called `a`", "/etc/ws/c.toml holds none; `wsinspect profiles` shows"),
        ("@a", "[profiles.a]\n", "/etc/ws/c.toml:1: the profile `a` has no `url`", "url ="),
    ],
)
def test_an_unknown_profile(name: str, text: str, message: str, hint: str) -> None:
    with pytest.raises(InspectError) as error:
        called(text, name=name)
    assert error.value.message == message
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("url", "rest", "expected"),
    [
        ("wss://a.example", "", "wss://a.example"),
        ("wss://a.example", "/x", "wss://a.example/x"),
        ("wss://a.example/", "/x", "wss://a.example/x"),
        ("wss://a.example/v2", "/x/y", "wss://a.example/v2/x/y"),
        ("wss://a.example/v2/", "?x=1", "wss://a.example/v2/?x=1"),
        ("wss://a.example/v2?t=1", "/x?y=2", "wss://a.example/v2/x?t=1&y=2"),
        ("wss://a.example/v2?t=1", "/x", "wss://a.example/v2/x?t=1"),
        ("wss://a.example/v2?t=1", "?y=http://b/?z", "wss://a.example/v2?t=1&y=http://b/?z"),
    ],
)
def test_what_is_put_behind_a_url(url: str, rest: str, expected: str) -> None:
    assert split_typed(f"@a{rest}", Settings()) == ("a", rest)
    assert joined(url, rest) == expected


# --- secrets


def command_of(program: str) -> str:
    return json.dumps([sys.executable, "-c", program])


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("auth = { bearer = { env = 'T' } }", {"headers": (("Authorization", "Bearer @env:t"),)}),
        ("auth = { user = { env = 'U' }, password = { env = 'T' } }", {"user": "alice:@env:t"}),
        ("auth = { user = 'bob', password = { env = 'T' } }", {"user": "bob:@env:t"}),
        ("headers = { X-Key = { env = 'T' } }", {"headers": (("X-Key", "@env:t"),)}),
        ("tls = { pass = { env = 'T' } }", {"passphrase": "@env:t"}),
        ("cookie = [{ env = 'C' }]", {"cookies": ("a=b",)}),
        (f"headers = {{ X = {{ command = {command_of('print(7)')} }} }}", {"headers": (("X", "7"),)}),
        # what `pass` prints
        (
            "tls.pass = { command = " + command_of(r"print(' @one \nuser: x')") + " }",
            {"passphrase": "@one"},
        ),
    ],
)
def test_secrets_are_fetched(section: str, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """And taken as they are: no @FILE is read, no env:NAME looked up."""
    for name, value in {"T": "@env:t", "U": "alice", "C": "a=b"}.items():
        monkeypatch.setenv(name, value)
    assert called(f"[profiles.a]\n{URL}{section}\n") == expected | {"url": "wss://example.com/feed"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ env = 'NOT_SET_AT_ALL' }", "the environment variable `NOT_SET_AT_ALL` is not set"),
        ("{ env = 'EMPTY' }", "the environment variable `EMPTY` is empty"),
        ("{ command = ['no-such-program', 'secret'] }", "the command `no-such-program` is not there"),
        ("{ command = ['./no-such-program'] }", "the command `no-such-program` is not there"),
        ("{ command = ['/'] }", "the command `/` cannot be run: "),
        (
            "{ command = " + command_of("print('secret'); exit(3)") + " }",
            f"the command `{Path(sys.executable).name}` failed with exit code 3",
        ),
        (
            "{ command = " + command_of("import os; print('secret'); os.kill(os.getpid(), 9)") + " }",
            f"the command `{Path(sys.executable).name}` was ended by signal 9",
        ),
        ("{ command = ['true'] }", "the command `true` printed nothing"),
        ("{ command = ['printf', '\\\\377secret'] }", "the command `printf` printed what is not UTF-8"),
        ("{ command = ['yes', 'secret'] }", "the command `yes` printed more than 64 KiB"),
    ],
)
def test_secrets_that_cannot_be_had(source: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    source = source.replace("'\\\\377", '"\\\\377').replace("secret']", 'secret"]') if "377" in source else source
    with pytest.raises(InspectError) as error:
        called(f"[profiles.a]\n{URL}\n[profiles.a.auth]\nbearer = {source}\n")
    assert error.value.message.startswith(f"/etc/ws/c.toml:5: {message}")
    assert error.value.exit == 2
    assert "secret" not in error.value.message + error.value.hint


def test_a_command_that_does_not_end_is_bounded() -> None:
    from wsinspect.secret_sources import fetched

    # The grandchild keeps the pipe open after its parent was killed.
    words = ("sh", "-c", "sleep 5; echo secret")
    with pytest.raises(InspectError) as error:
        fetched(Source("command", words, ()), lambda _: "c.toml:1", {"PATH": "/usr/bin:/bin"}, time_s=0.2)
    assert error.value.message == "c.toml:1: the command `sh` did not end within 0.2 s"


def test_a_command_reads_no_lines_that_are_to_be_sent(tmp_path: Path) -> None:
    """Standard input is ours where it is no terminal."""
    config = tmp_path / "c.toml"
    with serving(open_, lambda peer: peer.frame(), close(1000)) as served:
        config.write_text(
            f"[profiles.a]\nurl = '{served.url}'\nheaders = {{ X = {{ command = ['sh', '-c', 'cat; echo k'] }} }}\n"
        )
        ran = run("connect", "@a", "--config", str(config), given=b"line\n")
        assert ran.exit == 0
        assert served.peers[0].received[0][1] == b"line"
        assert served.peers[0].header("X") == "k"


# --- what is shown


TELLING = f"""
[profiles.base]
headers = {{ X-Tenant = "acme", X-Api-Key = "S3CRET" }}
[profiles.full]
extends = "base"
url = "wss://bob:S3CRET@example.com/feed?token=S3CRET&x=1"
send = ['{{"op": "login", "password": "S3CRET"}}']
on-connect = ["S3CRET", "S3CRET"]
cookie = ["sid=S3CRET", "jar.txt"]
subprotocol = ["bearer.S3CRET", "chat"]
proxy = "http://u:S3CRET@proxy.example:3128"
linger = "5s"
insecure = true
decoders = ["msgpack"]
[profiles.full.auth]
user = "alice"
password = "S3CRET"
[profiles.full.tls]
pass = "S3CRET"
key = "k.pem"
[profiles.token]
{URL}auth = {{ bearer = {{ command = ["pass", "show", "S3CRET"] }} }}
headers = {{ X-Key = {{ env = "KEY" }}, Authorization = "Token S3CRET" }}
"""


def known_in(text: str) -> list[Known]:
    settings = settings_in(text)
    places = {name: settings.origin.place("profiles", name) for name in settings.profiles}
    return [Known(name, place, profile_called(name, settings)) for name, place in places.items()]


def test_nothing_secret_is_shown() -> None:
    known = known_in(TELLING)
    assert "S3CRET" not in listing(known, NO_COLOUR, 80)
    for one in known:
        assert not isinstance(one.found, InspectError)
        assert "S3CRET" not in card(one, one.found, NO_COLOUR, 80)
        assert "S3CRET" not in json.dumps(as_dict(one))


def test_what_is_shown_instead() -> None:
    base, full, token = (one.found for one in known_in(TELLING))
    assert not isinstance(base, InspectError)
    assert not isinstance(full, InspectError)
    assert not isinstance(token, InspectError)
    shown = {row.option: row.shown for row in settings_of(full)}
    assert shown == {
        "send": ["1 message, not shown"],
        "on-connect": ["2 messages, not shown"],
        "cookie": ["sid=***", "/etc/ws/jar.txt"],
        "subprotocol": ["bearer.***", "chat"],
        "proxy": ["http://***@proxy.example:3128"],
        "linger": ["5s"],
        "insecure": ["true"],
        "user": ["alice:***"],
        "pass": ["***"],
        "key": ["/etc/ws/k.pem"],
        "header": ["X-Tenant: acme", "X-Api-Key: ***"],
        "decoders": ["msgpack"],
    }
    assert {row.option: row.shown for row in settings_of(token)} == {
        "bearer": ["*** (from the command pass)"],
        "header": ["X-Key: *** (from $KEY)", "Authorization: Token ***"],
    }
    assert (holds_secrets(full), holds_secrets(base), holds_secrets(token)) == (True, True, True)
    (safe,) = (one.found for one in known_in(f"[profiles.a]\n{URL}auth.bearer = {{ env = 'K' }}\ncacert = 'a.pem'\n"))
    assert not isinstance(safe, InspectError)
    assert not holds_secrets(safe)


@pytest.mark.parametrize("width", [20, 80, 120])
def test_reports_fit(width: int) -> None:
    text = TELLING.replace("example.com", f"{'long-' * 9}.example.com").replace(
        "profiles.token", f"profiles.{'t' * 40}"
    )
    text += '[profiles.bad]\nurl = "x y"\n'
    settings = settings_in(text)
    known = []
    for name in settings.profiles:
        try:
            known.append(Known(name, "c.toml:1", profile_called(name, settings)))
        except InspectError as error:
            known.append(Known(name, "c.toml:1", error))
    shown = listing(known, NO_COLOUR, width)
    assert [line.split()[0] for line in shown.splitlines() if line[0] != " "] == list(settings.profiles)
    below = [line for line in shown.splitlines() if line[0] == " "]
    assert all(cells(line) <= max(width, 46) for line in below)
    assert "a mistake" in shown


def test_names_from_the_file_are_neutral() -> None:
    text = f'[profiles."x\\u200b"]\n{URL}'
    with pytest.raises(InspectError, match="cannot be the name of a profile"):
        settings_in(text)
    (known,) = known_in('[profiles.a]\nheaders = { "\\u001b[31m" = "\\u202e" }\n')
    assert not isinstance(known.found, InspectError)
    for shown in (listing([known], NO_COLOUR, 80), card(known, known.found, NO_COLOUR, 80)):
        assert shown.replace("\n", "").isprintable()


def test_the_example_works() -> None:
    ctx = CONNECT.make_context("connect", ["demo:"], resilient_parsing=True)
    settings = settings_in(EXAMPLE)
    check(ctx, profile_called("staging", settings), settings)


# --- the program


def test_profiles_are_listed(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f"[profiles.a]\n{URL}linger = '5s'\n[profiles.staging]\nurl = 'demo:'\n")
    config.chmod(0o644)
    ran = run("profiles", "--config", str(config))
    assert (ran.exit, ran.err) == (0, f"● 2 profiles in {config}\n")
    assert ran.out == "a        wss://example.com/feed\n         linger\nstaging  demo:\n"
    for name in ("a", "@a"):
        ran = run("profiles", name, env={"WSINSPECT_CONFIG": str(config)})
        assert (ran.exit, ran.err) == (0, "")
        assert ran.out == f"@a  {config}:1\n  url     wss://example.com/feed\n  linger  5s\n"
    facts = json.loads(run("profiles", "--json", "--config", str(config)).out)
    assert (facts["file"], facts["exists"]) == (str(config), True)
    assert facts["profiles"][0] == {
        "name": "a",
        "place": f"{config}:1",
        "mistake": None,
        "url": "wss://example.com/feed",
        "extends": [],
        "sets": {"linger": ["5s"]},
    }
    assert json.loads(run("profiles", "a", "--json", "--config", str(config)).out) == facts["profiles"][0]


def test_a_file_with_mistakes_is_told_and_still_listed(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f"[profiles.a]\nlingr = 1\n[profiles.b]\n{URL}")
    ran = run("profiles", "--config", str(config))
    assert ran.exit == 2
    assert ran.out.splitlines()[0] == "a  a mistake"
    assert "b  wss://example.com/feed\n" in ran.out
    error, hint = ran.err.splitlines()[-2:]
    assert error == f"error: {config}:2: there is no setting `lingr`"
    assert hint == "hint: did you mean `linger`?"
    ran = run("profiles", "--json", "--config", str(config))
    assert json.loads(ran.out)["profiles"][0]["mistake"] == f"{config}:2: there is no setting `lingr`"
    ran = run("profiles", "bb", "--config", str(config))
    assert (ran.exit, ran.out) == (2, "")
    assert ran.err == "error: no profile is called `bb`\nhint: did you mean `@b`?\n"


def test_no_profiles(tmp_path: Path) -> None:
    path = tmp_path / "wsinspect" / "config.toml"
    env = {"XDG_CONFIG_HOME": str(tmp_path), "WSINSPECT_CONFIG": None}
    ran = run("profiles", env=env)
    assert (ran.exit, ran.out) == (0, "")
    assert ran.err.startswith(f"● {path} does not exist. Write into it, for instance:\n\n  [profiles.staging]\n")
    assert json.loads(run("profiles", "--json", env=env).out) == {"file": str(path), "exists": False, "profiles": []}
    ran = run("connect", "@staging", env=env)
    assert ran.exit == 2
    assert ran.err.startswith("error: no profile is called `staging`\n")
    assert f"hint: {path} does not exist; " in ran.err
    path.parent.mkdir()
    path.write_text("")
    assert f"● {path} holds no profiles" in run("profiles", env=env).err


def test_others_who_can_read_secrets_are_told_of(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text(f"[profiles.a]\n{URL}auth = {{ bearer = 'x' }}\n")
    for mode, told in ((0o644, True), (0o600, False)):
        config.chmod(mode)
        assert ("others can read" in run("profiles", "--config", str(config)).err) is told


def test_connect_calls_a_profile_up(tmp_path: Path) -> None:
    def look(peer: Peer) -> None:
        peer.open("Sec-WebSocket-Protocol: chat")
        peer.frame()

    config = tmp_path / "c.toml"
    with serving(look, close(4001)) as served:
        config.write_text(
            f"""
[close_codes.mine]
4001 = "session expired"
[profiles.a]
url = "{served.url}v2?t=1"
headers = {{ X-Tenant = "acme", X-Key = {{ env = "KEY" }} }}
subprotocol = "chat"
dialect = "mine"
send = "hello"
[profiles.a.auth]
bearer = {{ command = ["echo", "TOKEN"] }}
"""
        )
        environment = {"WSINSPECT_CONFIG": str(config), "KEY": "S3CRET"}
        ran = run("connect", "@a/orders?x=2", "-n", "-H", "X-Tenant: other", env=environment)
    (peer,) = served.peers
    assert ran.exit == 6
    assert peer.request.startswith(b"GET /v2/orders?t=1&x=2 HTTP/1.1\r\n")
    assert (peer.header("X-Tenant"), peer.header("X-Key")) == ("other", "S3CRET")
    assert peer.header("Authorization") == "Bearer TOKEN"
    assert peer.header("Sec-WebSocket-Protocol") == "chat"
    assert peer.received == [(1, b"hello")]
    assert "session expired" in ran.out
    assert "S3CRET" not in ran.out + ran.err
    assert "TOKEN" not in ran.out + ran.err


def test_what_was_fetched_is_a_secret_whatever_it_is_called(tmp_path: Path) -> None:
    def repeat(peer: Peer) -> None:
        peer.ask()
        peer.send(answer("404 Not Found", b"you are hunter2", "X-You: hunter2"))

    words = json.dumps([sys.executable, "-c", "print('hunter2')"])
    config = tmp_path / "config.toml"
    with (
        serving(open_, close()) as there,
        serving(Peer.ask, answer("302 Found", b"", f"Location: {there.url}")) as here,
    ):
        config.write_text(
            f"[profiles.a]\nurl = '{here.url}'\nheaders = {{ X-Who = {{ command = {words} }}, X-B = 'b' }}\n"
        )
        given = ("connect", "@a", "--config", str(config), "-n", "-v", "--format", "ndjson")
        rans = [run(*given), run(*given, "--dry-run")]
        assert [ran.exit for ran in rans] == [0, 0]
        assert here.peers[0].header("X-Who") == "hunter2"
        assert (there.peers[0].header("X-Who"), there.peers[0].header("X-B")) == ("", "b")
    with serving(repeat) as refusing:
        config.write_text(config.read_text().replace(here.url, refusing.url))
        rans.append(run(*given))
    assert "hunter2" not in "".join(ran.out + ran.err for ran in rans)
    assert "X-Who: ***" in rans[1].out
    assert "you are ***" in rans[2].err


def test_a_misspelled_url_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[profiles.a]\nurll = 'ws://localhost'\n")
    ran = run("connect", "@a", "--config", str(config))
    assert ran.exit == 2
    assert "config.toml:2: there is no setting `urll`" in ran.err
    assert "did you mean `url`?" in ran.err


def test_a_profile_may_name_a_demo(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text("[profiles.d]\nurl = 'demo:1012'\n")
    assert run("connect", "@d", "-n", "--config", str(config)).exit == 6


def test_profiles_are_a_matter_of_the_configuration_alone(capfd: pytest.CaptureFixture[str]) -> None:
    """Where it cannot be read, that is told."""
    assert door_run(["connect", "@a", "--config", "/no/such/file"]) == 2
    assert capfd.readouterr().err == (
        "error: cannot read the configuration file /no/such/file: No such file or directory\nhint: --config names it\n"
    )


def test_a_later_value_is_what_it_says() -> None:
    profile = profile_called("a", settings_in("[profiles.a]\nauth = { bearer = { env = 'T' } }\n"))
    source = Source("env", ("T",), ("profiles", "a", "auth", "bearer"))
    assert profile.layers[0].options == {"bearer": Later((source,))}


def test_the_readmes_profiles_work() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    (section,) = (part for part in text.split("```toml\n")[1:] if part.startswith("[profiles."))
    settings = settings_in(section.partition("```")[0] + '[close_codes.myapp]\n4001 = "session expired"\n')
    assert list(settings.profiles) == ["staging", "staging-eu"]
    for name in settings.profiles:
        ctx = CONNECT.make_context("connect", ["demo:"], resilient_parsing=True)
        check(ctx, profile_called(name, settings), settings)
