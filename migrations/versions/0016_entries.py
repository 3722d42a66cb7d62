"""A row of the ledger is what an entry changed for an account, with its legs in one column. Rows of
single legs stay as they are under another name, and a view shows both leg by leg, so that nothing
is rewritten however long the ledger is."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = ("user_asset_idx", "rare_idx")
CONSTRAINTS = ("pkey", "moves_something_check", "not_overdrawn_check")

LEDGER = """CREATE TABLE ledger (
    seq bigint NOT NULL,
    user_id bigint NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    legs text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT ledger_pkey PRIMARY KEY (seq, user_id)
)"""

REST = (
    "COMMENT ON COLUMN ledger.reference IS 'order:1, trade:1, or the request''s'",
    "COMMENT ON COLUMN ledger.legs IS 'six words for each asset; the view ledger_legs tells them'",
    "CREATE INDEX ledger_user_asset_idx ON ledger (user_id, split_part(legs, ' ', 2), seq)",
    "CREATE INDEX ledger_user_asset_2_idx ON ledger (user_id, split_part(legs, ' ', 8), seq)"
    " WHERE split_part(legs, ' ', 8) <> ''",
    "CREATE INDEX ledger_user_asset_3_idx ON ledger (user_id, split_part(legs, ' ', 14), seq)"
    " WHERE split_part(legs, ' ', 14) <> ''",
    "CREATE INDEX ledger_rare_idx ON ledger (user_id, split_part(legs, ' ', 2), seq)"
    " WHERE kind NOT IN ('hold', 'release', 'trade')",
    """CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION forbid_ledger_change()""",
)

COLUMNS = (
    "seq, leg, user_id, asset, kind, reference, available_change, locked_change, available_after,"
    " locked_after, created_at"
)


def leg(number: int) -> str:
    """Its rows of the view."""
    words = [f"split_part(legs, ' ', {6 * number + place})" for place in range(1, 7)]
    amounts = ", ".join(
        f"{word}::numeric AS {name}"
        for word, name in zip(words[2:], COLUMNS.split(", ")[6:10], strict=True)
    )
    where = f" WHERE kind = 'trade' AND {words[1]} <> ''" if number else ""
    return (
        f"SELECT seq, {words[0]}::smallint AS leg, user_id, {words[1]} AS asset, kind, reference,"
        f" {amounts}, created_at FROM ledger{where}"
    )


LEGS = " UNION ALL ".join(map(leg, range(3)))


def rename(table: str, to: str) -> None:
    op.execute(f"ALTER TABLE {table} RENAME TO {to}")
    for name in INDEXES:
        op.execute(f"ALTER INDEX {table}_{name} RENAME TO {to}_{name}")
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {to} RENAME CONSTRAINT {table}_{name} TO {to}_{name}")


def upgrade() -> None:
    rename("ledger", "ledger_lines")
    op.execute(LEDGER)
    for statement in REST:
        op.execute(statement)
    op.execute(f"CREATE VIEW ledger_legs AS SELECT {COLUMNS} FROM ledger_lines UNION ALL {LEGS}")


def downgrade() -> None:
    op.execute("DROP VIEW ledger_legs")
    op.execute(f"INSERT INTO ledger_lines ({COLUMNS}) {LEGS}")
    op.execute("DROP TABLE ledger")
    rename("ledger_lines", "ledger")
