/**
 * A telephone of the house as this page knows it: a pure fold of what happened here and what the server says about it.
 * `telephone`: away, connecting, onHook, ringing, lifted, lost, refused.
 */

export function atRest() {
  return { telephone: 'away', began: null, ended: null, ringing: false, plugged: true, port: '', battery: null };
}

/** One event on; `now` in ms. Events: wanted, state (the server's message), left, lost, refused. */
export function step(state, event, now) {
  switch (event.type) {
    case 'wanted':
      return { ...atRest(), telephone: 'connecting' };
    case 'state':
      return heard(state, event.message, now);
    case 'refused':
      return { ...atRest(), telephone: 'refused' };
    case 'lost':
      if (!held(state)) return state;
      return { ...state, telephone: 'lost', ringing: false, ended: ended(state, now) };
    default:
      return state;
  }
}

function heard(state, message, now) {
  if (!held(state)) return state; // a message that was on its way
  const lifted = message.handset === 'off';
  const ringing = Boolean(message.ringing);
  const began = lifted && state.telephone !== 'lifted' ? now : state.began;
  return {
    telephone: lifted ? 'lifted' : message.called ? 'ringing' : 'onHook', // between two bursts too
    began,
    ended: lifted ? null : ended(state, now),
    ringing,
    plugged: message.plugged !== false,
    port: message.port ?? state.port,
    battery: message.battery_v ?? state.battery,
  };
}

function ended(state, now) {
  return state.ended ?? (state.began === null ? null : now);
}

/** Seconds since the handset was lifted, until it was put down. */
export function secondsUp({ began, ended }, now) {
  return began === null ? 0 : ((ended ?? now) - began) / 1000;
}

/** The page has the telephone. */
export function held({ telephone }) {
  return !['away', 'lost', 'refused'].includes(telephone);
}
