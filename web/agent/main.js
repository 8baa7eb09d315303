/**
 * The agent's page: log on, hold one session, draw what it knows. `?audio=raw` turns echo cancellation and the like off
 * (for tests). The token is kept for this tab only (sessionStorage), so that a reload keeps the call.
 */

import { byId, setHidden, setText, toast } from '../shared/dom.js';
import { installLanguage, t } from '../shared/i18n.js';
import { Dial } from './dial.js';
import { Headset } from './headset.js';
import { Keypad } from './keypad.js';
import { Sender } from './keys.js';
import { Ladder } from './ladder.js';
import { callerText, tickAll } from './lists.js';
import { Ringer } from './ringer.js';
import { allowed, mayDial } from './rules.js';
import { drawDesk, drawLink } from './screen.js';
import { sentenceOf } from './sentences.js';
import { Session } from './session.js';
import { holdTab } from './tab.js';
import { Voice } from './voice.js';

const TOKEN = 'cti.token';
const DEFAULT_REASON = 'break'; // Alt+R from ready
const processing = new URLSearchParams(location.search).get('audio') !== 'raw';

let session = null;
let voice = null;
let release = () => {};
let logOnWhenLive = false;
let everLive = false;
let afterwards = '';
let silent = false; // the chime is off, because a telephone rings

const ringer = new Ringer();
const headset = new Headset({ voice: () => voice, ringer });
const ladder = new Ladder((path) => session.read(path));
const dial = new Dial({
  make: async (number) => (session && allowed(session).dial ? session.command('call.make', { number }) : false),
});
const sender = new Sender((call, digits) => (session ? session.beside('call.sendDigits', { call, digits }) : false));
const keypad = new Keypad({
  press: (key) => {
    if (session?.live && session.call?.state === 'talking') sender.press(session.call.call, key);
  },
  flash: () => act('flash'),
});

// --- coming and going

function show(view) {
  document.body.dataset.view = view;
  setHidden(byId('logon'), view !== 'logon');
  setHidden(byId('other-tab'), view !== 'otherTab');
  setHidden(byId('desk'), view !== 'desk');
  setHidden(byId('log-off'), view !== 'desk');
  setHidden(byId('link'), view !== 'desk');
}

function fault(sentence = '') {
  setHidden(byId('logon-fault'), !sentence);
  setText(byId('logon-fault-text'), sentence);
}

async function enter(token, { fresh, take = false }) {
  const tab = await holdTab(`cti-agent:${token}`, { take, lost: () => pushedOut() });
  if (!tab.held) {
    setText(byId('other-tab-text'), t('tab.text'));
    byId('take-tab').onclick = () => {
      wake();
      enter(token, { fresh, take: true });
    };
    show('otherTab');
    return;
  }
  release = tab.release;
  sessionStorage.setItem(TOKEN, token);
  logOnWhenLive = fresh;
  everLive = false;
  session = new Session(token, { changed, link, principal, failed });
  session.stream.open();
}

function failed(refusal) {
  if (!keypad.refused(refusal)) toast(sentenceOf(refusal), 'bad');
}

/** The agent speaks here, and not on a telephone; unknown until the server's picture is there. */
function speaksHere() {
  return Boolean(session?.agent) && !session.agent.extension;
}

function wake() {
  voice ??= new Voice({
    processing,
    ticket: async () => (await session.ask('audio.open')).url,
    on: {
      levels: (levels) => headset.levels(levels),
      microphone: () => headset.listDevices(),
      changed: () => {
        headset.draw(speaksHere());
        keepLeg();
      },
    },
  });
  globalThis.__audio = voice.line.probe;
}

/** Inside a click: sound and ring, before the first call comes. */
function wakeInClick() {
  wake();
  ringer.wake();
  return voice.start();
}

/** Back to the form; `sentence` says why, when it was not the agent's wish. */
function leave(sentence = '') {
  sessionStorage.removeItem(TOKEN);
  const old = session;
  session = null;
  voice?.rest();
  ringer.ring(null);
  dial.forget();
  sender.drop();
  keypad.forget();
  old?.close();
  release();
  setText(byId('who'), t('app.name'));
  byId('enter').disabled = false;
  setText(byId('enter-text'), t('agent.enter'));
  fault(sentence);
  show('logon');
}

function pushedOut() {
  leave();
  byId('take-tab').onclick = () => location.reload();
  setText(byId('other-tab-text'), t('tab.taken'));
  show('otherTab');
}

// --- what the session tells

function principal(them) {
  if (them.agent) setText(byId('who'), whoIs(them));
  else leave(t('agent.not_agent'));
}

function whoIs({ name, agent }) {
  return name && name !== agent ? `${name} · ${agent}` : agent;
}

function link(word) {
  if (!session) return;
  drawLink(word);
  if (word === 'refused') {
    leave(t('error.notAuthorised'));
    return;
  }
  if (word === 'live') {
    everLive = true;
    show('desk');
    if (logOnWhenLive && session.agent?.state !== 'loggedOff') logOnWhenLive = false;
    if (logOnWhenLive) session.command('agent.logOn');
    logOnWhenLive = false;
    wake();
    chimeUnless(Boolean(session.agent?.extension));
  }
  if (everLive) draw();
}

function changed(before) {
  if (!session || !everLive) return;
  const had = before.calls.find((call) => call.agent === session.me);
  const has = session.call;
  if (had?.state === 'delivered' && has?.call !== had.call && session.agent?.reason === 'noAnswer') toast(t('said.missed'));
  if (has?.state === 'delivered' && had?.state !== 'delivered') {
    setText(byId('said'), t('said.ringing', { caller: callerText(has.caller), line: has.line }));
    byId('answer').hidden = false;
  }
  if (session.agent?.state !== 'busy' && session.agent?.state !== 'workingAfterCall') afterwards = '';
  draw();
  if (has) ladder.show(has.call);
  ladder.touched(has?.call ?? ladder.call);
}

/** A telephone rings by itself; the page chimes too only for those who switch it on again. */
function chimeUnless(telephone) {
  if (silent === telephone) return;
  silent = telephone;
  ringer.sound = !telephone;
  byId('ring').checked = ringer.sound;
}

/** Hold an audio leg while on duty; what that means is decided only when the screen is up to date. */
function keepLeg() {
  if (!session?.live || !session.agent) return;
  if (!speaksHere()) {
    if (voice.wanted) voice.rest();
    return;
  }
  voice.want(session.agent.state !== 'loggedOff' && voice.sound === 'awake');
  voice.prepare();
}

function draw() {
  if (!session || !everLive) return;
  const { call } = session;
  drawDesk(session, { afterwards, openLadder: (ident) => ladder.show(ident, true) });
  ringer.ring(call?.state === 'delivered' ? { caller: callerText(call.caller), line: call.line } : null);
  const may = allowed(session);
  drawKeypad(may.flash);
  dial.draw({ offered: mayDial(session.agent, session.telephone), enabled: may.dial, busy: session.pending === 'call.make' });
  keepLeg();
  headset.draw(speaksHere());
  tickAll(session.now());
}

function drawKeypad(mayFlash) {
  const { call, house, live, pending } = session;
  if (call?.state !== 'talking') sender.drop();
  keypad.draw({ call, live, mayFlash, sent: house.memory.keys[call?.call] ?? 0, busy: pending === 'call.flash' });
}

// --- what the agent does

const acts = {
  answer: () => session.command('call.answer', { call: session.call.call }),
  reject: () => session.command('call.reject', { call: session.call.call }),
  hold: () => session.command('call.hold', { call: session.call.call }),
  retrieve: () => session.command('call.retrieve', { call: session.call.call }),
  clear: () => session.command('call.clear', { call: session.call.call }),
  flash,
  finish: () => session.command('agent.finishWrapUp'),
  ready: () => setState('ready'),
  logOn: () => session.command('agent.logOn'),
  logOff: async () => {
    if (await session.command('agent.logOff')) leave();
  },
};

/** Do `name` if it may be done now; a shortcut pressed at the wrong time does nothing. */
function act(name) {
  if (session && allowed(session)[name]) acts[name]();
}

/** Behind the keys that were pressed before it; what follows for a PBX are keys again. */
async function flash() {
  const { call } = session.call;
  await sender.settled();
  if (session && (await session.command('call.flash', { call }))) toast(t('keypad.flashed'));
  keypad.focus();
}

async function setState(state, reason) {
  const later = session.agent?.state !== 'ready' && session.agent?.state !== 'notReady';
  if (await session.command('agent.setState', reason ? { state, reason } : { state })) {
    afterwards = state === 'notReady' && later ? reason : '';
    draw();
  }
}

function notReady(reason) {
  if (session && allowed(session).notReady) setState('notReady', reason);
}

for (const name of ['answer', 'reject', 'hold', 'retrieve', 'clear', 'finish', 'ready']) {
  byId(name).addEventListener('click', () => act(name));
}
byId('log-on').addEventListener('click', () => act('logOn'));
byId('log-off').addEventListener('click', () => act('logOff'));
for (const button of byId('reasons').querySelectorAll('button')) {
  button.addEventListener('click', () => notReady(button.dataset.reason));
}

const SHORTCUTS = {
  KeyA: () => act('answer'),
  KeyH: () => act(session?.call?.state === 'held' ? 'retrieve' : 'hold'),
  KeyX: () => act('clear'),
  KeyF: () => act('finish'),
  KeyK: () => keypad.toggle(),
  KeyC: () => dial.focus(),
  KeyM: () => headset.toggleMute(),
  KeyR: () => (session?.agent?.state === 'ready' ? notReady(DEFAULT_REASON) : act('ready')),
};
document.addEventListener('keydown', (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !SHORTCUTS[event.code]) return;
  event.preventDefault();
  if (!event.repeat) SHORTCUTS[event.code]();
});

// --- the form

byId('logon').addEventListener('change', () => {
  const other = new FormData(byId('logon')).get('who') === '';
  setHidden(byId('token-field'), !other);
  if (other) byId('token').focus();
});
byId('logon').addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = new FormData(byId('logon')).get('who') || byId('token').value.trim();
  if (!token) {
    byId('token').focus();
    return;
  }
  fault();
  byId('enter').disabled = true;
  setText(byId('enter-text'), t('agent.entering'));
  wakeInClick();
  await enter(token, { fresh: true });
});

// --- the page

globalThis.addEventListener('beforeunload', (event) => {
  if (session?.call) event.preventDefault();
});
globalThis.addEventListener('online', () => session?.stream.hurry());
setInterval(() => {
  if (session) tickAll(session.now());
}, 500);

installLanguage(byId('language'), () => {
  document.title = `${t('app.agent')} · ${t('app.name')}`;
  if (session?.principal?.agent) setText(byId('who'), whoIs(session.principal));
  drawLink(session?.link ?? 'closed');
  ladder.draw();
  ladder.refresh();
  headset.listDevices();
  draw();
});

globalThis.__agent = {
  house: () => session?.house ?? null,
  me: () => session?.me ?? '',
  link: () => session?.link ?? 'closed',
  leg: () => voice?.leg ?? 'off',
  pending: () => session?.pending ?? '',
  tokenOf: () => sessionStorage.getItem(TOKEN),
};

const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
setHidden(byId('demo'), !isLocal);
setHidden(byId('demo-note'), !isLocal);
if (!isLocal) byId('logon').querySelector('input[value=""]').checked = true;
setHidden(byId('token-field'), isLocal);
const kept = sessionStorage.getItem(TOKEN);
if (kept) {
  wake();
  enter(kept, { fresh: false });
} else {
  show('logon');
}
