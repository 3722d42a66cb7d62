"""Withdrawals that accounts ask for, and the permission to."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WITHDRAWALS = """CREATE TABLE withdrawals (
    id bigint NOT NULL CONSTRAINT withdrawals_pkey PRIMARY KEY,
    user_id bigint NOT NULL,
    asset text NOT NULL,
    amount numeric(38,18) NOT NULL,
    fee numeric(38,18) NOT NULL,
    network text NOT NULL,
    address text NOT NULL,
    tag text NOT NULL,
    client_id text,
    created_at timestamptz NOT NULL,
    due_at timestamptz,
    status text NOT NULL,
    ended_at timestamptz
)"""

UPGRADE = (
    WITHDRAWALS,
    "CREATE INDEX withdrawals_user_time_idx ON withdrawals (user_id, created_at, id)",
    "CREATE INDEX withdrawals_open_idx ON withdrawals (id) WHERE ended_at IS NULL",
    "ALTER TABLE checkpoint ADD COLUMN withdrawal_id bigint NOT NULL DEFAULT 0",
    "ALTER TABLE checkpoint ALTER COLUMN withdrawal_id DROP DEFAULT",
    # A key that could do everything still can.
    """UPDATE api_keys SET permissions = permissions || '{withdraw}'
       WHERE permissions @> '{read,trade}' AND cardinality(allowed_ips) = 0""",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    """What is on its way out stays with the house."""
    op.execute("UPDATE api_keys SET permissions = array_remove(permissions, 'withdraw')")
    op.execute("ALTER TABLE checkpoint DROP COLUMN withdrawal_id")
    op.execute("DROP TABLE withdrawals")
