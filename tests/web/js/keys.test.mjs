/** Keys that an agent sends in a talk: in their order, none twice, none too late, and none to be read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sender, dots, keyOf } from '../../../web/agent/keys.js';
import { emptyHouse, fold, fromSnapshot } from '../../../web/shared/state.js';

/** A sender whose requests wait for `answer(obeyed)`. */
function slow() {
  const asked = [];
  const answers = [];
  const sender = new Sender((call, digits) => {
    asked.push([call, digits]);
    return new Promise((resolve) => answers.push(resolve));
  });
  const answer = async (obeyed) => {
    answers.shift()(obeyed);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { sender, asked, answer };
}

test('the first key goes at once, those pressed meanwhile go together behind it', async () => {
  const { sender, asked, answer } = slow();
  for (const key of '94*1') sender.press('c', key);
  assert.deepEqual(asked, [['c', '9']]);
  await answer(true);
  assert.deepEqual(asked, [['c', '9'], ['c', '4*1']]);
  await answer(true);
  sender.press('c', '#');
  assert.deepEqual(asked.at(-1), ['c', '#']);
});

test('no request has more keys than the server takes', async () => {
  const { sender, asked, answer } = slow();
  for (let n = 0; n < 41; n += 1) sender.press('c', String(n % 10));
  for (let n = 0; n < 3; n += 1) await answer(true);
  assert.deepEqual(asked.map(([, digits]) => digits.length), [1, 32, 8]);
  assert.equal(asked.map(([, digits]) => digits).join(''), Array.from({ length: 41 }, (_, n) => n % 10).join(''));
});

test('behind a key that was refused nothing goes out, and the next one begins anew', async () => {
  const { sender, asked, answer } = slow();
  for (const key of '12') sender.press('c', key);
  await answer(false);
  assert.deepEqual(asked, [['c', '1']]);
  sender.press('c', '3');
  assert.deepEqual(asked.at(-1), ['c', '3']);
});

test('what waits goes neither into another call nor behind the end of the talk', async () => {
  const { sender, asked, answer } = slow();
  for (const key of '12') sender.press('a', key);
  sender.press('b', '7');
  await answer(true);
  assert.deepEqual(asked, [['a', '1'], ['b', '7']]);
  sender.press('b', '8');
  sender.drop();
  await answer(true);
  assert.equal(asked.length, 2);
});

test('a flash waits for the keys before it', async () => {
  const { sender, answer } = slow();
  let done = false;
  for (const key of '12') sender.press('c', key);
  sender.settled().then(() => {
    done = true;
  });
  await answer(true);
  assert.equal(done, false);
  await answer(true);
  assert.equal(done, true);
});

test('the keyboard sends digits, star and hash, and leaves shortcuts alone', () => {
  assert.deepEqual(['7', '*', '#', 'a', ',', 'Enter'].map((key) => keyOf({ key })), ['7', '*', '#', '', '', '']);
  for (const held of ['ctrlKey', 'altKey', 'metaKey']) assert.equal(keyOf({ key: '7', [held]: true }), '');
});

test('the screen counts the keys of a call that runs, and shows dots', () => {
  const call = { call: 'c', line: 1, caller: null, state: 'talking', began: '', since: '', version: 5, data: [], queue: null, agent: '1001', node: '', recording: null };
  const view = { node: 'n', stream: 's', seq: 1, time: '', lines: [], calls: [call], agents: [], queues: [] };
  const event = (seq, type, data = {}) => ({ seq, type, time: '', callId: 'c', agent: '1001', version: 6, data });
  const keys = [event(2, 'call.digitsGenerated', { digits: '•' }), event(3, 'call.digitsGenerated', { digits: '•••' })];
  let house = keys.reduce(fold, fromSnapshot(emptyHouse(), view));
  assert.deepEqual([house.memory.keys, house.calls[0].state, house.calls[0].version], [{ c: 4 }, 'talking', 6]);
  assert.deepEqual([dots(4), dots(99).length], ['••••', 24]);
  assert.deepEqual(fromSnapshot(house, { ...view, calls: [] }).memory.keys, {});
  house = fold(house, event(4, 'call.cleared'));
  assert.deepEqual(house.memory.keys, {});
});
