"""Where the embedded PostgreSQL can be, and what is said where it cannot."""

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hypersim.storage.embedded.server import EmbeddedPostgres
from tests.support.embedded import ask, child, refusal, running

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can set this up")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux mount namespaces")


@pytest.mark.parametrize(
    "name",
    ["with a space", 'it\'s "$HOME", a:b', "long" * 30],
    ids=["space", "quotes", "long"],
)
def test_any_path_will_do(tmp_path: Path, used_root: Path, name: str) -> None:
    root = tmp_path / name
    subprocess.run(["cp", "-a", used_root, root], check=True)
    with running(root) as (_, connection):
        assert ask(connection, "SHOW data_checksums") == "on"
        place = Path(connection.host)
        assert place.stat().st_mode & 0o777 == 0o700
    assert place.parent == root or not place.exists()


def test_a_half_made_database_is_made_anew(root: Path) -> None:
    (root / "pgdata.new/base").mkdir(parents=True)
    (root / "pgdata.new/PG_VERSION").write_text("18\n")
    with running(root) as (_, connection):
        assert ask(connection, "SELECT 1") == 1
    assert not (root / "pgdata.new").exists()


def test_data_of_another_major_version_is_refused(root: Path) -> None:
    (root / "pgdata").mkdir(parents=True)
    (root / "pgdata/PG_VERSION").write_text("14\n")
    message = refusal(EmbeddedPostgres(root))
    assert "made by PostgreSQL 14" in message
    assert "HYPERSIM_POSTGRES_BIN" in message


@as_root
def test_an_ordinary_user_needs_no_rights() -> None:
    entry = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        os.chown(place, entry.pw_uid, entry.pw_gid)
        with child(Path(place, "data"), user="nobody") as (_, word, host):
            assert (word, host) == ("ready", f"{place}/data/run")


def test_a_directory_that_may_not_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o555)
        user = "nobody" if os.geteuid() == 0 else ""
        with child(Path(place, "data"), user=user) as (_, word, line):
            assert word == "unavailable"
            assert f"{place}/data is not writable for user" in line


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is no directory" in refusal(EmbeddedPostgres(tmp_path / "file"))
    assert "is no directory" in refusal(EmbeddedPostgres(tmp_path / "file/below"))


def on_tmpfs(place: Path, options: str, then: str) -> tuple[str, ...]:
    """Runs a command where `place` is a small file system of its own, seen by nobody else."""
    mount = f'mount -t tmpfs -o "{options}" none "{place}" && {then} && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", mount, "sh")


@as_root
@on_linux
def test_a_read_only_file_system_gives_one_clear_line(tmp_path: Path) -> None:
    under = on_tmpfs(tmp_path, "size=1m", f'mount -o remount,ro "{tmp_path}"')
    with child(tmp_path / "data", under=under) as (_, word, line):
        assert word == "unavailable"
        assert f"{tmp_path}/data is on a read-only file system" in line


@as_root
@on_linux
def test_a_full_disk_gives_one_clear_line_that_quotes_postgresql(tmp_path: Path) -> None:
    under = on_tmpfs(tmp_path, "size=30m", "true")
    with child(tmp_path / "data", under=under) as (_, word, line):
        assert word == "unavailable"
        assert f"the disk of the data directory {tmp_path}/data is full (FATAL:" in line
        assert "No space left on device" in line
