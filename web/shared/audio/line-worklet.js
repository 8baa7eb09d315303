/**
 * The sound card's end of a line, in the audio thread: microphone → 8 kHz frames → worker, worker → frames → speaker.
 * One processor for both ways. Nothing is allocated in process(); frames travel in buffers that are handed to and fro.
 * With no microphone connected it sends silence, so that the far end's clock never starves.
 */

import { FRAME, RATE } from './frame.js';
import { JitterBuffer } from './jitter.js';
import { Resampler } from './resample.js';

const POOL = 16; // spare buffers for captured frames, 320 ms
const REPORT_S = 0.1; // levels to the page
const QUANTUM = 1024; // longest render quantum we prepare for

class LineProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    const rate = Math.round(sampleRate);
    this.down = new Resampler(rate, RATE, QUANTUM);
    this.up = new Resampler(RATE, rate, FRAME);
    this.narrow = new Float32Array(this.down.most(QUANTUM) + FRAME); // 8 kHz, waiting to fill a frame
    this.narrowCount = 0;
    this.frame = new Float32Array(FRAME);
    this.wide = new Float32Array(this.up.most(FRAME) * 2 + QUANTUM); // at the card's rate, waiting to be played
    this.wideCount = 0;
    this.silence = new Float32Array(QUANTUM);
    this.jitter = new JitterBuffer();
    this.pool = Array.from({ length: POOL }, () => new ArrayBuffer(FRAME * 4));
    this.spare = POOL;
    this.transfer = [null];
    this.worker = null;
    this.muted = false;
    this.framesOut = 0;
    this.starved = 0;
    this.report = { sentPeak: 0, heardPeak: 0, queue: 0, framesIn: 0, framesOut: 0, underruns: 0, concealed: 0, dropped: 0 };
    this.sinceReport = 0;
    this.port.onmessage = ({ data }) => {
      if (data.worker) this.#attach(data.worker);
      if ('muted' in data) this.muted = data.muted;
    };
  }

  #attach(worker) {
    this.worker = worker;
    worker.onmessage = ({ data }) => {
      if (data instanceof Float32Array) {
        this.jitter.push(data);
        this.#keep(data.buffer);
      } else {
        this.#keep(data);
      }
    };
  }

  #keep(buffer) {
    if (this.spare < POOL) {
      this.pool[this.spare] = buffer;
      this.spare += 1;
    }
  }

  process([input], [output]) {
    const length = output[0].length;
    this.#capture(!this.muted && input.length > 0 ? input[0] : this.silence, length);
    this.#play(output, length);
    this.sinceReport += length;
    if (this.sinceReport >= REPORT_S * sampleRate) this.#tell();
    return true;
  }

  #capture(samples, length) {
    const { report } = this;
    for (let i = 0; i < length; i += 1) {
      const size = Math.abs(samples[i]);
      if (size > report.sentPeak) report.sentPeak = size;
    }
    this.narrowCount += this.down.push(samples, length, this.narrow, this.narrowCount);
    while (this.narrowCount >= FRAME) {
      this.#send();
      this.narrow.copyWithin(0, FRAME, this.narrowCount);
      this.narrowCount -= FRAME;
    }
  }

  #send() {
    if (!this.worker) return;
    if (this.spare === 0) {
      this.starved += 1; // the worker hangs: better lose 20 ms than grow
      return;
    }
    this.spare -= 1;
    const samples = new Float32Array(this.pool[this.spare]); // a view of 160 floats, no samples are allocated
    for (let i = 0; i < FRAME; i += 1) samples[i] = this.narrow[i];
    this.transfer[0] = samples.buffer;
    this.worker.postMessage(samples, this.transfer);
    this.framesOut += 1;
  }

  #play(output, length) {
    while (this.wideCount < length) {
      this.jitter.pull(this.frame);
      this.wideCount += this.up.push(this.frame, FRAME, this.wide, this.wideCount);
    }
    const { wide, report } = this;
    for (let i = 0; i < length; i += 1) {
      const size = Math.abs(wide[i]);
      if (size > report.heardPeak) report.heardPeak = size;
    }
    for (let channel = 0; channel < output.length; channel += 1) {
      const samples = output[channel];
      for (let i = 0; i < length; i += 1) samples[i] = wide[i];
    }
    wide.copyWithin(0, length, this.wideCount);
    this.wideCount -= length;
  }

  #tell() {
    const { report, jitter } = this;
    report.queue = jitter.depth;
    report.framesIn = jitter.played;
    report.framesOut = this.framesOut;
    report.underruns = jitter.underruns;
    report.concealed = jitter.concealed;
    report.dropped = jitter.dropped + this.starved;
    this.port.postMessage(report);
    report.sentPeak = 0;
    report.heardPeak = 0;
    this.sinceReport = 0;
  }
}

registerProcessor('line', LineProcessor);
