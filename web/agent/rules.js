/** What an agent may do now. Pure: the server decides, this only keeps buttons honest about what it would accept. */

const NOTHING = {
  logOn: false, logOff: false, ready: false, notReady: false, finish: false,
  answer: false, reject: false, hold: false, retrieve: false, clear: false,
};

/** The word of an agent's state for the screen: CSTA's, with `ringing` and `unknown` of ours. */
export function wordOf(agent, call) {
  if (!agent) return 'unknown';
  return agent.state === 'busy' && call?.state === 'delivered' ? 'ringing' : agent.state;
}

/** `live`: the screen is up to date. `pending`: a command is on its way. Neither lets a button be pressed. */
export function allowed({ agent, call, live, pending }) {
  if (!live || pending || !agent) return NOTHING;
  const { state } = agent;
  const phase = call?.state;
  const onDuty = state !== 'loggedOff';
  const idle = onDuty && !['delivered', 'talking', 'held', 'interrupted'].includes(phase);
  return {
    logOn: state === 'loggedOff',
    logOff: idle,
    ready: state === 'notReady' || state === 'workingAfterCall',
    notReady: onDuty && phase !== 'delivered',
    finish: state === 'workingAfterCall',
    answer: phase === 'delivered',
    reject: phase === 'delivered',
    hold: phase === 'talking',
    retrieve: phase === 'held',
    clear: phase === 'talking' || phase === 'held' || phase === 'interrupted',
  };
}

/** The colour family of a state. */
export function toneOf(word) {
  const tones = {
    ready: 'good', notReady: 'wait', busy: 'talk', ringing: 'ring', workingAfterCall: 'wrap',
    delivered: 'ring', talking: 'talk', held: 'wait', interrupted: 'bad', waiting: 'wait', dialogue: '', offered: 'ring',
  };
  return tones[word] ? `tone-${tones[word]}` : '';
}
