/** Numbers as people type and paste them, and as they can be dialled. Pure. */

export const LONGEST = 32; // the server's limit
const KEPT = 12; // numbers of this session that are offered again
const DIALABLE = /[0-9*#,]/;

/** What was typed or pasted, without what only people need: wide forms, spaces, dashes, brackets, dots. */
export function cleaned(text) {
  return text.normalize('NFKC').replace(/[\s\p{Pd}().·/_\p{Cf}]/gu, '');
}

/** Why a cleaned number cannot be dialled: `empty`, `wrong` with its signs, `long`; null when it can. */
export function faultOf(number) {
  if (!number.replaceAll(',', '')) return { word: 'empty' };
  const signs = [...new Set([...number].filter((sign) => !DIALABLE.test(sign)))].join(' ');
  if (signs) return { word: 'wrong', signs };
  return number.length > LONGEST ? { word: 'long', n: LONGEST } : null;
}

/** The numbers of this session with this one in front. */
export function withNumber(numbers, number) {
  return [number, ...numbers.filter((other) => other !== number)].slice(0, KEPT);
}
