/** The course of a call as the server draws it, kept fresh while it is shown. */

import { byId, setHidden, setText } from '../shared/dom.js';
import { currentLanguage, t } from '../shared/i18n.js';
import { sentenceOf } from './sentences.js';

const REST_MS = 400; // events come in bursts; one reading shows them all

export class Ladder {
  /** `read(path)` resolves to text or rejects with Refusal. */
  constructor(read) {
    this.read = read;
    this.call = '';
    this.fold = byId('ladder');
    this.text = byId('ladder-text');
    this.fold.addEventListener('toggle', () => this.refresh());
    byId('ladder-refresh').addEventListener('click', () => this.refresh());
    this.draw();
  }

  /** Show this call from now on. */
  show(call, open = false) {
    if (call && call !== this.call) {
      this.call = call;
      setText(this.text, t('ladder.loading'));
      this.refresh();
    }
    if (open) {
      this.fold.open = true;
      this.fold.scrollIntoView({ block: 'nearest' });
    }
    this.draw();
  }

  /** Something happened to a call. */
  touched(call) {
    if (call && call === this.call) this.refresh();
  }

  refresh() {
    if (!this.fold.open || !this.call) return;
    clearTimeout(this.clock);
    this.clock = setTimeout(() => this.#read(), REST_MS);
  }

  async #read() {
    const { call } = this;
    try {
      const text = await this.read(`/api/v1/calls/${encodeURIComponent(call)}/ladder?lang=${currentLanguage()}`);
      if (call === this.call) setText(this.text, text);
    } catch (refusal) {
      if (call === this.call) setText(this.text, t('ladder.failed', { why: sentenceOf(refusal) }));
    }
  }

  draw() {
    setText(byId('ladder-call'), this.call);
    setHidden(byId('ladder-refresh'), !this.call);
    if (!this.call) setText(this.text, t('ladder.none'));
  }
}
