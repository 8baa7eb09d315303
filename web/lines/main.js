/**
 * The page of lines: a fold of the CTI socket as every page, meters and figures asked for while somebody looks. The
 * token is kept for this tab only.
 */

import { callerText, tickAll } from '../agent/lists.js';
import { sentenceOf } from '../agent/sentences.js';
import { Session } from '../agent/session.js';
import { byId, setHidden, setText, toast } from '../shared/dom.js';
import { currentLanguage, installLanguage, t, tOr } from '../shared/i18n.js';
import { Refusal } from '../shared/stream.js';
import { LineCard } from './card.js';
import { drawHealth } from './health.js';

const TOKEN = 'cti.lines.token';
const DEMO = 'demo-operator'; // config/demo.toml; refused by every other configuration
const METERS_MS = 250;
const HEALTH_MS = 2000;
const LINK_TONES = { live: 'tone-good', refused: 'tone-bad', waiting: 'tone-bad' };

let session = null;
let everLive = false;
let health = null; // {board, status}
const cards = new Map();
const tests = new Map(); // line -> {busy, report, at}

// --- coming and going

function show(view) {
  setHidden(byId('entry'), view !== 'entry');
  setHidden(byId('board'), view !== 'board');
  setHidden(byId('leave'), view !== 'board');
  setHidden(byId('link'), view !== 'board');
}

function enter(token) {
  sessionStorage.setItem(TOKEN, token);
  everLive = false;
  session = new Session(token, { changed: draw, link, principal, failed: (refusal) => toast(sentenceOf(refusal), 'bad') });
  session.stream.open();
}

function leave(sentence = '') {
  sessionStorage.removeItem(TOKEN);
  const old = session;
  session = null;
  old?.close();
  setHidden(byId('entry-fault'), !sentence);
  setText(byId('entry-fault-text'), sentence);
  show('entry');
}

function principal({ role }) {
  if (role !== 'operator' && role !== 'supervisor') leave(t('lines.not_operator'));
}

function link(word) {
  if (!session) return;
  setText(byId('link'), t(`link.${word}`));
  byId('link').className = `chip ${LINK_TONES[word] ?? 'tone-wait'}`;
  if (word === 'refused') {
    leave(t('error.notAuthorised'));
    return;
  }
  if (word === 'live') {
    everLive = true;
    show('board');
  }
  draw();
}

// --- drawing

function draw() {
  if (!session || !everLive) return;
  const { house, live } = session;
  setHidden(byId('stale'), live);
  byId('board').classList.toggle('stale', !live);
  build(house.lines);
  for (const [line, card] of cards) card.draw(session, tests.get(line));
  const busy = house.lines.filter(({ state }) => state !== 'idle' && state !== 'outOfService').length;
  const out = house.lines.filter(({ state }) => state === 'outOfService').length;
  setText(byId('count'), t('lines.count', { n: house.lines.length, busy, out }));
  drawAlarms(house.alarms.filter(({ line }) => (line ?? null) === null));
  if (health) drawHealth(health.board, health.status);
  tickAll(session.now());
}

function build(lines) {
  if (lines.length === cards.size && lines.every(({ line }) => cards.has(line))) return;
  cards.clear();
  for (const { line } of lines) cards.set(line, new LineCard(line, { service, test }));
  byId('lines').replaceChildren(...[...cards.values()].map(({ node }) => node));
}

function drawAlarms(alarms) {
  const words = alarms.map(({ alarm, detail }) => `${tOr(`alarm.${alarm}`, alarm)}${detail ? `: ${detail}` : ''}`);
  setHidden(byId('alarms'), words.length === 0);
  setText(byId('alarms-text'), words.join(' · '));
}

// --- what the operator does

function service(line, inService) {
  session.command('line.setService', { line, inService });
}

async function test(line) {
  if (tests.get(line)?.busy) return;
  tests.set(line, { busy: true });
  draw();
  try {
    const report = await ask(`/api/v1/lines/${line}:test?lang=${currentLanguage()}`, 'POST');
    tests.set(line, { busy: false, report, at: Date.now() });
  } catch (refusal) {
    tests.set(line, { busy: false });
    toast(sentenceOf(refusal), 'bad');
  }
  draw();
}

/** JSON of the API; rejects with Refusal. */
async function ask(path, method = 'GET') {
  let answer;
  try {
    answer = await fetch(path, { method, headers: { Authorization: `Bearer ${session?.token}` }, cache: 'no-store' });
  } catch {
    throw new Refusal({ errorId: 'network' });
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  throw new Refusal(told?.error ?? { errorId: 'http', detail: { status: answer.status } }, told?.error?.message);
}

// --- meters and figures: asked for only while somebody looks

/** Ask again and again; one answer has come before the next question goes. */
async function keepAsking(every, work) {
  for (;;) {
    if (session?.live && !document.hidden) {
      try {
        await work();
      } catch {
        // the stream says that the server is away
      }
    }
    await new Promise((done) => setTimeout(done, every));
  }
}

async function askMeters() {
  const { levels } = await ask('/api/v1/lines/levels');
  for (const told of levels) cards.get(told.line)?.levels(told);
}

async function askHealth() {
  const [board, status] = await Promise.all([ask('/api/v1/board'), ask('/api/v1/status')]);
  health = { board, status };
  drawHealth(board, status);
}

// --- the page

byId('entry').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = byId('token').value.trim();
  if (token) enter(token);
  else byId('token').focus();
});
byId('demo').addEventListener('click', () => enter(DEMO));
byId('leave').addEventListener('click', () => leave());
globalThis.addEventListener('online', () => session?.stream.hurry());
setInterval(() => {
  if (session) tickAll(session.now());
}, 500);

installLanguage(byId('language'), () => {
  document.title = `${t('app.lines')} · ${t('app.name')}`;
  if (session) setText(byId('link'), t(`link.${session.link}`));
  draw();
});

globalThis.__lines = {
  house: () => session?.house ?? null,
  link: () => session?.link ?? 'closed',
  report: (line) => tests.get(line)?.report ?? null,
  caller: (line) => callerText(session?.house.calls.find((call) => call.line === line)?.caller),
};

setHidden(byId('demo'), !['localhost', '127.0.0.1', '[::1]'].includes(location.hostname));
const kept = sessionStorage.getItem(TOKEN);
if (kept) enter(kept);
else show('entry');
keepAsking(METERS_MS, askMeters);
keepAsking(HEALTH_MS, askHealth);
