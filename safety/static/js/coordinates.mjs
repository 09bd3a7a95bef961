// Where a finger on the screen lies on a picture that is zoomed and turned. Pure: numbers in, numbers out.
//
// Four systems: the screen (CSS pixels), the view (the picture's units after turning), the picture (its own units,
// upright), and what is stored (whole ten-thousandths of the picture's width and height).
export const FULL = 10000;

const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(most, least));

// The size of the picture after so many quarter turns to the right.
export const turnedSize = ({ width, height }, turns) => (turns % 2 ? { width: height, height: width } : { width, height });

// A place of the picture as it stands after turning, and back.
export function turn({ x, y }, { width, height }, turns) {
  return [{ x, y }, { x: height - y, y: x }, { x: width - x, y: height - y }, { x: y, y: width - x }][turns % 4];
}

export function turnBack({ x, y }, { width, height }, turns) {
  return [{ x, y }, { x: y, y: height - x }, { x: width - x, y: height - y }, { x: width - y, y: x }][turns % 4];
}

// The part of the turned picture that is seen: `zoom` times as large, around `centre`, never beside the picture.
export function seen(size, turns, zoom, centre) {
  const whole = turnedSize(size, turns);
  const width = whole.width / zoom, height = whole.height / zoom;
  const x = clamp(centre.x - width / 2, 0, whole.width - width);
  const y = clamp(centre.y - height / 2, 0, whole.height - height);
  return { x, y, width, height };
}

// How SVG fits a view into a box: as large as it goes, in the middle.
function fitted(box, part) {
  const scale = Math.min(box.width / part.width, box.height / part.height);
  return { scale, left: box.left + (box.width - part.width * scale) / 2, top: box.top + (box.height - part.height * scale) / 2 };
}

export function toView(at, box, part) {
  const { scale, left, top } = fitted(box, part);
  return { x: part.x + (at.x - left) / scale, y: part.y + (at.y - top) / scale };
}

export function toScreen(at, box, part) {
  const { scale, left, top } = fitted(box, part);
  return { x: left + (at.x - part.x) * scale, y: top + (at.y - part.y) * scale };
}

// What is stored for a tap, or null beside the picture.
export function toStored(at, box, part, size, turns) {
  const place = turnBack(toView(at, box, part), size, turns);
  if (place.x < 0 || place.y < 0 || place.x > size.width || place.y > size.height) return null;
  return { x: Math.round((place.x / size.width) * FULL), y: Math.round((place.y / size.height) * FULL) };
}

// Where a stored point is seen on the screen.
export function fromStored(stored, box, part, size, turns) {
  const place = { x: (stored.x * size.width) / FULL, y: (stored.y * size.height) / FULL };
  return toScreen(turn(place, size, turns), box, part);
}

// The SVG transform that turns the picture and all that lies on it.
export function transform({ width, height }, turns) {
  const moved = [[0, 0], [height, 0], [width, height], [0, width]][turns % 4];
  return `translate(${moved[0]} ${moved[1]}) rotate(${90 * (turns % 4)})`;
}
