"""The programs of PostgreSQL are found, or the reader is told what to set."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hypersim.storage.connection import DatabaseUnavailable
from hypersim.storage.embedded import binaries
from hypersim.storage.embedded.account import account_for
from hypersim.storage.embedded.binaries import find_binaries


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every user may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o711)
        yield Path(place)


def find(chosen: Path | None, beside: Path, said: list[str]) -> binaries.Binaries:
    return find_binaries(chosen, account_for(beside / "pgdata"), beside, said.append)


def test_an_installed_package_is_enough(home: Path) -> None:
    said: list[str] = []
    found = find(None, home, said)
    assert found.major >= binaries.OLDEST_MAJOR
    assert found.postgres.is_file()
    assert found.initdb.is_file()


def test_a_folder_without_programs_is_refused(home: Path) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        find(home, home, [])
    assert f"HYPERSIM_POSTGRES_BIN names {home}" in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)


def test_a_machine_without_postgresql_is_told_what_to_set(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_WHEELS", (("no_such_package", "bin"),))
    monkeypatch.setattr(binaries, "_SYSTEM_INSTALLATIONS", home)
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(DatabaseUnavailable) as caught:
        find(None, home, [])
    assert "found no PostgreSQL" in str(caught.value)
    assert "DATABASE_URL" in str(caught.value)
    assert "HYPERSIM_POSTGRES_BIN" in str(caught.value)


def test_programs_that_are_too_old_or_broken_are_passed_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, answer in (("9.6", "postgres (PostgreSQL) 9.6.24"), ("17", "not found")):
        folder = home / version / "bin"
        folder.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (folder / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
            (folder / name).chmod(0o755)
    monkeypatch.setattr(binaries, "_WHEELS", ())
    monkeypatch.setattr(binaries, "_SYSTEM_INSTALLATIONS", home)
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(DatabaseUnavailable, match="found no PostgreSQL"):
        find(None, home, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_that_the_servers_user_cannot_reach_are_copied_once(home: Path) -> None:
    said: list[str] = []
    installed = find(None, home, []).bin_dir
    package = installed.parents[1]
    hidden = home / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(package, hidden / package.name, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, hidden / libraries.name)
    bin_dir = hidden / installed.relative_to(package.parent)
    first = find(bin_dir, home, said)
    assert find(bin_dir, home, said) == first
    assert len(said) == 1
    assert said[0].startswith("copying PostgreSQL to ")
    assert not first.bin_dir.is_relative_to(hidden)
    assert hidden.stat().st_mode & 0o777 == 0o700
