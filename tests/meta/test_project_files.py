"""The files that build, run and ship hypersim agree with each other."""

import re
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
TARGETS_MAX = 15


def _distribution(requirement: str) -> str:
    """'uvicorn[standard]>=0.40' -> 'uvicorn', in the spelling that lock files use."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _dockerfile_copies() -> list[str]:
    """What the Dockerfile copies from the build context."""
    copies = [line.split()[1:] for line in _dockerfile() if line.startswith("COPY ")]
    return [source for words in copies if "--from" not in words[0] for source in words[:-1]]


def _dockerfile() -> list[str]:
    return (ROOT / "Dockerfile").read_text().splitlines()


def test_the_lock_pins_every_package_by_version_and_hash() -> None:
    entries = LOCK.replace("\\\n", " ").splitlines()
    assert entries
    unpinned = [e for e in entries if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:\w{64}", e)]
    assert not unpinned, "run `make lock`"


def test_the_lock_names_no_package_index() -> None:
    assert not re.findall(r"^-|://|index-url|find-links", LOCK, re.M), "run `make lock`"


def test_the_lock_holds_every_dependency() -> None:
    wanted = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    locked = set(re.findall(r"^([a-z0-9.-]+)==", LOCK, re.M))
    assert not {_distribution(r) for r in wanted} - locked, "run `make lock`"


def test_every_make_target_is_documented_and_they_are_few() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][a-z-]*):(.*)$", makefile, re.M)
    assert 0 < len(targets) <= TARGETS_MAX
    assert not [name for name, rest in targets if "## " not in rest]
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert phony
    assert set(phony[1].split()) == {name for name, _ in targets}


def test_what_the_dockerfile_copies_exists_and_is_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text().split("\n")
    allowed = [line[1:] for line in ignore if line.startswith("!")]
    copies = _dockerfile_copies()
    assert copies
    for source in copies:
        path = source.removeprefix("./")
        assert (ROOT / path).exists(), f"the Dockerfile copies {path}, which is not there"
        assert any(fnmatch(path, a) for a in allowed), f".dockerignore keeps {path} out"


def test_the_image_does_not_run_as_root_and_has_a_health_check() -> None:
    users = [line.split()[1] for line in _dockerfile() if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")
    assert any(line.startswith("HEALTHCHECK ") for line in _dockerfile())


def test_the_wheel_holds_the_migrations_and_nothing_of_the_tests(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    migrations = [p for p in (ROOT / "migrations").rglob("*.py") if "__pycache__" not in p.parts]
    assert migrations
    for path in migrations:
        assert f"hypersim/_migrations/{path.relative_to(ROOT / 'migrations')}" in names
    assert "hypersim/py.typed" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"hypersim"}


def test_images_are_named_by_digest() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    images = [line.split()[1] for line in _dockerfile() if line.startswith("FROM ")]
    images += [s["image"] for s in compose["services"].values() if "image" in s]
    assert len(images) == 3
    assert not [image for image in images if not re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image)]


def test_what_installs_packages_is_installed_by_hash() -> None:
    for file in ("Dockerfile", "scripts/setup_env"):
        text = (ROOT / file).read_text().replace("\\\n", " ")
        installs = re.findall(r"pip(?:_for \S+)? install[^\n]*", text)
        assert installs
        for command in installs:
            assert "--require-hashes" in command or "--no-deps" in command, command
    lock = (ROOT / "scripts/uv.lock").read_text()
    assert re.match(r"uv==\S+ \\\n +--hash=sha256:\w{64}", lock), "run `make lock`"


def test_compose_publishes_on_this_machine_only_and_knows_no_password() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    compose = yaml.safe_load(text)
    ports = [port for s in compose["services"].values() for port in s["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    passwords = re.findall(r"PASS(?:WORD)?: (.*)", text)
    assert len(passwords) == 2
    assert all(password.startswith("${DB_PASS:?") for password in passwords)


def test_compose_gives_the_app_the_database_that_it_starts() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    app, db = compose["services"]["app"], compose["services"]["db"]
    database = db["environment"]
    assert app["environment"]["DB_HOST"] == "db"
    assert app["environment"]["DB_NAME"] == database["POSTGRES_DB"]
    assert app["environment"]["DB_USER"] == database["POSTGRES_USER"]
    assert app["environment"]["DB_PASS"] == database["POSTGRES_PASSWORD"]
    assert "BINANCE_API_URL" in app["environment"]
    assert app["depends_on"]["db"]["condition"] == "service_healthy"
    assert "healthcheck" in db
    named = {v.split(":")[0] for s in (app, db) for v in s["volumes"]}
    assert named == set(compose["volumes"])
