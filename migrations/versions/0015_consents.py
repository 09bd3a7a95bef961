"""consents and aftercare: texts shown, answers signed, taken back; sheets given. These rows only grow

On both databases UPDATE and DELETE of the new tables are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
DIGEST = sa.String(length=64)
TABLES = ("consent_sitting", "consent", "consent_withdrawn", "aftercare_given")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _sittings()
    _consents()
    _withdrawals()
    _sheets()
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_clinic_id"), table, ["clinic_id"])
        guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
        guard(table)


def _column(name: str, kind: Any, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _points(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    named = {"clinic_id": "clinic.id", **targets}
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in named.items()
    ]


def _sittings() -> None:
    op.create_table(
        "consent_sitting",
        _column("id", ID), _column("patient_id", ID), _column("language", sa.String(length=2)),
        _column("version", sa.Integer()), _column("protocol_digest", DIGEST),
        _column("approved_by", sa.String(length=120), null=True),
        _column("statement", sa.String(length=300)), _column("again", sa.String(length=300)),
        _column("texts", sa.Text()), _column("begun_at", INSTANT), _column("begun_by", ID),
        _column("clinic_id", ID),
        *_points("consent_sitting", patient_id="patient.id", begun_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_sitting")),
    )  # fmt: skip
    op.create_index(op.f("ix_consent_sitting_patient_id"), "consent_sitting", ["patient_id"])


def _consents() -> None:
    op.create_table(
        "consent",
        _column("id", ID), _column("sitting_id", ID), _column("patient_id", ID),
        _column("key", sa.String(length=60)), _column("answer", sa.String(length=60)),
        _column("opens", sa.Boolean()), _column("text_sha256", DIGEST), _column("confirms", ID, null=True),
        _column("mark_id", ID), _column("signed_on", sa.Date()), _column("signed_at", INSTANT),
        _column("clinic_id", ID),
        *_points("consent", sitting_id="consent_sitting.id", patient_id="patient.id", confirms="consent.id",
                 mark_id="patient_signature.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("sitting_id", "key", name=op.f("uq_consent_sitting_id_key")),
    )  # fmt: skip
    op.create_index("ix_consent_patient_id_key", "consent", ["patient_id", "key"])


def _withdrawals() -> None:
    op.create_table(
        "consent_withdrawn",
        _column("id", ID), _column("patient_id", ID), _column("key", sa.String(length=60)),
        _column("reason", sa.String(length=300)), _column("withdrawn_at", INSTANT),
        _column("withdrawn_by", ID), _column("signature_id", ID), _column("clinic_id", ID),
        *_points("consent_withdrawn", patient_id="patient.id", withdrawn_by="member.id",
                 signature_id="signature.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_withdrawn")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_consent_withdrawn_signature_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_consent_withdrawn_patient_id"), "consent_withdrawn", ["patient_id"])


def _sheets() -> None:
    op.create_table(
        "aftercare_given",
        _column("id", ID), _column("treatment_id", ID),
        _column("sheet", _enum("sheet", "aftercare", "before_visit")),
        _column("how", _enum("how", "paper", "sent")), _column("language", sa.String(length=2)),
        _column("version", sa.Integer()), _column("protocol_digest", DIGEST), _column("content", sa.Text()),
        _column("content_sha256", DIGEST), _column("given_at", INSTANT), _column("given_by", ID),
        _column("clinic_id", ID),
        *_points("aftercare_given", treatment_id="treatment.id", given_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aftercare_given")),
    )  # fmt: skip
    op.create_index(op.f("ix_aftercare_given_treatment_id"), "aftercare_given", ["treatment_id"])


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
    raise RuntimeError("signed consents would be lost: restore a backup instead")
