// The tablet's reducer by itself: every clinical story, the canonical form, and that folding changes nothing given.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { NotCanonical, dumps, sha256 } from "../../safety/static/runner/canonical.mjs";
import { Refused, STEPS, apply, digest, fold, prompts, startState } from "../../safety/static/runner/reducer.mjs";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const SCRIPTS = JSON.parse(execFileSync(PYTHON, ["-m", "safety.emergency.scenarios"], { cwd: HOME, maxBuffer: 2 ** 28 }));

function frozen(value) {
  if (value !== null && typeof value === "object") Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

function code(protocol, state, event) {
  try {
    return [apply(protocol, state, event), "ok"];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [state, error.code];
  }
}

const named = (row, name) => [row?.id, row?.kind, row?.key].includes(name);

function reach(value, path) {
  if (path.length === 0) return value;
  if (!Array.isArray(value)) return value === null || typeof value !== "object" ? null : reach(value[path[0]] ?? null, path.slice(1));
  if (path[0] === "length") return value.length;
  for (let length = path.length; length > 0; length--) {
    const found = value.find((row) => named(row, path.slice(0, length).join(".")));
    if (found !== undefined) return reach(found, path.slice(length));
  }
  return /^\d+$/.test(path[0]) && Number(path[0]) < value.length ? reach(value[Number(path[0])], path.slice(1)) : null;
}

function holds(expected, found, where) {
  for (const [path, value] of Object.entries(expected)) assert.deepEqual(reach(found, path.split(".")), value, `${where}: ${path}`);
}

for (const script of SCRIPTS) {
  test(script.title, () => {
    const protocol = frozen(script.protocol);
    let state = frozen(startState(protocol));
    let look = 0;
    script.events.forEach((event, index) => {
      const [next, said] = code(protocol, state, frozen(event));
      assert.equal(said, script.codes[index], `${event.type} at ${event.at_ms}`);
      state = frozen(next);
      for (; look < script.looks.length && script.looks[look][0] === index; look++) {
        holds(script.expected[look], prompts(protocol, state, script.looks[look][1]), `look ${look}`);
      }
    });
    holds(script.finally, state, "in the end");
    const [atOnce, codes] = fold(protocol, startState(protocol), script.events);
    assert.equal(dumps(atOnce), dumps(state), "folded at once");
    assert.deepEqual(codes, script.codes);
    assert.equal(look, script.looks.length);
    assert.equal(digest(state), createHash("sha256").update(dumps(state)).digest("hex"));
  });
}

test("there are stories, and they tell every event type", () => {
  assert.ok(SCRIPTS.length >= 30);
  const told = new Set(SCRIPTS.flatMap((script) => script.events.map((event) => event.type)));
  for (const type of Object.keys(STEPS)) assert.ok(told.has(type), type);
});

test("the digest is SHA-256 at every length around a block", () => {
  for (let length = 0; length < 200; length++) {
    const text = "aé\u2028".repeat(length).slice(0, length);
    assert.equal(sha256(text), createHash("sha256").update(text).digest("hex"), String(length));
  }
});

test("the canonical form sorts keys as text, escapes as Python does, and keeps no negative zero", () => {
  assert.equal(dumps({ b: 1, a: [true, null], 10: 0, 9: "\u2028\u0000\u001f\u007f\"\\/" }),
    '{"10":0,"9":"\u2028\\u0000\\u001f\u007f\\"\\\\/","a":[true,null],"b":1}');
  assert.equal(dumps(-0), "0");
});

for (const [value, what] of [[0.5, "a float"], [2 ** 53 + 2, "beyond 2**53"], [NaN, "not a number"], ["\ud800", "half a pair"],
  [{ é: 1 }, "a key that is not ASCII"], [undefined, "nothing"], [[undefined], "nothing in a list"], [() => 1, "a function"]]) {
  test(`the canonical form refuses ${what}`, () => assert.throws(() => dumps(value), NotCanonical));
}

test("names of the language are no event types", () => {
  const [protocol] = SCRIPTS.map((script) => script.protocol);
  for (const type of ["constructor", "__proto__", "toString", "hasOwnProperty", null, 7, []]) {
    assert.equal(code(protocol, startState(protocol), { id: "x", at_ms: 1, type, data: {} })[1], "unknown_type");
  }
});
