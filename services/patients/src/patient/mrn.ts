const PREFIX = 'WG'
const DIGITS = 8
const ISSUED = /^WG\d{9,}$/

// The quasigroup of H. M. Damm's thesis (2004), https://archiv.ub.uni-marburg.de/diss/z2004/0516: it finds every single
// wrong digit and every swap of neighbours.
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
] as const

function damm(digits: string): number {
  let interim = 0
  for (const digit of digits) interim = Number(DAMM[interim]?.[Number(digit)])
  return interim
}

/** The medical record number for a number of the sequence: `WG`, eight digits or more, a check digit. */
export function formatMrn(number: bigint): string {
  const digits = number.toString().padStart(DIGITS, '0')
  return `${PREFIX}${digits}${damm(digits)}`
}

/** An MRN as a person may type it (`wg 0000-0001-3`), as it was issued. */
export function normaliseMrn(text: string): string {
  return text.toUpperCase().replaceAll(/[\s.\-/]/gu, '')
}

/** Whether a normalised text has the form of our MRNs but cannot be one: a digit is wrong, or two are swapped. */
export function isMistypedMrn(mrn: string): boolean {
  return ISSUED.test(mrn) && damm(mrn.slice(PREFIX.length)) !== 0
}
