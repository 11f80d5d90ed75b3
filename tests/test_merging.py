"""Settings from elsewhere, put below what was typed: rows of (typed, settings, what a command gets)."""

from collections.abc import Mapping
from typing import Any

import click
import pytest

from wsinspect.errors import InspectError
from wsinspect.options.merging import merged
from wsinspect.options.values import Duration, Header

COMMAND = click.Command(
    "probe",
    params=[
        click.Argument(["url"], required=False),
        click.Option(["-H", "--header", "headers"], type=Header(), multiple=True),
        click.Option(["-s", "--subprotocol", "subprotocols"], multiple=True),
        click.Option(["--connect-timeout", "open_timeout_s"], type=Duration(), default="10s"),
        click.Option(["--max-redirs", "max_redirects"], type=click.IntRange(min=0), default=10),
        click.Option(["-k", "--insecure"], is_flag=True),
        click.Option(["--frames/--no-frames"]),
        click.Option(["-v", "--verbose"], count=True),
        click.Option(["-u", "--user"]),
        click.Option(["--bearer"]),
        click.Option(["--origin"]),
        click.Option(["--secret"], is_eager=True),
    ],
)


def settled(typed: list[str], *layers: Mapping[str, Any], source: Any = "here") -> dict[str, Any]:
    """Return what the command gets beside its defaults; the strongest layer comes first."""
    defaults = COMMAND.make_context("probe", []).params
    ctx = COMMAND.make_context("probe", typed)
    given = dict(ctx.params)
    for layer in layers:
        given |= merged(ctx, layer, source)
    assert given == ctx.params
    return {name: value for name, value in given.items() if value != defaults[name]}


@pytest.mark.parametrize(
    ("typed", "layers", "expected"),
    [
        ([], [{}], {}),
        ([], [{"insecure": True}], {"insecure": True}),
        ([], [{"insecure": False}], {}),
        (["-k"], [{"insecure": False}], {"insecure": True}),
        ([], [{"frames": True}], {"frames": True}),
        ([], [{"frames": True}, {"no-frames": True}], {"frames": True}),
        (["--frames"], [{"no-frames": True}], {"frames": True}),
        ([], [{"no-frames": False}], {"frames": True}),
        ([], [{"verbose": 2}], {"verbose": 2}),
        ([], [{"connect-timeout": "500ms"}], {"open_timeout_s": 0.5}),
        ([], [{"connect_timeout": 3}], {"open_timeout_s": 3.0}),
        (["--connect-timeout", "1"], [{"connect-timeout": "5"}], {"open_timeout_s": 1.0}),
        (["--connect-timeout", "10"], [{"connect-timeout": "5"}], {}),
        ([], [{"connect-timeout": 1}, {"connect-timeout": 2}], {"open_timeout_s": 1.0}),
        ([], [{"max-redirs": 3}], {"max_redirects": 3}),
        ([], [{"max-redirs": "3"}], {"max_redirects": 3}),
        # Repeatable options add up, the weaker first.
        ([], [{"subprotocol": "a"}], {"subprotocols": ("a",)}),
        (["-s", "a"], [{"subprotocol": ["b", "c"]}], {"subprotocols": ("b", "c", "a")}),
        (["-s", "a"], [{"subprotocol": "b"}, {"subprotocol": "c"}], {"subprotocols": ("c", "b", "a")}),
        ([], [{"subprotocol": []}], {}),
        # Headers of the same name give way, all of them.
        (
            ["-H", "x-ONE: 1"],
            [{"header": ["X-One: 2", "X-Two: 2", "X-Two: 3"]}],
            {"headers": (("X-Two", "2"), ("X-Two", "3"), ("x-ONE", "1"))},
        ),
        # What stands for a header replaces it; credentials have no other ones beside them.
        (["--bearer", "t"], [{"header": ["Authorization: x", "X: 1"]}], {"bearer": "t", "headers": (("X", "1"),)}),
        (["--bearer", "t"], [{"user": "n:p"}], {"bearer": "t"}),
        (["-u", "n:p"], [{"user": "m:q", "bearer": "t"}], {"user": "n:p"}),
        ([], [{"bearer": "t"}, {"user": "n:p"}], {"bearer": "t"}),
        (["--origin", "http://a"], [{"header": "origin: http://b"}], {"origin": "http://a"}),
        # Within one layer nothing replaces anything.
        (
            [],
            [{"origin": "http://a", "header": "origin: http://b"}],
            {"origin": "http://a", "headers": (("origin", "http://b"),)},
        ),
    ],
)  # fmt: skip
def test_layers(typed: list[str], layers: list[Mapping[str, Any]], expected: dict[str, Any]) -> None:
    assert settled(typed, *layers) == expected


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"insecur": True}, "here: there is no setting `insecur`", "did you mean `insecure`?"),
        ({"url": "ws://a"}, "here: there is no setting `url`", "known are the options of `probe --help`"),
        ({"secret": "x"}, "here: there is no setting `secret`", None),
        ({"-k": True}, "here: there is no setting `-k`", None),
        ({"insecure": "yes"}, "here: `insecure`: it must be true or false", ""),
        ({"insecure": 1}, "here: `insecure`: it must be true or false", ""),
        ({"verbose": "1"}, "here: `verbose`: it must be a whole number", ""),
        ({"verbose": True}, "here: `verbose`: it must be a whole number", ""),
        ({"user": True}, "here: `user`: it takes a string or a number", ""),
        ({"user": ["a"]}, "here: `user`: it takes a string or a number", ""),
        ({"header": {"X": "1"}}, "here: `header`: it takes a list of strings", ""),
        ({"header": [["X: 1"]]}, "here: `header`: it takes a list of strings", ""),
        ({"header": "the secret"}, "here: `header`: a header is written 'Name: value'", ""),
        ({"max-redirs": -1}, "here: `max-redirs`: -1 is not in the range x>=0", ""),
        ({"connect-timeout": "ever"}, "here: `connect-timeout`: `ever` is not a time; write 30s, 500ms, 2m", ""),
    ],
)
@pytest.mark.parametrize("typed", [[], ["-k", "-v", "-u", "x", "-H", "X:1", "--max-redirs=1", "--connect-timeout=1"]])
def test_mistakes(typed: list[str], settings: Mapping[str, Any], message: str, hint: str | None) -> None:
    """They are told also where the value would not have counted."""
    with pytest.raises(InspectError) as refused:
        settled(typed, settings)
    assert refused.value.message == message
    if hint is not None:
        assert refused.value.hint == hint
    assert refused.value.exit == 2


def test_where_a_mistake_stands() -> None:
    with pytest.raises(InspectError, match=r"^config.toml:7 \(user\): `user`: it takes"):
        settled([], {"user": []}, source=lambda key: f"config.toml:7 ({key})")


def test_what_cannot_be_set() -> None:
    ctx = COMMAND.make_context("probe", [])
    with pytest.raises(InspectError, match="no setting `user`"):
        merged(ctx, {"user": "x"}, "here", never=["user"])
