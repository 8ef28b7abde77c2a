"""People and screens: tokens of displays, links and subjects of accounts, what opened a session."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "displays",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_displays")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_displays_token_hash")),
    )
    op.add_column("accounts", sa.Column("subject", sa.Text()))
    op.create_index("uq_accounts_subject", "accounts", ["subject"], unique=True)
    op.add_column("links", sa.Column("account", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("opened_by", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("sessions", "opened_by")
    op.drop_column("links", "account")
    op.drop_index("uq_accounts_subject", "accounts")
    op.drop_column("accounts", "subject")
    op.drop_table("displays")
