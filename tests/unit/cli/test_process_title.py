"""What the process list shows of a command line."""

import pytest

from hypersim.cli.process_title import without_secrets


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("hypersim serve --port 9000", "hypersim serve --port 9000"),
        (
            "serve --database-url postgresql://me:p@ss:w/rd@db:5432/x?sslmode=require",
            "serve --database-url postgresql://me:***@db:5432/x?sslmode=require",
        ),
        ("serve --database-url=postgres://me:pass@/x", "serve --database-url=postgres://me:***@/x"),
        ("serve --database-url postgresql://me@db/x", "serve --database-url postgresql://me@db/x"),
        (
            "--database-url postgresql://db/x?user=me&password=pass&a=b",
            "--database-url postgresql://db/x?user=me&password=***&a=b",
        ),
        ("status --token abc --url http://h", "status --token *** --url http://h"),
        ("status --token=abc", "status --token=***"),
        (
            "key create me --api-secret s --passphrase p",
            "key create me --api-secret *** --passphrase ***",
        ),
        ("user create me --password p --json", "user create me --password *** --json"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(typed: str, shown: str) -> None:
    assert without_secrets(typed.split()) == shown.split()
