"""close-out: seen before leaving, early release, amendments; a finished treatment's rows are closed

`treatment_finish` closes a treatment: from then on no row of it is changed, deleted or added to, by
trigger on both databases. What is said later stands in `amendment`, which only grows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
GROWS, CLOSED = "this table only grows", "this treatment is finished: amend it instead"
OF_TREATMENT = "treatment_id"
# table: the column that names the treatment
CLOSES = {
    "treatment": "id", "plan_item": OF_TREATMENT, "baseline": OF_TREATMENT, "injection": OF_TREATMENT,
    "treatment_start": OF_TREATMENT, "treatment_finish": OF_TREATMENT,
}  # fmt: skip
NO_MORE = ("plan_item", "baseline", "injection")


def upgrade() -> None:
    _seen()
    _released()
    _amendment()
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("patient_seen", "early_release", "amendment"):
        (_grows_postgresql if postgresql else _grows_sqlite)(table)
    for table, column in CLOSES.items():
        for verb in ("update", "delete", *(("insert",) if table in NO_MORE else ())):
            (_close_postgresql if postgresql else _close_sqlite)(table, column, verb)


def _seen() -> None:
    op.create_table(
        "patient_seen",
        sa.Column("id", ID, nullable=False),
        sa.Column("treatment_id", ID, nullable=False),
        sa.Column("skin_normal", sa.Boolean(), nullable=False),
        sa.Column("has_pain", sa.Boolean(), nullable=False),
        sa.Column("sight_changed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("seen_by", ID, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        *_keys("patient_seen", seen_by="member"),
    )
    _indexes("patient_seen")


def _released() -> None:
    op.create_table(
        "early_release",
        sa.Column("id", ID, nullable=False),
        sa.Column("treatment_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("released_at", INSTANT, nullable=False),
        sa.Column("released_by", ID, nullable=False),
        sa.Column("signature_id", ID, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        *_keys("early_release", released_by="member", signature_id="signature"),
    )
    _indexes("early_release")


def _amendment() -> None:
    op.create_table(
        "amendment",
        sa.Column("id", ID, nullable=False),
        sa.Column("treatment_id", ID, nullable=False),
        sa.Column("record", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=False),
        sa.Column("new_value", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("stock_note", sa.String(length=300), nullable=True),
        sa.Column("amended_at", INSTANT, nullable=False),
        sa.Column("amended_by", ID, nullable=False),
        sa.Column("signature_id", ID, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        *_keys("amendment", amended_by="member", signature_id="signature"),
    )
    _indexes("amendment")


def _keys(table: str, **others: str) -> list[sa.Constraint]:
    named = {"clinic_id": "clinic", "treatment_id": "treatment", **others}
    foreign = [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, target in named.items()
    ]
    return [*foreign, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def _indexes(table: str) -> None:
    for column in ("clinic_id", "treatment_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _grows_sqlite(table: str) -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: {GROWS}'); END"
        )


def _grows_postgresql(table: str) -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table}: {GROWS}'; END $$"
    )
    for verb in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
        )


def _close_sqlite(table: str, column: str, verb: str) -> None:
    row = "NEW" if verb == "insert" else "OLD"
    op.execute(
        f"CREATE TRIGGER {table}_closed_{verb} BEFORE {verb.upper()} ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM treatment_finish WHERE treatment_id = {row}.{column}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {CLOSED}'); END"
    )


def _close_postgresql(table: str, column: str, verb: str) -> None:
    row, back = ("NEW" if verb == "insert" else "OLD"), ("OLD" if verb == "delete" else "NEW")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_closed_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT 1 FROM treatment_finish WHERE treatment_id = {row}.{column}) "
        f"THEN RAISE EXCEPTION '{table}: {CLOSED}'; END IF; RETURN {back}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_closed_{verb} BEFORE {verb.upper()} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_closed_{verb}()"
    )


def downgrade() -> None:
    raise RuntimeError("amendments and who saw the patient would be lost: restore a backup instead")
