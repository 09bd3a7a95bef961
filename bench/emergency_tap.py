"""The emergency on a slow tablet: tap to first step, log key to its answer, a fact to the disk.

Measured inside Chromium, its profile on this disk, its processor slowed down, all from the tablet's own copy.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from bench.timing import Row
from tests.e2e.browser import QUIET, chromium_program
from tests.factories import Cast

ROUNDS, WRITES = 12, 300
FEEDBACK_S = 0.1
# Milliseconds from doing something until what it changed has been painted.
PAINTED = """async (act) => {
  const begun = performance.now();
  act();
  await new Promise((done) => requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = done; port2.postMessage(0); }));
  return performance.now() - begun;
}"""
TEXT = f"""async () => {{
  const node = document.querySelector('h1').firstChild;
  return ({PAINTED})(() => {{ node.data = `${{performance.now()}}`; }});
}}"""
TAP = f"""async () => {{
  const begun = performance.now();
  document.querySelector('[data-start-emergency]').click();
  while (!document.querySelector('#run-root .r-step h1')) await new Promise((done) => setTimeout(done));
  await ({PAINTED})(() => {{}});
  return performance.now() - begun;
}}"""
ANSWER = f"""async () => {{
  const before = document.querySelector('.r-step h1').textContent;
  const begun = performance.now();
  document.querySelector('.r-answer').click();
  while (document.querySelector('.r-step h1').textContent === before)
    await new Promise((done) => setTimeout(done));
  await ({PAINTED})(() => {{}});
  return performance.now() - begun;
}}"""
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FORGET = """() => new Promise((done) => { const asked = indexedDB.deleteDatabase('reflow-runs');
  asked.onsuccess = asked.onerror = asked.onblocked = done; })"""
STRICT = """async (writes) => {
  const { openStore } = await import('/static/runner/store.mjs');
  const store = await openStore();
  const taken = [];
  for (let n = 0; n < writes; n += 1) {
    const event = { id: crypto.randomUUID(), device: 'bench', type: 'note_written', at_ms: n, mono_ms: n,
      data: { text: 'Pale' } };
    const begun = performance.now();
    await store.add('bench', event);
    taken.push(performance.now() - begun);
  }
  return taken;
}"""
OPFS = """onmessage = async ({ data: writes }) => {
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle('bench', { create: true })).createSyncAccessHandle();
  const bytes = new TextEncoder().encode('x'.repeat(300));
  const taken = [];
  for (let n = 0; n < writes; n += 1) {
    const begun = performance.now();
    file.write(bytes, { at: n * bytes.length });
    file.flush();
    taken.push(performance.now() - begun);
  }
  file.close();
  postMessage(taken);
};"""
ASK_OPFS = """(writes) => new Promise((done) => { const worker = new Worker('/bench-opfs.js');
  worker.onmessage = ({ data }) => done(data); worker.postMessage(writes); })"""


def rows(app: Flask, cast: Cast) -> Iterator[Row]:
    """Scoreboard rows 10 and 11, and O12 of the features."""
    with served(app) as url, a_tablet(url, cast) as page:
        text, tapped, loaded = first_step(page)
        name = "tap, first step painted (CPU /4)"
        yield Row(name, "one text node changed", tapped, text, 1.25)
        yield Row(name, "first paint of a page from the service worker", tapped, loaded, 0.12)
        yield Row("log key, next step painted (CPU /6)", "100 ms", feedback(page), [FEEDBACK_S], 1.0)
        page.route("**/bench-opfs.js", lambda route: route.fulfill(content_type="text/javascript", body=OPFS))
        page.goto("/offline")
        kept, flushed = page.evaluate(STRICT, WRITES), page.evaluate(ASK_OPFS, WRITES)
        name = "an entry sealed, safe in IndexedDB (CPU /4)"
        yield Row(name, "OPFS write and flush", in_s(kept), in_s(flushed), 2.0)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def a_tablet(url: str, cast: Cast) -> Iterator[Page]:
    """Chromium with a profile on the disk, enrolled, holding the whole offline copy; four times slower."""
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as profile,
        sync_playwright() as playwright,
    ):
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=chromium_program(), args=list(QUIET), base_url=url
        )
        context.add_cookies([{"name": "reflow_tablet", "value": cast.tablet_token, "url": url}])
        page = context.new_page()
        page.goto("/offline")
        page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        yield page
        context.close()


def slow(page: Page, times: int) -> None:
    """A processor so many times slower."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def first_step(page: Page) -> tuple[list[float], list[float], list[float]]:
    """In turn: one text node, the tap, and a page from the worker; seconds of each."""
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    for number in range(-1, ROUNDS):
        page.goto("/offline")
        page.wait_for_load_state("networkidle")
        slow(page, 4)
        once = [page.evaluate(TEXT), page.evaluate(TAP)]
        page.goto("/emergencies/new")
        page.wait_for_function(FIRST_PAINT)
        once.append(page.evaluate(FIRST_PAINT))
        page.evaluate(FORGET)
        if number >= 0:  # the first warms up
            for times, taken in zip(found, once, strict=True):
                times.append(taken / 1e3)
    return found


def feedback(page: Page) -> list[float]:
    """Seconds from a tap on an answer to the next step, six times slower."""
    taken = []
    for _ in range(ROUNDS):
        page.goto("/offline")
        page.wait_for_load_state("networkidle")
        slow(page, 6)
        page.evaluate(TAP)
        taken.append(page.evaluate(ANSWER) / 1e3)
        page.goto("/emergencies/new")
        page.evaluate(FORGET)
    slow(page, 4)
    return taken


def in_s(milliseconds: list[float]) -> list[float]:
    """Seconds; the first tenth warmed up."""
    return [taken / 1e3 for taken in milliseconds[len(milliseconds) // 10 :]]
