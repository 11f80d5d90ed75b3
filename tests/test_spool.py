"""What is put aside comes back in its order, from memory and from the disk."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsinspect import spool as spool_module
from wsinspect.errors import Exit, InspectError
from wsinspect.spool import Spool


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40))), st.integers(0, 200))
def test_each_key_gets_its_own_in_order(given: list[tuple[int, bytes]], in_memory: int) -> None:
    spool = Spool(in_memory)
    for key, data in given:
        spool.add(key, data)
    assert spool.keys() == sorted(set(spool.keys()), key=[key for key, _ in given].index)
    for key in range(4):
        assert b"".join(spool.take(key)) == b"".join(data for other, data in given if other == key)
        assert not list(spool.take(key))
    assert not spool.keys()
    spool.close()


@given(st.lists(st.binary(max_size=40).filter(lambda data: b"\n" not in data)), st.integers(0, 60))
def test_lines_come_back_as_lines(given: list[bytes], in_memory: int) -> None:
    spool = Spool(in_memory)
    for data in given:
        spool.add(0, data + b"\n")
    assert list(spool.lines(0)) == given
    spool.close()


def test_large_pieces_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "PIECE", 10)
    spool = Spool(50)
    spool.add("a", b"0123456789" * 3 + b"x")
    spool.add("b", b"behind it in the file")
    assert list(spool.take("a")) == [b"0123456789"] * 3 + [b"x"]
    spool.close()


def test_the_file_is_nobody_elses_and_has_no_name() -> None:
    spool = Spool(1)
    spool.add("a", b"secret")
    file = spool._file
    assert file is not None
    told = os.fstat(file.fileno())
    assert stat.S_IMODE(told.st_mode) == 0o600
    assert told.st_nlink == 0
    spool.close()
    assert file.closed


def test_a_full_disk_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "TemporaryFile", lambda: open("/dev/full", "wb"))
    spool = Spool(1)
    with pytest.raises(InspectError, match="cannot put aside what has to wait") as raised:
        spool.add("a", b"some")
    spool.close()
    assert raised.value.exit == Exit.OUTPUT
    assert "TMPDIR" in raised.value.hint
