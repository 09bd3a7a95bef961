// One thing told by two people: equal entries of two devices close together. Twin of safety/emergency/told_twice.py. Pure.
//
// Equal doses and drugs are asked about wherever they come from (doses.mjs); these are the other entries that count.

import { dumps } from "./canonical.mjs";
import { SECOND, byTime, live } from "./facts.mjs";

// Pairs of ids not yet answered by a person; none in a protocol that does not ask.
export function toldTwice(protocol, state) {
  const rule = protocol.alarms.same_entry ?? null;
  if (rule === null) return [];
  const facts = byTime(live(state, ...rule.types));
  const pairs = facts.flatMap((one, at) => facts.slice(at + 1).map((other) => [one, other]).filter(alike));
  const near = pairs.filter(([one, other]) => other.at_ms - one.at_ms <= rule.seconds * SECOND).map(([one, other]) => [one.id, other.id]);
  return near.filter((pair) => !state.resolved.some((told) => pair.every((id) => told.includes(id))));
}

function alike([one, other]) {
  const apart = one.device !== null && other.device !== null && one.device !== other.device;
  return apart && one.type === other.type && dumps(one.data) === dumps(other.data);
}
