"""What several tables need."""

from pathlib import Path

import pytest

from tests.servers import Peer, close, open_, run, serving, text


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a client that says something, and is answered."""
    path = tmp_path_factory.mktemp("session") / "session.ndjson"
    with serving(open_, text("welcome"), Peer.frame, text("you said it"), close(1000), Peer.until_close) as served:
        assert run("connect", served.url, "--send", "hello", "--record", str(path)).exit == 0
    return path
