import { z } from 'zod'
import { Uuid } from '../ids.ts'

const Coding = z.object({ system: z.string().nullable(), code: z.string().nullable(), display: z.string().nullable() })

/** A coded thing with the text a person reads. */
export const CodedText = z.object({ text: z.string(), codings: z.array(Coding) })

/** FHIR dateTime as sent: may be partial (`2012`, `2012-11`), offsets kept. */
const FhirTime = z.string()
const Period = z.object({ start: FhirTime.nullable(), end: FhirTime.nullable() })

/** A measured value. Decimals are numbers; units as sent, UCUM code where one was sent. */
export const Value = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('quantity'),
    value: z.number(),
    comparator: z.string().optional(),
    unit: z.string().nullable(),
    code: z.string().nullable(),
  }),
  z.object({ kind: z.literal('coded'), ...CodedText.shape }),
  z.object({ kind: z.literal('text'), text: z.string() }),
  z.object({ kind: z.literal('boolean'), value: z.boolean() }),
  z.object({ kind: z.literal('integer'), value: z.int() }),
  z.object({ kind: z.literal('other'), text: z.string().describe('JSON of a value type that has no simpler form') }),
])
export type Value = z.infer<typeof Value>

const item = {
  id: Uuid,
  status: z.string().nullable(),
  category: z.array(z.string()).describe('Category codes'),
  code: CodedText,
  clinicalTime: FhirTime.nullable().describe(
    'When it happened or was found, as sent; lists are sorted by it, newest first',
  ),
  encounterId: Uuid.nullable(),
  performers: z.array(z.string()).describe('Who did or ordered it, as display text'),
  source: z.string().describe('`local`, or the slug of the system it was imported from'),
  version: z.int(),
}

export const Condition = z.object({
  ...item,
  verificationStatus: z.string().nullable(),
  severity: z.string().nullable(),
  onset: FhirTime.nullable(),
  abatement: FhirTime.nullable(),
})
export const Allergy = z.object({
  ...item,
  verificationStatus: z.string().nullable(),
  criticality: z.string().nullable(),
  reactions: z.array(z.object({ manifestations: z.array(z.string()), severity: z.string().nullable() })),
})
export const Medication = z.object({
  ...item,
  intent: z.string().nullable(),
  doNotPerform: z.boolean().describe('True: an order NOT to give it'),
  dosages: z.array(z.string()),
  reasons: z.array(z.string()),
})
export const Immunization = z.object({ ...item, lotNumber: z.string().nullable(), doseNumber: z.string().nullable() })
export const Observation = z.object({
  ...item,
  value: Value.nullable(),
  components: z.array(z.object({ code: CodedText, value: Value.nullable() })).describe('Blood pressure is two numbers'),
  interpretation: z.array(z.string()),
  referenceRanges: z.array(z.string()),
})
export const Encounter = z.object({
  ...item,
  class: z.string().nullable(),
  period: Period,
  reasons: z.array(z.string()),
  facility: z.string().nullable().describe('Where, as display text'),
})
export const Procedure = z.object({ ...item, period: Period, reasons: z.array(z.string()) })
export const Report = z.object({
  ...item,
  issued: FhirTime.nullable(),
  conclusion: z.string().nullable(),
  results: z.array(z.object({ observationId: Uuid.nullable(), text: z.string().nullable() })),
})
export const CarePlan = z.object({
  ...item,
  intent: z.string().nullable(),
  period: Period,
  activities: z.array(z.object({ text: z.string(), status: z.string().nullable() })),
})
export const Goal = z.object({
  ...item,
  achievement: z.string().nullable(),
  targets: z.array(z.object({ measure: z.string().nullable(), detail: Value.nullable(), due: FhirTime.nullable() })),
})

export const Summary = z.object({
  patientId: Uuid,
  counts: z.record(z.string(), z.int()).describe('How many of each list there are'),
  problems: z.array(Condition).describe('Active problems'),
  allergies: z.array(Allergy),
  medications: z.array(Medication).describe('Active medications'),
  immunizations: z.array(Immunization).describe('The latest'),
  vitals: z.array(Observation).describe('The latest of each vital sign'),
  results: z.array(Observation).describe('The latest laboratory results'),
  encounters: z.array(Encounter).describe('The latest'),
})
