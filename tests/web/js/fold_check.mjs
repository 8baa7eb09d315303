/**
 * Folds what the house said and compares it with the house's own picture after every step. Standard input: a list of
 * `{picture, events}`, the first without events. Besides the screen that was there from the beginning, one opens anew
 * every few steps. Prints the first difference; nothing when there is none.
 */
import { isDeepStrictEqual } from 'node:util';
import { emptyHouse, fold, fromSnapshot, pairs } from '../../../web/shared/state.js';

const OPENS_EVERY = 7; // steps
const CALL = ['call', 'line', 'caller', 'called', 'estimated', 'state', 'began', 'since', 'version', 'queue', 'agent', 'node', 'recording'];
const SHOWN = {
  calls: CALL,
  lines: ['line', 'state', 'reason', 'call'],
  agents: ['agent', 'state', 'reason', 'call', 'queues', 'extension'],
  queues: ['queue', 'waiting', 'agents'],
  extensions: ['extension', 'state', 'reason', 'agent'],
};

function shown(house) {
  const rows = (part, names) => house[part].map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
  const parts = Object.entries(SHOWN).map(([part, names]) => [part, rows(part, names)]);
  const data = house.calls.map((call) => Object.fromEntries(pairs(call.data)));
  const sorted = (queue) => ({ ...queue, agents: [...queue.agents].sort() }); // who came first is of no interest
  const { queues, ...rest } = Object.fromEntries(parts);
  return { ...rest, data, queues: queues.map(sorted) };
}

let text = '';
for await (const chunk of process.stdin) text += chunk;
const steps = JSON.parse(text);
let [first, late] = [fromSnapshot(emptyHouse(), steps[0].picture), null];
for (const [number, { picture, events }] of steps.entries()) {
  for (const event of events) first = fold(first, event);
  late = number % OPENS_EVERY ? events.reduce(fold, late) : fromSnapshot(emptyHouse(), picture);
  const truth = shown(picture);
  for (const [name, house] of Object.entries({ first, late })) {
    const seen = shown(house);
    const wrong = Object.keys(truth).find((part) => !isDeepStrictEqual(seen[part], truth[part]));
    if (!wrong) continue;
    const tell = (what) => JSON.stringify(what[wrong]);
    console.log(`step ${number}, the ${name} screen, ${wrong}:\n  house  ${tell(truth)}\n  screen ${tell(seen)}`);
    console.log(`after ${events.map(({ type, data }) => `${type} ${JSON.stringify(data)}`).join('\n      ')}`);
    process.exit(0);
  }
}
