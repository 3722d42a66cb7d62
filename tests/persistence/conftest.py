"""What tests of the record share."""

from pathlib import Path

import pytest

from tests.support.embedded import running
from tests.support.postgres import database, empty_database, postgres_server

__all__ = ["database", "empty_database", "postgres_server"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where no database is yet."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def used_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a database that was stopped cleanly; a test leaves it so."""
    root = tmp_path_factory.mktemp("used") / "data"
    with running(root):
        pass
    return root
