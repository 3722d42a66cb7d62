"""The history of amended orders."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UPGRADE = """CREATE TABLE order_amendments (
    order_id bigint NOT NULL,
    number bigint NOT NULL,
    user_id bigint NOT NULL,
    client_order_id_before text,
    client_order_id_after text,
    amount_before numeric(38,18) NOT NULL,
    amount_after numeric(38,18) NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT order_amendments_pkey PRIMARY KEY (order_id, number)
)"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    """The amended orders stay as they are."""
    op.execute("DROP TABLE order_amendments")
