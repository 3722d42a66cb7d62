"""One server that all attacks share."""

from collections.abc import Iterator

import pytest

from tests.support.attack import Target, attacked_server


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with attacked_server(tmp_path_factory.mktemp("attacks")) as attacked:
        yield attacked
