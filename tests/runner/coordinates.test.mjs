// A point comes back to where the finger was, however the picture is turned and zoomed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FULL, fromStored, seen, toStored, transform, turn, turnBack } from "../../safety/static/js/coordinates.mjs";

// small and repeatable: the same thousands of pictures in each run
function dice(seed) {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * most;
  };
}

test("it works: the middle of an untouched picture is the middle", () => {
  const size = { width: 800, height: 1200 }, box = { left: 10, top: 20, width: 400, height: 600 };
  const part = seen(size, 0, 1, { x: 400, y: 600 });
  assert.deepEqual(toStored({ x: 210, y: 320 }, box, part, size, 0), { x: 5000, y: 5000 });
});

test("thousands of pictures, turned, zoomed, panned: within one in a hundred, and the same after turning back", () => {
  const roll = dice(20261125);
  for (let round = 0; round < 5000; round += 1) {
    const size = { width: 80 + roll(5000), height: 80 + roll(5000) }, turns = Math.floor(roll(4));
    const box = { left: roll(300), top: roll(300), width: 300 + roll(700), height: 300 + roll(700) };
    const part = seen(size, turns, 1 + roll(5), { x: roll(5000), y: roll(5000) });
    const stored = { x: Math.round(roll(FULL)), y: Math.round(roll(FULL)) };
    const screen = fromStored(stored, box, part, size, turns);
    assert.deepEqual(toStored(screen, box, part, size, turns), stored);
    const again = fromStored(toStored({ x: screen.x + 0.4, y: screen.y - 0.4 }, box, part, size, turns) ?? stored, box, part, size, turns);
    const slip = (Math.max(part.width, part.height) / FULL) * Math.max(box.width / part.width, box.height / part.height);
    assert.ok(Math.hypot(again.x - screen.x, again.y - screen.y) <= 2 + slip * 2, "a pixel of the finger is no more than that");
  }
});

test("turning four times is not turning, and turning back undoes it", () => {
  const size = { width: 30, height: 70 }, at = { x: 7, y: 60 };
  for (let turns = 0; turns < 4; turns += 1) assert.deepEqual(turnBack(turn(at, size, turns), size, turns), at);
  assert.deepEqual(turn(at, size, 1), { x: 10, y: 7 });
  assert.deepEqual(turn(at, size, 4), at);
});

test("what SVG is told to do is what is reckoned", () => {
  const size = { width: 30, height: 70 };
  for (let turns = 0; turns < 4; turns += 1) {
    const [, left, top, degrees] = transform(size, turns).match(/translate\((\S+) (\S+)\) rotate\((\S+)\)/).map(Number);
    const angle = (degrees * Math.PI) / 180, at = { x: 7, y: 60 };
    const shown = { x: left + at.x * Math.cos(angle) - at.y * Math.sin(angle), y: top + at.x * Math.sin(angle) + at.y * Math.cos(angle) };
    const reckoned = turn(at, size, turns);
    assert.ok(Math.abs(shown.x - reckoned.x) < 1e-9 && Math.abs(shown.y - reckoned.y) < 1e-9);
  }
});

test("beside the picture is no point, and the picture is never left behind", () => {
  const size = { width: 100, height: 100 }, box = { left: 0, top: 0, width: 300, height: 100 };
  assert.equal(toStored({ x: 5, y: 50 }, box, seen(size, 0, 1, { x: 50, y: 50 }), size, 0), null);
  assert.deepEqual(seen(size, 0, 4, { x: -900, y: 900 }), { x: 0, y: 75, width: 25, height: 25 });
});
