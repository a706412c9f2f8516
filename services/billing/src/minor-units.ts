/** Currencies of other than two decimals, by ISO 4217 (list one, of six-group.com). */
const OTHERS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
])

/**
 * Decimals of a currency's minor unit: 2 of USD, 0 of JPY. Not those of `Intl.NumberFormat`: it counts as cash is paid, and so
 * none of HUF, COP or IDR, of which a minor unit is a hundredth.
 */
export const minorDigits = (currency: string): number => OTHERS.get(currency) ?? 2
