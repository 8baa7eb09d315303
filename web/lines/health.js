/** The board's counters and how evenly its ticks come, with advice for whoever can do something about it. */

import { byId, h, icon, redraw, setText } from '../shared/dom.js';
import { currentLanguage, t } from '../shared/i18n.js';
import { adviceFor, bars } from './rules.js';

const COUNTERS = ['ticksLate', 'ticksLost', 'overruns', 'underruns', 'framesDropped', 'clockSlips', 'irqMisses'];

export function drawHealth(board, status) {
  const language = currentLanguage();
  const { counters } = board;
  setText(byId('board-name'), board.name);
  const told = adviceFor(counters, status);
  redraw(byId('advice'), JSON.stringify([language, told, board.alarms]), () => [
    ...board.alarms.map((alarm) => notice(alarm)),
    ...told.map((word) => notice(t(`lines.advice.${word}`))),
  ]);
  const ours = [['houseLate', status.ticksLate], ['houseSlow', status.ticksSlow], ['losses', status.boardLosses]];
  const rows = [...COUNTERS.map((name) => [name, counters[name] ?? 0]), ...ours];
  redraw(byId('counters'), JSON.stringify([language, rows, status.workMs]), () => [
    ...rows.flatMap(([name, count]) => [h('dt', {}, t(`lines.counter.${name}`)), h('dd', { class: count ? 'off' : '', 'data-counter': name }, String(count))]),
    h('dt', {}, t('lines.counter.work')),
    h('dd', {}, `${status.workMs.p50.toFixed(1)} · ${status.workMs.p99.toFixed(1)} · ${status.workMs.p100.toFixed(1)} ms`),
  ]);
  drawJitter(status, language);
}

function drawJitter({ lagMs, ticks }, language) {
  const rows = bars(lagMs.buckets);
  redraw(byId('jitter'), JSON.stringify([language, rows]), () =>
    rows.map(({ upTo, ticks: count, part, late }) => {
      const bar = h('span', {});
      bar.style.setProperty('--part', part.toFixed(3));
      const label = upTo === null ? t('lines.jitter.beyond') : t('lines.jitter.upto', { ms: upTo });
      return h('li', { class: late && count ? 'late' : '' }, h('span', {}, label), h('div', { class: 'meter' }, bar), h('span', {}, String(count)));
    }),
  );
  setText(byId('jitter-max'), t('lines.jitter.max', { ms: lagMs.max.toFixed(1), n: ticks }));
}

function notice(text) {
  return h('li', { class: 'notice' }, icon('warning'), h('span', {}, text));
}
