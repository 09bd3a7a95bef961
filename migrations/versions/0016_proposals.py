"""proposals: values of a protocol written down for a medical director to sign

An approval names the proposal it came of; approvals made before have none.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
POINTS = {
    "clinic_id": "clinic.id",
    "file_sha256": "protocol_file.sha256",
    "proposed_by": "member.id",
    "withdrawn_by": "member.id",
}


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", ID, nullable=False),
        sa.Column("protocol_id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("proposed_by", ID, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawn_by", ID, nullable=True),
        sa.Column("clinic_id", ID, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_proposal_{column}"))
            for column, target in POINTS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_clinic_id"), "proposal", ["clinic_id"])
    op.create_index(op.f("ix_proposal_protocol_id"), "proposal", ["protocol_id"])
    with op.batch_alter_table("approval") as approval:
        approval.add_column(sa.Column("proposal_id", ID, nullable=True))
        approval.create_foreign_key(op.f("fk_approval_proposal_id"), "proposal", ["proposal_id"], ["id"])
        approval.create_unique_constraint(op.f("uq_approval_proposal_id"), ["proposal_id"])


def downgrade() -> None:
    raise RuntimeError("what was signed would be lost: restore a backup instead")
