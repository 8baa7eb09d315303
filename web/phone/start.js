/** One page, two telephones: a caller's, or, with `?extension=801`, one of the house. */

const extension = new URLSearchParams(location.search).get('extension');
await (extension ? import('./extension.js') : import('./main.js'));
