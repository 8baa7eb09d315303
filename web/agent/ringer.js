/** Makes a ringing call noticed: sound on a device of its own, the tab's title, a notification. */

import { t } from '../shared/i18n.js';

const PERIOD_MS = 2400;
const CHIME = [659.3, 784, 659.3, 784]; // E5 G5, Hz
const LOUDNESS = 0.16;

export class Ringer {
  constructor() {
    this.context = null;
    this.sound = true;
    this.notify = false;
    this.ringing = null; // {caller, line}
    this.title = '';
    this.note = null;
  }

  /** Inside a click. */
  wake() {
    this.context ??= new AudioContext();
    this.context.resume();
  }

  async setSink(device) {
    await this.context?.setSinkId?.(device);
  }

  /** Ask for permission to notify; false when the person or the browser said no. */
  async allowNotifications(wanted) {
    this.notify = false;
    if (!wanted || !('Notification' in globalThis)) return false;
    const answer = Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
    this.notify = answer === 'granted';
    return this.notify;
  }

  /** `call`: `{caller, line}` while it rings, null when it does not. */
  ring(call) {
    if (Boolean(call) === Boolean(this.ringing)) return;
    this.ringing = call;
    if (call) this.#start(call);
    else this.#stop();
  }

  #start({ caller, line }) {
    this.title = document.title;
    let on = false;
    const beat = () => {
      on = !on;
      document.title = on ? `${t('tab.ringing')} ${caller}` : this.title;
      if (on) this.#chime();
    };
    beat();
    this.clock = setInterval(beat, PERIOD_MS / 2);
    if (!this.notify || document.hasFocus()) return;
    this.note = new Notification(t('notify.title'), { body: t('notify.text', { caller, line }), tag: 'cti-ringing' });
    this.note.onclick = () => globalThis.focus();
  }

  #stop() {
    clearInterval(this.clock);
    document.title = this.title;
    this.note?.close();
    this.note = null;
  }

  #chime() {
    if (!this.sound || this.context?.state !== 'running') return;
    const { context } = this;
    CHIME.forEach((frequency, index) => {
      const at = context.currentTime + 0.03 + index * 0.16;
      const tone = new OscillatorNode(context, { frequency, type: 'triangle' });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.42);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.45);
    });
  }
}
