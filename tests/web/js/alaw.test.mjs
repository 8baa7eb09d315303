/** A-law against the formulas of ITU-T G.711: intervals, inversion of even bits, symmetry, saturation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DECODE, ENCODE, alawToLinear, decodeInto, encodeInto, linearToAlaw } from '../../../web/shared/audio/alaw.js';

/** G.711 table 1a by its formula: the middle of an interval, 16-bit scale. */
function byFormula(octet) {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 7;
  const step = segment < 2 ? 16 : 16 * 2 ** (segment - 1);
  const lowest = segment === 0 ? 0 : 256 * 2 ** (segment - 1);
  const magnitude = lowest + (code & 15) * step + step / 2;
  return code & 0x80 ? magnitude : -magnitude;
}

test('every octet decodes to the middle of its interval', () => {
  for (let octet = 0; octet < 256; octet += 1) assert.equal(alawToLinear(octet), byFormula(octet), `octet ${octet}`);
});

test('a decoded octet encodes to itself', () => {
  for (let octet = 0; octet < 256; octet += 1) assert.equal(linearToAlaw(alawToLinear(octet)), octet);
});

test('no sample is more than half a step away after the line', () => {
  for (let sample = -32768; sample < 32768; sample += 1) {
    const heard = alawToLinear(ENCODE[sample + 32768]);
    const size = Math.abs(heard);
    const step = size < 512 ? 16 : 2 ** (Math.floor(Math.log2(size)) - 4);
    assert.ok(Math.abs(heard - sample) <= step / 2, `${sample} became ${heard}`);
  }
});

test('known words: silence is 0xD5, the loudest are 0xAA and 0x2A', () => {
  assert.equal(linearToAlaw(0), 0xd5);
  assert.equal(linearToAlaw(-1), 0x55);
  assert.equal(linearToAlaw(32767), 0xaa);
  assert.equal(linearToAlaw(-32768), 0x2a);
});

test('encodeInto saturates, and turns what is no number into silence', () => {
  const octets = new Uint8Array(6);
  encodeInto(octets, Float32Array.from([2, -2, Number.NaN, 0]), 1);
  assert.deepEqual([...octets], [0, 0xaa, 0x2a, 0xd5, 0xd5, 0]);
});

test('decodeInto fills the target from the offset', () => {
  const samples = new Float32Array(2);
  decodeInto(samples, Uint8Array.from([0, 0, 0xd5, 0xaa]), 2);
  assert.deepEqual([...samples], [DECODE[0xd5], DECODE[0xaa]]);
  assert.equal(samples[0], 8 / 32768);
});
