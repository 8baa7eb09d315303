/** One agent's connection to the house: the stream, the fold of it, commands one at a time, and the server's clock. */

import { Refusal, Stream } from '../shared/stream.js';
import { adopt, agentIn, callOf, emptyHouse, fold, fromSnapshot, telephoneOf } from '../shared/state.js';

export class Session {
  /** `on`: `changed(before)` after each step, `link(word)`, `principal(them)`, `failed(Refusal)`. */
  constructor(token, on) {
    this.token = token;
    this.on = on;
    this.house = emptyHouse();
    this.principal = null;
    this.link = 'closed';
    this.pending = ''; // method of the command that is on its way
    this.ahead = 0; // ms the server's clock is ahead of ours
    const base = `${location.origin.replace('http', 'ws')}/api/v1/ws`;
    this.stream = new Stream({
      token,
      address: (query) => `${base}?${query}`,
      probe: () => this.#probe(),
      on: {
        status: (word) => {
          this.link = word;
          on.link(word);
        },
        opened: ({ principal }) => {
          this.principal = principal;
          on.principal(principal);
        },
        snapshot: (view) => this.#become(fromSnapshot(this.house, view)),
        event: (envelope) => this.#become(fold(this.house, envelope)),
      },
    });
  }

  get me() {
    return this.principal?.agent ?? '';
  }

  get agent() {
    return agentIn(this.house, this.me);
  }

  get call() {
    return callOf(this.house, this.me);
  }

  /** The agent's telephone; null for an agent who speaks at the desktop. */
  get telephone() {
    return telephoneOf(this.house, this.me);
  }

  get live() {
    return this.link === 'live';
  }

  /** The server's clock now, ms since 1970. */
  now() {
    return Date.now() + this.ahead;
  }

  #become(house) {
    const before = this.house;
    this.house = house;
    // What comes is at least as old as its way here; what is replayed is older. The newest says best what time it is.
    const told = Date.parse(house.time);
    if (!Number.isNaN(told)) this.ahead = before.stream === house.stream ? Math.max(this.ahead, told - Date.now()) : told - Date.now();
    this.on.changed(before);
  }

  /** Give a command; while it is on its way no other is taken. Resolves to true when the server obeyed. */
  async command(method, params = {}) {
    if (this.pending) return false;
    this.pending = method;
    this.on.changed(this.house);
    const obeyed = await this.#give(method, params);
    this.pending = '';
    this.on.changed(this.house);
    return obeyed;
  }

  /** Give a command that holds up no other; the server obeys in the order of asking. True when it obeyed. */
  async beside(method, params = {}) {
    const obeyed = await this.#give(method, params);
    this.on.changed(this.house);
    return obeyed;
  }

  async #give(method, params) {
    try {
      const answer = await this.stream.command(method, params);
      this.house = adopt(this.house, answer); // as it is now: events may have come while we waited
      return true;
    } catch (error) {
      this.on.failed(error instanceof Refusal ? error : new Refusal({ errorId: 'internal' }));
      return false;
    }
  }

  ask(method) {
    return this.stream.ask(method);
  }

  /** A page of the API as text; rejects with Refusal. */
  async read(path) {
    let answer;
    try {
      answer = await fetch(path, { headers: { Authorization: `Bearer ${this.token}` }, cache: 'no-store' });
    } catch {
      throw new Refusal({ errorId: 'network' });
    }
    if (answer.ok) return answer.text();
    const told = await answer.json().catch(() => null);
    throw new Refusal(told?.error ?? { errorId: 'http', detail: { status: answer.status } }, told?.error?.message);
  }

  async #probe() {
    try {
      const headers = { Authorization: `Bearer ${this.token}` };
      return (await fetch('/api/v1/snapshot', { headers, cache: 'no-store' })).status;
    } catch {
      return 0;
    }
  }

  close() {
    this.stream.close();
  }
}
