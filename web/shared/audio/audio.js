/**
 * Sets a line up between the sound card (worklet) and the network (worker) and then only looks on: no sample ever
 * passes the page's main thread. Everything a page wants to show is told by the callbacks in `on`.
 */

const WORKLET = new URL('./line-worklet.js', import.meta.url);
const WORKER = new URL('./worker.js', import.meta.url);

/** Why this page cannot have a microphone at all: `insecure`, `unsupported`, or '' when it can be asked for. */
export function microphoneBarrier() {
  if (!globalThis.isSecureContext) return 'insecure';
  return globalThis.navigator?.mediaDevices?.getUserMedia ? '' : 'unsupported';
}

/** The word for a failed getUserMedia. */
export function microphoneFault(error) {
  switch (error?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

export class Line {
  /**
   * `on`: `text(object)`, `opened()`, `closed({code, reason})`, `levels({sent, heard})` ten times a second,
   * `microphone(word)` with off, asking, on, ended or a fault. All are optional.
   */
  constructor(on = {}) {
    this.on = on;
    this.microphone = 'off';
    this.muted = false;
    this.context = null;
    this.node = null;
    this.stream = null;
    this.source = null;
    this.report = {};
    this.network = {};
    this.heardPeak = 0; // largest since `peak()` was last asked
    this.sentPeak = 0;
    this.worker = new Worker(WORKER, { type: 'module', name: 'audio' });
    this.worker.onmessage = ({ data }) => this.#hear(data);
  }

  #hear(data) {
    if (data.text) this.on.text?.(data.text);
    else if (data.stats) this.network = data.stats;
    else if (data.opened) this.on.opened?.();
    else if (data.closed) this.on.closed?.(data.closed);
  }

  /**
   * Make the AudioContext. Browsers allow sound only from a click, so call this inside the handler of one; it refuses
   * otherwise, because headless browsers would not notice. False where the page may have no audio worklet.
   */
  async start() {
    if (this.node) {
      await this.context.resume();
      return true;
    }
    const touched = globalThis.navigator.userActivation;
    if (touched && !touched.isActive) throw new Error('Line.start() outside a click');
    const context = new AudioContext({ latencyHint: 'interactive' });
    if (!context.audioWorklet) {
      await context.close();
      return false;
    }
    this.context = context;
    await context.audioWorklet.addModule(WORKLET);
    const node = new AudioWorkletNode(context, 'line', { outputChannelCount: [1] });
    node.port.onmessage = ({ data }) => this.#measure(data);
    const { port1, port2 } = new MessageChannel();
    node.port.postMessage({ worker: port1, muted: this.muted }, [port1]);
    this.worker.postMessage({ line: port2 }, [port2]);
    node.connect(context.destination);
    this.node = node;
    await context.resume();
    return true;
  }

  #measure(report) {
    this.report = report;
    this.heardPeak = Math.max(this.heardPeak, report.heardPeak);
    this.sentPeak = Math.max(this.sentPeak, report.sentPeak);
    this.on.levels?.({ sent: report.sentPeak, heard: report.heardPeak });
  }

  /** Ask for a microphone and connect it. `processing`: echo cancellation, noise suppression and gain control. */
  async useMicrophone({ device = '', processing = true } = {}) {
    const barrier = microphoneBarrier();
    if (barrier) return this.#tell(barrier);
    this.#tell('asking');
    try {
      const wish = { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing };
      if (device) wish.deviceId = { exact: device };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: wish });
      this.#release();
      this.stream = stream;
      const [track] = stream.getAudioTracks();
      track.onended = () => {
        if (this.stream === stream) this.#release('ended');
      };
      this.source = this.context.createMediaStreamSource(stream);
      this.source.connect(this.node);
      return this.#tell('on');
    } catch (error) {
      return this.#tell(microphoneFault(error));
    }
  }

  /** Give the microphone back to the system; silence is sent from now on. */
  stopMicrophone() {
    this.#release('off');
  }

  #release(word = '') {
    this.source?.disconnect();
    this.source = null;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    if (word) this.#tell(word);
  }

  #tell(word) {
    this.microphone = word;
    this.on.microphone?.(word);
    return word;
  }

  /** Muting sends silence; the microphone stays open so that unmuting is instant. */
  mute(muted) {
    this.muted = muted;
    this.node?.port.postMessage({ muted });
  }

  /** Play on another device where the browser can (`setSinkId`); '' is the system's choice. */
  async setSink(device) {
    await this.context?.setSinkId?.(device);
  }

  /** Open the audio socket; an older one is left without a word. `url` may be a path. */
  open(url) {
    const address = new URL(url, globalThis.location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    this.worker.postMessage({ open: address.href });
  }

  send(object) {
    this.worker.postMessage({ send: object });
  }

  close() {
    this.worker.postMessage({ close: true });
  }

  /** Largest sample heard from the line since the last question, 0 … 1. */
  peak() {
    const peak = this.heardPeak;
    this.heardPeak = 0;
    return peak;
  }

  /** What tests and the curious may look at (as `window.__audio`). */
  get probe() {
    return {
      peak: () => this.peak(),
      sentPeak: () => {
        const peak = this.sentPeak;
        this.sentPeak = 0;
        return peak;
      },
      stats: () => ({
        ...this.report,
        ...this.network,
        rate: this.context?.sampleRate ?? 0,
        context: this.context?.state ?? 'none',
        microphone: this.microphone,
        outputLatencyMs: Math.round((this.context?.outputLatency ?? 0) * 1000),
      }),
    };
  }
}
