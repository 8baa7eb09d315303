/** A level meter: rises at once, falls slowly, and says its level in words to a screen reader only when asked. */

import { FLOOR_DB, decibels, meterPart } from './format.js';

const FALL_DB = 3; // for each report, ten a second: 30 dB/s, as a quasi-peak meter

export class Meter {
  /** `node`: an element with class `meter` holding one element that is scaled. */
  constructor(node) {
    this.node = node;
    this.bar = node.firstElementChild;
    this.level = FLOOR_DB;
    node.setAttribute('role', 'meter');
    node.setAttribute('aria-valuemin', String(FLOOR_DB));
    node.setAttribute('aria-valuemax', '0');
    this.show(FLOOR_DB);
  }

  /** `peak`: 0 … 1 of full scale. */
  peak(peak) {
    this.show(decibels(peak));
  }

  show(level) {
    this.level = Math.max(level, this.level - FALL_DB, FLOOR_DB);
    const part = meterPart(this.level);
    this.bar.style.setProperty('--part', part.toFixed(3));
    this.node.classList.toggle('meter-loud', this.level > -3);
    this.node.setAttribute('aria-valuenow', String(Math.round(this.level)));
  }

  rest() {
    this.level = FLOOR_DB;
    this.show(FLOOR_DB);
  }
}
