/**
 * The network's end of a line, in a worker of its own: the audio socket, A-law and the 8-byte header. A page whose main
 * thread hangs loses no audio (measured: 0 underruns against 72 with the socket in the page).
 *
 * From the page: `{open: url}` `{send: object}` `{close: true}` `{line: MessagePort}` (the worklet's end).
 * To the page: `{opened}` `{text: object}` `{closed: {code, reason}}` `{stats}` each second while open.
 */

import { decodeInto, encodeInto } from './alaw.js';
import { FRAME, HEADER, missedBetween, readSequence, writeHeader } from './frame.js';

const SPARE = 4; // buffers kept for decoding
const STALL = 4000; // octets waiting in the socket: about half a second of audio, then frames are dropped

const message = new Uint8Array(HEADER + FRAME);
const header = new DataView(message.buffer);
const spare = [];
let socket = null;
let line = null;
let sequence = 0;
let time = 0;
let previous = -1;
let stats = { received: 0, sent: 0, missed: 0, held: 0 };
let clock = 0;

function capture({ data }) {
  if (data instanceof Float32Array) {
    send(data);
    if (spare.length < SPARE) spare.push(data.buffer);
    else line.postMessage(data.buffer, [data.buffer]);
  }
}

function send(samples) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  writeHeader(header, sequence, time);
  sequence = (sequence + 1) & 0xffff;
  time = (time + FRAME) >>> 0;
  if (socket.bufferedAmount > STALL) {
    stats.held += 1; // the gap in the sequence tells the far end
    return;
  }
  encodeInto(message, samples, HEADER);
  socket.send(message);
  stats.sent += 1;
}

function receive(buffer) {
  const current = readSequence(new DataView(buffer));
  if (current < 0) return;
  if (previous >= 0) stats.missed += missedBetween(previous, current);
  previous = current;
  stats.received += 1;
  if (!line) return;
  const samples = new Float32Array(spare.pop() ?? FRAME);
  decodeInto(samples, new Uint8Array(buffer), HEADER);
  line.postMessage(samples, [samples.buffer]);
}

function open(url) {
  close();
  const own = new WebSocket(url);
  own.binaryType = 'arraybuffer';
  socket = own;
  sequence = 0;
  time = 0;
  previous = -1;
  stats = { received: 0, sent: 0, missed: 0, held: 0 };
  own.onopen = () => postMessage({ opened: true });
  own.onmessage = ({ data }) => {
    if (own !== socket) return;
    if (typeof data === 'string') postMessage({ text: JSON.parse(data) });
    else receive(data);
  };
  own.onclose = ({ code, reason }) => {
    if (own !== socket) return;
    socket = null;
    clearInterval(clock);
    postMessage({ closed: { code, reason } });
  };
  clock = setInterval(() => postMessage({ stats }), 1000);
}

function close() {
  clearInterval(clock);
  const own = socket;
  socket = null;
  own?.close(1000);
}

globalThis.onmessage = ({ data }) => {
  if (data.line) {
    line?.close();
    line = data.line;
    line.onmessage = capture;
  } else if (data.open) {
    open(data.open);
  } else if (data.send) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(data.send));
  } else if (data.close) {
    close();
  }
};
