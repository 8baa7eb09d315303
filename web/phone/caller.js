/**
 * The caller as this page knows it: a pure fold of what happened here and what the server says about the line.
 * `caller`: idle, connecting, calling, talking, far-end-cleared, busy, lost.
 */

export function atRest() {
  return { caller: 'idle', began: null, ended: null, hook: '', ringing: false, tone: 'none', battery: null };
}

/** One event on; `now` in ms. Events: dialled, state (the server's message), hungUp, lost. */
export function step(state, event, now) {
  switch (event.type) {
    case 'dialled':
      return { ...atRest(), caller: 'connecting' };
    case 'state':
      return heard(state, event.message, now);
    case 'hungUp':
      return { ...state, caller: 'idle', ringing: false, tone: 'none', ended: ended(state, now) };
    case 'lost':
      if (state.caller === 'idle') return state;
      return { ...state, caller: 'lost', ringing: false, tone: 'none', ended: ended(state, now) };
    default:
      return state;
  }
}

function heard(state, message, now) {
  const line = {
    ...state,
    hook: message.hook ?? state.hook,
    ringing: Boolean(message.ringing),
    tone: message.tone ?? 'none',
    battery: message.battery_v ?? state.battery,
  };
  if (state.caller === 'idle' || state.caller === 'lost') return line;
  // Before it has dialled the server calls the caller idle; to us that is still connecting.
  if (state.caller === 'connecting' && message.caller === 'idle') return line;
  const caller = message.caller ?? state.caller;
  const began = caller === 'talking' ? (state.began ?? now) : state.began;
  const over = ['idle', 'far-end-cleared', 'busy'].includes(caller);
  return { ...line, caller, began, ended: over ? ended(state, now) : null };
}

function ended(state, now) {
  return state.ended ?? (state.began === null ? null : now);
}

/** Seconds on the call's clock: from the answer to the end of the call. */
export function secondsIn({ began, ended }, now) {
  return began === null ? 0 : ((ended ?? now) - began) / 1000;
}

/** A call is on from dialling until this side hangs up or the connection is lost. */
export function inCall({ caller }) {
  return caller !== 'idle' && caller !== 'lost';
}
