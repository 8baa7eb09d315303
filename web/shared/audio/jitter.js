/**
 * Jitter buffer of 20 ms frames (browser-audio rules): starts at 3 frames, never holds more than 6, conceals five
 * missing frames by fading repetition, and trims one frame when a whole second never ran below 3.
 * Pure; no allocation after the constructor.
 */

import { FRAME } from './frame.js';

const START = 3; // measured: fewer underran on a loaded machine
const CAP = 6; // measured: above it every network stall stayed as delay for the rest of the call
const CONCEAL = 5; // frames repeated at half level before silence
const SECOND = 50; // pulls

export class JitterBuffer {
  constructor() {
    this.frames = new Float32Array(CAP * FRAME);
    this.last = new Float32Array(FRAME);
    this.first = 0; // slot of the oldest frame
    this.depth = 0;
    this.filling = true;
    this.repeated = CONCEAL; // nothing to repeat yet
    this.least = CAP;
    this.pulls = 0;
    this.played = 0;
    this.underruns = 0;
    this.concealed = 0;
    this.dropped = 0;
  }

  /** Copy one frame in. A full buffer falls back to the newest START frames, this one among them. */
  push(frame) {
    if (this.depth === CAP) this.#drop(CAP - START + 1);
    this.frames.set(frame, ((this.first + this.depth) % CAP) * FRAME);
    this.depth += 1;
    if (this.depth >= START) this.filling = false;
  }

  /** Fill `target` (160 samples) with the next frame, a repetition of the last one, or silence. */
  pull(target) {
    this.#trim();
    if (this.filling || this.depth === 0) {
      this.#conceal(target);
      return;
    }
    const from = this.first * FRAME;
    for (let i = 0; i < FRAME; i += 1) target[i] = this.frames[from + i];
    this.last.set(target);
    this.first = (this.first + 1) % CAP;
    this.depth -= 1;
    this.repeated = 0;
    this.played += 1;
  }

  #conceal(target) {
    if (!this.filling) {
      this.underruns += 1;
      this.filling = true; // refill to START: one stall, one gap
    }
    if (this.repeated >= CONCEAL) {
      target.fill(0);
      return;
    }
    this.repeated += 1;
    this.concealed += 1;
    for (let i = 0; i < FRAME; i += 1) {
      this.last[i] *= 0.5;
      target[i] = this.last[i];
    }
  }

  /** Delay is set by what waited when playing began; a second that never needed it gives a frame back. */
  #trim() {
    if (!this.filling && this.depth < this.least) this.least = this.depth;
    this.pulls += 1;
    if (this.pulls < SECOND) return;
    if (!this.filling && this.least > START - 1) this.#drop(1);
    this.pulls = 0;
    this.least = CAP;
  }

  #drop(count) {
    this.first = (this.first + count) % CAP;
    this.depth -= count;
    this.dropped += count;
  }
}
