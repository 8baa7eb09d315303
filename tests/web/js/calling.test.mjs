/** Calls of ours and telephones: what the fold makes of their events, what may be pressed, what can be dialled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleaned, faultOf, withNumber } from '../../../web/agent/number.js';
import { allowed, mayDial, wordOf } from '../../../web/agent/rules.js';
import { Session } from '../../../web/agent/session.js';
import { marksOf, phaseOf } from '../../../web/shared/calling.js';
import { callOf, emptyHouse, fold, fromSnapshot, historyOf, telephoneOf } from '../../../web/shared/state.js';

const CALL = 'n1-s1-1';
const AGENT = { agent: '1001', state: 'ready', since: '2026-11-24T02:00:00.000Z', reason: '', call: null, queues: ['service'], extension: null };

function snapshot(fields = {}) {
  return {
    node: 'n1', stream: 's1', seq: 10, time: '2026-11-24T03:00:00.000Z', calls: [], alarms: [], extensions: [],
    lines: [{ line: 7, state: 'idle', reason: '', call: null }, { line: 8, state: 'idle', reason: '', call: null }],
    agents: [AGENT], queues: [{ queue: 'service', waiting: [], agents: ['1001'] }], ...fields,
  };
}

function event(second, type, fields = {}, data = {}) {
  const time = `2026-11-24T03:00:${String(second).padStart(2, '0')}.000Z`;
  return { stream: 's1', seq: 10 + second, time, type, callId: CALL, line: null, agent: null, queue: null, cause: null, version: null, ...fields, data };
}

const line = (second, number, state) => event(second, 'line.stateChanged', { line: number, callId: state === 'idle' ? null : CALL }, { state, reason: '' });

/** A call of ours that meets a caller on its first line, in the order of the server. */
const COURSE = [
  event(1, 'call.serviceInitiated', { line: 8, device: 'A1001', agent: '1001', version: 3 }, { called: '138****5678' }),
  line(2, 8, 'reserved'),
  event(3, 'agent.busy', { agent: '1001' }, { state: 'busy', reason: '', by: 'system' }),
  event(4, 'call.originated', { line: 8, device: 'A1001', agent: '1001', version: 3 }),
  line(5, 8, 'seizing'),
  event(6, 'call.lineHunted', { line: 7, version: 4 }, { tried: 8, reason: 'glare' }),
  line(7, 7, 'seizing'),
  line(8, 7, 'dialling'),
  line(9, 7, 'proceeding'),
  event(10, 'call.networkReached', { line: 7, device: 'L7', version: 5 }),
  event(11, 'recording.started', { line: 7 }, { recording: CALL }),
  event(12, 'call.farEndAlerting', { line: 7, version: 5 }),
  line(13, 7, 'connected'),
  event(14, 'call.established', { line: 7, device: 'L7', agent: '1001', version: 6 }, { estimated: true }),
];
const CLEARED = event(30, 'call.cleared', { line: 7, agent: '1001', cause: 'networkSignal' }, { talkingS: 16, waitingS: 0 });
const start = () => fromSnapshot(emptyHouse(), snapshot());

test('a call of ours passes through its phases in order, each with its time', () => {
  const phases = [];
  let house = start();
  for (const step of COURSE) {
    house = fold(house, step);
    const phase = phaseOf(house, callOf(house, '1001'));
    if (phase !== phases.at(-1)) phases.push(phase);
  }
  assert.deepEqual(phases, ['initiated', 'seizing', 'dialling', 'dialled', 'ringing', 'talking']);
  const call = callOf(house, '1001');
  assert.deepEqual([call.called, call.caller, call.line, call.estimated, call.version, call.recording], ['138****5678', null, 7, true, 6, CALL]);
  assert.equal(call.since, '2026-11-24T03:00:14.000Z');
  assert.deepEqual(marksOf(house, call).map(({ word, line: on, time }) => [word, on, time.slice(17, 19)]), [
    ['originated', 8, '04'], ['lineHunted', 7, '06'], ['networkReached', 7, '10'], ['farEndAlerting', 7, '12'],
    ['established', 7, '14'],
  ]);
});

test('a snapshot anywhere in a call of ours and the events after it give the same picture', () => {
  const whole = COURSE.reduce(fold, start());
  for (let at = 0; at <= COURSE.length; at += 1) {
    const { memory: _memory, ...view } = COURSE.slice(0, at).reduce(fold, start());
    const resumed = COURSE.slice(at).reduce(fold, fromSnapshot(emptyHouse(), view));
    for (const part of ['calls', 'agents', 'lines', 'extensions']) assert.deepEqual(resumed[part], whole[part], `${part} from ${at}`);
  }
});

test('a screen that opened while it rang says that the number is out, and no more than it knows', () => {
  const { memory: _memory, ...view } = COURSE.slice(0, 12).reduce(fold, start());
  const house = fromSnapshot(emptyHouse(), view);
  assert.equal(phaseOf(house, house.calls[0]), 'dialled');
});

test('a call of ours that is over is remembered as made, with its course', () => {
  const house = fold(COURSE.reduce(fold, start()), CLEARED);
  const [entry] = historyOf(house, '1001');
  assert.deepEqual([entry.kind, entry.called, entry.talkingS, entry.estimated, entry.marks.length], ['made', '138****5678', 16, true, 5]);
  assert.deepEqual([house.memory.marks, callOf(house, '1001')], [{}, null]);
});

test('an estimated answer stays estimated when the agent’s device is lost and comes back', () => {
  const house = [
    ...COURSE,
    event(15, 'call.failed', { line: 7, device: 'A1001', agent: '1001', cause: 'deviceLost', version: 7 }),
    event(16, 'call.established', { line: 7, device: 'A1001', agent: '1001', version: 8 }, { estimated: false }),
  ].reduce(fold, start());
  assert.deepEqual([house.calls[0].state, house.calls[0].estimated], ['talking', true]);
});

test('a telephone follows its own events, whether the snapshot knew it or not', () => {
  const extensions = [{ extension: '801', state: 'onHook', reason: '', agent: '1001' }];
  let house = fromSnapshot(emptyHouse(), snapshot({ agents: [{ ...AGENT, extension: '801' }], extensions }));
  assert.equal(telephoneOf(house, '1001').state, 'onHook');
  const changed = (state, reason = '') => event(1, 'extension.stateChanged', { agent: '1001', callId: null }, { extension: '801', state, reason });
  house = fold(house, changed('outOfService', 'unplugged'));
  assert.deepEqual(telephoneOf(house, '1001'), { extension: '801', state: 'outOfService', reason: 'unplugged', agent: '1001' });
  assert.deepEqual(fold(start(), changed('ringing')).extensions.map(({ state }) => state), ['ringing']);
  assert.equal(telephoneOf(start(), '1001'), null);
});

test('a break in the middle of a call of ours: what was missed comes by from=, and nothing is lost or doubled', (t) => {
  const sockets = [];
  globalThis.location = { origin: 'http://house' };
  globalThis.WebSocket = class {
    constructor(url) {
      Object.assign(this, { url, readyState: 1 });
      sockets.push(this);
    }

    send() {}

    close() {}
  };
  const session = new Session('T', { changed: () => {}, link: () => {}, principal: () => {}, failed: () => {} });
  t.after(() => session.close());
  const say = (method, params) => sockets.at(-1).onmessage({ data: JSON.stringify({ method, params }) });
  const opened = (seq) => say('stream.opened', { stream: 's1', seq, principal: { name: '1001', agent: '1001' } });
  session.stream.open();
  opened(10);
  say('snapshot', snapshot());
  for (const step of COURSE.slice(0, 8)) say('event', step);
  sockets[0].onclose({ code: 1006 });
  session.stream.hurry();
  assert.equal(new URL(sockets[1].url).searchParams.get('from'), '18');
  opened(24);
  for (const step of COURSE.slice(8)) say('event', step);
  assert.equal(session.link, 'live');
  assert.deepEqual(session.house, COURSE.reduce(fold, start()));
});

const may = (agent, call, telephone) => {
  const answer = allowed({ agent, call: call && { state: call }, live: true, pending: '', telephone: telephone && { state: telephone } });
  return Object.keys(answer).filter((name) => answer[name]);
};

test('a call may be made by who is ready, not ready or wraps up, and hung up in each of its states', () => {
  assert.deepEqual(['ready', 'notReady', 'workingAfterCall', 'busy', 'loggedOff'].map((state) => mayDial({ state })), [true, true, true, false, false]);
  assert.equal(mayDial({ state: 'notReady' }, { state: 'outOfService' }), false);
  assert.equal(mayDial(null), false);
  for (const state of ['initiated', 'calling', 'alerting']) {
    assert.deepEqual(may({ state: 'busy' }, state), ['notReady', 'clear']);
    assert.equal(wordOf({ state: 'busy' }, { state }), 'calling');
  }
});

test('with a telephone a call is answered with the handset in hand, and taken back while it is', () => {
  assert.deepEqual(may({ state: 'busy' }, 'delivered', 'ringing'), ['reject']);
  assert.deepEqual(may({ state: 'busy' }, 'delivered', 'offHook'), ['answer', 'reject']);
  assert.deepEqual(may({ state: 'busy' }, 'talking', 'inUse'), ['notReady', 'hold', 'flash', 'clear']);
  assert.deepEqual(may({ state: 'busy' }, 'held', 'inUse'), ['notReady', 'retrieve', 'clear']);
  assert.deepEqual(may({ state: 'busy' }, 'held', 'ringing'), ['notReady', 'clear']);
  assert.deepEqual(may({ state: 'notReady' }, null, 'outOfService'), ['logOff']);
});

test('a pasted number loses what only people need', () => {
  assert.equal(cleaned('010 6234-5678'), '01062345678');
  assert.equal(cleaned(' (020)\u00a06234—5678 '), '02062345678');
  assert.equal(cleaned('０１０，＃６＊'), '010,#6*');
  assert.equal(cleaned('\u202a138.1234.5678\u202c'), '13812345678');
});

test('what cannot be dialled is said, and why', () => {
  assert.equal(faultOf('0,62345678#'), null);
  assert.deepEqual(faultOf(',,'), { word: 'empty' });
  assert.deepEqual(faultOf('+86a+1'), { word: 'wrong', signs: '+ a' });
  assert.deepEqual(faultOf('1'.repeat(33)), { word: 'long', n: 32 });
});

test('numbers of the session are offered newest first, each once', () => {
  assert.deepEqual(withNumber(['2', '1'], '1'), ['1', '2']);
  assert.equal(Array.from({ length: 20 }, (_, n) => String(n)).reduce((known, number) => withNumber(known, number), []).length, 12);
});
