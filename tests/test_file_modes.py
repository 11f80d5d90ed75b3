"""Files that may hold secrets: the user's alone from the first moment, whatever the umask, whoever guessed a name."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import Peer, close, ended, opened, run, serving, start, text
from wsinspect.checking.recorder import make_folder
from wsinspect.checking.report_files import write_whole
from wsinspect.connecting import Tls
from wsinspect.errors import Exit, InspectError
from wsinspect.exported_files import write_pieces
from wsinspect.files import make_private_folder
from wsinspect.net.tls import tls_context
from wsinspect.recents import remember
from wsinspect.recorder.place import Place
from wsinspect.spool import Spool
from wsinspect.term.history import HistoryFile
from wsinspect.term.named_files import made_beside, move, new_file

SECRET = b"what nobody else is to read"


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """Everybody may do everything: the umask that shows most."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path | str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def placed(path: Path) -> None:
    os.close(Place(str(path)).opened())


def forced(path: Path) -> None:
    path.touch(0o666)
    os.close(Place(str(path), force=True).opened(in_parts=True))


def rotated(path: Path) -> None:
    place = Place(f"{path}.new")
    os.close(place.opened())
    move(place.path, lambda _: str(path))


def reopened(path: Path) -> None:
    os.close(Place(str(path)).again())


def replaced(path: Path) -> None:
    path.touch(0o666)
    write_pieces(str(path), [SECRET], force=True)


def report_over_a_private_one(path: Path) -> None:
    path.touch(0o600)
    write_whole(str(path), "report")


def private_report_over_a_public_one(path: Path) -> None:
    path.touch(0o666)
    write_whole(str(path), "report", private=True)


def cut_history(path: Path) -> None:
    path.write_bytes(b'"x"\n' * 3000)
    HistoryFile(str(path)).load()


MADE: list[Callable[[Path], object]] = [
    placed,
    forced,
    rotated,
    reopened,
    lambda path: os.close(new_file(str(path))),
    lambda path: write_pieces(str(path), [SECRET]),
    replaced,
    lambda path: write_whole(str(path), "report", private=True),
    report_over_a_private_one,
    private_report_over_a_public_one,
    lambda path: HistoryFile(str(path)).add("ls"),
    cut_history,
]


@pytest.mark.parametrize("make", MADE)
def test_a_file_is_its_owners_alone(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "it"
    make(path)
    assert [(each.name, mode(each)) for each in tmp_path.iterdir()] == [("it", 0o600)]


def test_a_report_is_as_open_as_the_umask_or_the_file_before(tmp_path: Path) -> None:
    os.umask(0o022)
    path = tmp_path / "report.xml"
    write_whole(str(path), "report")
    assert mode(path) == 0o644
    path.chmod(0o640)
    write_whole(str(path), "report")
    assert mode(path) == 0o640


def test_a_report_is_never_open_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.xml"
    path.touch(0o600)
    seen: list[int] = []
    monkeypatch.setattr(os, "chmod", lambda beside, _: seen.append(mode(beside)))
    write_whole(str(path), "report")
    assert seen == [0o600]


FOLDERS: list[Callable[[Path], object]] = [
    lambda path: make_private_folder(str(path)),
    lambda path: make_folder(f"{path}/"),
    lambda path: HistoryFile(str(path / "history")).add("ls"),
]


@pytest.mark.parametrize("make", FOLDERS)
def test_folders_are_private_up_to_the_first_that_was_there(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "a" / "b")
    make(tmp_path / "a" / "b")
    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)


def test_our_own_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "wsinspect"
    folder.mkdir(0o777)
    remember("ws://example.com/", {"XDG_STATE_HOME": str(tmp_path)})
    assert mode(folder) == 0o700
    assert {each.name: mode(each) for each in folder.iterdir()} == {"recent": 0o600}


def test_no_folder_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(InspectError) as told:
            make_folder(str(path))
        assert told.value.exit == Exit.OUTPUT


def test_a_spool_has_no_name_and_is_its_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spool = Spool(in_memory=0)
    spool.add("key", SECRET)
    assert spool._file is not None
    assert stat.S_IMODE(os.fstat(spool._file.fileno()).st_mode) == 0o600
    assert list(tmp_path.iterdir()) == []
    spool.close()


def test_the_keys_of_tls_are_their_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    tls_context(Tls())
    assert mode(tmp_path / "keys") == 0o600


# Who guessed a name.


WRITTEN: list[Callable[[Path], object]] = [
    lambda path: write_whole(str(path), SECRET.decode()),
    lambda path: write_whole(str(path), SECRET.decode(), private=True),
    lambda path: write_pieces(str(path), [SECRET]),
    lambda path: write_pieces(str(path), [SECRET], force=True),
    lambda path: remember("ws://example.com/", {"XDG_STATE_HOME": str(path.parent.parent)}),
]


@pytest.mark.parametrize("write", WRITTEN)
def test_a_link_at_a_temporary_name_is_not_followed(tmp_path: Path, write: Callable[[Path], object]) -> None:
    folder = tmp_path / "wsinspect"
    folder.mkdir()
    path, other = folder / "recent", tmp_path / "other"
    other.write_bytes(b"theirs")
    for guessed in (f".recent.{os.getpid()}.part", f"recent.{os.getpid()}"):
        (folder / guessed).symlink_to(other)
    write(path)
    assert other.read_bytes() == b"theirs"
    assert path.stat().st_size > 0
    assert not path.is_symlink()


def test_names_that_are_taken_come_to_an_end(tmp_path: Path) -> None:
    made = [made_beside(str(tmp_path / "it")) for _ in range(100)]
    for descriptor, _ in made:
        os.close(descriptor)
    assert len({name for _, name in made}) == 100
    with pytest.raises(FileExistsError):
        made_beside(str(tmp_path / "it"))


@pytest.mark.parametrize("dangling", [True, False])
def test_nothing_is_written_through_a_link_unless_that_is_asked_for(tmp_path: Path, dangling: bool) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    if not dangling:
        other.write_bytes(b"theirs")
    link.symlink_to(other)
    for write in (
        lambda: Place(str(link)).opened(),
        lambda: new_file(str(link)),
        lambda: write_pieces(str(link), [SECRET]),
    ):
        with pytest.raises(InspectError) as told:
            write()
        assert told.value.exit == Exit.OUTPUT
    assert other.exists() is not dangling
    assert dangling or other.read_bytes() == b"theirs"


# The program itself.


def test_what_the_program_leaves(tmp_path: Path) -> None:
    """One run that makes all of it at once, another that keeps a check's recording, a third that exports."""
    with serving(opened(glued=text("one" * 2000) + text("two" * 2000) + close()), Peer.until_close) as served:
        session = str(tmp_path / "session.ndjson")
        first = start("connect", served.url, "--record", session, "--rotate", "1000", "-q")
        check = start(
            "check", served.url, "--expect-text", "three", "--within", "1s", "--show-secrets",
            "--record", str(tmp_path / "kept" / "here"), "--report", f"html={tmp_path / 'report.html'}",
        )  # fmt: skip
        assert ended(first).exit == 0
        assert ended(check).exit != 0
    assert run("export", session, "-o", str(tmp_path / "it.html")).exit == 0
    left = {path for path in tmp_path.rglob("*") if path.name != "here" and path.name != "kept"}
    assert len(left) >= 5
    assert {path.name for path in left if mode(path) != 0o600} == set()
    assert {mode(tmp_path / "kept"), mode(tmp_path / "kept" / "here")} == {0o700}
