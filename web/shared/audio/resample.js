/**
 * Streaming resampler between any two whole sampling rates: windowed sinc, one row of taps for each phase.
 * 12 zero crossings on either side, cut-off at 0.92 of the lower Nyquist rate: 1.6 ms of delay each way at 8 kHz.
 * Pure; allocates in the constructor only, so that it may run inside an AudioWorklet's process().
 */

const ZERO_CROSSINGS = 12;
const CUT_OFF = 0.92; // of the lower Nyquist rate
const KAISER_BETA = 6; // about 63 dB of stop-band for this length (Kaiser's formula)

function besselI0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 30; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export class Resampler {
  /** `from`, `to`: Hz. `block`: the most samples one `push` will bring. */
  constructor(from, to, block = 1024) {
    const whole = greatestCommonDivisor(from, to);
    this.up = to / whole; // phases
    this.down = from / whole; // input moves down/up samples for each output sample
    const lower = Math.min(from, to);
    const cutOff = (CUT_OFF * lower) / from; // of the input's Nyquist rate
    this.half = Math.ceil(ZERO_CROSSINGS / cutOff); // input samples on either side
    this.taps = 2 * this.half;
    this.rows = new Float32Array(this.up * this.taps);
    this.history = new Float32Array(this.taps + block);
    this.held = this.taps - 1; // samples in history, begins with silence
    this.phase = 0; // 0 … up - 1
    this.#draw(cutOff);
  }

  /** Delay in input samples. */
  get delay() {
    return this.half;
  }

  /** The most samples `push` can give back for `count` samples in. */
  most(count) {
    return Math.ceil((count * this.up) / this.down) + 1;
  }

  #draw(cutOff) {
    const edge = besselI0(KAISER_BETA);
    for (let phase = 0; phase < this.up; phase += 1) {
      const row = phase * this.taps;
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap += 1) {
        const t = tap - (this.half - 1) - phase / this.up; // input samples from the centre
        const x = t * cutOff;
        const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
        const reach = t / this.half;
        const window = Math.abs(reach) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - reach * reach)) / edge;
        this.rows[row + tap] = sinc * window;
        sum += sinc * window;
      }
      for (let tap = 0; tap < this.taps; tap += 1) this.rows[row + tap] /= sum; // 0 dB at DC in every phase
    }
  }

  /** Take `count` samples of `source`, write what they complete into `target[at …]`; gives the number written. */
  push(source, count, target, at = 0) {
    const { history, rows, taps, up, down } = this;
    for (let i = 0; i < count; i += 1) history[this.held + i] = source[i];
    this.held += count;
    let begin = 0;
    let written = 0;
    while (begin + taps <= this.held) {
      const row = this.phase * taps;
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) sum += history[begin + tap] * rows[row + tap];
      target[at + written] = sum;
      written += 1;
      this.phase += down;
      while (this.phase >= up) {
        this.phase -= up;
        begin += 1;
      }
    }
    history.copyWithin(0, begin, this.held); // begin <= held: one step is shorter than the row of taps
    this.held -= begin;
    return written;
  }
}
