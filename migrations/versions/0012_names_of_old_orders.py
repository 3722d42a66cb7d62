"""An order whose client order id the memory has forgotten is found by it."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX orders_client_order_id_idx ON orders (user_id, client_order_id)"
        " WHERE ended_seq IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX orders_client_order_id_idx")
