/** Refusals as sentences a person can act on. */

import { t, tOr } from '../shared/i18n.js';

export function sentenceOf({ errorId = 'other', detail = {} }) {
  return tOr(`error.${errorId}`, t('error.other', { id: errorId }), detail);
}
