/** Refusals as sentences a person can act on: ours for what agents meet, the server's own for the rest. */

import { t, tOr } from '../shared/i18n.js';

export function sentenceOf({ errorId = 'other', detail = {}, message = '' }) {
  const theirs = message && message !== errorId ? message : t('error.other', { id: errorId });
  return tOr(`error.${errorId}`, theirs, detail);
}
