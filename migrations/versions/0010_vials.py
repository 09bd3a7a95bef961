"""vials: opened vials with a use-by of their own, dilution records, and the ledger lines that draw from them

Rows of both tables only grow: UPDATE and DELETE are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "vial",
        sa.Column("id", ID, nullable=False),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("one_treatment", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("opened_by", ID, nullable=False),
        sa.Column("discard_at", INSTANT, nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_vial_clinic_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_vial_lot_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["member.id"], name=op.f("fk_vial_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vial")),
    )
    op.create_table(
        "dilution",
        sa.Column("vial_id", ID, nullable=False),
        sa.Column("brand", sa.String(length=60), nullable=False),
        sa.Column("diluent", sa.String(length=120), nullable=False),
        sa.Column("diluent_lot", sa.String(length=40), nullable=False),
        sa.Column("diluent_lot_id", ID, nullable=True),
        sa.Column("volume_ul", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=10), nullable=False),
        sa.Column("off_label_reason", sa.String(length=300), nullable=True),
        sa.Column("use_by", sa.String(length=300), nullable=False),
        sa.Column("protocol_digest", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", ID, nullable=False),
        sa.CheckConstraint("volume_ul > 0", name=op.f("ck_dilution_has_volume")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_dilution_clinic_id")),
        sa.ForeignKeyConstraint(["diluent_lot_id"], ["lot.id"], name=op.f("fk_dilution_diluent_lot_id")),
        sa.ForeignKeyConstraint(["vial_id"], ["vial.id"], name=op.f("fk_dilution_vial_id")),
        sa.PrimaryKeyConstraint("vial_id", name=op.f("pk_dilution")),
    )
    for table, columns in {"vial": ("clinic_id", "lot_id"), "dilution": ("clinic_id",)}.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
        guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
        guard(table)
    # plain SQL: a batch would make the ledger anew and lose its guards
    op.execute(
        "ALTER TABLE stock_movement ADD COLUMN vial_id VARCHAR(36) "
        "CONSTRAINT fk_stock_movement_vial_id REFERENCES vial (id)"
    )
    op.create_index(op.f("ix_stock_movement_vial_id"), "stock_movement", ["vial_id"])


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
    raise RuntimeError("opened vials would lose their use-by: restore a backup instead")
