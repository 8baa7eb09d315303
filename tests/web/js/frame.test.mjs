/** The 8-byte header, octet by octet, and counting of gaps across the wrap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedBetween, readSequence, writeHeader } from '../../../web/shared/audio/frame.js';

test('the header is version, codec, sequence, time, big-endian', () => {
  const octets = new Uint8Array(168);
  writeHeader(new DataView(octets.buffer), 0x1_0203, 0x1_0405_0607);
  assert.deepEqual([...octets.subarray(0, 9)], [1, 8, 2, 3, 4, 5, 6, 7, 0]);
  assert.equal(readSequence(new DataView(octets.buffer)), 0x0203);
});

test('a frame of another codec, type or length is refused', () => {
  const good = new Uint8Array(168);
  writeHeader(new DataView(good.buffer), 5, 0);
  const with1 = (at, value) => {
    const octets = good.slice();
    octets[at] = value;
    return new DataView(octets.buffer);
  };
  assert.equal(readSequence(with1(1, 0)), -1);
  assert.equal(readSequence(with1(0, 2)), -1);
  assert.equal(readSequence(new DataView(good.slice(1).buffer)), -1);
});

test('missed frames are counted over the wrap; a repeated or older number misses none', () => {
  assert.equal(missedBetween(7, 8), 0);
  assert.equal(missedBetween(7, 11), 3);
  assert.equal(missedBetween(65535, 0), 0);
  assert.equal(missedBetween(65534, 1), 2);
  assert.equal(missedBetween(9, 9), 0);
  assert.equal(missedBetween(9, 7), 0);
});
