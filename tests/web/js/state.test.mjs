/** The fold: snapshot and events give the screen, and nothing else does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adopt, agentIn, callOf, emptyHouse, fold, fromSnapshot, historyOf, pairs, waitingIn } from '../../../web/shared/state.js';

const CALL = 'n1-s1-1';

function snapshot(fields = {}) {
  return {
    node: 'n1', stream: 's1', seq: 10, time: '2026-11-24T03:00:00.000Z', calls: [], alarms: [],
    lines: [{ line: 1, state: 'idle', reason: '', call: null }],
    agents: [{ agent: '1001', state: 'ready', since: '2026-11-24T02:00:00.000Z', reason: '', call: null, queues: ['service'] }],
    queues: [{ queue: 'service', waiting: [], agents: ['1001'] }],
    ...fields,
  };
}

function callView(fields = {}) {
  return {
    call: CALL, line: 1, caller: '138****5678', state: 'waiting', began: '2026-11-24T03:00:00.000Z',
    since: '2026-11-24T03:00:05.000Z', version: 4, data: [], queue: 'service', agent: null, node: 'agent', recording: null,
    ...fields,
  };
}

function event(type, fields = {}, data = {}) {
  return { stream: 's1', seq: 0, time: '2026-11-24T03:00:20.000Z', type, callId: null, line: null, agent: null, queue: null, cause: null, version: null, ...fields, data };
}

/** The house after these events, numbered from the snapshot on. */
function after(house, ...events) {
  return events.reduce((before, one) => fold(before, { ...one, seq: before.seq + 1 }), house);
}

const start = () => fromSnapshot(emptyHouse(), snapshot());
const delivered = (fields = {}) => event('call.delivered', { callId: CALL, line: 1, agent: '1001', queue: 'service', version: 5 }, { caller: '138****5678', waitedS: 12.5, data: [['path', 'welcome > main > agent']], ...fields });

test('a call from the first ring to its end passes through the words of the server’s view', () => {
  const words = [];
  let house = start();
  const steps = [
    event('call.offered', { callId: CALL, line: 1 }),
    event('call.callerIdReceived', { callId: CALL, line: 1 }, { caller: '138****5678' }),
    event('call.established', { callId: CALL, line: 1, device: 'ivr', version: 2 }),
    event('call.flowStep', { callId: CALL }, { node: 'main', script: 'main@1' }),
    event('call.queued', { callId: CALL, queue: 'service', version: 3 }, { place: 1 }),
    event('call.routed', { callId: CALL, queue: 'service', agent: '1001' }, { reasons: [] }),
    delivered(),
    event('call.established', { callId: CALL, line: 1, agent: '1001', device: 'A1001', version: 6 }),
    event('call.held', { callId: CALL, agent: '1001', version: 7 }),
    event('call.retrieved', { callId: CALL, agent: '1001', version: 8 }),
  ];
  for (const step of steps) {
    house = after(house, step);
    words.push(house.calls[0].state);
  }
  assert.deepEqual(words, ['offered', 'offered', 'dialogue', 'dialogue', 'waiting', 'waiting', 'delivered', 'talking', 'held', 'talking']);
  assert.equal(house.calls[0].version, 8);
  assert.equal(callOf(house, '1001').caller, '138****5678');
  house = after(house, event('call.cleared', { callId: CALL, line: 1, agent: '1001', cause: 'networkSignal' }, { talkingS: 42, waitingS: 12.5 }));
  assert.deepEqual(house.calls, []);
  assert.equal(callOf(house, '1001'), null);
  const [entry] = historyOf(house, '1001');
  assert.deepEqual([entry.kind, entry.cause, entry.talkingS, entry.path], ['answered', 'networkSignal', 42, ['welcome', 'main', 'agent']]);
});

test('the same events after a snapshot in the middle give the same calls, queues and agents', () => {
  const early = [event('call.offered', { callId: CALL, line: 1 }), event('call.established', { callId: CALL, line: 1, device: 'ivr', version: 2 })];
  const late = [event('call.queued', { callId: CALL, queue: 'service', version: 3 }, { place: 1 }), delivered()];
  const whole = after(start(), ...early, ...late);
  const middle = after(start(), ...early);
  const { memory: _memory, ...view } = middle;
  const resumed = after(fromSnapshot(emptyHouse(), view), ...late);
  for (const part of ['calls', 'queues', 'agents', 'lines']) assert.deepEqual(resumed[part], whole[part], part);
});

test('a queue keeps the server’s places: joining at the head, moving up, leaving', () => {
  const ids = (house) => house.queues[0].waiting;
  let house = fromSnapshot(emptyHouse(), snapshot({
    calls: [callView({ call: 'a' }), callView({ call: 'b' }), callView({ call: 'c', state: 'dialogue' })],
    queues: [{ queue: 'service', waiting: ['a', 'b'], agents: [] }],
  }));
  house = after(house,
    event('call.queued', { callId: 'c', queue: 'service' }, { place: 1 }),
    event('call.placeChanged', { callId: 'a', queue: 'service' }, { place: 2 }),
    event('call.placeChanged', { callId: 'b', queue: 'service' }, { place: 3 }));
  assert.deepEqual(ids(house), ['c', 'a', 'b']);
  house = after(house, event('call.placeChanged', { callId: 'b', queue: 'service' }, { place: 2 }), event('call.cleared', { callId: 'a', line: 1, cause: 'callCancelled' }));
  assert.deepEqual(ids(house), ['c', 'b']);
  assert.deepEqual(waitingIn(house).map(({ call, place }) => [call, place]), [['c', 1], ['b', 2]]);
});

test('a caller who goes back to the menu leaves the queue with the next step', () => {
  const waiting = fromSnapshot(emptyHouse(), snapshot({ calls: [callView()], queues: [{ queue: 'service', waiting: [CALL], agents: [] }] }));
  const house = after(waiting, event('call.flowStep', { callId: CALL }, { node: 'main', script: 'main@1' }));
  assert.equal(house.calls[0].state, 'dialogue');
  assert.equal(house.calls[0].queue, null);
  assert.deepEqual(house.queues[0].waiting, []);
});

test('no answer takes the call from the agent and is remembered as missed', () => {
  const ringing = after(start(), event('call.offered', { callId: CALL, line: 1 }), delivered());
  const house = after(ringing,
    event('call.diverted', { callId: CALL, agent: '1001', queue: 'service', cause: 'noAnswer' }),
    event('call.queued', { callId: CALL, queue: 'service' }, { place: 1 }));
  assert.equal(callOf(house, '1001'), null);
  assert.deepEqual(house.queues[0].waiting, [CALL]);
  const [entry] = historyOf(house, '1001');
  assert.deepEqual([entry.kind, entry.cause], ['missed', 'noAnswer']);
});

test('an agent’s states carry reason, call and time; logging off leaves the queue', () => {
  let house = after(start(), event('agent.notReady', { agent: '1001' }, { state: 'notReady', reason: 'meal', by: 'agent' }));
  assert.deepEqual([agentIn(house, '1001').state, agentIn(house, '1001').reason, agentIn(house, '1001').since], ['notReady', 'meal', '2026-11-24T03:00:20.000Z']);
  house = after(house, event('agent.loggedOff', { agent: '1001' }, { state: 'loggedOff', reason: '' }));
  assert.deepEqual([agentIn(house, '1001').queues, house.queues[0].agents], [[], []]);
  house = after(house, event('agent.loggedOn', { agent: '1001' }, { queues: ['service'] }));
  assert.deepEqual([agentIn(house, '1001').state, house.queues[0].agents], ['notReady', ['1001']]);
});

test('a call is interrupted while its agent’s desktop is lost, and talks on when it is back', () => {
  const talking = fromSnapshot(emptyHouse(), snapshot({ calls: [callView({ state: 'talking', agent: '1001' })] }));
  const lost = after(talking,
    event('agent.busy', { agent: '1001', callId: CALL }, { state: 'busy', reason: 'deviceLost' }),
    event('call.failed', { callId: CALL, line: 1, device: 'A1001', agent: '1001', cause: 'deviceLost', version: 5 }));
  assert.deepEqual([lost.calls[0].state, callOf(lost, '1001').version], ['interrupted', 5]);
  const back = after(lost,
    event('agent.busy', { agent: '1001', callId: CALL }, { state: 'busy', reason: '' }),
    event('call.established', { callId: CALL, line: 1, device: 'A1001', agent: '1001', version: 6 }, { estimated: false }));
  assert.equal(back.calls[0].state, 'talking');
});

test('a snapshot wins over all that was believed, and calls it does not know are over', () => {
  const talking = fromSnapshot(emptyHouse(), snapshot({ calls: [callView({ state: 'talking', agent: '1001' })] }));
  const house = fromSnapshot(talking, snapshot({ stream: 's2', seq: 3, agents: [{ agent: '1001', state: 'loggedOff', since: '', reason: '', call: null, queues: [] }] }));
  assert.equal(callOf(house, '1001'), null);
  assert.equal(agentIn(house, '1001').state, 'loggedOff');
  assert.deepEqual([house.stream, house.seq], ['s2', 3]);
  const [entry] = historyOf(house, '1001');
  assert.deepEqual([entry.call, entry.cause], [CALL, null]);
});

test('alarms are raised once per line and cleared', () => {
  const raised = event('system.alarmRaised', { line: 2 }, { alarm: 'lineLost', detail: 'no battery' });
  let house = after(start(), raised, raised, event('system.alarmRaised', {}, { alarm: 'diskFull' }));
  assert.deepEqual(house.alarms.map(({ alarm, line }) => [alarm, line]), [['lineLost', 2], ['diskFull', null]]);
  house = after(house, event('system.alarmCleared', { line: 2 }, { alarm: 'lineLost' }));
  assert.deepEqual(house.alarms.map(({ alarm }) => alarm), ['diskFull']);
});

test('a line follows its own events', () => {
  const house = after(start(), event('line.stateChanged', { line: 1, callId: CALL }, { state: 'ringing', reason: '' }));
  assert.deepEqual(house.lines, [{ line: 1, state: 'ringing', reason: '', call: CALL }]);
});

test('an unknown event moves the position and nothing else', () => {
  const before = start();
  const house = after(before, event('fax.received', { callId: CALL }));
  assert.deepEqual({ ...house, seq: before.seq, time: before.time }, before);
  assert.equal(house.seq, before.seq + 1);
});

test('the fold changes nothing it was given', () => {
  const before = fromSnapshot(emptyHouse(), snapshot({ calls: [callView()], queues: [{ queue: 'service', waiting: [CALL], agents: ['1001'] }] }));
  const copy = structuredClone(before);
  after(before, delivered(), event('agent.busy', { agent: '1001', callId: CALL }, { state: 'busy', reason: 'alerting' }), event('call.cleared', { callId: CALL, line: 1, cause: 'callCancelled' }));
  assert.deepEqual(before, copy);
});

test('data of a call may be pairs or an object', () => {
  assert.deepEqual(pairs([['a', '1']]), [['a', '1']]);
  assert.deepEqual(pairs({ a: '1' }), [['a', '1']]);
  assert.deepEqual(pairs(undefined), []);
});

test('an answer is taken at once, unless it is older than what is known, or the call is over', () => {
  const house = fromSnapshot(emptyHouse(), snapshot({ calls: [callView({ state: 'delivered', agent: '1001', version: 5 })] }));
  assert.equal(adopt(house, callView({ state: 'talking', agent: '1001', version: 6 })).calls[0].state, 'talking');
  assert.equal(adopt(house, callView({ state: 'waiting', version: 4 })).calls[0].state, 'delivered');
  assert.equal(adopt(house, callView({ state: 'cleared', version: 6 })).calls[0].state, 'delivered');
  const busy = { agent: '1001', state: 'busy', since: '2026-11-24T02:30:00.000Z', reason: '', call: CALL, queues: ['service'] };
  assert.equal(adopt(house, busy).agents[0].state, 'busy');
  assert.equal(adopt(house, { ...busy, since: '2026-11-24T01:00:00.000Z' }).agents[0].state, 'ready');
  assert.equal(adopt(house, null), house);
});
