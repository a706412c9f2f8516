/** Letters that Unicode does not decompose, as they are commonly written without them. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ŋ: 'n',
  ς: 'σ',
}
const SPECIAL_LETTERS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')

// Not all of \p{M}: the vowels of Indic scripts and the voicing of kana are marks too, and there they make another name.
const ACCENTS = new RegExp(
  `[${[
    String.raw`\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f`, // Latin, Greek, Cyrillic
    String.raw`\u0591-\u05c7`, // points of Hebrew
    String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed`, // vowel signs of Arabic, and its stretching
  ].join('')}]`,
  'gu',
)

const WORDS = /[\p{L}\p{N}\p{M}]+/gu

/**
 * A name as it is compared: compatibility forms and accents taken off, lower case, `ß` as `ss` and the like. Folding
 * again changes nothing. `ü` is `u`, not `ue`: names are not spelled by language here.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(ACCENTS, '')
    .replaceAll(SPECIAL_LETTERS, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC')
}

/**
 * The different words of names, folded, in the order met: runs of letters and digits. Texts that have none (an emoji)
 * are split at white space instead, so that they too can be found.
 */
export function nameTokens(texts: readonly string[]): string[] {
  const folded = texts.map(fold)
  const words = folded.flatMap((text) => text.match(WORDS) ?? [])
  const found = words.length > 0 ? words : folded.flatMap((text) => text.split(/\s+/u)).filter((word) => word !== '')
  return [...new Set(found)]
}
