/** Draws the desk from what the session knows. Nothing is remembered here: the same session, the same screen. */

import { marksOf, phaseOf } from '../shared/calling.js';
import { byId, h, redraw, setHidden, setText } from '../shared/dom.js';
import { clockTime, duration } from '../shared/format.js';
import { currentLanguage, t, tOr } from '../shared/i18n.js';
import { historyOf, pairs } from '../shared/state.js';
import { drawHistory, drawQueue, drawStaff, partyText, queueText, stepText } from './lists.js';
import { allowed, toneOf, wordOf } from './rules.js';
import { drawTelephone } from './telephone.js';

const BUTTONS = ['answer', 'reject', 'hold', 'retrieve', 'clear', 'finish'];
const METHODS = {
  answer: 'call.answer', reject: 'call.reject', hold: 'call.hold', retrieve: 'call.retrieve', clear: 'call.clear',
  finish: 'agent.finishWrapUp',
};
const LINK_TONES = { live: 'tone-good', refused: 'tone-bad', waiting: 'tone-bad' };

/** `afterwards`: the reason asked for while in a call, which the server keeps but does not show. */
export function drawDesk(session, { afterwards, openLadder }) {
  const { house, me, agent, call, live, pending, telephone } = session;
  const may = allowed({ agent, call, live, pending, telephone });
  const word = wordOf(agent, call);
  drawMe(session, word, may, afterwards);
  drawCall(session, word, may);
  drawTelephone(agent?.extension ?? null, telephone);
  const language = currentLanguage();
  drawQueue(house, language);
  drawStaff(house, me, language);
  drawHistory(house, me, language, openLadder);
  drawAlarms(house.alarms);
  setHidden(byId('stale'), live);
  byId('desk').classList.toggle('desk-stale', !live);
  byId('log-off').disabled = !may.logOff;
}

export function drawLink(link) {
  setText(byId('link'), t(`link.${link}`));
  byId('link').className = `chip ${LINK_TONES[link] ?? 'tone-wait'}`;
}

function drawMe({ agent, pending }, word, may, afterwards) {
  setText(byId('state'), t(`state.${word}`));
  byId('mood').className = `mood ${toneOf(word)}`;
  byId('state-timer').dataset.since = agent?.state === 'loggedOff' ? '' : (agent?.since ?? '');
  setText(byId('state-reason'), reasonOf(agent));
  setHidden(byId('log-on'), agent?.state !== 'loggedOff');
  setHidden(byId('ready'), agent?.state === 'loggedOff');
  setHidden(byId('reasons'), agent?.state === 'loggedOff');
  press('log-on', may.logOn, pending === 'agent.logOn');
  press('ready', may.ready, pending === 'agent.setState');
  for (const button of byId('reasons').querySelectorAll('button')) {
    button.disabled = !may.notReady;
    const chosen = agent?.state === 'notReady' && agent.reason === button.dataset.reason;
    button.setAttribute('aria-pressed', String(chosen || afterwards === button.dataset.reason));
  }
  setHidden(byId('after'), !afterwards);
  if (afterwards) setText(byId('after'), t('agent.after', { reason: t(`reason.${afterwards}`) }));
}

function reasonOf(agent) {
  if (agent?.state === 'loggedOff') return t('agent.off_duty');
  if (!agent || agent.reason === 'alerting') return '';
  if (agent.reason === 'deviceLost' && agent.extension) return t('reason.telephoneLost');
  return tOr(`reason.${agent.reason}`, agent.reason);
}

function press(id, enabled, busy) {
  const button = byId(id);
  button.disabled = !enabled;
  button.setAttribute('aria-busy', String(busy));
}

function drawCall(session, word, may) {
  const { agent, call, house, me, pending } = session;
  const wrapping = word === 'workingAfterCall';
  const last = wrapping ? lastOf(house, me, agent.call) : null;
  const shown = call ?? last;
  const state = wrapping ? 'wrapup' : phaseOf(house, call);
  byId('call').dataset.state = state;
  setHidden(byId('call-top'), state === 'none');
  const estimated = state === 'talking' && call.estimated;
  setText(byId('call-chip'), t(estimated ? 'call.talking.estimated' : `call.${state}`));
  byId('call-chip').className = `chip ${wrapping ? 'tone-wrap' : toneOf(state)}`;
  setHidden(byId('call-recorded'), !call?.recording);
  byId('call-timer').dataset.since = wrapping ? agent.since : (call?.since ?? '');
  setText(byId('call-number'), shown ? partyText(shown) : headline(word, wrapping));
  setText(byId('call-note'), wrapping ? t('call.wrapup.text') : call ? noteOf(session, state) : restNote(session, word));
  drawFacts(session, shown);
  setText(byId('answer-text'), t(agent?.extension && !may.answer ? 'call.lift' : 'call.answer'));
  for (const id of BUTTONS) {
    setHidden(byId(id), !wouldSuit(id, state));
    press(id, may[id], pending === METHODS[id]);
  }
}

/** A sentence under the number: what is waited for, and what the agent's hand has to do. */
function noteOf({ call, agent, telephone }, state) {
  const number = agent?.extension;
  const handset = telephone?.state;
  if (state === 'talking') return call.estimated ? t('call.note.estimated') : '';
  if (state === 'initiated') return number ? t('call.note.initiated', { n: number }) : '';
  if (['seizing', 'dialling', 'dialled', 'ringing'].includes(state)) return t(`call.note.${state}`);
  if (!number) return '';
  if (state === 'delivered') return t(handset === 'offHook' ? 'call.note.lifted' : 'call.note.lift', { n: number });
  if (state === 'held' && handset !== 'inUse') return t('call.note.retrieve', { n: number });
  return state === 'interrupted' ? t('call.note.lost', { n: number }) : '';
}

/** Which buttons belong to a state; whether they may be pressed now is another question. */
function wouldSuit(id, state) {
  const buttons = {
    delivered: ['answer', 'reject'], talking: ['hold', 'clear'], held: ['retrieve', 'clear'], interrupted: ['clear'],
    wrapup: ['finish'], initiated: ['clear'], seizing: ['clear'], dialling: ['clear'], dialled: ['clear'], ringing: ['clear'],
  };
  return (buttons[state] ?? []).includes(id);
}

function headline(word, wrapping) {
  return wrapping ? t('call.wrapup') : t(`call.rest.${restWord(word)}`);
}

function restNote({ telephone }, word) {
  return t(telephone?.state === 'outOfService' ? 'call.none.telephone' : `call.none.${restWord(word)}`);
}

function restWord(word) {
  if (word === 'ready') return 'ready';
  return word === 'loggedOff' || word === 'unknown' ? 'off' : 'notready';
}

function lastOf(house, me, call) {
  const entries = historyOf(house, me);
  return entries.find((entry) => entry.call === call) ?? (call ? null : (entries[0] ?? null));
}

function drawFacts(session, shown) {
  const { house } = session;
  const facts = shown ? factsOf(house, shown) : [];
  redraw(byId('call-facts'), JSON.stringify([currentLanguage(), facts]), () =>
    facts.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, Array.isArray(value) ? path(value) : value)]),
  );
}

function factsOf(house, shown) {
  const way = house.memory.paths[shown.call] ?? shown.path ?? (shown.node ? [shown.node] : []);
  const waited = house.memory.waited[shown.call] ?? shown.waitingS ?? null;
  const facts = [[t('call.fact.line'), t('phone.line', { n: shown.line })]];
  if (shown.queue) facts.push([t('call.fact.queue'), queueText(shown.queue)]);
  if (waited !== null && !shown.called) facts.push([t('call.fact.waited'), duration(waited)]);
  facts.push([t(shown.called ? 'call.fact.dialled' : 'call.fact.began'), clockTime(shown.began)]);
  const course = marksOf(house, shown);
  if (course.length) facts.push([t('call.fact.course'), course.map(courseText)]);
  if (way.length) facts.push([t('call.fact.path'), way.map(stepText)]);
  for (const [name, value] of pairs(shown.data)) facts.push([name, String(value)]);
  facts.push([t('call.fact.id'), shown.call]);
  return facts;
}

/** A step of a call of ours with its time of day. */
function courseText({ word, time, line, reason, estimated }) {
  const step = word === 'established' && estimated ? 'estimated' : word;
  return `${clockTime(time)} ${t(`call.step.${step}`, { line, why: tOr(`call.hunted.${reason}`, reason) })}`;
}

function path(steps) {
  return h('ol', { class: 'path' }, ...steps.map((step) => h('li', {}, step)));
}

// What an agent can notice in a call. The rest is the operator's: `cti status`, /metrics.
const FELT = new Set(['boardLost', 'lineLost', 'diskFull', 'recordingFailing']);

function drawAlarms(all) {
  const alarms = all.filter(({ alarm }) => FELT.has(alarm));
  setHidden(byId('alarms'), alarms.length === 0);
  const words = alarms.map(({ alarm, detail, line }) => {
    const where = line ? ` (${t('phone.line', { n: line })})` : '';
    return `${tOr(`alarm.${alarm}`, alarm)}${where}${detail ? `: ${detail}` : ''}`;
  });
  setText(byId('alarms-text'), words.join(' · '));
}
