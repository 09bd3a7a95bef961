// When a tablet calls itself ready, and what it says when it is not.
import assert from "node:assert/strict";
import test from "node:test";
import { MINUTE } from "../../safety/static/runner/clock.mjs";
import { ago, DAY, inWords, judge } from "../../safety/static/runner/ready.mjs";

const NOW = 1_790_000_000_000;
const FACTS = {
  secure: true, durable: true, now: NOW, told: { app: "a1", protocol: "p1" },
  copy: { digest: "a1", total: 74, missing: [], changed: [] }, unsent: { count: 0, oldest_ms: null },
  kit: { device: "tablet", server_ms: NOW - MINUTE, protocol: { digest: "p1", title: "Occlusion", version: 1 }, context: { contacts: [{}, {}] } },
};
const judged = (change) => judge({ ...FACTS, ...change });

test("everything read back and in force: ready, with what is there in words", () => {
  assert.deepEqual(judge(FACTS), { state: "ready", reasons: [] });
  assert.equal(inWords(FACTS), "74 files read back, Occlusion version 1, 2 numbers to call.");
});

test("each thing that may be amiss has its word, its reason and whether it can be mended here", () => {
  const copy = { ...FACTS.copy };
  const kit = { ...FACTS.kit };
  const cases = [
    [{ secure: false }, "not_ready", "not secure", false],
    [{ durable: false }, "not_ready", "keeps nothing", false],
    [{ copy: null }, "not_ready", "no offline copy", true],
    [{ copy: { ...copy, missing: ["/static/runner/run.mjs"] } }, "not_ready", "1 of 74 files of the offline copy is missing or changed: runner/run.mjs.", true],
    [{ copy: { ...copy, missing: ["/a", "/b"], changed: ["/c", "/d"] } }, "not_ready", "4 of 74 files of the offline copy are missing or changed: /a, /b and 2 more.", true],
    [{ kit: null }, "not_ready", "No protocol is kept", true],
    [{ told: { app: "a1", protocol: "p2" } }, "not_ready", "not the one in force", true],
    [{ told: { app: "a2", protocol: "p1" } }, "check", "newer version", false],
    [{ kit: { ...kit, device: null } }, "check", "not enrolled", false],
    [{ kit: { ...kit, context: { contacts: [] } } }, "check", "Nobody to call", false],
    [{ kit: { ...kit, server_ms: NOW - 3 * DAY } }, "check", "3 days ago", true],
    [{ unsent: { count: 1, oldest_ms: NOW - DAY - 1 } }, "check", "1 entry has waited 24 hours", false],
    [{ unsent: { count: 3, oldest_ms: NOW - 2 * DAY } }, "check", "3 entries have waited 2 days", false],
  ];
  for (const [change, state, words, mend] of cases) {
    const { state: found, reasons } = judged(change);
    assert.equal(found, state, words);
    assert.ok(reasons[0].text.includes(words), reasons[0].text);
    assert.equal(reasons[0].mend, mend, words);
  }
});

test("what cannot be known now is not held against the tablet", () => {
  assert.equal(judged({ told: null }).state, "ready");
  assert.equal(judged({ unsent: { count: 2, oldest_ms: NOW - DAY } }).state, "ready");
  assert.equal(judged({ unsent: null }).state, "ready");
});

test("the gravest comes first", () => {
  const { state, reasons } = judged({ told: { app: "a2", protocol: "p2" }, unsent: { count: 1, oldest_ms: 0 } });
  assert.equal(state, "not_ready");
  assert.deepEqual(reasons.map((reason) => reason.state), ["not_ready", "check", "check"]);
});

test("an age in words", () => {
  assert.equal(ago(40 * MINUTE), "40 minutes");
  assert.equal(ago(26 * 60 * MINUTE), "26 hours");
  assert.equal(ago(60 * MINUTE), "1 hour");
  assert.equal(ago(3 * DAY), "3 days");
});
