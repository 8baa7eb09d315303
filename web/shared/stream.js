/**
 * The CTI socket seen from a page: requests that may safely be sent twice, and one ordered stream of events that is
 * resumed after every break. `on` is told, in this order and never twice: a snapshot or the events that were missed,
 * then what happens. The socket, the timers and the dice are handed in, so that all of it is tested without a network.
 */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const SILENCE_MS = 25_000; // the server's heart beats each 10 s; two missed beats and the socket is dead
const ANSWER_MS = 10_000;
const OPEN = 1; // WebSocket.OPEN

/** Wait before attempt `n` (from 1): doubles, with up to a quarter taken off so that desktops do not come as one. */
export function waitBefore(attempt, dice) {
  const whole = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
  return Math.round(whole * (1 - 0.25 * dice));
}

/** A key for a command; the same key is never obeyed twice. `crypto.randomUUID` is missing on insecure pages. */
export function freshKey() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The server said no. `errorId` is stable; sentences are made where a person reads them. */
export class Refusal extends Error {
  constructor({ errorId = 'unknown', category = '', detail = {} } = {}, message = errorId) {
    super(message);
    this.errorId = errorId;
    this.category = category;
    this.detail = detail;
  }
}

export class Stream {
  /**
   * `address(query)`: URL of the socket. `on`: `status(word, detail)`, `opened(params)`, `snapshot(view)`,
   * `event(envelope)`. `probe()`: resolves to an HTTP status when the socket would not open (a browser hides it).
   * Status words: connecting, catchingUp, live, waiting, refused, closed.
   */
  constructor({ address, token, on, connect, probe, timers = globalThis, dice = Math.random }) {
    this.address = address;
    this.token = token;
    this.on = on;
    this.connect = connect ?? ((url) => new WebSocket(url));
    this.probe = probe ?? (async () => 0);
    this.timers = timers;
    this.dice = dice;
    this.position = null; // {stream, seq} of the last thing told
    this.goal = 0; // seq to reach before we call ourselves live
    this.status = 'closed';
    this.attempt = 0;
    this.socket = null;
    this.asked = new Map(); // id -> request
    this.lastId = 0;
    this.resyncing = false;
  }

  open() {
    this.attempt += 1;
    this.#say('connecting');
    const query = new URLSearchParams({ token: this.token });
    if (this.position) {
      query.set('from', String(this.position.seq));
      query.set('stream', this.position.stream);
    }
    const socket = this.connect(this.address(query));
    this.socket = socket;
    this.resyncing = false;
    let opened = false;
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.#receive(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      if (socket === this.socket) this.#lost(code, opened);
    };
    this.#listen();
  }

  /** The end: nothing is tried again. */
  close() {
    const { socket } = this;
    this.socket = null;
    this.#forgetTimers();
    socket?.close(1000);
    for (const request of this.asked.values()) this.#settle(request, new Refusal({ errorId: 'closed' }));
    this.#say('closed');
  }

  /** The network is said to be back: do not sit out the wait. */
  hurry() {
    if (this.status !== 'waiting') return;
    this.timers.clearTimeout(this.again);
    this.attempt = 0;
    this.open();
  }

  /** A command: obeyed once however often the network makes us repeat it. Resolves to the new state; rejects with Refusal. */
  command(method, params = {}) {
    return this.ask(method, { ...params, idempotencyKey: freshKey() });
  }

  /** A question that changes nothing. */
  ask(method, params = {}) {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const request = { id, text: JSON.stringify({ jsonrpc: '2.0', id, method, params }), resolve, reject };
      request.timer = this.timers.setTimeout(
        () => this.#settle(request, new Refusal({ errorId: 'noReply' })),
        ANSWER_MS,
      );
      this.asked.set(id, request);
      if (this.status === 'live') this.#send(request);
    });
  }

  #send(request) {
    if (this.socket?.readyState === OPEN) this.socket.send(request.text);
  }

  #settle(request, refusal, result) {
    this.asked.delete(request.id);
    this.timers.clearTimeout(request.timer);
    if (refusal) request.reject(refusal);
    else request.resolve(result);
  }

  #receive(message) {
    this.#listen();
    if (message.method) this.#notice(message.method, message.params);
    else if (this.asked.has(message.id)) {
      const { error, result } = message;
      this.#settle(this.asked.get(message.id), error && new Refusal(error.data, error.message), result);
    }
  }

  #notice(method, params) {
    if (method === 'event') this.#take(params);
    else if (method === 'snapshot') this.#restart(params);
    else if (method === 'stream.opened') this.#opened(params);
    else if (method === 'stream.gap') this.position = null; // a snapshot follows
    else if (method === 'stream.heartbeat' && this.position && params.seq > this.position.seq) this.#resync();
  }

  #opened(params) {
    this.goal = params.seq;
    this.on.opened?.(params);
    this.#say('catchingUp');
    if (this.position && this.position.stream !== params.stream) this.position = null;
    this.#arrive();
  }

  #take(envelope) {
    if (!this.position) return; // before the snapshot that will contain it
    if (envelope.stream !== this.position.stream) {
      this.#resync();
      return;
    }
    if (envelope.seq <= this.position.seq) return;
    if (envelope.seq > this.position.seq + 1) this.#resync();
    this.position = { stream: envelope.stream, seq: envelope.seq };
    this.on.event?.(envelope);
    this.#arrive();
  }

  #restart(view) {
    this.position = { stream: view.stream, seq: view.seq };
    this.on.snapshot?.(view);
    this.#arrive();
  }

  /** Live once everything is known that had happened when the socket opened; only then are waiting requests sent. */
  #arrive() {
    if (this.status !== 'catchingUp' || !this.position || this.position.seq < this.goal) return;
    this.attempt = 0;
    this.#say('live');
    for (const request of this.asked.values()) this.#send(request);
  }

  /** Something is missing: ask for the whole picture rather than guess. */
  async #resync() {
    if (this.resyncing) return;
    this.resyncing = true;
    try {
      this.#restart(await this.ask('snapshot.get'));
    } catch {
      // no answer: the watchdog or the next heartbeat tries again
    }
    this.resyncing = false;
  }

  async #lost(code, opened) {
    this.socket = null;
    this.#forgetTimers();
    if (code === 4401 || code === 4403) {
      this.#refuse(code - 4000);
      return;
    }
    const wait = waitBefore(Math.max(this.attempt, 1), this.dice());
    this.#say('waiting', { wait });
    this.again = this.timers.setTimeout(() => this.open(), wait);
    if (opened) return;
    const status = await this.probe();
    if (this.status === 'waiting' && (status === 401 || status === 403)) this.#refuse(status);
  }

  #refuse(status) {
    this.#forgetTimers();
    for (const request of this.asked.values()) this.#settle(request, new Refusal({ errorId: 'notAuthorised' }));
    this.#say('refused', { status });
  }

  /** A socket that says nothing for too long is dead, whatever the browser believes. */
  #listen() {
    this.timers.clearTimeout(this.watchdog);
    this.watchdog = this.timers.setTimeout(() => {
      const { socket } = this;
      this.#lost(4000, true);
      socket?.close(4000, 'silent');
    }, SILENCE_MS);
  }

  #forgetTimers() {
    this.timers.clearTimeout(this.watchdog);
    this.timers.clearTimeout(this.again);
  }

  #say(status, detail = {}) {
    if (status === this.status) return;
    this.status = status;
    this.on.status?.(status, detail);
  }
}
