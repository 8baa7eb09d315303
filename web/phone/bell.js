/** The bell of a telephone: two gongs struck in turn, as long as ringing current flows. */

const GONGS = [1060, 1325]; // Hz; assumed: the interval of an electronic bell
const STROKE_S = 0.04;
const LOUDNESS = 0.12;

export class Bell {
  constructor() {
    this.tone = null;
  }

  /** `context`: a running AudioContext, or null where the page may make no sound. */
  ring(on, context) {
    if (on === Boolean(this.tone)) return;
    if (on && context) this.#start(context);
    else this.#stop();
  }

  #start(context) {
    const gain = new GainNode(context, { gain: LOUDNESS });
    gain.connect(context.destination);
    this.tone = new OscillatorNode(context, { type: 'triangle' });
    for (let stroke = 0; stroke < 1.2 / STROKE_S; stroke += 1) {
      this.tone.frequency.setValueAtTime(GONGS[stroke % 2], context.currentTime + stroke * STROKE_S);
    }
    this.tone.connect(gain);
    this.tone.start();
  }

  #stop() {
    this.tone?.stop();
    this.tone = null;
  }
}
