// Time on the tablet: what it says, and that neither reload, sleep nor a changed clock moves it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, HOUR, MINUTE, SECOND, day, hms, left, span, timeOfDay, timerWords } from "../../safety/static/runner/clock.mjs";

const T = Date.UTC(2026, 10, 22, 13, 4, 0);

/** A tablet whose wall and monotonic clocks a test can move apart. */
function tablet(wallAt = T, monoAt = 70) {
  const time = { wall: wallAt, mono: monoAt };
  time.pass = (ms) => { time.wall += ms; time.mono += ms; };
  time.clock = (saved = null) => new Clock({ wall: () => time.wall, mono: () => time.mono, saved });
  return time;
}

test("it works: the clock says the time and goes on", () => {
  const time = tablet();
  const clock = time.clock();
  time.pass(58 * MINUTE + 8 * SECOND);
  assert.equal(clock.now() - T, 58 * MINUTE + 8 * SECOND);
  assert.equal(hms(clock.now() - T), "00:58:08");
});

test("a wall clock set two hours on moves nothing and is noticed once", () => {
  const time = tablet();
  const clock = time.clock();
  time.wall += 2 * HOUR;
  time.pass(MINUTE);
  assert.equal(clock.now() - T, MINUTE);
  assert.equal(clock.jumped(), 2 * HOUR);
  assert.equal(clock.jumped(), 0);
});

test("drift below two seconds is no jump", () => {
  const time = tablet();
  const clock = time.clock();
  time.wall += 1999;
  assert.equal(clock.jumped(), 0);
});

test("a reload after a changed clock goes on from the same second", () => {
  const time = tablet();
  const before = time.clock();
  time.wall += 2 * HOUR;
  time.pass(10 * SECOND);
  const saved = before.save();
  time.mono = 3; // a new page counts from nothing
  const after = time.clock(saved);
  assert.equal(after.now() - T, 10 * SECOND);
  time.pass(5 * SECOND);
  assert.equal(after.now() - T, 15 * SECOND);
  assert.ok(after.mono() >= saved.mono_ms + 5 * SECOND);
});

test("monotonic time never runs backwards over a reload, even when the wall was set back", () => {
  const time = tablet();
  const before = time.clock();
  time.pass(MINUTE);
  const saved = before.save();
  time.wall -= HOUR;
  time.mono = 0;
  assert.ok(time.clock(saved).mono() >= saved.mono_ms);
});

test("sleep, when monotonic time stood still, counts", () => {
  const time = tablet();
  const clock = time.clock();
  time.wall += 20 * MINUTE;
  clock.slept(clock.jumped());
  assert.equal(clock.now() - T, 20 * MINUTE);
});

test("a tablet five minutes fast follows the server", () => {
  const time = tablet(T + 5 * MINUTE);
  const clock = time.clock();
  const sent = time.mono;
  time.pass(200);
  assert.equal(clock.adopt(T + 100, sent, time.mono), -5 * MINUTE);
  assert.equal(clock.now() - T, 200);
  assert.ok(clock.knowsServer);
});

test("a timer never shows 00:00 before it is due, nor a negative number after", () => {
  const due = T + MINUTE;
  assert.equal(timerWords(due, "waiting", T), "01:00");
  assert.equal(timerWords(due, "soon", due - 1), "00:01");
  assert.equal(timerWords(due, "due", due), "Due now");
  assert.equal(timerWords(due, "due", due + 59 * SECOND), "Due now");
  assert.equal(timerWords(due, "late", due + 3 * MINUTE + 59 * SECOND), "Late 3 min");
  assert.equal(timerWords(due, "late", due + 65 * MINUTE), "Late 1 h 5 min");
  assert.equal(timerWords(null, "none", T), null);
});

test("words for spans, days and times of day", () => {
  assert.equal(span(1), "1 min");
  assert.equal(left(T + 90 * MINUTE, T), "90:00");
  assert.equal(hms(-5), "00:00:00");
  assert.equal(hms(100 * HOUR), "100:00:00");
  assert.equal(day("1991-03-12"), "12 Mar 1991");
  assert.equal(day("not a day"), "not a day");
  assert.equal(timeOfDay(T, "Europe/London"), "13:04");
  assert.equal(timeOfDay(T, "Asia/Tokyo", true), "22:04:00");
  assert.match(timeOfDay(T, "Nowhere/Land"), /^\d\d:\d\d$/);
});

test("both turns of the year: time of day jumps, elapsed does not", () => {
  const spring = Date.UTC(2026, 2, 29, 0, 59, 30);
  assert.equal(timeOfDay(spring, "Europe/London"), "00:59");
  assert.equal(timeOfDay(spring + MINUTE, "Europe/London"), "02:00");
  const time = tablet(spring);
  const clock = time.clock();
  time.pass(MINUTE);
  assert.equal(hms(clock.now() - spring), "00:01:00");
});

test("a slow answer that agrees with a quick one moves nothing; one that cannot agree does", () => {
  const clock = new Clock({ wall: () => 5000, mono: () => 0 });
  assert.equal(clock.adopt(9010, 0, 20), 4000);
  const base = clock.base;
  assert.equal(clock.adopt(9000 + 100, 100, 5100), 0, "said at the very start of five slow seconds");
  assert.equal(clock.base, base);
  assert.equal(clock.adopt(9000 + 205, 200, 210), 0, "a quicker one is taken, and agrees");
  assert.equal(clock.doubt, 5);
  assert.ok(clock.adopt(99_000, 300, 5300) > 80_000, "the server's clock was put right");
  const again = new Clock({ wall: () => 5000, mono: () => 0, saved: { ...clock.save(), doubt_ms: 5 } });
  assert.equal(again.doubt, 5, "what is known so well outlives a reload");
});
