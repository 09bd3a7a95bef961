"""countersignatures: who answers for entries made with nobody signed in; rows only grow

On both databases UPDATE and DELETE are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "countersignature"
REFUSAL = "this table only grows"
CLAIM = sa.Enum("recorded", "confirmed", name="claim", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("signature_id", sa.String(length=36), nullable=False),
        sa.Column("claim", CLAIM, nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_countersignature_clinic_id")),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergency.id"], name=op.f("fk_countersignature_emergency_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["emergency_event.event_id"], name=op.f("fk_countersignature_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["signature_id"], ["signature.id"], name=op.f("fk_countersignature_signature_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_countersignature")),
    )
    for column in ("clinic_id", "emergency_id"):
        op.create_index(op.f(f"ix_countersignature_{column}"), TABLE, [column])
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
    raise RuntimeError("signed entries would lose their signatures: restore a backup instead")
