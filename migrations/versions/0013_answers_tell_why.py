"""answers: on which visit to its page, why it was changed, by whose hand, from which earlier screening"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length in (("visit", 36), ("reason", 300), ("confirmed_from", 36)):
        op.add_column("answer", sa.Column(name, sa.String(length=length), nullable=True))
    by = sa.Column("given_by", sa.String(length=10), nullable=False, server_default="staff")
    op.add_column("answer", by)


def downgrade() -> None:
    raise RuntimeError("reasons of changed answers would be lost: restore a backup instead")
