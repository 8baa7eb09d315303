/** The stream client against a socket, timers and dice of our own: resumes, never doubles, repeats commands safely. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal, Stream, waitBefore } from '../../../web/shared/stream.js';

/** Sockets that are opened by hand and timers that fire by hand. */
function world({ probe = 0 } = {}) {
  const told = [];
  const sockets = [];
  const waits = new Map();
  let last = 0;
  const timers = {
    setTimeout: (work, ms) => {
      last += 1;
      waits.set(last, { work, ms });
      return last;
    },
    clearTimeout: (id) => waits.delete(id),
  };
  const connect = (url) => {
    const socket = { url: new URL(url), sent: [], readyState: 0, closed: null };
    socket.send = (text) => socket.sent.push(JSON.parse(text));
    socket.close = (code) => {
      socket.closed = code;
    };
    sockets.push(socket);
    return socket;
  };
  const stream = new Stream({
    token: 'T', address: (query) => `ws://house/ws?${query}`, connect, timers, dice: () => 0, probe: async () => probe,
    on: {
      status: (word, detail) => told.push(['status', word, detail]),
      snapshot: (view) => told.push(['snapshot', view.seq]),
      event: (envelope) => told.push(['event', envelope.seq]),
    },
  });
  const fire = (ms) => {
    const due = [...waits].filter(([, wait]) => wait.ms === ms);
    for (const [id, { work }] of due) {
      waits.delete(id);
      work();
    }
    return due.length;
  };
  const say = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  const notice = (method, params) => say({ jsonrpc: '2.0', method, params });
  return {
    stream, told, sockets, waits, fire, say, notice,
    open: (seq, name = 's1') => {
      sockets.at(-1).readyState = 1;
      sockets.at(-1).onopen();
      notice('stream.opened', { node: 'n1', stream: name, seq, principal: {} });
    },
    event: (seq, name = 's1') => notice('event', { stream: name, seq, type: 'x.y', data: {} }),
    snapshot: (seq, name = 's1') => notice('snapshot', { stream: name, seq }),
    drop: (code = 1006) => {
      sockets.at(-1).readyState = 3;
      sockets.at(-1).onclose({ code });
    },
    words: () => told.filter(([kind]) => kind === 'status').map(([, word]) => word),
    facts: () => told.filter(([kind]) => kind !== 'status'),
  };
}

function live(seq = 5) {
  const w = world();
  w.stream.open();
  w.open(seq);
  w.snapshot(seq);
  return w;
}

test('the first socket asks for no position; a snapshot makes it live', () => {
  const w = live(5);
  assert.equal(w.sockets[0].url.search, '?token=T');
  assert.deepEqual(w.words(), ['connecting', 'catchingUp', 'live']);
  assert.deepEqual(w.facts(), [['snapshot', 5]]);
});

test('after a break it comes back with its position and tells each event once', () => {
  const w = live(5);
  w.event(6);
  w.drop();
  assert.equal(w.fire(250), 1);
  assert.deepEqual(Object.fromEntries(w.sockets[1].url.searchParams), { token: 'T', from: '6', stream: 's1' });
  w.open(8);
  assert.equal(w.stream.status, 'catchingUp');
  w.event(6);
  w.event(7);
  w.event(7);
  w.event(8);
  assert.equal(w.stream.status, 'live');
  assert.deepEqual(w.facts(), [['snapshot', 5], ['event', 6], ['event', 7], ['event', 8]]);
});

test('a gap is answered by the snapshot that follows, not by guessing', () => {
  const w = live(5);
  w.drop();
  w.fire(250);
  w.open(900, 's2');
  w.notice('stream.gap', { from: 5, oldest: 800, stream: 's2' });
  w.event(899, 's2');
  w.snapshot(900, 's2');
  w.event(901, 's2');
  assert.deepEqual(w.facts(), [['snapshot', 5], ['snapshot', 900], ['event', 901]]);
  assert.equal(w.stream.status, 'live');
});

test('a jump in the numbers asks for the whole picture', async () => {
  const w = live(5);
  w.event(9);
  const [request] = w.sockets[0].sent;
  assert.equal(request.method, 'snapshot.get');
  assert.equal('idempotencyKey' in request.params, false);
  w.say({ jsonrpc: '2.0', id: request.id, result: { stream: 's1', seq: 9 } });
  await Promise.resolve();
  assert.deepEqual(w.facts(), [['snapshot', 5], ['event', 9], ['snapshot', 9]]);
});

test('a heartbeat ahead of us means something was lost; one that agrees means nothing', () => {
  const w = live(5);
  w.notice('stream.heartbeat', { seq: 5 });
  assert.equal(w.sockets[0].sent.length, 0);
  w.notice('stream.heartbeat', { seq: 6 });
  assert.equal(w.sockets[0].sent[0].method, 'snapshot.get');
});

test('a command that met a dying socket is repeated with the same key', async () => {
  const w = live(5);
  const answer = w.stream.command('call.hold', { call: 'c' });
  const [first] = w.sockets[0].sent;
  w.drop();
  w.fire(250);
  w.open(5);
  const [second] = w.sockets[1].sent;
  assert.deepEqual(second, first);
  assert.match(first.params.idempotencyKey, /^[0-9a-f]{32}$/);
  w.say({ jsonrpc: '2.0', id: second.id, result: { state: 'held' } });
  assert.deepEqual(await answer, { state: 'held' });
});

test('a command given while away waits until the screen is up to date', () => {
  const w = live(5);
  w.drop();
  w.stream.command('agent.setState', { state: 'ready' }).catch(() => {});
  w.fire(250);
  w.open(6);
  assert.equal(w.sockets[1].sent.length, 0);
  w.event(6);
  assert.equal(w.sockets[1].sent[0].method, 'agent.setState');
});

test('a refusal keeps its id, category and detail', async () => {
  const w = live(5);
  const answer = w.stream.command('call.hold', { call: 'c' });
  const error = { code: -32000, message: 'stale', data: { errorId: 'staleVersion', category: 'stateIncompatibility', detail: { version: 3 } } };
  w.say({ jsonrpc: '2.0', id: w.sockets[0].sent[0].id, error });
  await assert.rejects(answer, (refusal) => refusal instanceof Refusal && refusal.errorId === 'staleVersion' && refusal.detail.version === 3);
});

test('no reply within ten seconds is said, and a late one is ignored', async () => {
  const w = live(5);
  const answer = w.stream.command('call.hold', { call: 'c' });
  w.fire(10_000);
  await assert.rejects(answer, { errorId: 'noReply' });
  w.say({ jsonrpc: '2.0', id: w.sockets[0].sent[0].id, result: {} });
  assert.equal(w.stream.asked.size, 0);
});

test('a socket that is silent for two heartbeats is given up', () => {
  const w = live(5);
  assert.equal(w.fire(25_000), 1);
  assert.equal(w.sockets[0].closed, 4000);
  assert.equal(w.stream.status, 'waiting');
  assert.equal(w.fire(250), 1);
  assert.equal(w.sockets.length, 2);
});

test('a socket that was left behind is not heard any more', () => {
  const w = live(5);
  const [old] = w.sockets;
  w.drop();
  w.fire(250);
  old.onmessage({ data: JSON.stringify({ method: 'event', params: { stream: 's1', seq: 6 } }) });
  old.onclose({ code: 1006 });
  assert.deepEqual(w.facts(), [['snapshot', 5]]);
  assert.equal(w.stream.status, 'connecting');
});

test('waits double up to ten seconds and begin anew after success', () => {
  assert.deepEqual([1, 2, 3, 7, 20].map((n) => waitBefore(n, 0)), [250, 500, 1000, 10_000, 10_000]);
  assert.equal(waitBefore(1, 1), 188);
  const w = world();
  w.stream.open();
  w.drop();
  w.fire(250);
  w.drop();
  assert.equal(w.fire(500), 1);
  w.open(1);
  w.snapshot(1);
  w.drop();
  assert.equal(w.fire(250), 1);
});

test('a token that is refused ends the attempts', async () => {
  const w = world({ probe: 401 });
  w.stream.open();
  w.drop();
  await new Promise(setImmediate);
  assert.equal(w.stream.status, 'refused');
  assert.equal(w.waits.size, 0);
});

test('a server that is merely away is tried again', async () => {
  const w = world({ probe: 0 });
  w.stream.open();
  w.drop();
  await new Promise(setImmediate);
  assert.equal(w.stream.status, 'waiting');
  w.stream.hurry();
  assert.equal(w.sockets.length, 2);
});

test('close ends everything: no timer is left and waiting commands are refused', async () => {
  const w = live(5);
  const answer = w.stream.command('call.hold', { call: 'c' });
  w.stream.close();
  await assert.rejects(answer, { errorId: 'closed' });
  assert.equal(w.waits.size, 0);
  assert.equal(w.sockets[0].closed, 1000);
});
