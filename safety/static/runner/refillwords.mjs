// What a refill reading means, in words with its figures, and the readings of each point as lines to draw. Pure.
// The rule itself is refill.mjs's; nothing here judges.
import { pointName, seconds } from "./logwords.mjs";
import { cutoffS, reasons } from "./refill.mjs";

const SIDES = { left: "left", right: "right", both: "both sides", mid: "middle" };

/** A sentence for each reason of the rule that holds for this reading. */
export function whyWords(protocol, state, data) {
  const say = {
    absolute: () => `${seconds(data.refill_ds)}: abnormal from ${cutoffS(protocol, state)} seconds at this age`,
    mirror: () => `${seconds(data.refill_ds - data.mirror_ds)} slower than the other side`,
    baseline: () => `${seconds(data.refill_ds - data.baseline_ds)} slower than before treatment`,
    none: () => "No colour return",
  };
  return reasons(protocol, state, data).filter((why) => say[why]).map((why) => say[why]());
}

/** What the figures measured so far say: {result, text} or null while there is none. A person confirms it. */
export function measured(protocol, state, data) {
  if (data.refill_ds === null || data.refill_ds === undefined) return null;
  const why = whyWords(protocol, state, { mirror_ds: null, baseline_ds: null, ...data, result: "normal" });
  const result = why.length ? "slow" : "normal";
  const text = why.length ? why.join(". ") : `${seconds(data.refill_ds)}: within the limits`;
  return { result, text: `${protocol.words[`refill_${result}`]} by the figures. ${text}. Tap to confirm.` };
}

/** "Upper lip, left" of a reading. */
export function placeWords(protocol, reading) {
  return [pointName(protocol, reading.point) ?? "Point not named", SIDES[reading.side]].filter(Boolean).join(", ");
}

/** The readings point by point, oldest first: [{place, rows: [reading]}]. */
export function byPlace(protocol, refills) {
  const places = new Map();
  for (const reading of [...refills].sort((a, b) => a.at_ms - b.at_ms)) {
    const place = placeWords(protocol, reading);
    places.set(place, [...(places.get(place) ?? []), reading]);
  }
  return [...places].map(([place, rows]) => ({ place, rows }));
}

/** Where the marks of one point lie in a drawing of this size: {marks: [{x, y, other, reading}], limit, top}. */
export function drawing(rows, limitS, { width, height, pad }) {
  const most = Math.max(limitS * 10 + 10, ...rows.flatMap((row) => [row.refill_ds ?? 0, row.mirror_ds ?? 0]));
  const x = (at) => Math.round(pad + ((width - 2 * pad) * (at + 0.5)) / rows.length);
  const y = (ds) => Math.round(height - pad - ((height - 2 * pad) * ds) / most);
  const marks = rows.map((reading, at) => ({
    reading, x: x(at), y: reading.refill_ds === null ? null : y(reading.refill_ds), other: reading.mirror_ds === null ? null : y(reading.mirror_ds),
  }));
  return { marks, limit: y(limitS * 10), top: most };
}
