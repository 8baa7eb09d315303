/**
 * What the screen knows: a pure fold of a snapshot and the events after it. Reload, reconnect or replay, and the same
 * screen stands there. `memory` is what a snapshot does not carry (the way through the menu, the steps of a call of ours,
 * finished calls); it never speaks about a call that still runs in words the server did not use.
 */

import { OURS, initiatedBy, keyed, marked } from './calling.js';

const REMEMBERED = 30; // finished calls kept for the list of this session

export function emptyHouse() {
  return {
    node: '', stream: '', seq: 0, time: '',
    lines: [], calls: [], agents: [], queues: [], extensions: [], alarms: [],
    memory: { paths: {}, waited: {}, marks: {}, keys: {}, finished: [], missed: [] },
  };
}

/** Pairs `[[key, value], …]` or an object: both are a call's data on the wire. */
export function pairs(data) {
  if (!data) return [];
  return Array.isArray(data) ? data : Object.entries(data);
}

/** Begin anew from the server's picture. Calls we knew and it does not are over; we did not see how. */
export function fromSnapshot(house, view) {
  const alive = new Set(view.calls.map(({ call }) => call));
  const gone = house.calls.filter(({ call }) => !alive.has(call));
  const finished = gone.map((call) => finish(house, call, { time: view.time, cause: null, data: {} }));
  const keep = (record) => Object.fromEntries(Object.entries(record).filter(([call]) => alive.has(call)));
  return {
    node: view.node, stream: view.stream, seq: view.seq, time: view.time,
    lines: view.lines, calls: view.calls, agents: view.agents, queues: view.queues,
    extensions: view.extensions ?? [], alarms: view.alarms ?? [],
    memory: {
      paths: keep(house.memory.paths),
      waited: keep(house.memory.waited),
      marks: keep(house.memory.marks),
      keys: keep(house.memory.keys),
      finished: [...finished, ...house.memory.finished].slice(0, REMEMBERED),
      missed: house.memory.missed,
    },
  };
}

/** One event on. What the fold does not know moves the position and nothing else. */
export function fold(house, event) {
  const next = { ...house, seq: event.seq, time: event.time };
  const [object, word] = event.type.split('.');
  if (object === 'call') return marked(foldCall(next, word, event), event);
  if (object === 'agent') return foldAgent(next, word, event);
  if (object === 'extension') return foldExtension(next, event);
  if (object === 'line') return foldLine(next, event);
  if (object === 'system') return foldAlarm(next, word, event);
  if (object === 'recording' && word === 'started') return change(next, event, { recording: event.data.recording });
  return next;
}

function foldCall(house, word, event) {
  const { agent, queue, data } = event;
  switch (word) {
    case 'offered':
      return begin(house, event, offered(event));
    case 'serviceInitiated':
      return begin(house, event, initiatedBy(event));
    case 'originated':
      return enter(house, event, 'calling', { line: event.line });
    case 'lineHunted':
      return change(house, event, { line: event.line });
    case 'networkReached':
      return enter(house, event, 'alerting');
    case 'callerIdReceived':
      return change(house, event, { caller: data.caller ?? null });
    case 'established':
      if (!agent) return enter(house, event, 'dialogue');
      return establish(leaveQueues(house, event.callId), event);
    case 'flowStep':
      return step(house, event);
    case 'routed':
      return leaveQueues(house, event.callId);
    case 'queued':
      return enter(place(house, event), event, 'waiting', { queue, agent: null });
    case 'placeChanged':
      return change(place(house, event), event, {});
    case 'delivered':
      return deliver(house, event);
    case 'diverted':
      return enter(miss(house, event), event, 'waiting', { queue, agent: null }); // its place follows with `queued`
    case 'held':
      return enter(house, event, 'held');
    case 'retrieved':
      return enter(house, event, 'talking');
    case 'digitsGenerated':
      return change(keyed(house, event), event, {});
    case 'failed':
      return enter(house, event, 'interrupted');
    case 'dataChanged':
      return change(house, event, { data: data.data });
    case 'cleared':
      return clear(house, event);
    default:
      return change(house, event, {});
  }
}

function offered(event) {
  return {
    call: event.callId, line: event.line, caller: event.data.caller ?? null, state: 'offered', began: event.time,
    since: event.time, version: event.version ?? 1, data: [], queue: null, agent: null, node: '', recording: null,
    called: null, estimated: false,
  };
}

function begin(house, event, call) {
  return { ...house, calls: [...house.calls.filter((other) => other.call !== event.callId), call] };
}

/** An agent speaks. That an answer was estimated stays true when a device was lost and comes back. */
function establish(house, event) {
  const call = house.calls.find((other) => other.call === event.callId);
  const estimated = Boolean(call?.estimated || event.data.estimated);
  return enter(house, event, 'talking', { agent: event.agent, estimated });
}

/** Change fields of the event's call; a version in the event is the call's new version. */
function change(house, event, fields) {
  const version = event.version ?? null;
  const calls = house.calls.map((call) => {
    if (call.call !== event.callId) return call;
    return { ...call, ...fields, version: version ?? call.version };
  });
  return { ...house, calls };
}

function enter(house, event, state, fields = {}) {
  return change(house, event, { state, since: event.time, ...fields });
}

/** A step in the menu. A caller who waited is back in the dialogue by it: leaving a queue has no event of its own. */
function step(house, event) {
  const { node } = event.data;
  const path = [...(house.memory.paths[event.callId] ?? []), node];
  const walked = { ...house, memory: { ...house.memory, paths: { ...house.memory.paths, [event.callId]: path } } };
  const call = house.calls.find((other) => other.call === event.callId);
  if (call?.state !== 'waiting') return change(walked, event, { node });
  return enter(leaveQueues(walked, event.callId), event, 'dialogue', { node, queue: null });
}

/** The screen pop; its `path` tells the whole way through the menu, even to a screen that opened late. */
function deliver(house, event) {
  const { caller = null, waitedS = null } = event.data;
  const told = pairs(event.data.data);
  const path = told.find(([key]) => key === 'path')?.[1];
  const { paths, waited } = house.memory;
  const memory = {
    ...house.memory,
    paths: path ? { ...paths, [event.callId]: path.split(' > ') } : paths,
    waited: { ...waited, [event.callId]: waitedS },
  };
  const rung = leaveQueues({ ...house, memory }, event.callId);
  return enter(rung, event, 'delivered', { agent: event.agent, queue: event.queue, caller });
}

function clear(house, event) {
  const call = house.calls.find((other) => other.call === event.callId);
  const left = leaveQueues({ ...house, calls: house.calls.filter((other) => other !== call) }, event.callId);
  if (!call) return left;
  const { [event.callId]: _path, ...paths } = house.memory.paths;
  const { [event.callId]: _waited, ...waited } = house.memory.waited;
  const { [event.callId]: _marks, ...marks } = house.memory.marks;
  const { [event.callId]: _keys, ...keys } = house.memory.keys;
  const finished = [finish(house, call, event), ...house.memory.finished].slice(0, REMEMBERED);
  return { ...left, memory: { ...house.memory, paths, waited, marks, keys, finished } };
}

/** Remember that the call rang at an agent in vain. */
function miss(house, { callId, agent, time, cause }) {
  const call = house.calls.find((other) => other.call === callId);
  if (!call) return house;
  const entry = { call: callId, line: call.line, caller: call.caller, agent, ended: time, cause };
  return { ...house, memory: { ...house.memory, missed: [entry, ...house.memory.missed].slice(0, REMEMBERED) } };
}

function finish(house, call, { time, cause, data, agent }) {
  return {
    call: call.call, line: call.line, caller: call.caller, called: call.called ?? null, began: call.began, ended: time,
    cause, queue: call.queue, data: call.data, estimated: call.estimated ?? false,
    marks: house.memory.marks[call.call] ?? [],
    agent: agent ?? call.agent, path: house.memory.paths[call.call] ?? [], recording: call.recording ?? null,
    waitingS: data.waitingS ?? null, talkingS: data.talkingS ?? null,
  };
}

/** Put the call at its place (1 is next) in the event's queue, and in no other. */
function place(house, event) {
  const left = leaveQueues(house, event.callId);
  const known = left.queues.some(({ queue }) => queue === event.queue);
  const queues = known ? left.queues : [...left.queues, { queue: event.queue, waiting: [], agents: [] }];
  return {
    ...left,
    queues: queues.map((queue) => {
      if (queue.queue !== event.queue) return queue;
      const at = Math.max(0, event.data.place - 1);
      return { ...queue, waiting: [...queue.waiting.slice(0, at), event.callId, ...queue.waiting.slice(at)] };
    }),
  };
}

function leaveQueues(house, call) {
  const queues = house.queues.map((queue) => {
    if (!queue.waiting.includes(call)) return queue;
    return { ...queue, waiting: queue.waiting.filter((other) => other !== call) };
  });
  return { ...house, queues };
}

function foldAgent(house, word, event) {
  const { data } = event;
  const known = house.agents.find(({ agent }) => agent === event.agent);
  const before = known ?? { agent: event.agent, queues: [], extension: null };
  const state = word === 'loggedOn' ? 'notReady' : (data.state ?? word);
  const queues = state === 'loggedOff' ? [] : (data.queues ?? before.queues);
  const after = { ...before, queues, state, since: event.time, reason: data.reason ?? '', call: event.callId ?? null };
  const agents = known ? house.agents.map((agent) => (agent === known ? after : agent)) : [...house.agents, after];
  return { ...house, agents, queues: house.queues.map((queue) => duty(queue, after)) };
}

/** The queue with the agent on duty or not. */
function duty(queue, { agent, state, queues }) {
  const on = state !== 'loggedOff' && queues.includes(queue.queue);
  if (on === queue.agents.includes(agent)) return queue;
  return { ...queue, agents: on ? [...queue.agents, agent] : queue.agents.filter((other) => other !== agent) };
}

function foldLine(house, event) {
  const { state, reason = '' } = event.data;
  if (!state) return house;
  const after = { line: event.line, state, reason, call: event.callId ?? null };
  const known = house.lines.some(({ line }) => line === event.line);
  const lines = known ? house.lines.map((line) => (line.line === event.line ? after : line)) : [...house.lines, after];
  return { ...house, lines };
}

function foldExtension(house, event) {
  const { extension, state, reason = '' } = event.data;
  const after = { extension, state, reason, agent: event.agent ?? null };
  const known = house.extensions.some((other) => other.extension === extension);
  const extensions = known
    ? house.extensions.map((other) => (other.extension === extension ? after : other))
    : [...house.extensions, after];
  return { ...house, extensions };
}

function foldAlarm(house, word, event) {
  const { alarm, detail = '' } = event.data;
  const others = house.alarms.filter((other) => other.alarm !== alarm || (other.line ?? null) !== (event.line ?? null));
  if (word === 'alarmCleared') return { ...house, alarms: others };
  if (word === 'alarmRaised') return { ...house, alarms: [...others, { alarm, detail, line: event.line ?? null }] };
  return house;
}

/**
 * Take the answer to a command, the object's state after it, without waiting for the events behind it. An answer that
 * was repeated after a break may be older than what is known by now: it is left aside. So is a call that is over.
 */
export function adopt(house, view) {
  if (view?.call && view.version) {
    const newer = (call) => call.call === view.call && view.version >= call.version && view.state !== 'cleared';
    return { ...house, calls: house.calls.map((call) => (newer(call) ? { ...call, ...view } : call)) };
  }
  if (view?.agent && view.since) {
    const newer = (agent) => agent.agent === view.agent && view.since >= agent.since;
    return { ...house, agents: house.agents.map((agent) => (newer(agent) ? view : agent)) };
  }
  return house;
}

/** The agent as the server last said, or null when it never spoke of them. */
export function agentIn(house, agent) {
  return house.agents.find((other) => other.agent === agent) ?? null;
}

/** The agent's telephone as the server last said; null: the agent speaks at the desktop. */
export function telephoneOf(house, agent) {
  const number = agentIn(house, agent)?.extension;
  return house.extensions.find(({ extension }) => extension === number) ?? null;
}

/** The call that rings at, is talked through by, or goes out from this agent. */
export function callOf(house, agent) {
  const alive = ['delivered', 'talking', 'held', 'interrupted', ...OURS];
  return house.calls.find((call) => call.agent === agent && alive.includes(call.state)) ?? null;
}

/** What this agent did since the page was opened, newest first: calls answered, missed and made. */
export function historyOf(house, agent) {
  const { finished, missed } = house.memory;
  const kind = ({ called }) => (called ? 'made' : 'answered');
  const answered = finished.filter((entry) => entry.agent === agent).map((entry) => ({ ...entry, kind: kind(entry) }));
  const vain = missed.filter((entry) => entry.agent === agent).map((entry) => ({ ...entry, kind: 'missed' }));
  return [...answered, ...vain].sort((a, b) => (a.ended < b.ended ? 1 : -1));
}

/** Waiting calls in the order they will be answered, each with its place. */
export function waitingIn(house) {
  return house.queues.flatMap(({ queue, waiting }) =>
    waiting.flatMap((id, index) => {
      const call = house.calls.find((other) => other.call === id);
      return call ? [{ ...call, queue, place: index + 1 }] : [];
    }),
  );
}
