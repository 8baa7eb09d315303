/** A telephone of the house: `/phone?extension=801`. `?audio=raw` turns echo cancellation and the like off (for tests). */

import { Line, microphoneBarrier } from '../shared/audio/audio.js';
import { byId, setHidden, setText } from '../shared/dom.js';
import { duration } from '../shared/format.js';
import { installLanguage, t } from '../shared/i18n.js';
import { Meter } from '../shared/meter.js';
import { Bell } from './bell.js';
import { atRest, held, secondsUp, step } from './handset.js';
import { Keypad } from './keypad.js';

const SHOWN_KEYS = 20;
const DISC = '0123456789';

/** Furnishes the page and lives on it. */
export function houseTelephone() {
  const query = new URLSearchParams(location.search);
  const extension = query.get('extension');
  const processing = query.get('audio') !== 'raw';
  const meters = { tx: new Meter(byId('meter-tx')), rx: new Meter(byId('meter-rx')) };
  const bell = new Bell();

  let state = atRest();
  let pressed = '';
  let wanted = true; // the microphone, as the person left the switch
  let sounds = false; // an audio worklet is running

  const line = new Line({
    opened: () => {},
    closed: () => take({ type: 'lost' }),
    text: (message) => {
      if (message.op === 'state') take({ type: 'state', message });
    },
    levels: ({ sent, heard }) => {
      meters.tx.peak(sent);
      meters.rx.peak(heard);
    },
    microphone: () => draw(),
  });

  const keypad = new Keypad({
    grid: byId('keypad'),
    more: byId('keypad-more'),
    lettersOn: () => byId('advanced').open,
    pressed: (key) => {
      if (disc()) {
        if (DISC.includes(key)) line.send({ op: 'disc', d: key });
      } else line.send({ op: 'key', d: key, down: true });
      pressed = (pressed + key).slice(-SHOWN_KEYS);
      draw();
    },
    released: (key) => {
      if (!disc()) line.send({ op: 'key', d: key, down: false });
    },
  });

  function disc() {
    return byId('disc').checked;
  }

  function take(event) {
    state = step(state, event, Date.now());
    if (!held(state)) {
      line.close();
      for (const meter of Object.values(meters)) meter.rest();
    }
    draw();
  }

  /** Runs inside the click (or the Enter key) that means "connect": only then may a page make sound. */
  async function connect() {
    if (held(state)) return;
    pressed = '';
    take({ type: 'wanted' });
    try {
      sounds = await line.start();
    } catch (error) {
      sounds = false;
      console.error(error);
    }
    if (sounds && wanted && line.microphone !== 'on') line.useMicrophone({ processing });
    if (!(await free())) return take({ type: 'refused' });
    line.open(`/phone/ws?extension=${encodeURIComponent(extension)}`);
  }

  /** Whether there is such a telephone, in nobody else's hand. */
  async function free() {
    try {
      const answer = await fetch('/phone/extensions', { cache: 'no-store' });
      return (await answer.json()).some((one) => one.extension === extension && one.free);
    } catch {
      return false;
    }
  }

  function lift() {
    if (!held(state)) connect();
    else if (state.telephone !== 'connecting') {
      pressed = '';
      line.send({ op: 'lift' });
    }
  }

  function replace() {
    if (state.telephone === 'lifted') line.send({ op: 'replace' });
  }

  function flash() {
    if (state.telephone === 'lifted') line.send({ op: 'flash' });
  }

  function plug() {
    if (held(state)) line.send({ op: state.plugged ? 'unplug' : 'plug' });
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
    const { telephone } = state;
    const on = held(state) && telephone !== 'connecting';
    document.body.dataset.caller = { lifted: 'talking', ringing: 'calling', lost: 'lost', refused: 'lost' }[telephone] ?? 'idle';
    document.body.dataset.telephone = telephone;
    setText(byId('display-line'), t('ext.line', { n: extension }));
    setText(byId('caller-state'), t(`ext.state.${telephone}`));
    setText(byId('caller-more'), t(`ext.state.${telephone}.more`));
    setText(byId('pressed'), pressed);
    setText(byId('timer'), duration(secondsUp(state, Date.now())));
    setText(byId('call').querySelector('span'), t(held(state) ? 'ext.lift' : 'ext.connect'));
    byId('call').disabled = telephone === 'lifted' || telephone === 'connecting';
    byId('hangup').disabled = telephone !== 'lifted';
    byId('flash').disabled = telephone !== 'lifted';
    byId('plug').disabled = !on;
    setText(byId('plug'), t(state.plugged ? 'ext.unplug' : 'ext.replug'));
    keypad.enable(telephone === 'lifted');
    setText(byId('hook'), on && state.port ? t(`phone.hook.${state.port}`) : '—');
    setText(byId('battery'), on && state.battery !== null ? `${Math.round(state.battery)} V` : '—');
    setText(byId('ringing'), on ? t(state.ringing ? 'phone.ring.yes' : 'phone.ring.no') : '—');
    setText(byId('tone'), on ? t(state.plugged ? 'ext.plug.in' : 'ext.plug.out') : '—');
    bell.ring(on && state.ringing, sounds ? line.context : null);
    drawMicrophone();
  }

  function drawMicrophone() {
    const word = microphoneBarrier() || line.microphone;
    const fault = !['on', 'off', 'asking'].includes(word);
    const button = byId('mic');
    setText(button, t(word === 'on' ? 'mic.turn_off' : fault ? 'mic.retry' : 'mic.turn_on'));
    button.setAttribute('aria-pressed', String(word === 'on'));
    setHidden(button, Boolean(microphoneBarrier()));
    setText(byId('mic-text'), t(word === 'off' && wanted ? 'ext.mic_later' : `mic.${word}`));
    byId('mic-notice').className = `notice ${fault ? '' : 'notice-info'}`;
  }

  /** What is another word, or not there at all, on a telephone of the house. */
  function furnish() {
    for (const node of document.querySelectorAll('[data-extension]')) node.dataset.i18n = node.dataset.extension;
    for (const node of document.querySelectorAll('[data-line-only]')) node.hidden = true;
    for (const node of document.querySelectorAll('[data-extension-only]')) node.hidden = false;
  }

  byId('call').addEventListener('click', lift);
  byId('hangup').addEventListener('click', replace);
  byId('flash').addEventListener('click', flash);
  byId('plug').addEventListener('click', plug);
  byId('mic').addEventListener('click', switchMicrophone);
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') replace();
    else if (event.key === 'r' || event.key === 'R') flash();
    else if (event.key === 'Enter' && !event.target.closest('button, summary, a, label')) lift();
  });
  setInterval(() => setText(byId('timer'), duration(secondsUp(state, Date.now()))), 500);

  furnish();
  installLanguage(byId('language'), () => {
    document.title = `${t('ext.line', { n: extension })} · ${t('app.name')}`;
    keypad.translate();
    draw();
  });

  globalThis.__audio = line.probe;
  globalThis.__phone = { state: () => ({ ...state, extension, pressed }) };
}
