/** The headset card: microphone, mute, meters, devices, and in words why something is missing. */

import { byId, h, setHidden, setText } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { Meter } from '../shared/meter.js';

const FAULTS = ['insecure', 'unsupported', 'denied', 'none', 'busy', 'ended', 'failed'];
const DEVICES = { 'device-mic': 'audioinput', 'device-out': 'audiooutput', 'device-ring': 'audiooutput' };

export class Headset {
  /** `voice()`: the Voice of the session, or null before log-on. `ringer`: plays the ring. */
  constructor({ voice, ringer }) {
    this.voice = voice;
    this.meters = { tx: new Meter(byId('meter-tx')), rx: new Meter(byId('meter-rx')) };
    byId('mute').addEventListener('click', () => this.toggleMute());
    byId('mic-retry').addEventListener('click', () => voice()?.wake());
    byId('wake-button').addEventListener('click', () => {
      ringer.wake();
      voice()?.wake();
    });
    byId('device-mic').addEventListener('change', ({ target }) => voice()?.useMicrophone(target.value));
    byId('device-out').addEventListener('change', ({ target }) => voice()?.line.setSink(target.value));
    byId('device-ring').addEventListener('change', ({ target }) => ringer.setSink(target.value));
    byId('ring').addEventListener('change', ({ target }) => {
      ringer.sound = target.checked;
    });
    byId('notify').addEventListener('change', async ({ target }) => {
      target.checked = await ringer.allowNotifications(target.checked);
    });
    navigator.mediaDevices?.addEventListener('devicechange', () => this.listDevices());
  }

  toggleMute() {
    const voice = this.voice();
    voice?.mute(!voice.line.muted);
  }

  levels({ sent, heard }) {
    this.meters.tx.peak(sent);
    this.meters.rx.peak(heard);
  }

  /** Fill the choices; names are known only after the microphone was allowed. */
  async listDevices() {
    const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    for (const [id, kind] of Object.entries(DEVICES)) {
      const select = byId(id);
      const { value } = select;
      const known = all.filter((device) => device.kind === kind && device.deviceId && device.deviceId !== 'default');
      const choices = known.map(({ deviceId, label }) => h('option', { value: deviceId }, label || kind));
      select.replaceChildren(h('option', { value: '' }, t('audio.default')), ...choices);
      select.value = known.some(({ deviceId }) => deviceId === value) ? value : '';
      select.disabled = known.length === 0 || (kind === 'audiooutput' && !('setSinkId' in (globalThis.AudioContext?.prototype ?? {})));
    }
  }

  /** `used`: the agent speaks here, and not on a telephone. */
  draw(used) {
    const voice = this.voice();
    if (!voice) return;
    const { line, sound, leg } = voice;
    setText(byId('leg'), t(sound === 'awake' ? `audio.leg.${leg}` : 'audio.leg.off'));
    const barred = sound === 'barred';
    const fault = barred || FAULTS.includes(line.microphone);
    setHidden(byId('mic-notice'), !used || !fault);
    setText(byId('mic-text'), t(barred ? 'audio.no_worklet' : `mic.${line.microphone}`));
    setHidden(byId('mic-retry'), barred);
    setHidden(byId('wake'), !used || sound !== 'asleep');
    byId('mute').disabled = line.microphone !== 'on';
    byId('mute').setAttribute('aria-pressed', String(line.muted));
    byId('mute-icon').setAttribute('href', `/static/shared/icons.svg#${line.muted ? 'mic-off' : 'mic'}`);
    setText(byId('mute-text'), t(line.muted ? 'audio.unmute' : 'audio.mute'));
  }
}
