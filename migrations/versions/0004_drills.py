"""drills: when one was made real; plans, who takes part, attendance and debriefs

A drill may become real, an emergency never a drill: both databases refuse it.
Attendance and debriefs only grow.
"""

import sqlalchemy as sa
from alembic import op

import safety.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("drill_attendance", "drill_debrief")
REFUSAL = "this table only grows"
NO_WAY_BACK = "an emergency never becomes a drill"


def upgrade() -> None:
    with op.batch_alter_table("emergency") as table:
        table.add_column(sa.Column("made_real_at", safety.db.UtcDateTime(timezone=True), nullable=True))
    _plans()
    _afterwards()
    postgresql = op.get_bind().dialect.name == "postgresql"
    _one_way_postgresql() if postgresql else _one_way_sqlite()
    for table_name in APPEND_ONLY:
        _guard_postgresql(table_name) if postgresql else _guard_sqlite(table_name)


def _plans() -> None:
    op.create_table(
        "drill_plan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("script_id", sa.String(length=60), nullable=False),
        sa.Column("script", safety.db.CanonicalJson(), nullable=False),
        sa.Column("protocol_digest", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("speed", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.String(length=36), nullable=True),
        sa.Column("planned_by", sa.String(length=36), nullable=False),
        sa.Column("planned_at", safety.db.UtcDateTime(timezone=True), nullable=False),
        *_owned("drill_plan", planned_by="member", room_id="room"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_plan")),
    )
    op.create_table(
        "drill_participant",
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        *_owned("drill_participant", member_id="member", plan_id="drill_plan"),
        sa.PrimaryKeyConstraint("plan_id", "member_id", name=op.f("pk_drill_participant")),
    )
    for table in ("drill_plan", "drill_participant"):
        op.create_index(op.f(f"ix_{table}_clinic_id"), table, ["clinic_id"])


def _afterwards() -> None:
    op.create_table(
        "drill_attendance",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("signature_id", sa.String(length=36), nullable=False),
        sa.Column("signed_at", safety.db.UtcDateTime(timezone=True), nullable=False),
        *_owned("drill_attendance", emergency_id="emergency", member_id="member", signature_id="signature"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_attendance")),
        sa.UniqueConstraint(
            "emergency_id", "member_id", name=op.f("uq_drill_attendance_emergency_id_member_id")
        ),
    )
    op.create_table(
        "drill_debrief",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.Column("written_at", safety.db.UtcDateTime(timezone=True), nullable=False),
        *_owned("drill_debrief", emergency_id="emergency", written_by="member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_debrief")),
    )
    for table in APPEND_ONLY:
        op.create_index(op.f(f"ix_{table}_clinic_id"), table, ["clinic_id"])


def _owned(table: str, **links: str) -> list[sa.Column[str] | sa.ForeignKeyConstraint]:
    """The clinic's column and every foreign key of a table."""
    column: sa.Column[str] = sa.Column("clinic_id", sa.String(length=36), nullable=False)
    keys = {"clinic_id": "clinic", **links}
    return [
        column,
        *(
            sa.ForeignKeyConstraint([name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, target in keys.items()
        ),
    ]


def _one_way_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER emergency_one_way BEFORE UPDATE OF drill ON emergency "
        f"WHEN OLD.drill = 0 AND NEW.drill <> 0 BEGIN SELECT RAISE(ABORT, '{NO_WAY_BACK}'); END"
    )


def _one_way_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION emergency_one_way() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{NO_WAY_BACK}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER emergency_one_way BEFORE UPDATE OF drill ON emergency FOR EACH ROW "
        "WHEN (NOT OLD.drill AND NEW.drill) EXECUTE FUNCTION emergency_one_way()"
    )


def _guard_sqlite(table: str) -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
        )


def _guard_postgresql(table: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table}: {REFUSAL}'; END $$"
    )
    for verb in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
        )


def downgrade() -> None:
    raise RuntimeError("drills that were made real cannot be unmade: restore a backup instead")
