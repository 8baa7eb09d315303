/** What the page makes of what it is told. Pure. */

const TONES = {
  ringing: 'ring', connected: 'talk', testing: 'wrap', outOfService: 'bad', failed: 'bad', reserved: 'wait', seizing: 'wait',
  dialling: 'wait', proceeding: 'wait', clearing: 'wait',
};
const LATE_SHARE = 0.001; // one tick in a thousand is heard as a click
const LATE_FEW = 5; // fewer are the start of the program

/** The colour family of a word. */
export function toneOf(word) {
  return TONES[word] ? `tone-${TONES[word]}` : '';
}

/** The call on a line, as the screen knows it, or null. */
export function callOn(house, line) {
  const { call } = house.lines.find((one) => one.line === line) ?? {};
  return house.calls.find((one) => one.call === call) ?? house.calls.find((one) => one.line === line) ?? null;
}

/** Alarms that name this line. */
export function alarmsOf(house, line) {
  return house.alarms.filter((alarm) => alarm.line === line);
}

/** The word of a line's state for the screen: the server's, and `failed` for what nobody took out of service. */
export function wordOf({ state, reason }) {
  return state === 'outOfService' && whoTook(reason) === null ? 'failed' : state;
}

/** What may be done to a line now. `mine`: a test that this page waits for; `operator`: the role may. */
export function allowed({ word, live, pending, mine, operator }) {
  const may = Boolean(live && operator && !mine);
  return { test: may && (word === 'idle' || word === 'outOfService'), service: may && !pending && word !== 'failed' };
}

/** A server's `by NAME` is a person; anything else is a fault in words. */
export function whoTook(reason) {
  return /^by (.+)$/.exec(reason ?? '')?.[1] ?? null;
}

/** Keys of sentences for whoever can do something about the board (requirement R11). */
export function adviceFor(counters, status) {
  const late = (status.lagMs?.buckets ?? []).filter(({ upTo }) => upTo === null || upTo > 10);
  const tooLate = Math.max(LATE_FEW, LATE_SHARE * status.ticks);
  const told = [];
  if (status.boardIsLost) told.push('boardLost');
  if (counters.irqMisses) told.push('irq');
  if (counters.clockSlips) told.push('slips');
  if (counters.overruns || counters.ticksLost) told.push('lost');
  if (late.reduce((sum, { ticks }) => sum + ticks, status.ticksSlow) > tooLate) told.push('late');
  return told;
}

/** Rows of the histogram: bound in ms (null: beyond), ticks, and the length of the bar, 0 … 1, by orders of magnitude. */
export function bars(buckets) {
  const most = Math.log10(Math.max(1, ...buckets.map(({ ticks }) => ticks)) + 1);
  return buckets.map(({ upTo, ticks }) => ({ upTo, ticks, part: Math.log10(ticks + 1) / most, late: upTo === null || upTo > 10 }));
}
