/** What a line test found, figure by figure: the server's own sentences in the language it was asked in. */

import { h } from '../shared/dom.js';
import { t } from '../shared/i18n.js';

const TONES = { good: 'tone-good', bad: 'tone-bad', unknown: '' };

export function drawReport(report) {
  const rows = report.findings.map((found) =>
    h(
      'tr',
      { class: found.verdict, 'data-finding': found.name },
      h('th', { scope: 'row' }, found.title, small(found.verdict === 'good' ? '' : found.advice)),
      h('td', {}, signed(found.text)),
      h('td', {}, limits(found), small(found.source)),
    ),
  );
  return [
    h('summary', {}, h('span', { class: `chip ${TONES[report.verdict]}` }, t(`lines.verdict.${report.verdict}`)), report.said),
    h('table', {}, h('thead', {}, h('tr', {}, ...['figure', 'is', 'limit'].map((word) => h('th', { scope: 'col' }, t(`lines.report.${word}`))))), h('tbody', {}, ...rows)),
    h('p', { class: 'quiet' }, t('lines.report.took', { s: report.seconds })),
  ];
}

function small(text) {
  return text ? h('small', {}, text) : null;
}

function limits({ low, high, unit }) {
  if (low !== null && high !== null) return `${signed(low)} … ${signed(high)} ${unit}`;
  if (low !== null) return `≥ ${signed(low)} ${unit}`;
  return high === null ? '' : `≤ ${signed(high)} ${unit}`;
}

/** With a minus as wide as a figure. */
function signed(value) {
  return String(value).replace(/^-/, '−');
}
