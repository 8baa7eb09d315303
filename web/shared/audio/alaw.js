/**
 * A-law (ITU-T G.711) by table. Pure.
 * Float samples are in [-1, 1), full scale 1.0 = int16 32768; octets are as on the line (even bits inverted, XOR 0x55).
 */

const EVEN_BITS = 0x55; // G.711 §3.2: even bits are inverted on the line
const SIGN = 0x80;

/** One octet to linear PCM, int16 range, the middle of its quantising interval. */
export function alawToLinear(octet) {
  const code = octet ^ EVEN_BITS;
  const segment = (code >> 4) & 0x07;
  const mantissa = code & 0x0f;
  const magnitude = segment === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (segment - 1);
  return code & SIGN ? magnitude : -magnitude;
}

/** One int16 sample to its octet. G.711 works on 13 bits: the lower three are of no account. */
export function linearToAlaw(sample) {
  const negative = sample < 0;
  let magnitude = negative ? -sample - 1 : sample; // -1 … -32768 mirror 0 … 32767
  if (magnitude > 32767) magnitude = 32767;
  let segment = 7;
  for (let bound = 0x4000; segment > 0 && magnitude < bound; bound >>= 1) segment -= 1;
  const mantissa = (segment < 2 ? magnitude >> 4 : magnitude >> (segment + 3)) & 0x0f;
  return ((negative ? 0 : SIGN) | (segment << 4) | mantissa) ^ EVEN_BITS;
}

/** (256,) float: octet to sample. */
export const DECODE = Float32Array.from({ length: 256 }, (_, octet) => alawToLinear(octet) / 32768);

/** (65536,) uint8: int16 + 32768 to octet. */
export const ENCODE = Uint8Array.from({ length: 65536 }, (_, index) => linearToAlaw(index - 32768));

/** Octets from `source[from …]` into all of `target` (Float32Array). No allocation. */
export function decodeInto(target, source, from = 0) {
  for (let i = 0; i < target.length; i += 1) target[i] = DECODE[source[from + i]];
}

/** All of `source` (Float32Array) into octets `target[from …]`. Saturates; not-a-number becomes silence. */
export function encodeInto(target, source, from = 0) {
  for (let i = 0; i < source.length; i += 1) {
    let sample = Math.round(source[i] * 32768);
    if (!(sample > -32768)) sample = sample <= -32768 ? -32768 : 0;
    else if (sample > 32767) sample = 32767;
    target[from + i] = ENCODE[sample + 32768];
  }
}
