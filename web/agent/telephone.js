/** The card of an agent's telephone, in the place of the headset's, and the notice when it is out of service. */

import { byId, setHidden, setText } from '../shared/dom.js';
import { t, tOr } from '../shared/i18n.js';

const TONES = { onHook: '', ringing: 'tone-ring', inUse: 'tone-talk', offHook: 'tone-wait', outOfService: 'tone-bad' };

/** `number`: the agent's telephone, null for a headset. `telephone`: what the house knows of it. */
export function drawTelephone(number, telephone) {
  setHidden(byId('headset'), Boolean(number));
  setHidden(byId('telephone'), !number);
  setHidden(byId('mute'), Boolean(number));
  setText(byId('audio-title'), t(number ? 'telephone.title' : 'audio.title'));
  byId('audio-icon').setAttribute('href', `/static/shared/icons.svg#${number ? 'phone' : 'headset'}`);
  if (number) drawState(number, telephone?.state ?? 'unknown');
  drawNotice(number, telephone);
}

function drawState(number, state) {
  byId('telephone').dataset.state = state;
  setText(byId('telephone-name'), t('telephone.name', { n: number }));
  setText(byId('telephone-state'), t(`telephone.${state}`));
  byId('telephone-state').className = `chip ${TONES[state] ?? ''}`;
  setText(byId('telephone-more'), tOr(`telephone.${state}.more`, ''));
}

function drawNotice(number, telephone) {
  const out = Boolean(number) && telephone?.state === 'outOfService';
  setHidden(byId('telephone-notice'), !out);
  if (!out) return;
  const why = telephone.reason;
  const told = why ? ` ${t('telephone.notice.why', { why })}` : '';
  setText(byId('telephone-text'), t('telephone.notice', { n: number }) + told);
}
