// Two tones, made here, so that they need no file and no network: soon (two soft notes) and due (three rising ones).
// A browser gives sound only to a tap: arm() must be called in the tap itself, before anything is awaited.
import { MINUTE } from "./clock.mjs";

export const QUIET_FOR = 2 * MINUTE;
const TONES = {
  soon: { gain: 0.18, notes: [[523.25, 0], [523.25, 0.35]], length: 0.28 },
  due: { gain: 0.5, notes: [[523.25, 0], [659.25, 0.28], [783.99, 0.56]], length: 0.26 },
};

export class Sound {
  constructor(Context = globalThis.AudioContext || globalThis.webkitAudioContext) {
    this.Context = Context;
    this.quietUntil = 0;
  }

  /** Call inside a tap. An interrupted context looks alive and is silent, so anything but running is made anew. */
  arm() {
    if (!this.Context || this.context?.state === "running") return;
    try {
      this.context?.close().catch(() => {});
      if (navigator.audioSession) navigator.audioSession.type = "playback"; // the mute switch spares playback
      this.context = new this.Context();
      this.context.resume();
      this.whisper();
    } catch {
      this.context = null;
    }
  }

  /** One silent sample: some tablets open the speaker only when something plays in the tap. */
  whisper() {
    const source = this.context.createBufferSource();
    source.buffer = this.context.createBuffer(1, 1, 22050);
    source.connect(this.context.destination);
    source.start();
  }

  /** on, quiet or off, as it truly is. `now` is monotonic ms. */
  state(now) {
    if (this.context?.state !== "running") return "off";
    return now < this.quietUntil ? "quiet" : "on";
  }

  /** Two minutes without tones; a second tap brings them back. */
  toggleQuiet(now) { this.quietUntil = now < this.quietUntil ? 0 : now + QUIET_FOR; }

  /** Play `soon` or `due`. Returns whether it can be heard. */
  play(name, now) {
    if (this.state(now) !== "on") return false;
    const { gain, notes, length } = TONES[name];
    for (const [pitch, after] of notes) this.note(pitch, this.context.currentTime + after, length, gain);
    navigator.vibrate?.(name === "due" ? [200, 100, 200] : 100);
    return true;
  }

  note(pitch, at, length, loud) {
    const tone = this.context.createOscillator();
    const level = this.context.createGain();
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, at);
    level.gain.exponentialRampToValueAtTime(loud, at + 0.03);
    level.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(level).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
