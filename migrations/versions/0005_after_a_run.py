"""after a run: cards for the wall, follow-ups, returns, debriefs"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = ("hung_card", "follow_up", "follow_up_entry", "debrief")
REFUSAL = "this table only grows"


def upgrade() -> None:
    op.create_table(
        "printed_card",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("card", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by", sa.String(length=60), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_printed_card_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_printed_card")),
    )
    op.create_index(op.f("ix_printed_card_clinic_id"), "printed_card", ["clinic_id"])
    op.create_table(
        "hung_card",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("room_id", sa.String(length=36), nullable=False),
        sa.Column("card", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hung_by", sa.String(length=60), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_hung_card_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["digest"], ["printed_card.digest"], name=op.f("fk_hung_card_digest_printed_card")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_hung_card_room_id_room")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_hung_card")),
        sa.UniqueConstraint("id", name=op.f("uq_hung_card_id")),
    )
    op.create_index(op.f("ix_hung_card_clinic_id"), "hung_card", ["clinic_id"])
    _after_a_run()
    _guard()


def _after_a_run() -> None:
    op.create_table(
        "incident_return",
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        *_foreign("incident_return", clinic_id="clinic", emergency_id="emergency", incident_id="incident"),
        sa.PrimaryKeyConstraint("emergency_id", name=op.f("pk_incident_return")),
    )
    op.create_index(op.f("ix_incident_return_clinic_id"), "incident_return", ["clinic_id"])
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", _enum("kind", "phone", "visit", "photo"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by_review", sa.Boolean(), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        *_foreign(
            "follow_up",
            clinic_id="clinic",
            emergency_id="emergency",
            incident_id="incident",
            owner_id="member",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_clinic_id"), "follow_up", ["clinic_id"])
    _entries()


def _entries() -> None:
    op.create_table(
        "follow_up_entry",
        _position(),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("follow_up_id", sa.String(length=36), nullable=False),
        sa.Column("kind", _enum("entry", "done", "cancelled", "withdrawn", "taken_over"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("refill", sa.String(length=10), nullable=True),
        sa.Column("refill_ds", sa.Integer(), nullable=True),
        sa.Column("mirror_ds", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=10), nullable=True),
        sa.Column("colour", sa.String(length=20), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        *_foreign("follow_up_entry", clinic_id="clinic", follow_up_id="follow_up", member_id="member"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_follow_up_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_follow_up_entry_id")),
    )
    op.create_index(op.f("ix_follow_up_entry_clinic_id"), "follow_up_entry", ["clinic_id"])
    op.create_index(op.f("ix_follow_up_entry_follow_up_id"), "follow_up_entry", ["follow_up_id"])
    op.create_table(
        "debrief",
        _position(),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("emergency_id", sa.String(length=36), nullable=False),
        sa.Column("went_well", sa.String(length=2000), nullable=False),
        sa.Column("to_change", sa.String(length=2000), nullable=False),
        sa.Column("wellbeing", sa.String(length=2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("clinic_id", sa.String(length=36), nullable=False),
        *_foreign("debrief", clinic_id="clinic", emergency_id="emergency", member_id="member"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_debrief")),
        sa.UniqueConstraint("id", name=op.f("uq_debrief_id")),
    )
    op.create_index(op.f("ix_debrief_clinic_id"), "debrief", ["clinic_id"])
    op.create_index(op.f("ix_debrief_emergency_id"), "debrief", ["emergency_id"])


def _position() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("position", kind, autoincrement=True, nullable=False)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _foreign(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
        for column, other in columns.items()
    ]


def _guard() -> None:
    """What may only grow refuses UPDATE and DELETE on both databases, on PostgreSQL TRUNCATE as well."""
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    for table in APPEND_ONLY:
        guard(table)


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
