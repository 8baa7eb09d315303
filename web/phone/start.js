/** One page, two telephones: a caller's, or, with `?extension=801`, one of the house. */

import { houseTelephone } from './extension.js';
import { callerTelephone } from './main.js';

if (new URLSearchParams(location.search).has('extension')) houseTelephone();
else callerTelephone();
