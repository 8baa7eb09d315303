/** The 8-byte header of an audio message (big-endian) and the numbers both ends share. Pure. */

export const RATE = 8000; // Hz, on the line
export const FRAME = 160; // samples, 20 ms
export const HEADER = 8; // octets
export const AUDIO = 0x01; // version and type
export const PCMA = 8; // RTP payload number of A-law

/** Write the header into `view` (DataView). `sequence` wraps at 2^16, `time` (samples at 8 kHz) at 2^32. */
export function writeHeader(view, sequence, time) {
  view.setUint8(0, AUDIO);
  view.setUint8(1, PCMA);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, time >>> 0);
}

/** Sequence number of an A-law frame, or -1 for anything else (length, type or codec differ). */
export function readSequence(view) {
  if (view.byteLength !== HEADER + FRAME) return -1;
  if (view.getUint8(0) !== AUDIO || view.getUint8(1) !== PCMA) return -1;
  return view.getUint16(2);
}

/** How many frames the sender dropped between two sequence numbers (0 for neighbours), across the wrap. */
export function missedBetween(previous, current) {
  const step = (current - previous) & 0xffff;
  return step === 0 || step > 0x7fff ? 0 : step - 1;
}
