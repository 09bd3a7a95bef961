// Folds what comes in, one JSON line each, and writes back the canonical answer: how the server asks the tablet's reducer.
//   {"protocol": {...}}                       keeps a protocol, answers its number
//   {"with": 0, "events": [...], "looks": [..]}  folds, and looks at the prompts after the nth event at a time
//   {"canonical": value}                      answers its canonical form and digest

import { createInterface } from "node:readline";
import { dumps, sha256 } from "../static/runner/canonical.mjs";
import { Refused, apply, digest, fold, prompts, startState } from "../static/runner/reducer.mjs";

const protocols = [];

function folded(protocol, events, looks) {
  const answer = { codes: [], seen: [] };
  let state = startState(protocol);
  events.forEach((event, index) => {
    [state, answer.codes[index]] = tried(protocol, state, event);
    for (const [, at] of looks.filter(([after]) => after === index)) answer.seen.push(looked(protocol, state, at));
  });
  const [atOnce, codes] = fold(protocol, startState(protocol), events);
  if (dumps([atOnce, codes]) !== dumps([state, answer.codes])) throw new Error("folded at once it is another state");
  return { ...answer, state, digest: digest(state) };
}

function tried(protocol, state, event) {
  try {
    return [apply(protocol, state, event), "ok"];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [state, error.code];
  }
}

function looked(protocol, state, at) {
  return state.status === "idle" ? null : prompts(protocol, state, at);
}

function answered(asked) {
  if ("protocol" in asked) return protocols.push(asked.protocol) - 1;
  if ("canonical" in asked) return { canonical: dumps(asked.canonical), digest: sha256(dumps(asked.canonical)) };
  return folded(protocols[asked.with], asked.events, asked.looks);
}

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(dumps(answered(JSON.parse(line))) + "\n");
});
