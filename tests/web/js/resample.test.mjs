/** The resampler between the line's 8 kHz and the rates sound cards have. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resampler } from '../../../web/shared/audio/resample.js';

const RATES = [16000, 22050, 44100, 48000, 96000];

function sine(frequency, rate, count) {
  return Float32Array.from({ length: count }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));
}

/** All of `samples` through a fresh resampler in blocks of `block`. */
function resampled(samples, from, to, block = 128) {
  const resampler = new Resampler(from, to, block);
  const target = new Float32Array(resampler.most(samples.length) + 8);
  let count = 0;
  for (let at = 0; at < samples.length; at += block) {
    const part = samples.subarray(at, at + block);
    count += resampler.push(part, part.length, target, count);
  }
  return target.subarray(0, count);
}

/** Amplitude of `frequency` in the middle of `samples`. */
function amplitude(samples, frequency, rate) {
  const [first, last] = [Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4)];
  const cycles = Math.floor(((last - first) * frequency) / rate);
  const count = Math.round((cycles * rate) / frequency);
  let [re, im] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    re += samples[first + n] * Math.cos((2 * Math.PI * frequency * n) / rate);
    im += samples[first + n] * Math.sin((2 * Math.PI * frequency * n) / rate);
  }
  return (2 * Math.hypot(re, im)) / count;
}

const decibel = (ratio) => 20 * Math.log10(ratio);

for (const rate of RATES) {
  test(`${rate} Hz to 8 kHz keeps speech and DTMF within 0.2 dB up to 3 kHz`, () => {
    for (const frequency of [300, 697, 1633, 3000]) {
      const level = decibel(amplitude(resampled(sine(frequency, rate, rate / 5), rate, 8000), frequency, 8000));
      assert.ok(Math.abs(level) < 0.2, `${frequency} Hz: ${level} dB`);
    }
  });

  test(`8 kHz to ${rate} Hz keeps the tone and shows no image above 4.7 kHz`, () => {
    const up = resampled(sine(3000, 8000, 1600), 8000, rate);
    assert.ok(Math.abs(decibel(amplitude(up, 3000, rate))) < 0.2);
    if (rate > 10000) assert.ok(decibel(amplitude(up, 5000, rate)) < -55);
  });
}

test('what lies above the line’s band does not fold into it', () => {
  for (const frequency of [4700, 6000, 7000]) {
    const down = resampled(sine(frequency, 48000, 9600), 48000, 8000);
    assert.ok(decibel(amplitude(down, 8000 - frequency, 8000)) < -55, `${frequency} Hz`);
  }
});

test('blocks of any size give the same samples', () => {
  const samples = sine(440, 44100, 4410);
  const whole = resampled(samples, 44100, 8000, 4410);
  for (const block of [1, 37, 128]) assert.deepEqual(resampled(samples, 44100, 8000, block), whole);
});

test('a second in is a second out, to the sample', () => {
  for (const rate of RATES) {
    const there = new Resampler(rate, 8000, rate);
    const target = new Float32Array(there.most(rate));
    assert.equal(there.push(new Float32Array(rate), rate, target), 8000, `${rate} Hz down`);
    const back = new Resampler(8000, rate, 8000);
    const wide = new Float32Array(back.most(8000));
    assert.equal(back.push(new Float32Array(8000), 8000, wide), rate, `${rate} Hz up`);
  }
});

test('an impulse comes 1.6 ms later', () => {
  const samples = new Float32Array(4800);
  samples[2400] = 1; // 50 ms
  const down = resampled(samples, 48000, 8000);
  const at = down.indexOf(Math.max(...down)) / 8;
  assert.ok(at > 51.4 && at < 51.8, `${at} ms`);
});

test('equal rates pass a tone through', () => {
  const level = amplitude(resampled(sine(1000, 8000, 1600), 8000, 8000), 1000, 8000);
  assert.ok(Math.abs(decibel(level)) < 0.1);
});
