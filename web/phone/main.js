/** The telephone page. `?line=3` chooses a line; `?audio=raw` turns echo cancellation and the like off (for tests). */

import { Line, microphoneBarrier } from '../shared/audio/audio.js';
import { byId, setHidden, setText } from '../shared/dom.js';
import { duration } from '../shared/format.js';
import { installLanguage, t, tOr } from '../shared/i18n.js';
import { Meter } from '../shared/meter.js';
import { atRest, inCall, secondsIn, step } from './caller.js';
import { Keypad, tonesOf } from './keypad.js';
import { Lines } from './lines.js';

const GOODBYE_MS = 600; // after "hang up" the server says idle; if it does not, we leave anyway
const SHOWN_KEYS = 20;
const SIDETONE = 0.03; // full scale of each tone, -30 dB: a hint, not a call
const FULL_SCALE_DBM0 = 3.14; // A-law: a sine of full scale is +3.14 dBm0 (G.711)

/** Furnishes the page and lives on it. */
export function callerTelephone() {
  const query = new URLSearchParams(location.search);
  const processing = query.get('audio') !== 'raw';
  const meters = { tx: new Meter(byId('meter-tx')), rx: new Meter(byId('meter-rx')) };

  let state = atRest();
  let pressed = '';
  let wanted = true; // the microphone, as the person left the switch
  let sounds = false; // an audio worklet is running
  let leaving = 0;
  let sidetone = [];

  const line = new Line({
    opened: () => line.send({ op: 'dial' }),
    closed: () => take({ type: leaving ? 'hungUp' : 'lost' }),
    text: (message) => {
      if (message.op === 'state') hear(message);
    },
    levels: ({ sent, heard }) => {
      meters.tx.peak(sent);
      meters.rx.peak(heard);
    },
    microphone: () => draw(),
  });

  const lines = new Lines({ chosen: () => draw() });
  const keypad = new Keypad({
    grid: byId('keypad'),
    more: byId('keypad-more'),
    lettersOn: () => byId('advanced').open,
    pressed: (key) => {
      line.send({ op: 'key', d: key, down: true });
      pressed = (pressed + key).slice(-SHOWN_KEYS);
      startSidetone(key);
      draw();
    },
    released: (key) => {
      line.send({ op: 'key', d: key, down: false });
      stopSidetone();
    },
  });

  function take(event) {
    const before = state;
    state = step(state, event, Date.now());
    if (inCall(before) && !inCall(state)) leave();
    draw();
  }

  function hear(message) {
    take({ type: 'state', message });
    if (sounds || !inCall(state)) return;
    if (Number.isFinite(message.levelTx)) meters.tx.show(message.levelTx - FULL_SCALE_DBM0);
    if (Number.isFinite(message.levelRx)) meters.rx.show(message.levelRx - FULL_SCALE_DBM0);
  }

  /** Runs inside the click (or the Enter key) that means "call": only then may a page make sound. */
  async function call() {
    if (inCall(state)) return;
    leaving = 0;
    pressed = '';
    take({ type: 'dialled' });
    try {
      sounds = await line.start();
    } catch (error) {
      sounds = false;
      console.error(error);
    }
    if (!inCall(state)) return; // hung up meanwhile
    if (sounds && wanted && line.microphone !== 'on') line.useMicrophone({ processing });
    line.open(`/phone/ws?line=${lines.line}`);
  }

  function hangUp() {
    if (state.caller === 'lost') take({ type: 'hungUp' });
    if (!inCall(state) || leaving) return;
    line.send({ op: 'hangup' });
    leaving = setTimeout(() => take({ type: 'hungUp' }), GOODBYE_MS);
    draw();
  }

  function leave() {
    clearTimeout(leaving);
    leaving = 0;
    line.close();
    stopSidetone();
    meters.tx.rest();
    meters.rx.rest();
  }

  function startSidetone(key) {
    stopSidetone();
    if (!sounds || !byId('sidetone').checked) return;
    const gain = new GainNode(line.context, { gain: SIDETONE });
    gain.connect(line.context.destination);
    sidetone = tonesOf(key).map((frequency) => {
      const tone = new OscillatorNode(line.context, { frequency });
      tone.connect(gain);
      tone.start();
      return tone;
    });
  }

  function stopSidetone() {
    for (const tone of sidetone) tone.stop();
    sidetone = [];
  }

  async function switchMicrophone() {
    if (line.microphone === 'on' || line.microphone === 'asking') {
      wanted = false;
      line.stopMicrophone();
      return;
    }
    wanted = true;
    sounds = await line.start();
    if (sounds) await line.useMicrophone({ processing });
    draw();
  }

  function draw() {
    const { caller } = state;
    const on = inCall(state);
    document.body.dataset.caller = caller;
    setText(byId('display-line'), t('phone.line', { n: lines.line }));
    setText(byId('caller-state'), t(`caller.${caller}`));
    setText(byId('caller-more'), t(`caller.${caller}.more`));
    setText(byId('pressed'), pressed);
    setText(byId('timer'), duration(secondsIn(state, Date.now())));
    byId('call').disabled = on;
    byId('hangup').disabled = !(on || caller === 'lost') || leaving > 0;
    keypad.enable(on && caller !== 'connecting' && caller !== 'busy');
    lines.hold(on);
    drawLine(on);
    drawMicrophone();
  }

  function drawLine(on) {
    setText(byId('hook'), on && state.hook ? t(`phone.hook.${state.hook}`) : '—');
    setText(byId('battery'), on && state.battery !== null ? `${Math.round(state.battery)} V` : '—');
    setText(byId('ringing'), on ? t(state.ringing ? 'phone.ring.yes' : 'phone.ring.no') : '—');
    setText(byId('tone'), on ? tOr(`phone.tone.${state.tone}`, state.tone) : '—');
  }

  function drawMicrophone() {
    const word = microphoneBarrier() || line.microphone;
    const fault = !['on', 'off', 'asking'].includes(word);
    const button = byId('mic');
    setText(button, t(word === 'on' ? 'mic.turn_off' : fault ? 'mic.retry' : 'mic.turn_on'));
    button.setAttribute('aria-pressed', String(word === 'on'));
    setHidden(button, Boolean(microphoneBarrier()));
    setText(byId('mic-text'), t(word === 'off' && wanted ? 'phone.mic_later' : `mic.${word}`));
    byId('mic-notice').className = `notice ${fault ? '' : 'notice-info'}`;
  }

  byId('call').addEventListener('click', call);
  byId('hangup').addEventListener('click', hangUp);
  byId('mic').addEventListener('click', switchMicrophone);
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') hangUp();
    else if (event.key === 'Enter' && !event.target.closest('button, summary, a')) call();
  });
  setInterval(() => setText(byId('timer'), duration(secondsIn(state, Date.now()))), 500);

  installLanguage(byId('language'), () => {
    document.title = `${t('app.phone')} · ${t('app.name')}`;
    keypad.translate();
    lines.translate();
    draw();
  });

  globalThis.__audio = line.probe;
  globalThis.__phone = { state: () => ({ ...state, line: lines.line, pressed }) };
}
