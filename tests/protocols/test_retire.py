import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.protocols import actions
from safety.protocols.models import Approval
from tests.factories import PASSWORD, Cast, looking
from tests.page import Visitor
from tests.protocols import signing

URL = "/protocols/screening/retire"


def test_it_works(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    page = mara.get(URL).submit("Sign and withdraw", secret=PASSWORD)
    assert "Not approved here" in page.tree.text
    with looking(app, cast.clinic_id):
        assert not actions.in_force("screening").approved
        assert db.session.scalars(sa.select(Approval)).one().retired_at is not None


def test_an_earlier_approval_does_not_come_back(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    signing.approve(app, cast, "screening", {"toxin.min_interval_days": 90})
    mara.get(URL).submit("Sign and withdraw", secret=PASSWORD)
    with looking(app, cast.clinic_id):
        assert not actions.in_force("screening").approved


def test_a_wrong_secret_withdraws_nothing(app: Flask, cast: Cast, mara: Visitor) -> None:
    signing.approve(app, cast, "screening")
    page = mara.get(URL).submit("Sign and withdraw", status=422, secret="wrong horse battery staple")
    assert page.errors == ["Error: The PIN or password is wrong"]
    with looking(app, cast.clinic_id):
        assert actions.in_force("screening").approved


def test_there_is_nothing_to_withdraw(mara: Visitor) -> None:
    assert mara.get(URL).url == "/protocols/screening"


def test_only_a_medical_director_withdraws(app: Flask, cast: Cast, okafor: Visitor) -> None:
    signing.approve(app, cast, "screening")
    okafor.get(URL, status=403)
