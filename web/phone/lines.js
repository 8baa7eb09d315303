/** The choice of a line, and which are free. Asked for while nobody calls from here; the server has no socket for it. */

import { t } from '../shared/i18n.js';
import { byId, h, setHidden, setText } from '../shared/dom.js';

const REFRESH_MS = 4000;
const KEY = 'phone.line';

export class Lines {
  /** `chosen(line)` is told when the choice changes. */
  constructor({ chosen }) {
    this.chosen = chosen;
    this.list = Array.from({ length: 8 }, (_, i) => ({ line: i + 1, free: null }));
    this.line = Number(new URLSearchParams(location.search).get('line') ?? sessionStorage.getItem(KEY)) || 1;
    this.inCall = false;
    this.rows = new Map();
    this.box = byId('lines');
    byId('refresh').addEventListener('click', () => this.refresh());
    document.addEventListener('visibilitychange', () => this.refresh());
    setInterval(() => this.refresh(), REFRESH_MS);
    this.#draw();
    this.refresh();
  }

  async refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch('/phone/lines', { cache: 'no-store' });
      if (!answer.ok) throw new Error(String(answer.status));
      this.list = await answer.json();
      setHidden(byId('no-lines'), true);
    } catch {
      this.list = this.list.map(({ line }) => ({ line, free: null }));
      setHidden(byId('no-lines'), false);
    }
    this.#draw();
  }

  /** While a call is on its line cannot be changed. */
  hold(inCall) {
    if (this.inCall === inCall) return;
    this.inCall = inCall;
    this.#draw();
    if (!inCall) this.refresh();
  }

  #choose(line) {
    this.line = line;
    sessionStorage.setItem(KEY, String(line));
    this.chosen(line);
    this.#draw();
  }

  #draw() {
    if (!this.list.some(({ line }) => line === this.line)) this.line = this.list[0]?.line ?? 1;
    if (this.rows.size !== this.list.length) this.#build();
    for (const { line, free } of this.list) {
      const { label, input, name, word } = this.rows.get(line);
      const mine = this.inCall && line === this.line;
      input.checked = line === this.line;
      input.disabled = this.inCall && !mine;
      label.classList.toggle('line-taken', free === false || mine);
      setText(name, t('phone.line', { n: line }));
      if (mine) setText(word, t('phone.mine'));
      else setText(word, free === null ? '—' : t(free ? 'phone.free' : 'phone.taken'));
    }
  }

  #build() {
    this.rows = new Map(
      this.list.map(({ line }) => {
        const input = h('input', { type: 'radio', name: 'line', value: line, onchange: () => this.#choose(line) });
        const [name, word] = [h('b', {}), h('small', {})];
        return [line, { label: h('label', { class: 'line' }, input, h('span', {}, name, word)), input, name, word }];
      }),
    );
    this.box.replaceChildren(...[...this.rows.values()].map(({ label }) => label));
  }

  translate() {
    this.#draw();
  }
}
