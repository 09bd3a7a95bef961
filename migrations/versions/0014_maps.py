"""maps: places of injections, what was confirmed twice, what was struck, photos of a visit; all only grow

Each injection has one line of the ledger: that pair is made unique here. On both databases UPDATE and DELETE
of the new tables are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
LINE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = ("treatment_photo", "injection_point", "injection_meant", "injection_strike")


def upgrade() -> None:
    _photos()
    _points()
    _strikes()
    op.create_index("uq_injection_movement", "injection", ["movement"], unique=True)
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_clinic_id"), table, ["clinic_id"])
        guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
        guard(table)


def _column(name: str, kind: Any, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _to(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    named = {"clinic_id": "clinic.id", **targets}
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in named.items()
    ]


def _photos() -> None:
    op.create_table(
        "treatment_photo",
        _column("id", ID), _column("treatment_id", ID), _column("phase", sa.String(length=10)),
        _column("view", sa.String(length=20)), _column("area", sa.String(length=60), null=True),
        _column("use", sa.String(length=20)), _column("sent_sha256", sa.String(length=64)),
        _column("stored_sha256", sa.String(length=64)), _column("stored_bytes", sa.Integer()),
        _column("width", sa.Integer()), _column("height", sa.Integer()), _column("taken_at", INSTANT),
        _column("taken_by", ID), _column("clinic_id", ID),
        *_to("treatment_photo", treatment_id="treatment.id", taken_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_treatment_photo")),
        sa.UniqueConstraint(
            "treatment_id", "sent_sha256", name=op.f("uq_treatment_photo_treatment_id_sent_sha256")
        ),
    )  # fmt: skip


def _points() -> None:
    op.create_table(
        "injection_point",
        _column("injection_id", ID), _column("photo_id", ID, null=True), _column("x", sa.Integer()),
        _column("y", sa.Integer()), _column("clinic_id", ID),
        *_to("injection_point", injection_id="injection.id", photo_id="treatment_photo.id"),
        sa.PrimaryKeyConstraint("injection_id", name=op.f("pk_injection_point")),
        sa.CheckConstraint(
            "x BETWEEN 0 AND 10000 AND y BETWEEN 0 AND 10000", name=op.f("ck_injection_point_on_the_picture")
        ),
    )  # fmt: skip
    op.create_table(
        "injection_meant",
        _column("id", ID), _column("injection_id", ID), _column("what", sa.String(length=40)),
        _column("text", sa.String(length=300)), _column("clinic_id", ID),
        *_to("injection_meant", injection_id="injection.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_meant")),
    )  # fmt: skip
    op.create_index(op.f("ix_injection_meant_injection_id"), "injection_meant", ["injection_id"])


def _strikes() -> None:
    op.create_table(
        "injection_strike",
        _column("injection_id", ID), _column("reason", sa.String(length=300)), _column("movement", LINE),
        _column("struck_at", INSTANT), _column("struck_by", ID), _column("clinic_id", ID),
        *_to("injection_strike", injection_id="injection.id", movement="stock_movement.position",
             struck_by="member.id"),
        sa.PrimaryKeyConstraint("injection_id", name=op.f("pk_injection_strike")),
        sa.UniqueConstraint("movement", name=op.f("uq_injection_strike_movement")),
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
    raise RuntimeError("photos and places of injections would be lost: restore a backup instead")
