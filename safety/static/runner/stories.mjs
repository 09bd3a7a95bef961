// Plays the protocols' stories on this tablet, and compares with what they say must be seen: the same comparison as
// safety/emergency/scenarios.py makes on the server.
import { dumps } from "./canonical.mjs";
import { apply, prompts, Refused, startState } from "./reducer.mjs";

/** Where this tablet's reducer differs from a compiled story; empty when it agrees. */
export function play(protocol, story) {
  const answer = folded(protocol, story.events, story.looks);
  const found = [];
  story.events.forEach((event, at) => {
    if (answer.codes[at] !== story.codes[at]) found.push(`${event.type} is ${answer.codes[at]}, not ${story.codes[at]}`);
  });
  story.expected.forEach((expected, at) => found.push(...unlike(expected, answer.seen[at])));
  return [...found, ...unlike(story.finally, answer.state)];
}

function folded(protocol, events, looks) {
  const codes = [];
  const seen = [];
  let state = startState(protocol);
  events.forEach((event, index) => {
    [state, codes[index]] = tried(protocol, state, event);
    for (const [, at] of looks.filter(([after]) => after === index)) seen.push(state.status === "idle" ? null : prompts(protocol, state, at));
  });
  return { codes, seen, state };
}

function tried(protocol, state, event) {
  try {
    return [apply(protocol, state, event), "ok"];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [state, error.code];
  }
}

function unlike(expected, found) {
  return Object.entries(expected)
    .filter(([path, value]) => dumps(reach(found, path.split("."))) !== dumps(value))
    .map(([path, value]) => `${path} is ${dumps(reach(found, path.split(".")))}, not ${dumps(value)}`);
}

/** What lies at a path, null if nothing. In a list, a name finds the entry of that id, kind or key. */
export function reach(value, path) {
  if (!path.length) return value ?? null;
  if (Array.isArray(value)) return inList(value, path);
  return value !== null && typeof value === "object" ? reach(value[path[0]] ?? null, path.slice(1)) : null;
}

function inList(rows, path) {
  if (path[0] === "length") return rows.length;
  for (let length = path.length; length > 0; length -= 1) {
    const name = path.slice(0, length).join(".");
    const row = rows.find((one) => one !== null && typeof one === "object" && [one.id, one.kind, one.key].includes(name));
    if (row) return reach(row, path.slice(length));
  }
  const at = /^\d+$/.test(path[0]) ? Number(path[0]) : rows.length;
  return at < rows.length ? reach(rows[at], path.slice(1)) : null;
}

/** Play all of them, giving the page a breath after each. {agreed, told, first}: the first disagreement in words. */
export async function playAll({ protocols, scenarios }, breathe = () => new Promise((resolve) => setTimeout(resolve))) {
  const result = { agreed: 0, told: scenarios.length, first: null };
  for (const story of scenarios) {
    const faults = tryOne(protocols[story.protocol], story);
    if (faults.length) result.first ??= `${story.title}: ${faults[0]}`;
    else result.agreed += 1;
    await breathe();
  }
  return result;
}

function tryOne(protocol, story) {
  try {
    return play(protocol, story);
  } catch (fault) {
    return [String(fault)];
  }
}
