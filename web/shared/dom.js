/** Small helpers for pages without a framework. Text is always set as text, never as HTML. */

const SVG = 'http://www.w3.org/2000/svg';

export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element #${id}`);
  return node;
}

/** An element with properties (`class`, `data-…`, `aria-…` as attributes) and children (nodes or text). */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** An icon of the house's set (`shared/icons.svg`); decorative, the word stands beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `/static/shared/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Set text only when it differs: screen readers announce every write into a live region. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

/** Replace children only when `key` differs from the last drawing, so that focus and selection survive. */
export function redraw(node, key, draw) {
  if (node.dataset.drawn === key) return;
  node.dataset.drawn = key;
  node.replaceChildren(...draw());
}

/** Show a short sentence in the live region for a while. `kind`: info, good, bad. */
export function toast(text, kind = 'info') {
  const rack = byId('toasts');
  const node = h('p', { class: `toast toast-${kind}` }, text);
  rack.append(node);
  while (rack.children.length > 4) rack.firstChild.remove();
  setTimeout(() => node.remove(), kind === 'bad' ? 9000 : 5000);
}
