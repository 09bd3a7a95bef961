// When a tone is due. Pure: handed the prompts and the time, and what was already played.
// Only logging silences a dose: it sounds at once, after 1 minute, then every 2. A check sounds once and stays amber.
import { MINUTE } from "./clock.mjs";

const NOW = new Set(["due", "late"]);

/** The timers that can sound, most urgent first. */
export function timers(prompts) {
  const { adrenaline, eyes } = prompts.branches;
  return [
    adrenaline && { name: "adrenaline", words: "Adrenaline", repeats: true, ...adrenaline },
    { name: "dose", words: `Dose ${prompts.dose.number}`, repeats: true, ...prompts.dose },
    eyes && { name: "eyes", words: "Eye check", repeats: false, ...eyes },
    { name: "refill", words: "Refill check", repeats: false, ...prompts.refill },
  ].filter(Boolean);
}

/** What to play now and what to say: {tone, words, played}. `played` maps timer to what it last sounded for. */
export function alarm(prompts, now, played) {
  const kept = { ...played };
  let chosen = { tone: null, words: null };
  if (prompts.ended) return { ...chosen, played: kept };
  for (const timer of timers(prompts)) {
    const due = step(timer, now);
    if (!due || kept[timer.name] === due.key) continue;
    kept[timer.name] = due.key;
    if (chosen.tone !== "due" && due.tone) chosen = { tone: due.tone, words: due.words };
  }
  return { ...chosen, played: kept };
}

function step(timer, now) {
  if (timer.status === "soon") return { key: `${timer.due_ms} soon`, tone: timer.repeats ? "soon" : null, words: `${timer.words} soon` };
  if (!NOW.has(timer.status)) return null;
  const round = timer.repeats ? rounds(now - timer.due_ms) : 0;
  return { key: `${timer.due_ms} due ${round}`, tone: "due", words: `${timer.words} due now` };
}

/** 0 from the due moment, 1 from 1 minute after, then one more every 2 minutes. */
function rounds(late) {
  if (late < MINUTE) return 0;
  return 1 + Math.floor((late - MINUTE) / (2 * MINUTE));
}
