/** The keypad on the call card: keys by finger, mouse or keyboard go down the line; a flash goes to a PBX behind it. */

import { byId, h, setHidden, setText } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { KEYS, dots, keyOf } from './keys.js';
import { sentenceOf } from './sentences.js';

const NAMES = { '*': 'phone.star', '#': 'phone.hash' };
const LIT_MS = 150; // a key pressed on the keyboard is seen on the screen

export class Keypad {
  /** `press(key)`, `flash()`: what a key and the flash button do. */
  constructor({ press, flash }) {
    this.press = press;
    this.open = false;
    this.enabled = false;
    this.call = '';
    this.line = 0;
    this.flashless = new Map(); // line: its refusal
    this.panel = byId('keypad');
    this.buttons = new Map(KEYS.map((key) => [key, this.#button(key)]));
    byId('keypad-keys').append(...this.buttons.values());
    this.panel.addEventListener('keydown', (event) => this.#keyboard(event));
    byId('keypad-open').addEventListener('click', () => this.#show(!this.open));
    byId('flash').addEventListener('click', flash);
  }

  /** By shortcut: opened and focused; closed when it has the focus already. */
  toggle() {
    if (byId('keypad-open').hidden) return;
    this.#show(!this.open || !this.panel.contains(document.activeElement));
  }

  focus() {
    if (!this.panel.hidden) byId('keypad-keys').focus();
  }

  /** Remember a refusal to flash; true when it was one. It stands beside the button. */
  refused(refusal) {
    if (refusal.errorId !== 'cannotFlash') return false;
    this.flashless.set(refusal.detail?.line ?? this.line, refusal);
    return true;
  }

  /** The agent leaves, and perhaps the next one finds lines that were set up anew. */
  forget() {
    this.flashless.clear();
    this.open = false;
  }

  /** `call`: the call that is talked through, null without one. `sent`: keys of it that went out. */
  draw({ call, sent, live, mayFlash, busy }) {
    if ((call?.call ?? '') !== this.call) {
      this.call = call?.call ?? '';
      this.open = false;
    }
    this.line = call?.line ?? 0;
    this.enabled = live;
    const talking = call?.state === 'talking';
    setHidden(byId('keypad-open'), !talking);
    byId('keypad-open').setAttribute('aria-expanded', String(talking && this.open));
    setHidden(this.panel, !talking || !this.open);
    for (const [key, button] of this.buttons) {
      button.disabled = !live;
      button.setAttribute('aria-label', t(NAMES[key] ?? 'phone.key', { d: key }));
    }
    setText(byId('keypad-sent'), dots(sent));
    setText(byId('keypad-said'), sent ? t('keypad.sent', { n: sent }) : '');
    const refusal = this.flashless.get(this.line);
    byId('flash').disabled = !mayFlash || Boolean(refusal);
    byId('flash').setAttribute('aria-busy', String(busy));
    setHidden(byId('flash-fault'), !refusal);
    setText(byId('flash-fault'), refusal ? sentenceOf(refusal) : '');
  }

  #show(open) {
    this.open = open;
    setHidden(this.panel, !open);
    byId('keypad-open').setAttribute('aria-expanded', String(open));
    if (open) this.focus();
    else byId('keypad-open').focus();
  }

  #button(key) {
    const button = h('button', { type: 'button', class: 'key', 'data-key': key }, key);
    button.addEventListener('click', () => this.#press(key));
    return button;
  }

  #press(key) {
    if (this.enabled) this.press(key);
  }

  #keyboard(event) {
    if (event.key === 'Escape') {
      this.#show(false);
      return;
    }
    const key = keyOf(event);
    if (key || (event.repeat && event.key === 'Enter')) event.preventDefault(); // a key held down is pressed once
    if (!key || event.repeat) return;
    const { classList } = this.buttons.get(key);
    classList.add('key-down');
    setTimeout(() => classList.remove('key-down'), LIT_MS);
    this.#press(key);
  }
}
