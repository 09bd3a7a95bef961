// Daylight saving and clocks that differ are said in words, with the zone's own rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { change, daylightWords, skewWords } from "../../safety/static/runner/clockwords.mjs";

const at = (text) => Date.parse(text);
const STAYS = "Time since the start and countdowns do not change.";

test("it works: clocks go back during a night in London", () => {
  const began = at("2026-10-25T00:30:00Z");
  assert.equal(daylightWords("Europe/London", began, at("2026-10-25T00:40:00Z")), `Clocks go back 1 hour after 01:59. ${STAYS}`);
  assert.equal(daylightWords("Europe/London", began, at("2026-10-25T01:20:00Z")), `Clocks went back 1 hour after 01:59. ${STAYS}`);
  assert.equal(change("Europe/London", began, at("2026-10-25T05:00:00Z")).at_ms, at("2026-10-25T01:00:00Z"));
});

test("forward, by half an hour, in other zones", () => {
  assert.match(daylightWords("Europe/Berlin", at("2026-03-29T00:30:00Z"), at("2026-03-29T01:30:00Z")), /^Clocks went forward 1 hour after 01:59/);
  assert.match(daylightWords("Australia/Lord_Howe", at("2026-04-04T14:30:00Z"), at("2026-04-04T15:30:00Z")), /^Clocks went back 30 minutes after 01:59/);
  assert.match(daylightWords("America/New_York", at("2026-11-01T03:00:00Z"), at("2026-11-01T04:00:00Z")), /^Clocks go back 1 hour after 01:59/);
});

test("nothing is said where nothing changes, nor for a zone nobody knows", () => {
  const now = at("2026-06-10T12:00:00Z");
  for (const zone of ["Europe/London", "Asia/Kolkata", "UTC", "Nowhere/Atall", undefined]) assert.equal(daylightWords(zone, now - 3e6, now), null, zone);
});

test("announced for the hours ahead, not for next week", () => {
  assert.equal(daylightWords("Europe/London", at("2026-10-24T10:00:00Z"), at("2026-10-24T11:00:00Z")), null);
  assert.notEqual(daylightWords("Europe/London", at("2026-10-24T18:00:00Z"), at("2026-10-24T19:00:00Z")), null);
});

test("a tablet's clock is told from 2 seconds on, against the server and not against the run's own scale", () => {
  const now = at("2026-06-10T12:00:00Z");
  assert.equal(skewWords(now + 2000, now), null);
  assert.equal(skewWords(now + 3000, now), "This tablet's own clock is 3 seconds ahead. Times here follow the server.");
  assert.equal(skewWords(now - 300e3, now), "This tablet's own clock is 5 minutes behind. Times here follow the server.");
  assert.equal(skewWords(now + 7200e3, now + 7200e3, 7200e3), "This tablet's own clock is 2 hours ahead. Times here go on as they began.");
});
