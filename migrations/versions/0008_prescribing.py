"""prescribing: authorisations, overrides of the interlock, dissolving with no emergency; these rows only grow

A decision is bound to the plan it was made on, holds limits as data, and names who phoned and who read back.
On both databases UPDATE and DELETE of the new tables are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
GRANT = sa.Enum(
    "authorise", "authorise_with_limits", "refuse", name="grant", native_enum=False, create_constraint=True,
    length=40,
)  # fmt: skip
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "authorisation", "authorisation_cancelled", "rescue_override_request", "rescue_override", "dissolving",
    "dissolving_dose",
)  # fmt: skip


def upgrade() -> None:
    _authorisations()
    _overrides()
    _dissolvings()
    _decisions()
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


def _authorisations() -> None:
    op.create_table(
        "authorisation",
        _column("id", ID), _column("about", sa.String(length=80)), _column("patient_id", ID),
        _column("on", sa.Date()), _column("choice", GRANT), _column("items", sa.Text()),
        _column("reason", sa.String(length=2000), null=True), _column("examined_on", sa.Date(), null=True),
        _column("remote", sa.Boolean()), _column("phoned_by", ID, null=True),
        _column("read_back_by", ID, null=True), _column("shown", sa.String(length=64)),
        _column("decided_at", INSTANT), _column("decided_by", ID), _column("signature_id", ID),
        _column("clinic_id", ID),
        *_points("authorisation", patient_id="patient.id", phoned_by="member.id", read_back_by="member.id",
                 decided_by="member.id", signature_id="signature.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_authorisation_signature_id")),
    )  # fmt: skip
    op.create_index("ix_authorisation_about_decided_at", "authorisation", ["about", "decided_at"])
    op.create_table(
        "authorisation_cancelled",
        _column("authorisation_id", ID), _column("reason", sa.String(length=300)),
        _column("cancelled_at", INSTANT), _column("cancelled_by", ID), _column("clinic_id", ID),
        *_points("authorisation_cancelled", authorisation_id="authorisation.id", cancelled_by="member.id"),
        sa.PrimaryKeyConstraint("authorisation_id", name=op.f("pk_authorisation_cancelled")),
    )  # fmt: skip


def _overrides() -> None:
    op.create_table(
        "rescue_override_request",
        _column("id", ID), _column("treatment_id", ID), _column("on", sa.Date()), _column("seen", sa.Text()),
        _column("seen_sha256", sa.String(length=64)), _column("reason", sa.String(length=2000)),
        _column("asked_at", INSTANT), _column("expires_at", INSTANT), _column("asked_by", ID),
        _column("signature_id", ID), _column("clinic_id", ID),
        *_points("rescue_override_request", treatment_id="treatment.id", asked_by="member.id",
                 signature_id="signature.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue_override_request")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_rescue_override_request_signature_id")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_rescue_override_request_treatment_id"), "rescue_override_request", ["treatment_id"]
    )
    op.create_table(
        "rescue_override",
        _column("request_id", ID), _column("granted", sa.Boolean()),
        _column("reason", sa.String(length=2000)), _column("answered_at", INSTANT),
        _column("answered_by", ID), _column("signature_id", ID), _column("clinic_id", ID),
        *_points("rescue_override", request_id="rescue_override_request.id", answered_by="member.id",
                 signature_id="signature.id"),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_rescue_override")),
        sa.UniqueConstraint("signature_id", name=op.f("uq_rescue_override_signature_id")),
    )  # fmt: skip


def _dissolvings() -> None:
    op.create_table(
        "dissolving",
        _column("id", ID), _column("patient_id", ID), _column("product_id", ID), _column("on", sa.Date()),
        _column("areas", sa.Text()), _column("units", sa.Integer()),
        _column("reason", sa.String(length=2000)), _column("sting", sa.String(length=40)),
        _column("reaction", sa.String(length=40)), _column("planned_at", INSTANT), _column("planned_by", ID),
        _column("clinic_id", ID),
        *_points("dissolving", patient_id="patient.id", product_id="product.id", planned_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissolving")),
    )  # fmt: skip
    op.create_index(op.f("ix_dissolving_patient_id"), "dissolving", ["patient_id"])
    op.create_table(
        "dissolving_dose",
        _column("id", ID), _column("dissolving_id", ID), _column("authorisation_id", ID),
        _column("lot_id", ID), _column("movement", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
        _column("area", sa.String(length=60)), _column("units", sa.Integer()),
        _column("dilution_ul", sa.Integer(), null=True), _column("given_at", INSTANT),
        _column("given_by", ID), _column("clinic_id", ID),
        *_points("dissolving_dose", dissolving_id="dissolving.id", authorisation_id="authorisation.id",
                 lot_id="lot.id", movement="stock_movement.position", given_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dissolving_dose")),
        sa.CheckConstraint("units > 0", name=op.f("ck_dissolving_dose_gives_something")),
    )  # fmt: skip
    op.create_index(op.f("ix_dissolving_dose_dissolving_id"), "dissolving_dose", ["dissolving_id"])


CHOICE = sa.Enum(
    "treat", "treat_with_limits", "do_not_treat", name="choice", native_enum=False, create_constraint=True,
    length=40,
)  # fmt: skip
KEPT = "id, assessment_id, choice, limits, reason, remote, decided_at, decided_by, signature_id, clinic_id"


def _decisions() -> None:
    """A decision is one for each assessment and plan: a plan that changed after it may be decided again."""
    if op.get_bind().dialect.name == "postgresql":
        _decisions_postgresql()
    else:
        _decisions_sqlite()


def _decisions_sqlite() -> None:
    op.drop_index(op.f("ix_decision_clinic_id"), "decision")
    op.rename_table("decision", "decision_before")
    _decision_table()
    op.execute(f"INSERT INTO decision ({KEPT}, plan_sha256) SELECT {KEPT}, '' FROM decision_before")
    op.drop_table("decision_before")
    op.create_index(op.f("ix_decision_clinic_id"), "decision", ["clinic_id"])


def _decision_table() -> None:
    op.create_table(
        "decision",
        _column("id", ID), _column("assessment_id", ID), _column("choice", CHOICE),
        _column("limits", sa.String(length=2000), null=True), _column("bounds", sa.Text(), null=True),
        _column("plan", sa.Text(), null=True), _column("plan_sha256", sa.String(length=64)),
        _column("reason", sa.String(length=2000)), _column("remote", sa.Boolean()),
        _column("phoned_by", ID, null=True), _column("read_back_by", ID, null=True),
        _column("decided_at", INSTANT), _column("decided_by", ID), _column("signature_id", ID),
        _column("clinic_id", ID),
        *_points("decision", assessment_id="assessment.id", phoned_by="member.id", read_back_by="member.id",
                 decided_by="member.id", signature_id="signature.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "assessment_id", "plan_sha256", name=op.f("uq_decision_assessment_id_plan_sha256")
        ),
        sa.UniqueConstraint("signature_id", name=op.f("uq_decision_signature_id")),
    )  # fmt: skip


def _decisions_postgresql() -> None:
    op.drop_constraint(op.f("uq_decision_assessment_id"), "decision", type_="unique")
    for name, kind in (("bounds", sa.Text()), ("plan", sa.Text()), ("phoned_by", ID), ("read_back_by", ID)):
        op.add_column("decision", _column(name, kind, null=True))
    blank = sa.Column("plan_sha256", sa.String(length=64), nullable=False, server_default="")
    op.add_column("decision", blank)
    op.alter_column("decision", "plan_sha256", server_default=None)
    named = op.f("uq_decision_assessment_id_plan_sha256")
    op.create_unique_constraint(named, "decision", ["assessment_id", "plan_sha256"])
    for name in ("phoned_by", "read_back_by"):
        op.create_foreign_key(op.f(f"fk_decision_{name}"), "decision", "member", [name], ["id"])


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
    raise RuntimeError("signed words of prescribers would be lost: restore a backup instead")
