/** One line: built once, then only what differs is written. Nothing is remembered here but the nodes. */

import { callerText } from '../agent/lists.js';
import { h, redraw, setHidden, setText } from '../shared/dom.js';
import { currentLanguage, t, tOr } from '../shared/i18n.js';
import { Meter } from '../shared/meter.js';
import { alarmsOf, allowed, callOn, toneOf, whoTook, wordOf } from './rules.js';
import { drawReport } from './report.js';

const FULL_SCALE_DBM0 = 3.14; // A-law: a sine of full scale (G.711)

export class LineCard {
  /** `acts`: `service(line, inService)`, `test(line)`. */
  constructor(line, acts) {
    this.line = line;
    this.name = h('h2', {});
    this.state = h('span', { class: 'chip' });
    this.since = h('time', { 'data-since': '' });
    this.who = h('p', { class: 'line-who' });
    this.alarm = h('p', { class: 'line-alarm', role: 'status' });
    this.receive = level();
    this.transmit = level();
    this.service = h('button', { type: 'button', class: 'button button-small', onclick: () => acts.service(line, this.isOut) });
    this.test = h('button', { type: 'button', class: 'button button-small', onclick: () => acts.test(line) });
    this.report = h('details', { class: 'report fold' });
    this.report.hidden = true;
    this.report.addEventListener('toggle', () => this.#spread());
    this.node = h(
      'li',
      { class: 'card line', 'data-line': line },
      h(
        'div',
        { class: 'line-now' },
        h('div', { class: 'line-top' }, this.name, this.state, this.since),
        this.who,
        this.alarm,
        this.receive.row,
        this.transmit.row,
        h('div', { class: 'line-buttons' }, this.test, this.service),
      ),
      this.report,
    );
  }

  /** `test`: `{busy, report}` of this page's last test of the line. */
  draw(session, test) {
    const { house, live, pending, principal } = session;
    const view = house.lines.find(({ line }) => line === this.line);
    const { state, reason } = view;
    const call = callOn(house, this.line);
    this.isOut = state === 'outOfService';
    const word = wordOf(view);
    this.node.dataset.state = word;
    setText(this.name, t('phone.line', { n: this.line }));
    setText(this.state, tOr(`line.${word}`, word));
    this.state.className = `chip ${toneOf(word)}`;
    this.since.dataset.since = call?.began ?? '';
    this.#drawWho(call, view);
    this.#drawAlarm(house, state, reason);
    name(this.receive, t('lines.receive'));
    name(this.transmit, t('lines.transmit'));
    const may = allowed({ word, live, pending, mine: test?.busy, operator: principal?.role === 'operator' });
    setText(this.service, t(this.isOut ? 'lines.in' : 'lines.out'));
    this.service.disabled = !may.service;
    setText(this.test, t(test?.busy ? 'lines.testing' : 'lines.test'));
    this.test.disabled = !may.test;
    this.test.setAttribute('aria-busy', String(Boolean(test?.busy)));
    this.#drawTest(test);
  }

  /** `level`: the server's figures, or null while they are not known. */
  levels(told) {
    show(this.receive, told?.receiveDbm0 ?? null, told?.clipped);
    show(this.transmit, told?.transmitDbm0 ?? null, false);
  }

  #drawWho(call, { state, reason }) {
    const way = call ? tOr(`call.${call.state}`, call.state) : '';
    const tester = state === 'testing' ? whoTook(reason) : null;
    redraw(this.who, JSON.stringify([currentLanguage(), call?.call, call?.caller, way, call?.agent, tester]), () => {
      if (tester) return [t('lines.tested_by', { who: tester })];
      if (!call) return [];
      return [h('b', {}, callerText(call.caller)), [way, call.agent, call.call].filter(Boolean).join(' · ')];
    });
  }

  #drawAlarm(house, state, reason) {
    const taken = whoTook(reason);
    const told = alarmsOf(house, this.line).map(({ alarm, detail }) => [tOr(`alarm.${alarm}`, alarm), detail].filter(Boolean).join(': '));
    if (state === 'outOfService' && reason) told.unshift(taken ? t('lines.taken', { who: taken }) : tOr(`reason.${reason}`, reason));
    setText(this.alarm, told.join(' · '));
    setHidden(this.alarm, told.length === 0);
  }

  #drawTest(test) {
    setHidden(this.report, !test?.report);
    if (!test?.report) return;
    const first = this.report.dataset.drawn === undefined || this.report.dataset.at !== String(test.at);
    this.report.dataset.at = String(test.at);
    redraw(this.report, `${currentLanguage()} ${test.at}`, () => drawReport(test.report));
    if (first) this.report.open = true;
    this.#spread();
  }

  /** An open report has the whole row. */
  #spread() {
    this.node.classList.toggle('line-wide', !this.report.hidden && this.report.open);
  }
}

function name({ label, meter }, text) {
  setText(label, text);
  meter.node.setAttribute('aria-label', text);
}

function level() {
  const label = h('span', {});
  const bar = h('div', { class: 'meter' }, h('span', {}));
  const figure = h('output', {});
  return { row: h('div', { class: 'level' }, label, bar, figure), label, figure, meter: new Meter(bar) };
}

function show({ meter, figure }, dbm0, clipped) {
  meter.rest(); // what comes is of 160 ms: it has fallen as slowly as a meter should
  if (dbm0 !== null) meter.show(dbm0 - FULL_SCALE_DBM0);
  figure.className = clipped ? 'clipped' : '';
  if (dbm0 === null) setText(figure, '—');
  else setText(figure, clipped ? t('lines.clipped') : dbm0 <= -99 ? '−∞' : `${dbm0.toFixed(1).replace('-', '−')}`);
}
