"""What a tablet shows and keeps without us: the offline page, the Home Screen entry, the stories."""

import json

from flask import Flask

from safety.emergency import offline, scenarios
from tests.emergency.test_worker import STATIC
from tests.page import Visitor


def test_it_works(anyone: Visitor) -> None:
    page = anyone.get("/offline")
    assert page.h1 == "The server does not answer"
    assert "Emergencies work" in page.text
    assert len(page.find_all("a", text="Start emergency")) == 2, "in the frame's own place, and one big"


def test_the_offline_page_knows_nobody(anyone: Visitor, nora: Visitor) -> None:
    assert anyone.get("/offline").has("a", text="Try this page again")
    assert not anyone.get("/offline").has("nav")
    assert not anyone.get("/offline").has("input")


def test_manifest_opens_on_one_big_start_in_the_colours_of_the_tokens(anyone: Visitor) -> None:
    answer = anyone.fetch("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = json.loads(answer.data)
    assert (told["start_url"], told["scope"], told["display"]) == ("/emergencies/new", "/", "standalone")
    colours = offline.tokens(STATIC / "css" / "tokens.css")
    assert told["background_color"] == colours["paper"]
    assert told["theme_color"] == colours["band"]
    assert {icon["purpose"] for icon in told["icons"]} == {"any", "maskable"}
    for icon in told["icons"]:
        png = anyone.fetch(icon["src"]).data
        size = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
        assert icon["sizes"] == f"{size[0]}x{size[1]}"
    assert len(anyone.get(told["start_url"]).find_all("a", text="Start emergency")) == 2


def test_every_page_leads_to_the_manifest(anyone: Visitor, nora: Visitor) -> None:
    for page in (anyone.get("/sign-in"), nora.get("/today"), anyone.get("/nowhere", status=404)):
        assert page.has("link", rel="manifest", href="/manifest.webmanifest")


def test_the_stories_are_those_of_the_protocol_folders(app: Flask, anyone: Visitor) -> None:
    told = anyone.fetch("/emergencies/scenarios.json").get_json()
    scripts = list(scenarios.all_of_them())
    assert [story["title"] for story in told["scenarios"]] == [script["title"] for script in scripts]
    for story, script in zip(told["scenarios"], scripts, strict=True):
        assert {**story, "protocol": told["protocols"][story["protocol"]]} == script
    assert len(told["protocols"]) < len(scripts) / 5, "each protocol is sent once"
