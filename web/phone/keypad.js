/** The keys of a telephone: a key is down as long as a finger, a mouse or a keyboard holds it. */

import { t } from '../shared/i18n.js';
import { h } from '../shared/dom.js';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
const LETTERS = { 2: 'ABC', 3: 'DEF', 4: 'GHI', 5: 'JKL', 6: 'MNO', 7: 'PQRS', 8: 'TUV', 9: 'WXYZ', 0: '+' };
const MORE = ['A', 'B', 'C', 'D'];

/** ITU-T Q.23: rows and columns of the two tones, Hz. */
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const PLAN = ['123A', '456B', '789C', '*0#D'];

/** The two frequencies of a key. */
export function tonesOf(key) {
  const row = PLAN.findIndex((keys) => keys.includes(key));
  return [ROWS[row], COLUMNS[PLAN[row].indexOf(key)]];
}

/** The key a keyboard event means, or ''. Letters count only where `letters` is true. */
export function keyOf(event, letters) {
  if (event.ctrlKey || event.altKey || event.metaKey) return '';
  const key = event.key.toUpperCase();
  if (KEYS.includes(key)) return key;
  return letters && MORE.includes(key) ? key : '';
}

export class Keypad {
  /** `grid`, `more`: elements to fill. `pressed(key)`, `released(key)`: told once for each press. */
  constructor({ grid, more, pressed, released, lettersOn }) {
    this.pressed = pressed;
    this.released = released;
    this.lettersOn = lettersOn;
    this.enabled = false;
    this.down = new Set();
    this.buttons = new Map();
    for (const key of KEYS) grid.append(this.#button(key));
    for (const key of MORE) more.append(this.#button(key));
    document.addEventListener('keydown', (event) => this.#keyboard(event, true));
    document.addEventListener('keyup', (event) => this.#keyboard(event, false));
    globalThis.addEventListener('blur', () => this.releaseAll());
  }

  #button(key) {
    const button = h('button', { type: 'button', class: 'key', 'data-key': key }, h('b', {}, key));
    if (KEYS.includes(key)) button.append(h('small', { 'aria-hidden': 'true' }, LETTERS[key] ?? ''));
    button.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.press(key);
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      button.addEventListener(end, () => this.release(key));
    }
    button.addEventListener('keydown', (event) => {
      if (event.key !== ' ' && event.key !== 'Enter') return;
      event.preventDefault();
      event.stopPropagation();
      this.press(key);
    });
    button.addEventListener('keyup', (event) => {
      if (event.key === ' ' || event.key === 'Enter') this.release(key);
    });
    button.addEventListener('contextmenu', (event) => event.preventDefault()); // a long press on a touch screen
    this.buttons.set(key, button);
    return button;
  }

  #keyboard(event, down) {
    const key = keyOf(event, this.lettersOn());
    if (!key) return;
    if (!down) this.release(key);
    else if (!event.repeat) this.press(key);
  }

  press(key) {
    if (!this.enabled || this.down.has(key)) return;
    this.down.add(key);
    this.buttons.get(key).classList.add('key-down');
    this.pressed(key);
  }

  release(key) {
    if (!this.down.delete(key)) return;
    this.buttons.get(key).classList.remove('key-down');
    this.released(key);
  }

  releaseAll() {
    for (const key of [...this.down]) this.release(key);
  }

  enable(enabled) {
    if (!enabled) this.releaseAll();
    this.enabled = enabled;
    for (const button of this.buttons.values()) button.disabled = !enabled;
  }

  translate() {
    for (const [key, button] of this.buttons) {
      const word = { '*': 'phone.star', '#': 'phone.hash' }[key] ?? 'phone.key';
      button.setAttribute('aria-label', t(word, { d: key }));
    }
  }
}
