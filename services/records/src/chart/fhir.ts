/** A FHIR resource or part of one, as received: anything may be missing, or not be what FHIR says. */
export type Part = Readonly<Record<string, unknown>>

export interface Coding {
  readonly system: string | null
  readonly code: string | null
  readonly display: string | null
}

export const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const part = (value: unknown): Part => (isPart(value) ? value : {})
export const parts = (value: unknown): Part[] => (Array.isArray(value) ? value.filter(isPart) : [])
export const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
export const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((item) => text(item) ?? []) : []

/** The codings of a CodeableConcept. */
export function codingsOf(concept: unknown): Coding[] {
  return parts(part(concept)['coding']).map(({ system, code, display }) => ({
    system: text(system),
    code: text(code),
    display: text(display),
  }))
}

/** What a person reads of a CodeableConcept: its text, else a display, else a code. */
export function conceptText(concept: unknown): string | null {
  const codings = codingsOf(concept)
  const display = codings.find((coding) => coding.display)?.display
  return text(part(concept)['text']) ?? display ?? codings.find((coding) => coding.code)?.code ?? null
}

/** The first code of a CodeableConcept, or a plain code. */
export function codeOf(concept: unknown): string | null {
  return text(concept) ?? codingsOf(concept).find(({ code }) => code)?.code ?? null
}

/** CodeableConcepts as the texts a person reads. */
export const conceptTexts = (list: unknown): string[] => parts(list).flatMap((concept) => conceptText(concept) ?? [])

export const coded = (concept: unknown): { text: string; codings: Coding[] } => ({
  text: conceptText(concept) ?? '',
  codings: codingsOf(concept),
})

export const period = (value: unknown): { start: string | null; end: string | null } => ({
  start: text(part(value)['start']),
  end: text(part(value)['end']),
})
