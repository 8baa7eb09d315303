/** The agent's headset: microphone and audio leg, kept up as long as the agent is logged on. */

import { Line, microphoneBarrier } from '../shared/audio/audio.js';
import { waitBefore } from '../shared/stream.js';

const REPLACED = 4009;

export class Voice {
  /** `on`: `changed()`, `microphone()`, `levels({sent, heard})`. `ticket()` resolves to the URL of a fresh audio socket. */
  constructor({ ticket, processing, on }) {
    this.ticket = ticket;
    this.processing = processing;
    this.on = on;
    this.leg = 'off'; // off, connecting, on, lost, replaced
    this.sound = microphoneBarrier() === 'insecure' ? 'barred' : 'asleep'; // asleep until a click, awake, barred
    this.wanted = false;
    this.asked = false; // for a microphone: once by itself, then when the agent says so
    this.attempt = 0;
    this.line = new Line({
      opened: () => {
        this.attempt = 0;
        this.#leg('on');
      },
      closed: ({ code }) => this.#closed(code),
      levels: on.levels,
      microphone: () => {
        on.microphone();
        on.changed();
      },
    });
  }

  /** Inside a click: wake the sound up. No microphone yet: whether one is needed is known only after log-on. */
  async start() {
    if (this.sound === 'barred') return;
    try {
      this.sound = (await this.line.start()) ? 'awake' : 'barred';
    } catch (error) {
      console.error(error);
    }
    this.on.changed();
  }

  /** Inside a click of an agent who speaks here: sound and microphone. */
  async wake() {
    this.asked = true;
    await this.start();
    if (this.sound === 'awake' && this.line.microphone !== 'on') await this.useMicrophone();
  }

  /** The agent speaks here: ask for the microphone before the first call rings, if nobody has yet. */
  prepare() {
    if (this.asked || this.sound !== 'awake') return;
    this.asked = true;
    this.useMicrophone();
  }

  /** The agent is gone, or speaks elsewhere: no leg, and the microphone back to the system. */
  rest() {
    this.want(false);
    this.asked = false;
    if (this.line.microphone !== 'off') this.line.stopMicrophone();
  }

  useMicrophone(device = this.device) {
    this.device = device;
    return this.line.useMicrophone({ device, processing: this.processing });
  }

  mute(muted) {
    this.line.mute(muted);
    this.on.changed();
  }

  /** Hold a leg, or none. Safe to say again and again. */
  want(wanted) {
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    clearTimeout(this.again);
    if (wanted) this.#connect();
    else {
      this.line.close();
      this.#leg('off');
    }
  }

  async #connect() {
    this.attempt += 1;
    this.#leg(this.leg === 'lost' ? 'lost' : 'connecting');
    try {
      const url = await this.ticket();
      if (this.wanted) this.line.open(url);
    } catch {
      this.#closed(0);
    }
  }

  #closed(code) {
    if (!this.wanted) return;
    if (code === REPLACED) {
      this.#leg('replaced');
      return;
    }
    this.#leg('lost');
    clearTimeout(this.again);
    this.again = setTimeout(() => this.#connect(), waitBefore(Math.max(this.attempt, 1), Math.random()));
  }

  #leg(word) {
    this.leg = word;
    this.on.changed();
  }
}
