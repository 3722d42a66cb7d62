"""`hypersim key create --public-key`."""

import json
from pathlib import Path

from tests.support.key_pairs import ed25519_key, private_pem, public_pem, rsa_key
from tests.unit.cli.conftest import Terminal

EMAIL = "ann@example.com"


def test_a_public_key_is_registered_from_its_file(terminal: Terminal, tmp_path: Path) -> None:
    terminal.output("user", "create", EMAIL, "--no-key")
    for kind, key in (("ed25519", ed25519_key()), ("rsa", rsa_key())):
        path = tmp_path / f"{kind}.pem"
        path.write_text(public_pem(key))
        options = ("--public-key", str(path), "--kind", kind, "--api-key", kind)
        shown = terminal.output("key", "create", EMAIL, *options)
        assert "private key" in shown
        listed = terminal.output("key", "list", EMAIL)
        assert f"({kind})" in listed
    body = json.loads(terminal.output("key", "create", EMAIL, "--public-key", str(path), "--json"))
    assert body["kind"] == "rsa"


def test_what_cannot_be_registered_is_one_line(terminal: Terminal, tmp_path: Path) -> None:
    terminal.output("user", "create", EMAIL, "--no-key")
    path = tmp_path / "key.pem"
    path.write_text(private_pem(ed25519_key()))
    secret = private_pem(ed25519_key()).splitlines()[1]
    line = terminal.failure("key", "create", EMAIL, "--public-key", str(path))
    assert "private key" in line
    assert secret not in line
    path.write_bytes(b"\xff\x00\xfe")
    assert "PEM" in terminal.failure("key", "create", EMAIL, "--public-key", str(path))
    assert terminal.run("key", "create", EMAIL, "--public-key", "/nowhere").exit_code == 2
    assert "publicKey" in terminal.failure("key", "create", EMAIL, "--kind", "rsa")
