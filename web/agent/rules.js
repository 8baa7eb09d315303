/** What an agent may do now. Pure: the server decides, this only keeps buttons honest about what it would accept. */

import { OURS } from '../shared/calling.js';

const NOTHING = {
  logOn: false, logOff: false, ready: false, notReady: false, finish: false, dial: false,
  answer: false, reject: false, hold: false, retrieve: false, flash: false, clear: false,
};
const IN_CALL = ['talking', 'held', 'interrupted', ...OURS];

/** The word of an agent's state for the screen: CSTA's, with `ringing`, `calling` and `unknown` of ours. */
export function wordOf(agent, call) {
  if (!agent) return 'unknown';
  if (agent.state !== 'busy') return agent.state;
  if (call?.state === 'delivered') return 'ringing';
  return OURS.includes(call?.state) ? 'calling' : 'busy';
}

/** Whether the agent's state lets a call be made at all, and a telephone, if it is theirs, is there to speak with. */
export function mayDial(agent, telephone = null) {
  return ['ready', 'notReady', 'workingAfterCall'].includes(agent?.state) && telephone?.state !== 'outOfService';
}

/**
 * `live`: the screen is up to date. `pending`: a command is on its way. Neither lets a button be pressed.
 * `telephone`: the agent's, null for a headset. Nobody can lift a handset from a desktop: a call is answered there only
 * with the handset in hand (`offHook`), and taken back from hold only while it has not been put down (`inUse`).
 */
export function allowed({ agent, call, live, pending, telephone = null }) {
  if (!live || pending || !agent) return NOTHING;
  const { state } = agent;
  const phase = call?.state;
  const onDuty = state !== 'loggedOff';
  const reachable = telephone?.state !== 'outOfService';
  const idle = onDuty && phase !== 'delivered' && !IN_CALL.includes(phase);
  return {
    logOn: state === 'loggedOff',
    logOff: idle,
    ready: reachable && (state === 'notReady' || state === 'workingAfterCall'),
    notReady: onDuty && reachable && phase !== 'delivered',
    finish: state === 'workingAfterCall',
    dial: mayDial(agent, telephone),
    answer: phase === 'delivered' && (!telephone || telephone.state === 'offHook'),
    reject: phase === 'delivered',
    hold: phase === 'talking',
    retrieve: phase === 'held' && (!telephone || telephone.state === 'inUse'),
    flash: phase === 'talking',
    clear: IN_CALL.includes(phase),
  };
}

/** The colour family of a state. */
export function toneOf(word) {
  const tones = {
    ready: 'good', notReady: 'wait', busy: 'talk', ringing: 'ring', calling: 'ring', workingAfterCall: 'wrap',
    delivered: 'ring', talking: 'talk', held: 'wait', interrupted: 'bad', waiting: 'wait', dialogue: '', offered: 'ring',
    initiated: 'wait', seizing: 'wait', dialling: 'wait', dialled: 'wait',
  };
  return tones[word] ? `tone-${tones[word]}` : '';
}
