/** The dial field. Its numbers are kept in this page only, until the agent leaves: what stays anywhere is masked. */

import { byId, h, setHidden, setText } from '../shared/dom.js';
import { t } from '../shared/i18n.js';
import { cleaned, faultOf, withNumber } from './number.js';

export class Dial {
  /** `make(number)` resolves to true when the server took the call. */
  constructor({ make }) {
    this.make = make;
    this.numbers = [];
    this.fault = null;
    this.field = byId('dial-number');
    this.field.addEventListener('input', () => this.#tidy());
    byId('dial').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#call();
    });
  }

  focus() {
    if (!byId('dial').hidden) this.field.focus();
  }

  /** The agent leaves: nothing of theirs stays in the page. */
  forget() {
    this.numbers = [];
    this.field.value = '';
    this.#show(null);
    byId('dialled').replaceChildren();
  }

  /** `offered`: the agent's state allows a call. `enabled`: and it may be asked for right now. */
  draw({ offered, enabled, busy }) {
    setHidden(byId('dial'), !offered);
    byId('dial-call').disabled = !enabled;
    byId('dial-call').setAttribute('aria-busy', String(busy));
    this.#say();
  }

  #tidy() {
    const clean = cleaned(this.field.value);
    if (clean !== this.field.value) this.field.value = clean;
    if (this.fault) this.#show(faultOf(clean));
  }

  async #call() {
    const number = cleaned(this.field.value);
    this.field.value = number;
    const fault = faultOf(number);
    this.#show(fault);
    if (fault) {
      this.field.focus();
      return;
    }
    if (!(await this.make(number))) return;
    this.numbers = withNumber(this.numbers, number);
    byId('dialled').replaceChildren(...this.numbers.map((value) => h('option', { value })));
    this.field.value = '';
  }

  #show(fault) {
    this.fault = fault;
    this.#say();
  }

  #say() {
    setHidden(byId('dial-fault'), !this.fault);
    setText(byId('dial-fault'), this.fault ? t(`dial.${this.fault.word}`, this.fault) : '');
    this.field.setAttribute('aria-invalid', String(Boolean(this.fault)));
  }
}
