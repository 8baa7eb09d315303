/** The small pure parts of the pages: what may be pressed, what the telephone shows, and that all words are there. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { allowed, wordOf } from '../../../web/agent/rules.js';
import { atRest, inCall, secondsIn, step } from '../../../web/phone/caller.js';
import { keyOf, tonesOf } from '../../../web/phone/keypad.js';
import { microphoneFault } from '../../../web/shared/audio/audio.js';
import { decibels, duration, meterPart, secondsSince } from '../../../web/shared/format.js';
import { WORDS } from '../../../web/shared/i18n.js';

const { en, zh } = WORDS;
const WEB = new URL('../../../web/', import.meta.url);
const may = (agent, call, rest = {}) => {
  const answer = allowed({ agent: agent && { state: agent }, call: call && { state: call }, live: true, pending: '', ...rest });
  return Object.keys(answer).filter((name) => answer[name]);
};

test('buttons follow the state of agent and call', () => {
  assert.deepEqual(may('loggedOff'), ['logOn']);
  assert.deepEqual(may('notReady'), ['logOff', 'ready', 'notReady', 'dial']);
  assert.deepEqual(may('ready'), ['logOff', 'notReady', 'dial']);
  assert.deepEqual(may('busy', 'delivered'), ['answer', 'reject']);
  assert.deepEqual(may('busy', 'talking'), ['notReady', 'hold', 'flash', 'clear']);
  assert.deepEqual(may('busy', 'held'), ['notReady', 'retrieve', 'clear']);
  assert.deepEqual(may('workingAfterCall'), ['logOff', 'ready', 'notReady', 'finish', 'dial']);
});

test('nothing may be pressed while a command is on its way, or the screen is out of date, or nothing is known', () => {
  assert.deepEqual(may('busy', 'talking', { pending: 'call.hold' }), []);
  assert.deepEqual(may('busy', 'talking', { live: false }), []);
  assert.deepEqual(may(null), []);
});

test('an agent who rings is busy to CSTA and ringing to the eye', () => {
  assert.equal(wordOf({ state: 'busy' }, { state: 'delivered' }), 'ringing');
  assert.equal(wordOf({ state: 'busy' }, { state: 'talking' }), 'busy');
  assert.equal(wordOf(null, null), 'unknown');
});

test('the telephone follows a call and its clock runs from the answer to the end', () => {
  const says = (caller) => ({ type: 'state', message: { caller, hook: 'on', ringing: false, tone: 'none', battery_v: -48 } });
  let state = step(atRest(), { type: 'dialled' }, 0);
  state = step(state, says('idle'), 100);
  assert.equal(state.caller, 'connecting');
  state = step(state, says('calling'), 1000);
  assert.deepEqual([state.caller, secondsIn(state, 3000), inCall(state)], ['calling', 0, true]);
  state = step(state, says('talking'), 5000);
  state = step(state, says('talking'), 7000);
  assert.equal(secondsIn(state, 9000), 4);
  state = step(state, says('far-end-cleared'), 10_000);
  assert.deepEqual([state.caller, secondsIn(state, 20_000), inCall(state)], ['far-end-cleared', 5, true]);
  state = step(state, { type: 'hungUp' }, 21_000);
  assert.deepEqual([state.caller, secondsIn(state, 30_000), inCall(state)], ['idle', 5, false]);
});

test('a lost connection is said, and what comes late does not revive the call', () => {
  const lost = step({ ...atRest(), caller: 'talking', began: 0 }, { type: 'lost' }, 1000);
  assert.equal(lost.caller, 'lost');
  assert.equal(step(lost, { type: 'state', message: { caller: 'talking' } }, 2000).caller, 'lost');
  assert.equal(step(atRest(), { type: 'lost' }, 0).caller, 'idle');
});

test('keys have the tones of Q.23', () => {
  assert.deepEqual(tonesOf('1'), [697, 1209]);
  assert.deepEqual(tonesOf('5'), [770, 1336]);
  assert.deepEqual(tonesOf('#'), [941, 1477]);
  assert.deepEqual(tonesOf('D'), [941, 1633]);
});

test('the keyboard dials digits, star and hash; letters only when their keys are shown', () => {
  assert.equal(keyOf({ key: '7' }, false), '7');
  assert.equal(keyOf({ key: '*' }, false), '*');
  assert.equal(keyOf({ key: 'a' }, false), '');
  assert.equal(keyOf({ key: 'a' }, true), 'A');
  assert.equal(keyOf({ key: '7', ctrlKey: true }, false), '');
  assert.equal(keyOf({ key: 'x' }, true), '');
});

test('a failed microphone has a word', () => {
  assert.deepEqual(['NotAllowedError', 'NotFoundError', 'NotReadableError', 'TypeError'].map((name) => microphoneFault({ name })), ['denied', 'none', 'busy', 'failed']);
});

test('times and levels', () => {
  assert.deepEqual([0, 7.9, 75, 3723, -5].map(duration), ['0:00', '0:07', '1:15', '1:02:03', '0:00']);
  assert.equal(secondsSince('2026-11-24T03:00:00Z', Date.parse('2026-11-24T03:00:02.5Z')), 2.5);
  assert.equal(secondsSince('', 5), 0);
  assert.deepEqual([decibels(1), decibels(0), meterPart(0), meterPart(-60), meterPart(-30)], [0, -60, 1, 0, 0.5]);
});

test('both languages have the same keys and the same placeholders', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
  const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(holes(en[key]), holes(zh[key]), key);
});

/** All files under web/ with this ending. */
function files(ending) {
  return readdirSync(WEB, { recursive: true }).filter((name) => name.endsWith(ending)).map((name) => [name, readFileSync(new URL(name, WEB), 'utf8')]);
}

test('every word the pages and scripts name exists, and each page shows it before scripts run', () => {
  for (const [name, text] of files('.html')) {
    for (const [, key] of text.matchAll(/data-i18n(?:-label|-hint)?="([^"]+)"/g)) assert.ok(key in zh, `${name}: ${key}`);
    for (const [, key, shown] of text.matchAll(/data-i18n="([^"]+)">([^<]*)</g)) if (shown) assert.equal(shown, zh[key], `${name}: ${key}`);
  }
  for (const [name, text] of files('.js')) {
    for (const [, key] of text.matchAll(/\bt\('([\w.]+)'/g)) assert.ok(key in zh, `${name}: ${key}`);
  }
});

test('pages keep to a strict content policy: nothing inline, nothing from elsewhere', () => {
  for (const [name, text] of files('.html')) {
    assert.doesNotMatch(text, /\sstyle=|\son\w+=|<style|javascript:/i, name);
    for (const [, address] of text.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^[/#]/, `${name}: ${address}`);
    for (const [script] of text.matchAll(/<script[^>]*>[^<]*<\/script>/g)) assert.match(script, /src="\/static\/[^"]+"><\/script>$/, name);
  }
  for (const [name, text] of files('.css')) assert.doesNotMatch(text, /@import|url\(/, name);
});

test('every icon and every element that is asked for exists', () => {
  const icons = new Set([...readFileSync(new URL('shared/icons.svg', WEB), 'utf8').matchAll(/symbol id="([\w-]+)"/g)].map(([, id]) => id));
  for (const [name, text] of [...files('.html'), ...files('.js')]) {
    for (const [, id] of text.matchAll(/icons\.svg#([\w-]+)/g)) assert.ok(icons.has(id), `${name}: ${id}`);
  }
  for (const page of ['phone', 'agent']) {
    const html = readFileSync(new URL(`${page}.html`, WEB), 'utf8');
    for (const [name, text] of files('.js').filter(([file]) => file.startsWith(page))) {
      for (const [, id] of text.matchAll(/byId\('([\w-]+)'\)/g)) assert.ok(html.includes(`id="${id}"`), `${name}: #${id}`);
    }
  }
});
