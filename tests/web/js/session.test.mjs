/** An agent's session over a socket of our own: one command at a time, and never a step back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from '../../../web/agent/session.js';

const CALL = { call: 'c', line: 1, caller: null, state: 'delivered', began: '', since: '', version: 5, data: {}, queue: 'service', agent: '1001', node: '', recording: null };
const AGENT = { agent: '1001', state: 'busy', since: '2026-11-24T03:00:00.000Z', reason: 'alerting', call: 'c', queues: ['service'] };

/** A live session of agent 1001 at whom a call rings, and the socket's far end. */
function ringing(t) {
  const sockets = [];
  globalThis.location = { origin: 'http://house' };
  globalThis.WebSocket = class {
    constructor(url) {
      Object.assign(this, { url, readyState: 1, sent: [] });
      sockets.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {}
  };
  const failed = [];
  const session = new Session('T', { changed: () => {}, link: () => {}, principal: () => {}, failed: (refusal) => failed.push(refusal.errorId) });
  t.after(() => session.close());
  session.stream.open();
  const [socket] = sockets;
  const say = (message) => socket.onmessage({ data: JSON.stringify(message) });
  const view = { node: 'n1', stream: 's1', seq: 1, time: new Date().toISOString(), lines: [], calls: [CALL], agents: [AGENT], queues: [], alarms: [] };
  say({ method: 'stream.opened', params: { stream: 's1', seq: 1, principal: { name: '1001', agent: '1001' } } });
  say({ method: 'snapshot', params: view });
  const event = (seq, type, version, data = {}) => say({ method: 'event', params: { stream: 's1', seq, time: view.time, type, callId: 'c', agent: '1001', version, data } });
  return { session, socket, say, event, failed };
}

test('what came while a command was on its way is not undone by its answer', async (t) => {
  const { session, socket, say, event } = ringing(t);
  const done = session.command('call.answer', { call: 'c' });
  assert.equal(session.pending, 'call.answer');
  event(2, 'call.established', 6);
  event(3, 'call.held', 7);
  say({ id: socket.sent[0].id, result: { ...CALL, state: 'talking', version: 6 } });
  assert.equal(await done, true);
  assert.deepEqual([session.call.state, session.house.seq, session.pending], ['held', 3, '']);
});

test('an answer is on the screen before its events', async (t) => {
  const { session, socket, say } = ringing(t);
  const done = session.command('call.answer', { call: 'c' });
  say({ id: socket.sent[0].id, result: { ...CALL, state: 'talking', version: 6 } });
  await done;
  assert.equal(session.call.state, 'talking');
});

test('keys hold up no other command, and a refusal of theirs is told', async (t) => {
  const { session, socket, say, failed } = ringing(t);
  const done = session.command('call.hold', { call: 'c' });
  const keys = session.beside('call.sendDigits', { call: 'c', digits: '12' });
  assert.deepEqual(socket.sent.map(({ method }) => method), ['call.hold', 'call.sendDigits']);
  say({ id: socket.sent[1].id, error: { code: -32000, message: 'no', data: { errorId: 'wrongState' } } });
  assert.equal(await keys, false);
  assert.deepEqual([failed, session.pending], [['wrongState'], 'call.hold']);
  say({ id: socket.sent[0].id, result: { ...CALL, state: 'held', version: 6 } });
  assert.equal(await done, true);
});

test('a second command is not taken while the first is on its way; a refusal frees it and changes nothing', async (t) => {
  const { session, socket, say, failed } = ringing(t);
  const done = session.command('call.answer', { call: 'c' });
  assert.equal(await session.command('call.reject', { call: 'c' }), false);
  assert.equal(socket.sent.length, 1);
  say({ id: socket.sent[0].id, error: { code: -32000, message: 'no', data: { errorId: 'wrongState' } } });
  assert.equal(await done, false);
  assert.deepEqual([failed, session.pending, session.call.state], [['wrongState'], '', 'delivered']);
});
