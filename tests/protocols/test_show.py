import shutil
from pathlib import Path

import pytest
from flask import Flask

from safety.protocols import actions, files, rules
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.protocols import signing


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the protocols which a test may break."""
    root = tmp_path / "protocols"
    shutil.copytree(files.ROOT, root)
    monkeypatch.setattr(files, "ROOT", root)
    return root


def break_newer(folder: Path) -> None:
    """A version 3 with an outcome nobody knows, on a line one can name."""
    newer = folder / "screening" / "v3"
    newer.mkdir()
    text = (folder / "screening" / "v2" / "protocol.yaml").read_text()
    (newer / "protocol.yaml").write_text(
        text.replace("version: 2", "version: 3", 1).replace("outcome: contra", "outcome: perhaps", 1)
    )


def newer(folder: Path, old: str, new: str) -> None:
    """A version 3 that differs in one place."""
    version = folder / "screening" / "v3"
    version.mkdir()
    text = (folder / "screening" / "v2" / "protocol.yaml").read_text()
    assert old in text
    changed = text.replace("version: 2", "version: 3", 1).replace(old, new)
    (version / "protocol.yaml").write_text(changed)


@pytest.mark.parametrize("protocol_id", ["screening", "vascular_occlusion"])
def test_it_works(cast: Cast, nora: Visitor, protocol_id: str) -> None:
    page = nora.get(f"/protocols/{protocol_id}")
    assert "Not approved here" in page.tree.text
    assert page.h1 == signing.newest(protocol_id).title


@pytest.mark.parametrize("protocol_id", ["screening", "vascular_occlusion"])
def test_every_figure_is_there_to_read(nora: Visitor, protocol_id: str) -> None:
    text = " ".join(nora.get(f"/protocols/{protocol_id}").text.split())
    body = signing.newest(protocol_id).body
    resolved = rules.resolve(body, {})
    sentences = [figure.text for figure in rules.figures({**resolved, "parameters": []})]
    missing = [one for one in sentences if " ".join(one.split()) not in text]
    assert missing == []
    for figure in rules.figures(body):
        assert figure.id in text


def test_unverified_figures_are_marked(nora: Visitor) -> None:
    page = nora.get("/protocols/screening")
    body = signing.newest("screening").body
    marked = page.text.count("Unverified source")
    assert marked == len([one for one in rules.unverified(body) if one.where[0] != "parameters"])


def test_a_reader_sees_no_approve_button(nora: Visitor, mara: Visitor) -> None:
    assert not nora.get("/protocols/screening").has("a", text="Approve")
    assert mara.get("/protocols/screening").has("a", text="Approve")


def test_a_broken_newer_file_leaves_the_approved_one_in_use(
    app: Flask, cast: Cast, mara: Visitor, folder: Path
) -> None:
    digest = signing.approve(app, cast, "screening")
    break_newer(folder)
    page = mara.get("/protocols/screening")
    assert "A newer file is broken. Version 2 stays in use." in page.text
    assert "screening/v3/protocol.yaml:" in page.text
    assert str(folder) not in page.html
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening")
        assert (found.digest, found.version, found.approved) == (digest, 2, True)
        assert found.problems


def test_a_broken_newer_file_leaves_the_older_file_in_use_where_nobody_approved(
    app: Flask, cast: Cast, folder: Path
) -> None:
    break_newer(folder)
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening")
        assert (found.version, found.approved) == (2, False)


def test_the_approved_version_outlives_its_file(app: Flask, cast: Cast, mara: Visitor, folder: Path) -> None:
    digest = signing.approve(app, cast, "screening")
    shutil.rmtree(folder / "screening" / "v1")
    (folder / "screening" / "v2" / "protocol.yaml").write_bytes(b"\xff\xfe not a protocol")
    with looking(app, cast.clinic_id):
        found = actions.in_force("screening")
        assert (found.digest, found.approved) == (digest, True)
    assert "is not UTF-8 text" in mara.get("/protocols/screening").text
    assert "stays in use" in mara.get("/protocols").text
    mara.get("/protocols/screening/approve", status=409)


def test_a_newer_version_is_waiting_for_approval(app: Flask, cast: Cast, mara: Visitor, folder: Path) -> None:
    signing.approve(app, cast, "screening")
    newer(folder, "when: {q: G09, gte: 5}", "when: {q: G09, gte: 6}")
    page = mara.get("/protocols/screening")
    assert "Version 3 waits for approval" in page.text
    waiting = page.click("Read the waiting version")
    assert "Not in use." in waiting.tree.text
    with looking(app, cast.clinic_id):
        assert actions.in_force("screening").version == 2
    changes = waiting.click("Approve")
    row = changes.find("tr", text="G09.many")
    assert row.text.split()[-2:] == ["5", "6"]


def test_officers_and_administrators(sam: Visitor, ada: Visitor) -> None:
    sam.get("/protocols/screening")
    ada.get("/protocols/screening")  # may propose values
