// The refill stopwatch: held while the skin is pressed, or tapped at each moment; tenths to the step of the protocol.
import assert from "node:assert/strict";
import { test } from "node:test";
import { IDLE, down, figure, pressed, tap, up, words } from "../../safety/static/runner/stopwatch.mjs";

const PRESS = 5000;
const FINE = 5;

test("it works: held for the press, let go, tapped at colour", () => {
  const counting = up(down(IDLE, 1000, FINE), 6100);
  assert.equal(counting.phase, "counting");
  assert.equal(down(counting, 6100 + 3260, FINE).value, 35);
});

test("three taps do what a hold does", () => {
  const pressing = up(down(IDLE, 0, FINE), 120);
  assert.equal(pressing.phase, "pressing");
  assert.equal(words(pressing, 5000, PRESS), "Release and tap");
  const counting = up(down(pressing, 5200, FINE), 5300);
  assert.equal(counting.phase, "counting");
  assert.equal(up(down(counting, 6700, FINE), 6800).value, 15);
});

test("keys and screen readers tap without a finger", () => {
  const done = [5000, 6010].reduce((watch, now) => tap(watch, now, FINE), tap(IDLE, 0, FINE));
  assert.deepEqual([done.phase, done.value], ["done", 10]);
});

test("the press counts down to its end, then says to release", () => {
  const pressing = down(IDLE, 0, FINE);
  assert.deepEqual([figure(pressing, 0, PRESS), figure(pressing, 4001, PRESS), figure(pressing, 9000, PRESS)], ["5", "1", "0"]);
  assert.deepEqual([pressed(pressing, 4999, PRESS), pressed(pressing, 5000, PRESS)], [false, true]);
  assert.deepEqual([words(pressing, 4999, PRESS), words(pressing, 5000, PRESS)], ["Keep pressing", "Release"]);
});

test("never less than one step, and measuring again forgets the value", () => {
  const quick = down(up(down(IDLE, 0, FINE), 5000), 5001, FINE);
  assert.equal(quick.value, FINE);
  assert.equal(down(quick, 9000, FINE).value, null);
});
