/** What the page of lines makes of what it is told. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { adviceFor, alarmsOf, allowed, bars, callOn, toneOf, whoTook, wordOf } from '../../../web/lines/rules.js';

const WEB = new URL('../../../web/', import.meta.url);
const may = (word, rest = {}) => allowed({ word, live: true, pending: '', mine: false, operator: true, ...rest });

test('only a line at rest is tested, and what failed waits for its board', () => {
  assert.deepEqual(may('idle'), { test: true, service: true });
  assert.deepEqual(may('outOfService'), { test: true, service: true });
  assert.deepEqual(may('connected'), { test: false, service: true });
  assert.deepEqual(may('failed'), { test: false, service: false });
});

test('nothing may be pressed by others, without a connection, or while it is tested', () => {
  for (const rest of [{ operator: false }, { live: false }, { mine: true }]) {
    assert.deepEqual(may('idle', rest), { test: false, service: false });
  }
  assert.deepEqual(may('idle', { pending: 'line.setService' }), { test: true, service: false });
});

test('a line somebody took away is told from one that failed', () => {
  assert.equal(whoTook('by Op'), 'Op');
  assert.equal(whoTook('no battery: the line is cut or unplugged'), null);
  assert.equal(wordOf({ state: 'outOfService', reason: 'by Op' }), 'outOfService');
  assert.equal(wordOf({ state: 'outOfService', reason: 'no battery' }), 'failed');
  assert.equal(wordOf({ state: 'testing', reason: 'by Op' }), 'testing');
  assert.deepEqual(['idle', 'testing', 'failed'].map(toneOf), ['', 'tone-wrap', 'tone-bad']);
});

test('a line shows the call it names, its own alarms and no others', () => {
  const house = {
    lines: [{ line: 1, call: 'a' }, { line: 2, call: null }],
    calls: [{ call: 'a', line: 1 }, { call: 'b', line: 2 }],
    alarms: [{ alarm: 'noDialTone', line: 2 }, { alarm: 'diskFull', line: null }],
  };
  assert.equal(callOn(house, 1).call, 'a');
  assert.equal(callOn(house, 2).call, 'b'); // a call of ours, before its line tells
  assert.equal(callOn(house, 3), null);
  assert.deepEqual(alarmsOf(house, 2).map(({ alarm }) => alarm), ['noDialTone']);
});

test('counters become advice', () => {
  const calm = { ticks: 50_000, ticksSlow: 0, boardIsLost: false, lagMs: { buckets: [{ upTo: 10, ticks: 49_990 }, { upTo: 20, ticks: 10 }, { upTo: null, ticks: 0 }] } };
  assert.deepEqual(adviceFor({}, calm), []);
  assert.deepEqual(adviceFor({ irqMisses: 3, clockSlips: 1, overruns: 2 }, calm), ['irq', 'slips', 'lost']);
  assert.deepEqual(adviceFor({}, { ...calm, boardIsLost: true, ticksSlow: 60 }), ['boardLost', 'late']);
  assert.deepEqual(adviceFor({}, { ticks: 100, ticksSlow: 4, lagMs: { buckets: [] } }), []);
});

test('the histogram shows one late tick beside a million', () => {
  const [most, none, one] = bars([{ upTo: 0.5, ticks: 999_999 }, { upTo: 1, ticks: 0 }, { upTo: null, ticks: 1 }]);
  assert.deepEqual([most.part, most.late, none.part, one.late], [1, false, 0, true]);
  assert.ok(one.part > 0.04);
});

test('every element that the scripts of the page ask for is on it', () => {
  const html = readFileSync(new URL('lines.html', WEB), 'utf8');
  for (const name of readdirSync(new URL('lines/', WEB)).filter((file) => file.endsWith('.js'))) {
    const text = readFileSync(new URL(`lines/${name}`, WEB), 'utf8');
    for (const [, id] of text.matchAll(/byId\('([\w-]+)'\)/g)) assert.ok(html.includes(`id="${id}"`), `${name}: #${id}`);
  }
});
