/** The jitter buffer: when it starts, what a gap sounds like, and that delay never stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JitterBuffer } from '../../../web/shared/audio/jitter.js';

const frame = (value) => new Float32Array(160).fill(value);

function pull(buffer) {
  const target = new Float32Array(160).fill(9);
  buffer.pull(target);
  assert.ok(target.every((sample) => sample === target[0]));
  return target[0];
}

test('silence until three frames wait, then in order', () => {
  const buffer = new JitterBuffer();
  buffer.push(frame(0.25));
  buffer.push(frame(0.5));
  assert.equal(pull(buffer), 0);
  buffer.push(frame(0.75));
  assert.deepEqual([pull(buffer), pull(buffer), pull(buffer)], [0.25, 0.5, 0.75]);
  assert.equal(buffer.underruns, 0);
});

test('a gap fades by halves for five frames, then is silence, and refills to three', () => {
  const buffer = new JitterBuffer();
  for (const value of [0.5, 0.5, 0.5]) buffer.push(frame(value));
  for (let i = 0; i < 3; i += 1) pull(buffer);
  const gap = Array.from({ length: 7 }, () => pull(buffer));
  assert.deepEqual(gap, [0.25, 0.125, 0.0625, 0.03125, 0.015625, 0, 0]);
  assert.equal(buffer.underruns, 1);
  assert.equal(buffer.concealed, 5);
  buffer.push(frame(0.75));
  buffer.push(frame(0.75));
  assert.equal(pull(buffer), 0);
  buffer.push(frame(0.75));
  assert.equal(pull(buffer), 0.75);
});

test('a burst after a stall falls back to the three newest', () => {
  const buffer = new JitterBuffer();
  for (let value = 1; value <= 7; value += 1) buffer.push(frame(value));
  assert.equal(buffer.depth, 3);
  assert.equal(buffer.dropped, 4);
  assert.deepEqual([pull(buffer), pull(buffer), pull(buffer)], [5, 6, 7]);
});

test('a second that never ran below three gives one frame back', () => {
  const buffer = new JitterBuffer();
  for (let value = 0; value < 5; value += 1) buffer.push(frame(1));
  for (let tick = 0; tick < 50; tick += 1) {
    pull(buffer);
    buffer.push(frame(1));
  }
  assert.equal(buffer.dropped, 1);
  assert.equal(buffer.depth, 4);
});

test('a buffer that stands at three is left alone for a minute', () => {
  const buffer = new JitterBuffer();
  for (let value = 0; value < 2; value += 1) buffer.push(frame(1));
  for (let tick = 0; tick < 3000; tick += 1) {
    buffer.push(frame(1));
    pull(buffer);
  }
  assert.equal(buffer.dropped, 1); // it stood at three before each pull: one frame is too many, two are right
  assert.equal(buffer.underruns, 0);
});
