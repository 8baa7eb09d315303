/** Calls of ours up to the answer, and keys in a talk, as the fold of events sees them. Pure. */

/** States of a call of ours that nobody answered yet, as the server names them. */
export const OURS = ['initiated', 'calling', 'alerting'];

/** Events that are a step of a call of ours; their times are remembered for the screen. */
const STEPS = ['originated', 'lineHunted', 'networkReached', 'farEndAlerting', 'established'];

/** The call as the server's view has it when an agent asks for it. */
export function initiatedBy(event) {
  return {
    call: event.callId, line: event.line, caller: null, state: 'initiated', began: event.time, since: event.time,
    version: event.version ?? 1, data: [], queue: null, agent: event.agent, node: '', recording: null,
    called: event.data.called ?? null, estimated: false,
  };
}

/** The house with this step of the event's call remembered; a call that came in has no such steps. */
export function marked(house, event) {
  const word = event.type.slice('call.'.length);
  const call = house.calls.find((other) => other.call === event.callId);
  if (!STEPS.includes(word) || !call?.called) return house;
  const { line } = call;
  const mark = { word, time: event.time, line, reason: event.data.reason ?? '', estimated: call.estimated };
  const before = house.memory.marks[call.call] ?? [];
  const marks = { ...house.memory.marks, [call.call]: [...before, mark] };
  return { ...house, memory: { ...house.memory, marks } };
}

/** The house with these keys of an agent counted; which they were nobody is told. */
export function keyed(house, event) {
  const before = house.memory.keys[event.callId] ?? 0;
  const keys = { ...house.memory.keys, [event.callId]: before + event.data.digits.length };
  return { ...house, memory: { ...house.memory, keys } };
}

/**
 * How far a call is, in a word for the screen: the server's state, and finer where the line or an event tells more.
 * `calling` is `seizing` or `dialling`; `alerting` is `dialled` until ringback was heard, then `ringing`. A screen that
 * opened later than that does not know and says `dialled`, which is true as well.
 */
export function phaseOf(house, call) {
  switch (call?.state) {
    case undefined:
      return 'none';
    case 'calling': {
      const state = house.lines.find(({ line }) => line === call.line)?.state;
      return state === 'dialling' || state === 'proceeding' ? 'dialling' : 'seizing'; // the line is a step ahead
    }
    case 'alerting':
      return marksOf(house, call).some(({ word }) => word === 'farEndAlerting') ? 'ringing' : 'dialled';
    default:
      return call.state;
  }
}

/** The remembered steps of a call that runs, or of one that is over. */
export function marksOf(house, call) {
  return house.memory.marks[call.call] ?? call.marks ?? [];
}
