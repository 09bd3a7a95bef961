"""tablet checks: what somebody found when they tried a tablet before the day; rows only grow

On both databases UPDATE and DELETE are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "tablet_check"
REFUSAL = "this table only grows"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tablet_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.Column("stories_agreed", sa.Integer(), nullable=False),
        sa.Column("stories_told", sa.Integer(), nullable=False),
        sa.Column("copy_digest", sa.String(length=16), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_tablet_check_clinic_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_tablet_check_member_id")),
        sa.ForeignKeyConstraint(["tablet_id"], ["tablet.id"], name=op.f("fk_tablet_check_tablet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tablet_check")),
    )
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tablet_check_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tablet_check_tablet_id"), ["tablet_id"], unique=False)
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    guard()


def _guard_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE}: {REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {TABLE}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{TABLE}: {REFUSAL}'; END $$"
    )
    for verb in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_only_grows()"
        )


def downgrade() -> None:
    raise RuntimeError("checks would lose their rows: restore a backup instead")
