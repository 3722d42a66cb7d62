"""Orders that ended together stand in one row, until each of them is marked in its own."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MASS_ENDINGS = """CREATE TABLE mass_endings (
    place bigint NOT NULL CONSTRAINT mass_endings_pkey PRIMARY KEY,
    status text NOT NULL,
    close_reason text NOT NULL,
    ended_at timestamptz NOT NULL,
    order_ids bigint[] NOT NULL
)"""

SETTLE = """UPDATE orders SET
    status = ending.status, close_reason = ending.close_reason, updated_at = ending.ended_at,
    locked = 0, ended_seq = ending.place + source.number - 1
FROM mass_endings AS ending, unnest(ending.order_ids) WITH ORDINALITY AS source (id, number)
WHERE orders.id = source.id AND orders.ended_seq IS NULL"""


def upgrade() -> None:
    op.execute(MASS_ENDINGS)
    op.execute("COMMENT ON COLUMN mass_endings.place IS 'of the first one; the others follow it'")


def downgrade() -> None:
    op.execute(SETTLE)
    op.execute("DROP TABLE mass_endings")
