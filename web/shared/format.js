/** Times and levels as people read them. Pure. */

/** Seconds as `0:07`, `12:34`, `1:02:03`. Negative is 0. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** Seconds between an ISO time and a clock in ms since 1970; 0 for no time. */
export function secondsSince(iso, nowMs) {
  const then = Date.parse(iso ?? '');
  return Number.isNaN(then) ? 0 : Math.max(0, (nowMs - then) / 1000);
}

/** Time of day in the reader's zone, `14:05:09`. */
export function clockTime(iso) {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return '';
  const two = (n) => String(n).padStart(2, '0');
  return `${two(then.getHours())}:${two(then.getMinutes())}:${two(then.getSeconds())}`;
}

export const FLOOR_DB = -60; // what a meter still shows

/** Peak 0 … 1 (full scale) to dB. */
export function decibels(peak) {
  return peak > 0 ? Math.max(FLOOR_DB, 20 * Math.log10(peak)) : FLOOR_DB;
}

/** dB to the part of the meter that is lit, 0 … 1. */
export function meterPart(level) {
  return Math.min(1, Math.max(0, (level - FLOOR_DB) / -FLOOR_DB));
}
