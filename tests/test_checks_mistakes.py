"""Mistakes in check files: each is told with its line, its step and a hint, and no secret is repeated."""

import pytest

from tests.check_files import SECRET, URL, checks, told
from wsinspect.errors import InspectError


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "1: there is no `url`", "url = "),
        ("url = 5", "1: `url` must be a string", 'url = "wss://${HOST}/feed"'),
        ("urll = 'x'\nurl = 'x'", "1: there is no key `urll`", "did you mean `url`?"),
        ("url = 'x'\nheaders = {}", "2: there is no key `headers`", "it belongs in [handshake]"),
        ("url = 'x'\nstatus = 401", "2: there is no key `status`", "it belongs in [handshake.expect]"),
        ("url = 'x'\nsend = 'y'", "2: there is no key `send`", "it belongs in a step"),
        ("url = 'x'\nqqqqq = 1", "2: there is no key `qqqqq`", "known are: name, url,"),
        ("url = 'x'\n[[step]]\nsend = 'x'", "2: there is no key `step`", "did you mean `steps`?"),
        ("url = 'x'\n[steps]\nsend = 'x'", "2: `steps` must be a list of tables", "steps = [{"),
        ("url = 'x'\nsteps = [1]", "2: `steps` must be a list of tables", ""),
        ("url = 'x'\nsteps = '${S}'", "2: `steps` must be a list of tables", ""),
        ("url = 'x'\ntimeout = 'soon'", '2: `timeout` must be a time such as "500ms" or "2s"', 'timeout = "30s"'),
        ("url = 'x'\ntimeout = 0", "2: `timeout` must be a time", ""),
        ("url = 'x'\ntimeout = true", "2: `timeout` must be a time", ""),
        ("url = 'x'\ntimeout = '9999h'", "2: `timeout` must be a time", ""),
        ("url = 'x'\ntimeout = inf", "2: a number is infinite, or none at all", ""),
        ("url = 'x'\nrepeat = 0", "2: `repeat` must be a whole number from 1 to 1,000,000", ""),
        ("url = 'x'\nrepeat = 1.0", "2: `repeat` must be a whole number", ""),
        ("url = 'x'\nretry = 'x'", "2: `retry` must be a whole number from 0 to 1,000 or a table", ""),
        ("url = 'x'\nretry = {}", "2: `retry` says not how often", "times = 2"),
        ("url = 'x'\nretry = { times = 1, delay = -1 }", "2: `delay` must be a time", ""),
        ("url = 'x'\nconnections = {}", "2: `connections` must be a whole number", ""),
        ("url = 'x'\nname = ''", "2: `name` is empty", ""),
        ("url = 'x'\nname = \"a\\tb\"", "2: `name` is empty, or holds what cannot be printed", ""),
        ("url = 'x'\nname = 2030-01-01", "2: dates and times are no values of a check", "in quotes"),
        ("url = 'x'\nname = '${NO}'", "2: no variable is called `NO`", "there are: A"),
        ("url = '${any:uuid}'", "1: `${any}` is a pattern, which cannot stand here", "json"),
        # variables
        ("url = 'x'\nvariables = 1", "2: `variables` must be a table", ""),
        ("url = 'x'\n[variables]\n'a b' = 1", "3: `a b` cannot be the name of a variable", ""),
        ("url = 'x'\n[variables]\nany = 1", "3: no variable can be called `any`", ""),
        ("url = 'x'\n[variables]\nB = '${B}'", "3: the variable `B` refers to itself", ""),
        ("url = 'x'\n[variables]\nB = '${env:NO}'", "3: the environment has no variable `NO`", "NO=..."),
        ("url = 'x'\n[variables]\nB = '${env:BAD}'", "3: the variable `BAD` of the environment is not UTF-8", ""),
        ("url = 'x'\n[variables]\nB = '${file:no}'", "3: cannot read `dir/no`: no such file", ""),
        ("url = 'x'\n[variables]\nB = '${file:blob}'", "3: the file `blob` is not UTF-8", "send = { file"),
        ("url = 'x'\n[variables]\nB = '${secret:NO}'", "3: there is no secret `NO`", "--var NO=..."),
        ("url = 'x'\n[variables]\nB = '${secret:EMPTY}'", "3: the secret `EMPTY` is empty", "environment"),
        ("url = 'x'\n[variables]\nB = '${any}'", "3: `${any}` is a pattern", ""),
        ("url = 'x'\n[variables]\nB = '${'", "3: a `${` is never closed", "$${"),
        ("url = 'x'\ncases = []", "2: `cases` must be a list of tables", ""),
        ("url = 'x'\n[[cases]]\nname = 'a'\n[[cases]]\nname = 'a'", "5: case 2: two cases are called `a`", ""),
        # the handshake
        ("url = 'x'\n[handshake]\ntimeout = 1", "3: there is no key `timeout` in [handshake]", "top of the file"),
        ("url = 'x'\n[handshake]\nstatus = 1", "3: there is no key `status` in [handshake]", "[handshake.expect]"),
        ("url = 'x'\n[handshake]\nauth = { bearr = 1 }", "3: there is no setting `auth.bearr`", "bearer"),
        ("url = 'x'\n[handshake]\nheaders = { A = {} }", "3: `A` cannot be a table like that", "env"),
        ("url = 'x'\n[handshake]\nheaders = '${A}'", "3: `headers` must be a table or a list of strings", ""),
        ("url = 'x'\n[handshake.expect]\nstatu = 1", "3: there is no key `statu` in [handshake.expect]", "status"),
        ("url = 'x'\n[handshake.expect]\nstatus = 99", "3: `status` must be a status from 100 to 599", ""),
        (
            "url = 'x'\n[handshake.expect]\nstatus = [101, 401]",
            "3: 101 and a refusal cannot both be wanted",
            "two checks",
        ),
        ("url = 'x'\n[handshake.expect]\nbody = 'x'", "3: only a refusal has a body", "status = 401"),
        ("url = 'x'\n[handshake.expect]\nstatus = 401\nsubprotocol = 'x'", "4: a refusal agrees on no subprot", ""),
        ("url = 'x'\n[handshake.expect]\nheaders = { 'a b' = 'x' }", "3: `a b` cannot be the name of a header", ""),
        ("url = 'x'\n[handshake.expect]\nheaders = { A = '(' }", "3: the header `A`: the pattern is wrong", "re"),
        ("url = 'x'\n[handshake.expect]\nheaders = { A = 1 }", "3: `headers` must be a table", ""),
        ("[connections.a]\nstatu = 1", "1: connection `a`: there is no `url`", ""),
        ("url = 'x'\n[connections]\na = 1", "3: connection `a`: `connections.a` must be a table", "[connections.a]"),
        ("url = 'x'\n[connections.a]\nexpect = { x = 1 }", "3: connection `a`: there is no key `x` in [hand", ""),
    ],
)
def test_mistakes_of_the_file(text: str, message: str, hint: str) -> None:
    (found, *_) = told(text, A="x")
    assert found.message.startswith(message)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("expct = 'x'", "there is no key `expct`", "did you mean `expect`?"),
        ("on = 'a'", "there is nothing to do", "send, expect"),
        ("send = 'x'\nexpect = 'y'", "`expect` stands beside `send`, and a step does one thing", "[[steps]]"),
        ("expect = 'x'\nwithin = '2s'", "there is no key `within`", 'expect = { where = "...", within = "2s" }'),
        ("expect = 'x'\nsave = {}", "there is no key `save`", 'expect = { where = "...", save = { ID'),
        ("expect = { text = 'x' }\ncount = 2", "there is no key `count`", "expect = { ..., count = 3 }"),
        ("expect_close = 1000\nreason = 'x'", "there is no key `reason`", "expect_close = { code = 1000, reason"),
        ("reject = 'x'\nfor = '2s'", "there is no key `for`", 'reject = { where = "...", for = "2s" }'),
        ("send = 'x'\njson = {}", "there is no key `json`", 'send = { text = "...", json'),
        ("send = 'x'\ntimeout = 1", "there is no key `timeout`", "top of the file"),
        ("send = 'x'\non = 'a'", "there is just one connection", "[connections.NAME]"),
        ("expect = 'x'\nany_order = true", "`any_order` is for a list in `expect`", "expect = ["),
        ("any_order = true\nsend = 'x'", "`any_order` is for a list in `expect`", ""),
        # send
        ("send = 5", "`send` must be a string or a table", 'send = "hello"'),
        ("send = {}", "`send` says not what", "text, json, binary, file, ping"),
        ("send = { txt = 'x' }", "there is no key `txt` in send", "did you mean `text`?"),
        ("send = { text = 'x', ping = 'y' }", "`ping` stands beside `text`", ""),
        ("send = { text = 'x', type = 'text' }", "`type` is for `file` alone", "send = { text"),
        ("send = { text = 1 }", "`text` must be a string", ""),
        ("send = '${NO}'", "no variable is called `NO`", ""),
        ("send = '${any}'", "`${any}` is a pattern", ""),
        ("send = { json = { a = '${any}' } }", "`${any}` is a pattern", ""),
        ("send = { json = { a = 2030-01-01 } }", "dates and times are no values", ""),
        ("send = { binary = 'hex:0' }", "`binary`: the hex digits from character 5 on are odd in number", "two"),
        ("send = { binary = '@x' }", "`binary`: this is no file but bytes", ""),
        (f"send = {{ ping = '{'x' * 126}' }}", "`ping`: 126 bytes do not fit into a ping", "125"),
        ("send = { file = 'no' }", "cannot read `dir/no`: no such file", ""),
        ("send = { file = 'blob', type = 'text' }", "the file `blob` is no text: byte 1", "binary"),
        ("send = { file = 'blob', type = 'x' }", '`type` must be "text" or "binary"', ""),
        # expect
        ("expect = 5", "`expect` must be a string, a table or a list of them", ""),
        ("expect = []", "`expect` must be a string, a table or a list of them", ""),
        ("expect = [1]", "`expect` must be", ""),
        ("expect = { txt = 'x' }", "there is no key `txt` in expect", "did you mean `text`?"),
        ("expect = { for = '1s' }", "there is no key `for` in expect", "`within`"),
        ("expect = { on = 'a' }", "there is no key `on` in expect", "in the step, beside `expect`"),
        ("expect = { type = 'txt' }", '`type` must be "text", "binary", "ping" or "pong"', ""),
        ("expect = { text = 1 }", "`text`: this is no text", ""),
        ("expect = { text = '${any}' }", "`${any}` is a pattern", ""),
        ("expect = { partial = { a = '${any:x}' } }", "`partial`: `x` in a pattern is no kind of value", ""),
        ("expect = { count = 0 }", "`count` must be a whole number from 1", ""),
        ("expect = { within = -1 }", "`within` must be a time", ""),
        ("expect = 'a =='", "`where`: the expression ends too early", ""),
        ("expect = { regex = '(' }", "`regex`: the pattern is wrong", ""),
        ("expect = { size = { min = 3, max = 1 } }", "`size`: no size is", ""),
        ("expect = { schema = 'no.json' }", "cannot read `dir/no.json`", ""),
        ("expect = { schema = 'broken.json' }", "the file `broken.json` is not JSON: line 1, column 10", ""),
        (
            "expect = { schema = 'huge.json' }",
            "the file `huge.json` is not JSON: it holds numbers",
            "",
        ),
        ("expect = { schema = 'blob' }", "the file `blob` is not UTF-8", ""),
        ("expect = { schema = 'list.json' }", "`schema`: a schema is a table", ""),
        ("expect = { schema = { type = 'x' } }", "`schema`: the schema is wrong", ""),
        ("expect = { save = { any = 'x' } }", "no variable can be called `any`", ""),
        ("expect = { save = { ID = 'a..b' } }", "`save`, ID: ", ""),
        ("expect = { save = { ID = 1 } }", "`save` must be a table of expressions", ""),
        ("expect = [{ text = 'x', save = { X = 'x' } }, '${X}']", "`${X}` is not known here", "step 1 saves it"),
        ("expect = { text = '${X}', save = { X = 'x' } }", "`${X}` is not known here", "step 1 saves it"),
        # others
        ("reject = { contains = 'x', within = '1s' }", "there is no key `within` in reject", "`for`"),
        ("reject = { for = 'x' }", "`for` must be a time", ""),
        ("expect_ping = false", "`expect_ping` must be true or a table", ""),
        ("expect_ping = { txt = 'x' }", "there is no key `txt` in expect_ping", "did you mean `text`?"),
        ("wait = 'x'", "`wait` must be a time", ""),
        ("wait = '${X}'", "no variable is called `X`", ""),
        ("close = false", "`close` must be true, a close code or its name or a table", ""),
        ("close = 999", "close code 999 cannot be", "1000 to 4999"),
        ("close = 1005", "close code 1005 may not be sent", '"none"'),
        ("close = 1006", "close code 1006 may not be sent", ""),
        ("close = 'GOIN_AWAY'", "there is no close code of this name", '"GOING_AWAY"'),
        ("close = { code = 'none', reason = 'x' }", "a close frame without a code has no reason", ""),
        (f"close = {{ reason = '{'é' * 62}' }}", "a reason of 124 bytes does not fit", "123"),
        ("expect_close = 'xyzzy'", "there is no close code of this name", ""),
        ("expect_close = [1000, 5000]", "close code 5000 cannot be", ""),
        ("expect_close = { code = 'OKK' }", "there is no close code of this name", 'did you mean "OK"?'),
        ("expect_close = { by = 'them' }", '`by` must be "server" or "us"', ""),
        ("expect_close = { reason = '(' }", "`reason`: the pattern is wrong", ""),
    ],
)
def test_mistakes_of_a_step(text: str, message: str, hint: str) -> None:
    (found,) = told(f"{URL}\n[[steps]]\n{text}\n")
    place, _, sentence = found.message.partition(": step 1: ")
    assert sentence.startswith(message)
    assert hint in found.hint
    assert int(place) in (3, 4, 5)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('send = "x"', "step 1: it does not say on which connection", 'on = "alice"'),
        ('send = "x"\non = "alcie"', "step 1: no connection has the name in `on`", "did you mean `alice`?"),
        ('send = "x"\non = "zz"', "step 1: no connection has the name in `on`", "there are: alice, bob"),
        ('send = "x"\non = "bob"', "step 1: a connection that is to be refused has no steps", "`status`"),
    ],
)
def test_mistakes_in_naming_a_connection(text: str, message: str, hint: str) -> None:
    (found,) = told(f"{URL}[connections.alice]\n[connections.bob]\nexpect = {{ status = 401 }}\n[[steps]]\n{text}\n")
    assert message in found.message
    assert hint in found.hint


def test_what_is_saved_later_or_cannot_stand_there() -> None:
    saving = "[[steps]]\nexpect = { save = { ID = 'id' } }\n"
    assert told(f"{URL}[[steps]]\nsend = '${{ID}}'\n{saving}") == [
        ("3: step 1: `${ID}` is not known here", "step 2 saves it, for what later steps send and expect", ())
    ]
    assert told(f"{URL}{saving}[[steps]]\nexpect = {{ count = '${{ID}}' }}") == [
        ("5: step 2: `${ID}` is not known here", "step 1 saves it, for what later steps send and expect", ())
    ]


def test_all_mistakes_are_told_in_their_order() -> None:
    found = told(
        """timeout = "x"
        [variables]
        A = "${B}"
        [handshake.expect]
        status = 1
        [[steps]]
        expct = 1
        [[steps]]
        send = "${A}"
        [[steps]]
        expect = [{ text = 1, size = -1 }, { count = 0 }]
        """
    )
    assert [message.split(": ", 1) for message, _, _ in found] == [
        ["1", '`timeout` must be a time such as "500ms" or "2s"'],
        ["1", "there is no `url`"],
        ["3", "no variable is called `B`"],
        ["5", "`status` must be a status from 100 to 599 or a list of them"],
        ["7", "step 1: there is no key `expct`"],
        ["11", "step 3: `text`: this is no text"],
        ["11", "step 3: `size`: a size is a number of bytes, from 0 on"],
        ["11", "step 3: `count` must be a whole number from 1 to 1,000,000"],
    ]


def test_a_mistake_is_told_once_and_not_what_follows_from_it() -> None:
    text = "url = '${B}'\n[variables]\nB = '${env:NO}'\n[connections.a]\nurl = 5\n[[steps]]\nsend = '${B}'\n"
    assert [message for message, _, _ in told(text)] == [
        "3: the environment has no variable `NO`",
        "5: connection `a`: `url` must be a string",
    ]


def test_very_many_mistakes_are_counted() -> None:
    found = told("".join(f"a{number} = 1\n" for number in range(30)) + URL)
    assert len(found) == 11
    assert found[-1] == (" there are 20 mistakes more", "", ())


def test_a_mistake_of_one_case_names_it() -> None:
    cases = "".join(
        f'[[cases]]\nname = "{name}"\nN = {size}\n' for name, size in (("a", 1), ("b", "'x'"), ("c", "'x'"))
    )
    steps = '[[steps]]\nexpect = { count = "${N}" }\n[[steps]]\nsend = "${NO}"\n'
    assert [message for message, _, _ in told(URL + cases + steps)] == [
        "12: step 1: `count` must be a whole number from 1 to 1,000,000 (in the case `b`)",
        "14: step 2: no variable is called `NO`",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url = ", "1: not valid TOML: invalid value"),
        ("a = 1\na = 2", "2: not valid TOML: cannot overwrite a value"),
        ("a = " + "9" * 5000, " not valid TOML: a number has too many digits"),
        ("a = " + "[" * 5000, " not valid TOML: it is nested too deeply"),
        ("a = 0x" + "f" * 20, "1: a whole number has more than 64 bits"),
        ("a = " + "[" * 70 + "]" * 70, "1: more than 64 tables and lists stand within each other"),
        (".".join("a" * 5000) + " = 1", "1: more than 64 tables and lists stand within each other"),
        ("#" * ((8 << 20) + 1), " the file is larger than 8 MiB"),
    ],
)
def test_what_is_no_file_of_checks(text: str, message: str) -> None:
    assert told(text)[0][0].lower().startswith(message.lower())


def test_what_is_given_must_be_values() -> None:
    for value in ("\udcff", float("nan"), [{"a": 1 << 70}]):
        with pytest.raises(InspectError, match="the variable `A` that is given: "):
            checks(URL, A=value)


@pytest.mark.parametrize(
    "text",
    [
        'timeout = "${secret:API_TOKEN}"',
        'url = "${secret:API_TOKEN}"\nname = "${T}"\n[variables]\nT = "${secret:API_TOKEN}"',
        '[handshake.expect]\nstatus = "${secret:API_TOKEN}"',
        '[handshake.expect]\nheaders = { A = "(${secret:API_TOKEN}" }',
        "[[steps]]\nexpect = { where = \"'${secret:API_TOKEN}' ==\" }",
        '[[steps]]\nexpect = { size = "${secret:API_TOKEN}" }',
        '[[steps]]\nexpect = { binary = "${secret:API_TOKEN}" }',
        '[[steps]]\nexpect = { regex = "(${secret:API_TOKEN}" }',
        '[[steps]]\nsend = { binary = "hex:${secret:API_TOKEN}" }',
        '[[steps]]\nsend = { file = "${secret:API_TOKEN}" }',
        '[[steps]]\nexpect = { schema = "${secret:API_TOKEN}" }',
        '[[steps]]\nclose = "${secret:API_TOKEN}"',
        '[[steps]]\nclose = { reason = "${secret:API_TOKEN}${secret:API_TOKEN}${V}" }\n[variables]\nV = "'
        + "x" * 100
        + '"',
        '[[steps]]\nexpect_close = { reason = "(${secret:API_TOKEN}" }',
        '[[steps]]\non = "${secret:API_TOKEN}"\nsend = "x"\n[connections.alice]',
        '[[cases]]\nname = "${secret:API_TOKEN}"',
    ],
)
def test_no_mistake_repeats_a_secret(text: str) -> None:
    for message, hint, excerpt in told(text if text.startswith("url") else URL + text):
        assert SECRET not in "".join([message, hint, *excerpt])
