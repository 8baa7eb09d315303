/** Words of the pages. Chinese first; English by the switch, remembered in this browser. */

import { callsEn } from './words-calls-en.js';
import { callsZh } from './words-calls-zh.js';
import { en } from './words-en.js';
import { zh } from './words-zh.js';

export const WORDS = { zh: { ...zh, ...callsZh }, en: { ...en, ...callsEn } };
const KEY = 'cti.language';
const followers = new Set();

let language = 'zh';
try {
  if (localStorage.getItem(KEY) === 'en') language = 'en';
} catch {
  // storage is switched off: Chinese
}

export function currentLanguage() {
  return language;
}

/** The words for `key`, `{name}` replaced from `values`. A key without words is shown as it is: visible, not silent. */
export function t(key, values = {}) {
  const text = WORDS[language][key] ?? WORDS.zh[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Words for `key`, or `otherwise` when there are none. */
export function tOr(key, otherwise, values = {}) {
  return key in WORDS.zh ? t(key, values) : otherwise;
}

/** Fill `data-i18n` (text), `data-i18n-label` (aria-label and title) and `data-i18n-hint` (placeholder) under `root`. */
export function translate(root = document) {
  for (const node of root.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll('[data-i18n-label]')) {
    node.setAttribute('aria-label', t(node.dataset.i18nLabel));
    node.title = t(node.dataset.i18nLabel);
  }
  for (const node of root.querySelectorAll('[data-i18n-hint]')) node.placeholder = t(node.dataset.i18nHint);
}

/** Make `button` the language switch; `redraw` is called after each change. */
export function installLanguage(button, redraw) {
  followers.add(redraw);
  const show = () => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    button.textContent = language === 'zh' ? 'English' : '中文';
    button.lang = language === 'zh' ? 'en' : 'zh-CN';
    translate();
    for (const follower of followers) follower();
  };
  button.addEventListener('click', () => {
    language = language === 'zh' ? 'en' : 'zh';
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // not remembered
    }
    show();
  });
  show();
}
