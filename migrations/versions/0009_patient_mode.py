"""patient mode: a device in a patient's hands until staff take it back; what patients sign, which only grows

On both databases UPDATE and DELETE of signatures are refused by trigger, on PostgreSQL TRUNCATE as well.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REFUSAL = "this table only grows"
SIGNATURE = "patient_signature"
ID = sa.String(length=36)
INSTANT = sa.DateTime(timezone=True)
DIGEST = sa.String(length=64)


def upgrade() -> None:
    _handings()
    _signatures()
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    guard()


def _column(name: str, kind: Any, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _points(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    named = {"clinic_id": "clinic.id", **targets}
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in named.items()
    ]


def _handings() -> None:
    op.create_table(
        "handing",
        _column("id", ID), _column("tablet_id", ID, null=True), _column("token_sha256", DIGEST, null=True),
        _column("about", sa.String(length=80)), _column("prefixes", sa.Text()),
        _column("after", sa.String(length=200)), _column("begun_at", INSTANT), _column("begun_by", ID),
        _column("ended_at", INSTANT, null=True), _column("ended_by", ID, null=True),
        _column("clinic_id", ID),
        *_points("handing", tablet_id="tablet.id", begun_by="member.id", ended_by="member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handing")),
    )  # fmt: skip
    for column in ("about", "clinic_id"):
        op.create_index(op.f(f"ix_handing_{column}"), "handing", [column])
    # asked on every request: the few that are out now
    op.create_index(
        "ix_handing_out", "handing", ["tablet_id", "token_sha256"],
        sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
    )  # fmt: skip


def _signatures() -> None:
    op.create_table(
        SIGNATURE,
        _column("id", ID), _column("handing_id", ID), _column("about", sa.String(length=80)),
        _column("name", sa.String(length=120)), _column("strokes", sa.Text(), null=True),
        _column("statement", sa.String(length=300)), _column("content_sha256", DIGEST),
        _column("bound_sha256", DIGEST), _column("signed_at", INSTANT), _column("clinic_id", ID),
        *_points(SIGNATURE, handing_id="handing.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SIGNATURE}")),
    )  # fmt: skip
    for column in ("about", "clinic_id", "handing_id"):
        op.create_index(op.f(f"ix_{SIGNATURE}_{column}"), SIGNATURE, [column])


def _guard_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {SIGNATURE}_no_{verb} BEFORE {verb.upper()} ON {SIGNATURE} "
            f"BEGIN SELECT RAISE(ABORT, '{SIGNATURE}: {REFUSAL}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        f"CREATE OR REPLACE FUNCTION {SIGNATURE}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SIGNATURE}: {REFUSAL}'; END $$"
    )
    for verb in ("update", "delete", "truncate"):
        op.execute(
            f"CREATE TRIGGER {SIGNATURE}_no_{verb} BEFORE {verb.upper()} ON {SIGNATURE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {SIGNATURE}_only_grows()"
        )


def downgrade() -> None:
    raise RuntimeError("what patients signed would be lost: restore a backup instead")
