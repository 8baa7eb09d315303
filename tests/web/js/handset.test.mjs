/** A telephone of the house on its page: what is shown follows hand and bell. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { atRest, held, secondsUp, step } from '../../../web/phone/handset.js';

const says = (handset, { ringing = false, called = ringing, plugged = true } = {}) => ({
  type: 'state',
  message: { handset, ringing, called, plugged, port: handset, battery_v: -48 },
});

test('the telephone follows bell and hand, and its clock runs while it is lifted', () => {
  let state = step(atRest(), { type: 'wanted' }, 0);
  assert.equal(state.telephone, 'connecting');
  state = step(state, says('on'), 100);
  assert.equal(state.telephone, 'onHook');
  state = step(state, says('on', { ringing: true }), 1000);
  assert.deepEqual([state.telephone, state.ringing], ['ringing', true]);
  state = step(state, says('on', { called: true }), 2000);
  assert.deepEqual([state.telephone, state.ringing], ['ringing', false]); // between two bursts
  state = step(state, says('off'), 3000);
  state = step(state, says('off'), 4000);
  assert.deepEqual([state.telephone, secondsUp(state, 8000)], ['lifted', 5]);
  state = step(state, says('on'), 9000);
  assert.deepEqual([state.telephone, secondsUp(state, 20_000)], ['onHook', 6]);
  state = step(state, says('off'), 30_000);
  assert.equal(secondsUp(state, 31_000), 1); // a new one
});

test('a pulled plug is shown and is no goodbye to the page', () => {
  const state = step(step(atRest(), { type: 'wanted' }, 0), says('off', { plugged: false }), 1);
  assert.deepEqual([state.plugged, held(state)], [false, true]);
});

test('a lost or refused telephone is not held, and late messages do not revive it', () => {
  const up = step(step(atRest(), { type: 'wanted' }, 0), says('off'), 1000);
  const lost = step(up, { type: 'lost' }, 5000);
  assert.deepEqual([lost.telephone, held(lost), secondsUp(lost, 9000)], ['lost', false, 4]);
  assert.equal(step(lost, says('off'), 6000).telephone, 'lost');
  const refused = step(step(atRest(), { type: 'wanted' }, 0), { type: 'refused' }, 1);
  assert.equal(step(refused, { type: 'lost' }, 2).telephone, 'refused');
});
