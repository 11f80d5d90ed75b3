"""What a check file says of ends: `close` and `expect_close`. Knows no connection."""

from collections.abc import Mapping
from typing import Any

from wsinspect.checks.format.form_reading import read_form
from wsinspect.checks.format.forms import NO_CODE
from wsinspect.checks.format.kinds import seconds_in
from wsinspect.checks.format.page import Page
from wsinspect.checks.format.values import Values
from wsinspect.checks.format.wish_reading import check_pattern
from wsinspect.checks.plan import Close, ExpectClose
from wsinspect.close_codes import RANGE, code_in, explain_close, nearest_code
from wsinspect.compose import check_reason
from wsinspect.errors import InspectError
from wsinspect.toml_places import Path

OK = 1000


def read_close(value: Any, keys: Path, page: Page, values: Values) -> Close:
    """Return the close that a value of `close` means; raises `InspectError`."""
    if not isinstance(value, dict):
        return Close(OK if value is True else _sent_code(value))
    good = read_form("close", value, keys, page, values)
    code: int | None = OK
    if "code" in good:
        with page.kept(*keys, "code"):
            code = _sent_code(good["code"])
    reason = good.get("reason", "")
    with page.kept(*keys, "reason"):
        check_reason(len(reason.encode()))
    if reason and code is None:
        raise page.wrong((*keys, "reason"), "a close frame without a code has no reason", "give a code, or no reason")
    return Close(code, reason)


def read_expect_close(value: Any, keys: Path, page: Page, values: Values, within_s: float) -> ExpectClose:
    """Return the end that a value of `expect_close` means; raises `InspectError`."""
    if value is True:
        return ExpectClose(within_s=within_s)
    if not isinstance(value, dict):
        return ExpectClose(_codes(value), within_s=within_s)
    good = read_form("expect_close", value, keys, page, values)
    codes = None
    if "code" in good:
        with page.kept(*keys, "code"):
            codes = _codes(good["code"])
    reason = good.get("reason")
    if reason is not None:
        with page.kept(*keys, "reason"):
            check_pattern(reason, "`reason`", hidden=values.hides(value["reason"]))
    wanted_s = seconds_in(good.get("within"))
    return ExpectClose(
        codes=codes,
        reason=reason,
        clean=good.get("clean"),
        by=_BY.get(good.get("by", "")),
        within_s=within_s if wanted_s is None else wanted_s,
    )


_BY: Mapping[str, Any] = {"server": "peer", "us": "us"}


def _codes(value: Any) -> frozenset[int]:
    return frozenset(_code(one) for one in (value if isinstance(value, list) else [value]))


def _code(value: Any) -> int:
    """Return the close code of a number or a name (RFC 6455 section 7.4)."""
    if isinstance(value, str):
        code = code_in(value.strip())
        if code is None:
            near = nearest_code(value)
            hint = f'did you mean "{explain_close(near).name}"?' if near else 'such as 1000, "OK", "GOING_AWAY"'
            raise InspectError("there is no close code of this name", hint=hint)
    else:
        code = int(value)
    if code not in RANGE:
        raise InspectError(f"close code {code} cannot be", hint="codes go from 1000 to 4999")
    return code


def _sent_code(value: Any) -> int | None:
    if value == NO_CODE:
        return None
    code = _code(value)
    if not explain_close(code).on_wire:
        hint = 'write "none" for a close frame without a code' if code == 1005 else "4000 to 4999 are for private use"
        raise InspectError(f"close code {code} may not be sent (RFC 6455 section 7.4)", hint=hint)
    return code
