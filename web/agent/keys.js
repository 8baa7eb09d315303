/** Keys that an agent sends down the line in a talk. Nothing here touches the page. */

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
export const SHOWN = 24; // dots on the screen; a menu rarely asks for more
const MOST = 32; // keys in one request: the server's limit

/** The key a keyboard event means, or ''. */
export function keyOf({ key, ctrlKey = false, altKey = false, metaKey = false }) {
  return !ctrlKey && !altKey && !metaKey && KEYS.includes(key) ? key : '';
}

/** What is shown of keys that went out: they may be a secret, so only that they did. */
export function dots(sent) {
  return '•'.repeat(Math.min(sent, SHOWN));
}

/**
 * Sends keys in the order of their pressing: the first at once, those pressed while it is on its way together behind it.
 * `send(call, digits)` resolves to true when the server took them; else what waits is dropped, for a menu that misses a
 * key understands the next ones wrongly.
 */
export class Sender {
  constructor(send) {
    this.send = send;
    this.call = '';
    this.waiting = '';
    this.running = null;
  }

  press(call, key) {
    if (call !== this.call) this.waiting = '';
    this.call = call;
    this.waiting += key;
    this.running ??= this.#run();
    return this.running;
  }

  /** Resolves when nothing is on its way. */
  async settled() {
    await this.running;
  }

  /** The talk is over or on hold: what has not been sent never will be. */
  drop() {
    this.waiting = '';
  }

  async #run() {
    while (this.waiting) {
      const digits = this.waiting.slice(0, MOST);
      this.waiting = this.waiting.slice(MOST);
      if (!(await this.send(this.call, digits))) this.waiting = '';
    }
    this.running = null;
  }
}
