"""A voice for a browser that has none: writes down what it said, and whether the screen showed it."""

VOICE = """(() => {
  const flat = (text) => text.replace(/\\s+/g, " ").trim();
  window.spoken = [];
  const speech = {
    getVoices: () => window.noVoice ? [] : [{ lang: "en-GB", localService: true, name: "of this device" }],
    cancel() {}, resume() {},
    speak(one) {
      if (!one.volume) return;
      const shown = flat(document.querySelector("#run-root").innerText);
      const { localService: local } = one.voice;
      window.spoken.push({ text: one.text, shown: shown.includes(flat(one.text)), local });
    },
  };
  Object.defineProperty(window, "speechSynthesis", { value: speech, configurable: true });
  window.SpeechSynthesisUtterance = function SpeechSynthesisUtterance(text) { this.text = text; };
})()"""
