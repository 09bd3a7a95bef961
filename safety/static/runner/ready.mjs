// Is this tablet ready for an emergency with no server? Judged from what was read back from its own disk. Pure.
import { HOUR, MINUTE } from "./clock.mjs";

export const DAY = 24 * HOUR;
export const WORDS = { ready: "Ready", check: "Check", not_ready: "Not ready" };
export const LOOKS = { ready: ["green", "ck"], check: ["amber", "half"], not_ready: ["red", "x"] };
const WORST = ["not_ready", "check", "ready"];

/**
 * {state, reasons: [{state, text, mend}]}, the gravest first. Facts: `secure` may a worker run here; `durable` does the
 * disk keep; `copy` of readBack or null; `told` {app, protocol} by the server just now or null; `kit` as kept or null;
 * `unsent` {count, oldest_ms}; `now` epoch ms.
 */
export function judge(facts) {
  const reasons = [...ofDisk(facts), ...ofCopy(facts), ...ofKit(facts), ...ofUnsent(facts)];
  reasons.sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state));
  return { state: reasons[0]?.state ?? "ready", reasons };
}

const stop = (text, mend = false) => ({ state: "not_ready", text, mend });
const look = (text, mend = false) => ({ state: "check", text, mend });

function ofDisk({ secure, durable }) {
  if (!secure) return [stop("This address is not secure, so nothing can be kept. Use the https address.")];
  return durable ? [] : [stop("This browser keeps nothing. Leave private mode or free some space.")];
}

function ofCopy({ secure, copy, told }) {
  if (!secure) return [];
  if (!copy) return [stop("There is no offline copy yet.", true)];
  const lost = copy.missing.length + copy.changed.length;
  if (lost) return [stop(`${lost} of ${copy.total} files of the offline copy ${lost === 1 ? "is" : "are"} missing or changed: ${named([...copy.missing, ...copy.changed])}.`, true)];
  return told?.app && told.app !== copy.digest ? [look("A newer version is on the server. It comes in when no emergency is open.")] : [];
}

function ofKit({ kit, told, now }) {
  if (!kit?.protocol) return [stop("No protocol is kept here.", true)];
  const found = [];
  if (told && told.protocol !== (kit.protocol.digest ?? null)) found.push(stop("The protocol kept here is not the one in force.", true));
  if (!kit.device) found.push(look("This device is not enrolled. It knows the protocol, nobody to call and no stock."));
  else if (!kit.context?.contacts?.length) found.push(look("Nobody to call is kept here."));
  if (now - kit.server_ms > DAY) found.push(look(`Last word from the server ${ago(now - kit.server_ms)} ago.`, true));
  return found;
}

function ofUnsent({ unsent, now }) {
  if (!unsent?.count || now - unsent.oldest_ms <= DAY) return [];
  const words = unsent.count === 1 ? "1 entry has" : `${unsent.count} entries have`;
  return [look(`${words} waited ${ago(now - unsent.oldest_ms)} to be sent. Save them as a file.`)];
}

function named(paths) {
  const shown = paths.slice(0, 2).map((path) => path.replace("/static/", "")).join(", ");
  return paths.length > 2 ? `${shown} and ${paths.length - 2} more` : shown;
}

/** 40 minutes; 26 hours; 3 days. */
export function ago(ms) {
  const [size, one] = ms >= 2 * DAY ? [DAY, "day"] : ms >= HOUR ? [HOUR, "hour"] : [MINUTE, "minute"];
  const count = Math.floor(ms / size);
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** What is there, in one line, when nothing is amiss. */
export function inWords({ copy, kit }) {
  const { title, version } = kit.protocol;
  const numbers = kit.context?.contacts?.length ?? 0;
  return `${copy.total} files read back, ${title} version ${version}, ${numbers} ${numbers === 1 ? "number" : "numbers"} to call.`;
}
