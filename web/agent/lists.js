/** The lists of the agent's page: who waits, who is on duty, what was done. Drawn anew only when they change. */

import { byId, h, icon, redraw, setText } from '../shared/dom.js';
import { clockTime, duration } from '../shared/format.js';
import { t, tOr } from '../shared/i18n.js';
import { historyOf, waitingIn } from '../shared/state.js';
import { toneOf } from './rules.js';

export function callerText(caller) {
  return caller || t('call.unknown');
}

/** Who is at the far end of a call that runs or is over: whom we called, or who called us. */
export function partyText({ called, caller }) {
  return called || callerText(caller);
}

export function queueText(queue) {
  return queue ? tOr(`queue.name.${queue}`, queue) : '—';
}

export function stepText(node) {
  return tOr(`node.${node}`, node);
}

/** A time that counts up from `since`; the page's clock keeps all `[data-since]` right. */
export function counting(since) {
  return h('time', { 'data-since': since });
}

/** Rewrite every counting time; `nowMs` is the server's clock. */
export function tickAll(nowMs) {
  for (const node of document.querySelectorAll('[data-since]')) {
    const since = Date.parse(node.dataset.since);
    setText(node, Number.isNaN(since) ? '' : duration((nowMs - since) / 1000));
  }
}

export function drawQueue(house, language) {
  const waiting = waitingIn(house);
  setText(byId('queue-count'), t('queue.count', { n: waiting.length }));
  byId('queue-count').className = `chip ${waiting.length ? 'tone-wait' : ''}`;
  const key = JSON.stringify([language, waiting.map((c) => [c.call, c.caller, c.line, c.place, c.state, c.since])]);
  redraw(byId('queue'), key, () => {
    if (!waiting.length) return [h('li', { class: 'empty' }, t('queue.empty'))];
    return waiting.map((call) =>
      h(
        'li',
        { class: 'row' },
        h('span', { class: 'place' }, String(call.place)),
        h('span', { class: 'grow' }, h('b', { class: 'figure' }, callerText(call.caller)), h('small', {}, `${t('phone.line', { n: call.line })} · ${queueText(call.queue)}`)),
        h('span', { class: 'waited' }, icon('clock'), counting(call.since)),
      ),
    );
  });
}

export function drawStaff(house, me, language) {
  const agents = house.agents.filter(({ agent, state }) => agent === me || state !== 'loggedOff');
  const ready = agents.filter(({ state }) => state === 'ready').length;
  const onDuty = agents.filter(({ state }) => state !== 'loggedOff').length;
  setText(byId('staff-count'), `${t('queue.staff', { n: onDuty })} · ${t('queue.free', { n: ready })}`);
  const key = JSON.stringify([language, me, agents.map((a) => [a.agent, a.state, a.reason, a.since])]);
  redraw(byId('staff'), key, () =>
    agents.map((agent) => {
      const word = agent.reason === 'alerting' ? 'ringing' : agent.state;
      return h(
        'li',
        { class: 'row' },
        h('b', { class: 'grow figure' }, agent.agent, h('small', { class: 'inline' }, agent.agent === me ? t('staff.me') : '')),
        h('span', { class: `chip ${toneOf(word)}` }, t(`state.${word}`)),
        h('span', { class: 'waited' }, agent.state === 'loggedOff' ? '' : counting(agent.since)),
      );
    }),
  );
}

export function drawHistory(house, me, language, open) {
  const entries = historyOf(house, me).slice(0, 12);
  const key = JSON.stringify([language, entries]);
  redraw(byId('history'), key, () => {
    if (!entries.length) return [h('li', { class: 'empty' }, t('history.empty'))];
    return entries.map((entry) => historyRow(entry, open));
  });
}

function historyRow(entry, open) {
  const missed = entry.kind === 'missed';
  const made = entry.kind === 'made';
  const reached = !missed && !(made && !entry.talkingS);
  const outcome = t(`history.${entry.cause || missed ? entry.kind : 'unseen'}`);
  const talked = entry.talkingS === null || missed ? '' : talkedText(entry.talkingS, reached);
  const usual = tOr(`cause.${entry.cause}`, entry.cause ?? '');
  const out = entry.marks?.some(({ word }) => word === 'networkReached'); // else "no answer" is that of our own agent
  const why = made && (out || entry.cause !== 'noAnswer') ? tOr(`cause.made.${entry.cause}`, usual) : usual;
  const party = partyText(entry);
  const label = `${t('history.ladder')}: ${party} ${clockTime(entry.ended)}`;
  return h(
    'li',
    { class: 'row' },
    h('span', { class: `dot ${reached ? 'tone-good' : 'tone-bad'}` }, icon(!reached ? 'reject' : made ? 'phone' : 'check')),
    h(
      'span',
      { class: 'grow' },
      h('b', { class: 'figure' }, party),
      h('small', {}, [clockTime(entry.ended), outcome, talked, why].filter(Boolean).join(' · ')),
    ),
    h('button', { type: 'button', class: 'button button-plain button-small icon-only', 'aria-label': label, title: t('history.ladder'), onclick: () => open(entry.call) }, icon('ladder')),
  );
}

function talkedText(seconds, reached) {
  return reached ? t('history.talk', { time: duration(seconds) }) : t('history.not_reached');
}
