"""plans: answers to findings and doubts, changes of a plan, due dates; these rows only grow

A product that was replaced in a plan stays as a row with the time it was withdrawn. On both databases UPDATE
and DELETE of the new tables are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
CLASSES = sa.Enum(
    "toxin", "ha_filler", "biostimulator", "hyaluronidase", "adrenaline", "other", name="productclass",
    native_enum=False, create_constraint=True, length=40,
)  # fmt: skip
INDEXES = {
    "plan_change": (("clinic_id",), ("treatment_id",)),
    "plan_answer": (("clinic_id",), ("treatment_id",)),
    "due_date": (("clinic_id",), ("treatment_id",), ("patient_id",), ("clinic_id", "from_on")),
}


def upgrade() -> None:
    op.add_column("plan_item", sa.Column("withdrawn_at", INSTANT, nullable=True))
    _changes()
    _answers()
    _due_dates()
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    for table, indexed in INDEXES.items():
        for columns in indexed:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
        guard(table)


def _column(name: str, kind: Any, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _keys(table: str, **targets: str) -> list[Any]:
    named = {"clinic_id": "clinic.id", "treatment_id": "treatment.id", **targets}
    points = [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in named.items()
    ]
    return [*points, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def _changes() -> None:
    op.create_table(
        "plan_change",
        _column("id", ID), _column("treatment_id", ID), _column("before", sa.Text()),
        _column("after", sa.Text()), _column("reopened", sa.Text()), _column("reason", sa.String(length=300)),
        _column("changed_at", INSTANT), _column("changed_by", ID), _column("clinic_id", ID),
        *_keys("plan_change", changed_by="member.id"),
    )  # fmt: skip


def _answers() -> None:
    op.create_table(
        "plan_answer",
        _column("id", ID), _column("treatment_id", ID), _column("injection_id", ID, null=True),
        _column("plan_sha256", sa.String(length=64)), _column("finding", sa.String(length=200)),
        _column("outcome", sa.String(length=20)), _column("text", sa.String(length=2000)),
        _column("source", sa.String(length=300)), _column("earliest_on", sa.Date(), null=True),
        _column("reason", sa.String(length=2000), null=True), _column("answered_at", INSTANT),
        _column("answered_by", ID), _column("signature_id", ID, null=True), _column("clinic_id", ID),
        *_keys("plan_answer", injection_id="injection.id", answered_by="member.id",
               signature_id="signature.id"),
    )  # fmt: skip


def _due_dates() -> None:
    op.create_table(
        "due_date",
        _column("id", ID), _column("treatment_id", ID), _column("patient_id", ID),
        _column("product_class", CLASSES), _column("brand", sa.String(length=60)),
        _column("area", sa.String(length=60)), _column("figure", sa.String(length=100)),
        _column("given_on", sa.Date()), _column("from_on", sa.Date()),
        _column("amber_on", sa.Date(), null=True), _column("protocol_digest", sa.String(length=64)),
        _column("clinic_id", ID), *_keys("due_date", patient_id="patient.id"),
    )  # fmt: skip


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
    raise RuntimeError("signed answers would be lost: restore a backup instead")
