// Two tones, few of them: when they sound, and that only logging ends a dose's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { alarm } from "../../safety/static/runner/alarms.mjs";

const MIN = 60_000;
const DUE = 100 * MIN;
const timer = (status, due_ms = DUE) => ({ status, due_ms });
const prompts = ({ dose = timer("none", null), refill = timer("none", null), adrenaline = null, eyes = null, ended = false }) =>
  ({ ended, dose: { number: 2, ...dose }, refill, branches: { adrenaline, eyes } });

/** The tones of a timer that runs from `from` to `to` minutes round its due time, looked at each second. */
function heard(make, from, to) {
  const tones = [];
  let played = {};
  for (let now = DUE + from * MIN; now <= DUE + to * MIN; now += 1e3) {
    const found = alarm(make(now), now, played);
    played = found.played;
    if (found.tone) tones.push([found.tone, (now - DUE) / MIN]);
  }
  return tones;
}

const state = (now) => (now < DUE - 5 * MIN ? "waiting" : now < DUE ? "soon" : now < DUE + MIN ? "due" : "late");

test("a dose: soon once, due at once, after 1 minute, then every 2", () => {
  const tones = heard((now) => prompts({ dose: timer(state(now)) }), -10, 6);
  assert.deepEqual(tones, [["soon", -5], ["due", 0], ["due", 1], ["due", 3], ["due", 5]]);
});

test("a refill check sounds once and stays amber", () => {
  assert.deepEqual(heard((now) => prompts({ refill: timer(state(now)) }), -10, 6), [["due", 0]]);
});

test("adrenaline repeats like a dose", () => {
  const tones = heard((now) => prompts({ adrenaline: { number: 2, ...timer(state(now)) } }), -1, 2);
  assert.deepEqual(tones, [["soon", -1], ["due", 0], ["due", 1]]);
});

test("two due at the same second: one tone, the dose is named", () => {
  const found = alarm(prompts({ dose: timer("due"), refill: timer("due") }), DUE, {});
  assert.equal(found.tone, "due");
  assert.equal(found.words, "Dose 2 due now");
  assert.equal(alarm(prompts({ dose: timer("due"), refill: timer("due") }), DUE, found.played).tone, null);
});

test("a struck dose that makes an earlier one due again sounds again", () => {
  const first = alarm(prompts({ dose: timer("due") }), DUE, {});
  const other = alarm(prompts({ dose: timer("due", DUE + 9 * MIN) }), DUE + 9 * MIN, first.played);
  assert.equal(other.tone, "due");
});

test("nothing sounds once the emergency has ended", () => {
  assert.equal(alarm(prompts({ dose: timer("late"), ended: true }), DUE, {}).tone, null);
});
