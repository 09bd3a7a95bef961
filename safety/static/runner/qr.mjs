// A text drawn as a QR code on a canvas: always black on white, whatever the theme, with its quiet zone.
import encodeQR from "../vendor/qr/index.js";

const QUIET = 4; // modules of white round it, as the standard asks
const PIXELS = 6; // of the canvas for each module; the page sets how large it is shown

/** Draw `text` on `canvas`. Letters of the alphanumeric mode make the smaller code. */
export function drawCode(canvas, text) {
  const rows = encodeQR(text, "raw", { ecc: "low", border: QUIET });
  canvas.width = canvas.height = rows.length * PIXELS;
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  rows.forEach((row, y) => row.forEach((dark, x) => { if (dark) pen.fillRect(x * PIXELS, y * PIXELS, PIXELS, PIXELS); }));
}
