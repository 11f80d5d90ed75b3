"""A planted secret is found nowhere: every way in, against everything the program does with it.

The program runs in this process, in a home of its own; all that it says and every file that came to be is searched.
What a server sends is shown as it is, for it is the user's own (README); all else of a connection is searched.
"""

import atexit
import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.planted import PART, files, forms, leaks, planted
from tests.servers import Peer, Step, answer, binary, close, ping, serving, text
from wsinspect import cli

FOLDERS = {
    "HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data", "TMPDIR": "tmp",
}  # fmt: skip

NOTHING = open(os.devnull)
atexit.register(NOTHING.close)  # else a worker that ends warns of it

AROUND = ("HANDSHAKE", "CLOSE", "CLOSING", "CLOSED")
"""What stands around the messages of a connection, each once."""


class Said(NamedTuple):
    """What the program said, and its exit code."""

    exit: int
    out: bytes
    err: bytes


class House:
    """Where the program lives: ``given`` holds what it is given, all else is searched."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self.given = root / "given"
        self._lived_in = root / "lived-in"
        self.work = self._lived_in / "work"
        self.given.mkdir()
        self.work.mkdir(parents=True)
        for name, folder in FOLDERS.items():
            (self._lived_in / folder).mkdir()
            monkeypatch.setenv(name, str(self._lived_in / folder))
        for name in list(os.environ):
            if "proxy" in name.lower() or name in ("CI", "GITHUB_ACTIONS", "NETRC", "WSINSPECT_CONFIG"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(self.work / "summary.md"))
        monkeypatch.setattr("tempfile.tempdir", None)
        monkeypatch.setattr("sys.stdin", NOTHING)
        monkeypatch.chdir(self.work)
        self._capture = capfdbinary

    def file(self, name: str, content: str) -> str:
        """Leave a file for the program to read; return its path."""
        path = self.given / name
        path.write_text(content)
        return str(path)

    def run(self, *arguments: str) -> Said:
        """Run the program."""
        self._capture.readouterr()
        code = cli.run(list(arguments))
        out, err = self._capture.readouterr()
        assert b"Traceback" not in err, err
        return Said(code, out, err)

    def left(self) -> Iterator[tuple[str, bytes]]:
        """Yield what the program left behind, with the names of the files."""
        return files(self._lived_in)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> House:
    return House(tmp_path, monkeypatch, capfdbinary)


def clean(names: tuple[str, ...], said: Said, house: House, *, data: bool = False) -> None:
    """Fail where one of the secrets is anywhere; ``data`` where standard output holds messages that a server sent."""
    out = said.out
    if data:
        lines = [line for line in out.splitlines() if json.loads(line)["type"] in AROUND]
        assert len(lines) == len(AROUND)
        out = b"\n".join(lines)
    assert leaks(names, [("standard output", out), ("standard error", said.err), *house.left()]) == []


# Ways in. Each returns the arguments; its secrets are called as the parameters of `planted`.


def coded(secret: str) -> str:
    return base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")


def by_url(house: House, url: str) -> list[str]:
    scheme, _, rest = url.partition("://")
    query = "&".join(
        f"{name}={planted(name)}"
        for name in ("token", "access_token", "api_key", "sessionId", "X-Amz-Signature", "X-Amz-Credential", "sig")
    )
    return [f"{scheme}://me:{planted('password')}@{rest}feed?v=1&{query}"]


def by_headers(house: House, url: str) -> list[str]:
    listed = house.file("headers", f"X-Auth-Token: {planted('listed')}\nX-Trace: Bearer {planted('traced')}\n")
    return [
        url, "-H", f'Authorization: Token token="{planted("authorization")}"', "-H", f"Cookie: sid={planted('cookie')}",
        "-H", f"X-Api-Key: {planted('key')}", "-H", f"@{listed}", "-b", f'other="{planted("other")}"',
    ]  # fmt: skip


def by_subprotocols(house: House, url: str) -> list[str]:
    return [
        url, "-s", f"chat,access_token,{planted('plain')}", "-s", f"bearer.{planted('dotted')}",
        "-s", f"base64url.bearer.authorization.k8s.io.{coded(planted('coded'))}",
    ]  # fmt: skip


def by_user(house: House, url: str) -> list[str]:
    # Where a token is the user, there is no password.
    return [url, "-u", f"{planted('user')}:"]


def by_bearer(house: House, url: str) -> list[str]:
    os.environ["A_TOKEN"] = planted("bearer")
    return [url, "--bearer", "env:A_TOKEN"]


def by_files(house: House, url: str) -> list[str]:
    netrc = house.file("netrc", f"machine 127.0.0.1 login me password {planted('netrc')}\n")
    jar = house.file("jar", f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsid\t{planted('jar')}\n")
    return [url, "--netrc-file", netrc, "-b", jar]


def by_profile(house: House, url: str) -> list[str]:
    os.environ["A_TOKEN"] = planted("variable")
    os.environ["WSINSPECT_CONFIG"] = house.file(
        "config.toml",
        f"""
        [profiles.mine]
        url = "{url}?token={planted("query")}"
        auth = {{ bearer = {{ env = "A_TOKEN" }} }}
        headers = {{ X-Odd = {{ command = ["echo", "{planted("command")}"] }}, X-Api-Key = "{planted("key")}" }}
        """,
    )
    return ["@mine"]


def by_curl(house: House, url: str) -> list[str]:
    line = (
        f"curl '{url}?token={planted('query')}' -H 'X-Api-Key: {planted('key')}' -b 'sid={planted('cookie')}' "
        f"--oauth2-bearer {planted('bearer')}"
    )
    return ["--curl", f"@{house.file('curl', line)}"]


WAYS: dict[Callable[[House, str], list[str]], tuple[str, ...]] = {
    by_url: ("password", "token", "access_token", "api_key", "sessionId", "X-Amz-Signature", "X-Amz-Credential", "sig"),
    by_headers: ("authorization", "cookie", "key", "listed", "traced", "other"),
    by_subprotocols: ("plain", "dotted", "coded"),
    by_user: ("user",),
    by_bearer: ("bearer",),
    by_files: ("netrc", "jar"),
    by_profile: ("variable", "query", "command", "key"),
    by_curl: ("query", "key", "cookie", "bearer"),
}


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[House, str], list[str]]:
    for name in ("A_TOKEN", "WSINSPECT_CONFIG"):
        monkeypatch.setenv(name, "")  # to be taken back
        monkeypatch.delenv(name)
    way: Callable[[House, str], list[str]] = request.param
    return way


# Servers that say again what they were told, in every form.


def repeats(asked: str, *secrets: str) -> list[str]:
    """Return texts that hold what was asked, and secrets by themselves."""
    every = [asked, *secrets]
    return [
        form
        for one in every
        for form in (
            one, json.dumps({"you": one}), json.dumps(json.dumps([one])), base64.b64encode(one.encode()).decode(),
            base64.urlsafe_b64encode(b"x" + one.encode()).decode(), one.encode().hex(), one.encode().hex().upper(),
        )
    ]  # fmt: skip


def parrot(names: tuple[str, ...]) -> Step:
    """Return a step that opens, and repeats what it was asked in headers, messages, a ping and the close."""

    def speak(peer: Peer) -> None:
        peer.ask()
        secrets = [planted(name) for name in names]
        said = repeats(peer.request.decode(), *secrets)
        headers = [f"X-Said-{at}: {' '.join(one.split())[:7000]}" for at, one in enumerate(said) if len(one) < 7000]
        peer.open(*headers, f"Set-Cookie: sid={secrets[0]}; Path=/")
        peer.send(b"".join([text(one) + binary(one.encode()) for one in said]))
        peer.send(b"".join([ping(secret.encode()) for secret in secrets]))
        peer.send(close(1000, f"no more for {secrets[-1]}"))
        peer.until_close()

    return speak


def refusing(status: str, names: tuple[str, ...]) -> Step:
    """Return a step that refuses, and repeats what it was asked in the reason, headers and body."""

    def refuse(peer: Peer) -> None:
        peer.ask()
        secrets = [planted(name) for name in names]
        said = repeats(peer.request.decode(), *secrets)
        headers = [f"X-Said-{at}: {' '.join(one.split())}" for at, one in enumerate(said[7:])]
        location = f"Location: http://127.0.0.1:1/{secrets[0]}?next={secrets[-1]}&token={secrets[0]}#{secrets[0]}"
        body = json.dumps({"said": said}, indent=1).encode()
        peer.send(answer(f"{status} {secrets[-1]}", body, "Content-Type: application/json", location, *headers))

    return refuse


# Connections.


def test_a_connection_that_repeats_all_of_it(house: House, way: Callable[[House, str], list[str]]) -> None:
    """Shown, recorded with its frames, and what is told around it."""
    names = WAYS[way]
    with serving(parrot(names)) as served:
        told = ["-v", "-f", "ndjson", "--record", "session.ndjson.gz", "--record-frames", "--summary", "json"]
        said = house.run("connect", *way(house, served.url), *told)
    assert said.exit == 0
    assert "work/session.ndjson.gz" in dict(house.left())
    clean(names, said, house, data=True)


@pytest.mark.parametrize("status", ["401", "302"])
def test_a_refusal_that_repeats_all_of_it(house: House, way: Callable[[House, str], list[str]], status: str) -> None:
    names = WAYS[way]
    with serving(refusing(status, names)) as served:
        told = ["-v", "-f", "ndjson", "--record", "session.ndjson", "--summary", "json"]
        said = house.run("connect", *way(house, served.url), *told)
    assert said.exit == (5 if status == "401" else 3)
    clean(names, said, house)


@pytest.mark.parametrize("before", [182, 190])
def test_a_refusal_whose_reason_is_cut_within_it(house: House, before: int) -> None:
    def refuse(peer: Peer) -> None:
        peer.ask()
        peer.send(answer(f"401 {'x' * before} {planted('bearer')}", b""))

    with serving(refuse) as served:
        said = house.run("connect", served.url, "--bearer", planted("bearer"), "--record", "session.ndjson")
    assert said.exit == 5
    clean(("bearer",), said, house)


def test_what_would_be_done(house: House, way: Callable[[House, str], list[str]]) -> None:
    arguments = way(house, "ws://127.0.0.1:1/")
    said = house.run("connect", *arguments, "--dry-run", "-v")
    assert said.exit == 0
    clean(WAYS[way], said, house)


def test_what_cannot_be_reached(house: House, way: Callable[[House, str], list[str]]) -> None:
    said = house.run("connect", *way(house, "ws://127.0.0.1:1/"), "-v", "-f", "ndjson")
    assert said.exit == 3
    clean(WAYS[way], said, house)


REPORTS = [part for form in ("junit", "tap", "json", "html") for part in ("--report", f"{form}=report.{form}")]


def test_a_check_that_fails(
    house: House, way: Callable[[House, str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reports, recordings, annotations and summary; its steps hold the secret, too."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    names = WAYS[way]
    steps = ["--send", f"I am {planted(names[0])}", "--expect-text", f"you are {planted(names[0])}", "--within", "1s"]
    told = ["-v", "--record", "kept", *REPORTS]
    with serving(parrot(names)) as served:
        arguments = way(house, served.url)
        said = house.run("check", *arguments, *steps, *told)
        assert said.exit == 1, said
        assert {"report.junit", "report.tap", "report.json", "report.html", "summary.md"} <= {
            name.rpartition("/")[2] for name, _ in house.left()
        }
        clean(names, said, house)
        clean(names, house.run("check", *arguments, *steps, "--dry-run"), house)


def test_the_secrets_of_a_check_s_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("BY_ENVIRONMENT", planted("environment"))
    names = ("environment", "option", "file")
    check = house.file(
        "login.toml",
        """
        url = "${url}?v=${secret:BY_OPTION}"
        [handshake.headers]
        X-Odd = "${secret:BY_FILE}"
        [[steps]]
        send = { json = { user = "me", pw = "${secret:BY_ENVIRONMENT}" } }
        [[steps]]
        expect = { text = "welcome, ${secret:BY_ENVIRONMENT}", within = "1s" }
        """,
    )
    wrong = house.file("wrong.toml", Path(check).read_text().replace("[[steps]]", "[[stepps]]", 1))
    variables = house.file("vars.env", f"BY_FILE={planted('file')}\n")
    with serving(parrot(names)) as served:
        given = ["--vars", variables, "--var", f"BY_OPTION={planted('option')}", "--var", f"url={served.url}"]
        said = house.run("check", check, *given, "-v", "--record", "kept", *REPORTS)
        assert said.exit == 1, said
        clean(names, said, house)
        said = house.run("check", wrong, *given)
        assert said.exit == 2
        clean(names, said, house)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
@pytest.mark.parametrize("status", ["407", "502", "SSH"])
def test_a_proxy_that_repeats_all_of_it(house: House, scheme: str, status: str) -> None:
    def refuse(peer: Peer) -> None:
        peer.ask()
        said = " ".join(repeats(peer.header("Proxy-Authorization"), f"me:{planted('password')}"))
        told = [f"Proxy-Authenticate: Basic realm={said}", f"Proxy-Status: {said}", f"X-Squid-Error: {said}"]
        first = f"{status} {planted('password')}"
        peer.send(f"{first}\r\n\r\n".encode() if status == "SSH" else answer(first, said.encode(), *told))

    with serving(refuse) as served:
        proxy = f"http://me:{planted('password')}@127.0.0.1:{served.port}"
        arguments = [f"{scheme}://example.invalid/", "-x", proxy, "-v"]
        said = house.run("connect", *arguments, "-f", "ndjson", "--record", "session.ndjson")
        assert said.exit == 3
        clean(("password",), said, house)
        clean(("password",), house.run("check", *arguments, *REPORTS), house)


# Recordings that hold secrets: of others, or made with --show-secrets.


FORMS = ("har", "csv", "sh", "python", "pcapng", "html", "ndjson")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """A recording in which all of it stands plainly."""
    folder = tmp_path_factory.mktemp("recording")
    made = folder / "session.ndjson"
    names = WAYS[by_url] + WAYS[by_headers][1:3]
    with pytest.MonkeyPatch.context() as patch, serving(parrot(names)) as served:
        patch.setenv("HOME", str(folder))
        patch.setattr("sys.stdin", NOTHING)
        url = by_url(None, served.url)[0]  # type: ignore[arg-type]
        arguments = ["-b", f"sid={planted('cookie')}", "-H", f"X-Api-Key: {planted('key')}"]
        arguments += ["--record", str(made), "--record-frames", "--show-secrets", "-q", "--type", "error"]
        assert cli.run(["connect", url, *arguments]) == 0
    assert {leak.split()[0] for leak in leaks(names, [("it", made.read_bytes())])} == set(names)
    return made, names


def test_a_recording_that_is_shown_and_exported(house: House, recording: tuple[Path, tuple[str, ...]]) -> None:
    made, names = recording
    for arguments in (
        ["show", "-v", "-f", "pretty", "--color", "always", "--frames", "--full"],
        ["show", "-f", "ndjson", "--frames", "--summary", "json"],
        ["show", "-f", "raw"],
        ["stats"],
        ["stats", "--json"],
        ["check", "-o", "check.toml", "--from"],
        *[["export", "-o", f"session.{form}", "-t", form] for form in FORMS],
    ):
        said = house.run(*arguments, str(made))
        assert said.exit == 0, (arguments, said)
        assert leaks(names, [("standard output", said.out), ("standard error", said.err)]) == [], arguments
    assert len([name for name, _ in house.left() if name.startswith("work/session.")]) == len(FORMS)
    assert leaks(names, house.left()) == []


def test_a_recording_that_is_replayed(house: House, recording: tuple[Path, tuple[str, ...]]) -> None:
    """Neither what it holds is told, nor what the replaying side has."""
    made, names = recording
    with serving(parrot(("key",))) as served:
        for told in ((), ("--json",)):
            arguments = ("--bearer", planted("key"), "-v", "--speed", "max", "--most", "99", "--within", "1s", *told)
            said = house.run("replay", str(made), served.url, *arguments)
            assert said.exit == 1, said
            clean(names, said, house)


@pytest.mark.parametrize("status", ["401", "302"])
def test_a_replay_that_is_refused(house: House, recording: tuple[Path, tuple[str, ...]], status: str) -> None:
    secret = planted("bearer")

    def refuse(peer: Peer) -> None:
        peer.ask()
        headers = f"WWW-Authenticate: {secret}", f"Location: http://{secret}.localhost:1/"
        peer.send(answer(f"{status} {secret}", b"", *headers))

    with serving(refuse) as served:
        said = house.run("replay", str(recording[0]), served.url, "--bearer", secret)
    assert said.exit == (5 if status == "401" else 3), said
    clean(("bearer",), said, house)


# Mistakes.


SECRET = planted("typed")
HERE = "ws://127.0.0.1:1/"
MISTAKES = [
    ["connect", HERE, "-H", f"Authorization {SECRET}"],
    ["connect", HERE, "-H", f"Authorization: {SECRET}\n"],
    ["connect", HERE, "--authorization", SECRET],
    ["connect", HERE, f"--bearerr={SECRET}"],
    ["connect", HERE, "-u", f"me:{SECRET}\n"],
    ["connect", HERE, "--bearer", f"{SECRET} {SECRET}"],
    ["connect", HERE, "--bearer", f"@{SECRET}"],
    ["connect", HERE, "--bearer", f"env:{SECRET}"],
    ["connect", HERE, "--bearer", SECRET, "-u", f"me:{SECRET}"],
    ["connect", HERE, "-b", SECRET],
    ["connect", HERE, "-b", f"sid={SECRET}\n"],
    ["connect", HERE, "-s", f"bearer {SECRET}"],
    ["connect", HERE, "-s", f"access_token,{SECRET},{SECRET}"],
    ["connect", HERE, SECRET],
    ["connect", HERE, "-H", "X-Api-Key:", SECRET],
    ["connect", HERE, "-x", f"http://me:{SECRET}@"],
    ["connect", HERE, "-x", f"httpx://me:{SECRET}@h:1"],
    ["connect", HERE, "-x", f"http:/me:{SECRET}@h:1"],
    ["connect", HERE, "-x", f"http://me:{SECRET}@h:99999"],
    ["connect", HERE, "--origin", f"http://me:{SECRET}@h/x"],
    ["connect", "--curl", f"curl ws://h/ -H 'X-Api-Key {SECRET}' --header"],
    ["connect", "--curl", f"curl 'ws://h/?token={SECRET}' -H 'X-Api-Key: {SECRET}"],
    ["connect", "--curl", f"wget --password={SECRET} ws://h/"],
    ["connect", "--curl", f"curl -u me:{SECRET} -X POST -d {SECRET} ws://h/"],
    ["connect", "--curl", f"curl --oauth3-bearer={SECRET} ws://h/"],
    ["connect", "--curl", f"curl 'ws://me:{SECRET}@h/' 'ws://me:{SECRET}@i/'"],
    ["conect", f"ws://me:{SECRET}@h/"],
    [f"ws://me:{SECRET}@h/?token={SECRET}"],
    [f"--bearer={SECRET}"],
    ["check", f"host/feed?token={SECRET}"],
    ["check", HERE, "--expct", SECRET],
    ["check", "x.toml", "--var", SECRET],
    ["check", "x.toml", "--vars", f"TOKEN={SECRET}"],
    ["check", f"TOKEN={SECRET}", "x.toml"],
    ["check", "x.toml", "--var", f"TOKEN:={SECRET}"],
    ["serve", f"--token={SECRET}"],
    ["show", f"ws://me:{SECRET}@h/?token={SECRET}"],
    ["export", f"ws://me:{SECRET}@h/?token={SECRET}"],
    ["stats", f"https://h/?token={SECRET}"],
    ["replay", f"ws://me:{SECRET}@h/", HERE],
]
URLS = [
    f"ws://me:{SECRET}@h:99999/",
    f"ftp://me:{SECRET}@h/?token={SECRET}",
    f"wss://me:{SECRET}/",
    f"ws://me:{SECRET}@no where/",
    f"ws:/me:{SECRET}@h/",
    f"ws:me:{SECRET}@h/",
    f"ws//me:{SECRET}@h/",
    f"://me:{SECRET}@h/",
    f"ws:\\\\me:{SECRET}@h/",
    f"me:{SECRET}@@h/",
    f"ws://me:{SECRET}@[::1/",
    f"ws://me:{SECRET}@/",
    f"ws://me:{SECRET}@h\x1b/",
    f"ws://h/#{SECRET}",
    f"ws://h/#access_token={SECRET}",
    f"ws://h/?v=1#{SECRET}",
    f"'ws://me:{SECRET}@h/'",
    f"ws://h/a b?token={SECRET}",
    f"@none?token={SECRET}",
]
MISTAKES += [["connect", url] for url in URLS] + [["check", url, "--expect", "x"] for url in URLS]


def test_mistakes_are_told_without_what_was_typed(house: House) -> None:
    for arguments in MISTAKES:
        said = house.run(*arguments)
        assert said.exit in (2, 3), (arguments, said)
        assert b"error: " in said.err, (arguments, said)
        assert leaks(("typed",), [("standard output", said.out), ("standard error", said.err)]) == [], arguments
    assert leaks(("typed",), house.left()) == []


WRITTEN_WRONG = [
    ("--netrc-file", f"machine 127.0.0.1 login me password {SECRET} {SECRET}\n"),
    ("--netrc-file", f'machine 127.0.0.1 login me password "{SECRET}\n'),
    ("-b", f"{SECRET}\n"),
    ("-b", f"127.0.0.1\tFALSE\t/\tFALSE\t{SECRET}\tsid\t{SECRET}\n"),
    ("-H@", f"Authorization {SECRET}\n"),
    ("--bearer@", f"{SECRET}\n{SECRET}\n"),
    ("--curl@", f"curl 'ws://h/?token={SECRET}' --frobnicate {SECRET}"),
    ("--config", f'[profiles.mine]\nurl = "ws://h/"\nauth = {{ bearer = "{SECRET}}}\n'),
    ("--config", f"[profiles.mine]\nurl = 'ws://h/'\npassword = {SECRET}\n"),
    ("--config", f"[profiles.mine]\nurl = 'ws://h/'\nauth = {{ user = 'me', pasword = '{SECRET}' }}\n"),
    ("--config", f"[profiles.mine]\nurl = 'ws://h/?sid={SECRET}'\nauth = {{ user = 'a', password = ['{SECRET}'] }}\n"),
    ("--config", f"[profiles.mine]\nurl = 'ws://h/'\nauth = {{ bearer = {{ command = ['false', '{SECRET}'] }} }}\n"),
    ("--config", f"[profiles.mine]\nurl = 'ws://me:{SECRET}@h:x/'\nheaders = {{ 'X-Api-Key:' = '{SECRET}\\n' }}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("option", "content"), WRITTEN_WRONG)
def test_files_that_are_wrong_are_not_repeated(house: House, option: str, content: str) -> None:
    path = house.file("wrong", content)
    option, at, _ = option.partition("@")
    said = house.run("connect", "@mine" if option == "--config" else HERE, option, at + path)
    assert said.exit == 2
    assert said.err.startswith(b"error: ")
    clean(("typed",), said, house)


def test_profiles_are_listed_and_completed_without_secrets(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    way: Callable[[House, str], list[str]] = by_profile
    monkeypatch.setenv("WSINSPECT_CONFIG", "")
    monkeypatch.setenv("A_TOKEN", "")
    way(house, HERE)
    for arguments in (["profiles"], ["profiles", "--json"], ["profiles", "mine"], ["profiles", "mine", "--json"]):
        clean(WAYS[way], house.run(*arguments), house)
    monkeypatch.setenv("_WSINSPECT_COMPLETE", "bash_complete")
    for typed in ("wsinspect connect @", f"wsinspect connect {HERE} --bearer ", "wsinspect connect "):
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
        clean(WAYS[way], house.run(), house)


def test_a_fault_of_ours_is_told_without_secrets(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"at ws://me:{SECRET}@h/?token={SECRET}, Bearer {SECRET}1")

    monkeypatch.setattr("wsinspect.commands.connect.connecting_of", fail)
    said = house.run("connect", HERE)
    assert said.exit == 70
    clean(("typed",), said, house)
    said_in_full: list[str] = []
    monkeypatch.setattr("wsinspect.cli.say", said_in_full.append)
    assert cli.run(["--debug", "connect", HERE]) == 70
    assert "Traceback" in said_in_full[0]
    assert leaks(("typed",), [("standard error", "".join(said_in_full).encode())]) == []


# The search itself.


@pytest.mark.parametrize(
    "hidden",
    [
        SECRET, SECRET[:PART], SECRET[-PART:], SECRET[::-1][:PART], SECRET.encode().hex(), SECRET.encode().hex(" "),
        coded(SECRET), coded(f"me:{SECRET}"), coded(f"a{SECRET}b"), base64.b64encode(SECRET.encode()).decode(),
    ],
)  # fmt: skip
def test_what_is_planted_is_found(hidden: str) -> None:
    assert leaks(("typed",), [("it", f"before {hidden} behind".encode())])
    assert not leaks(("other",), [("it", hidden.encode())])
    assert len(set(forms(SECRET))) > 4 * PART
