/** The landing page needs its words only. */

import { byId } from '../shared/dom.js';
import { installLanguage, t } from '../shared/i18n.js';

installLanguage(byId('language'), () => {
  document.title = t('app.name');
});
