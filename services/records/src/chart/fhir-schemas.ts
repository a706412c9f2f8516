import { z } from 'zod'
import type { ClinicalType } from '@wellgate/shared/contracts/interop/import-result'
import { ENTERED_IN_ERROR, STATUSES } from '@wellgate/shared/contracts/records/statuses'
import { ANATOMY } from './facts.ts'
import { beginningOf } from './fhir-time.ts'
import { codeOf, conceptText, type Part } from './fhir.ts'

// What the chart shows must be what FHIR R4 says, so that nothing is shown wrong or left out without a word. What it does
// not show is not looked at: it is kept as sent. Messages name rules, never values.

const text = z.string().nullish()
const number = z.number('a number').nullish()
const time = z
  .string()
  .refine((value) => beginningOf(value) !== null, 'a FHIR date or time that exists')
  .nullish()
const period = z.looseObject({ start: time, end: time }).nullish()
const coding = z.looseObject({ system: text, code: text, display: text })
const concept = z.looseObject({ coding: z.array(coding).nullish(), text }).nullish()
const concepts = z.array(concept).nullish()
const references = z.array(z.looseObject({ reference: text, display: text })).nullish()

const comparators = ['<', '<=', '>=', '>'] as const
const quantity = z
  .looseObject({ value: number, comparator: z.enum(comparators).nullish(), unit: text, system: text, code: text })
  .nullish()

const object = z.looseObject({}).nullish()
const boolean = z.boolean().nullish()
const integer = z.int('an integer').nullish()

/** The types that a choice element may have (https://hl7.org/fhir/R4/formats.html#choice). */
const choice = {
  Quantity: quantity,
  CodeableConcept: concept,
  String: text,
  Boolean: boolean,
  Integer: integer,
  Range: object,
  Ratio: object,
  SampledData: object,
  Time: text,
  DateTime: time,
  Period: period,
}
/** `value[x]` as members of an object: one of them, of a type that FHIR has for it. */
function choiceOf(name: 'value' | 'detail') {
  return {
    members: Object.fromEntries(Object.entries(choice).map(([type, schema]) => [`${name}${type}`, schema])),
    isOne: (holder: Part): boolean => {
      const found = Object.keys(holder).filter((key) => key.length > name.length && key.startsWith(name))
      return found.length <= 1 && found.every((key) => Object.hasOwn(choice, key.slice(name.length)))
    },
    expected: { path: [`${name}[x]`], error: 'one value, of a type of FHIR R4' },
  }
}
const value = choiceOf('value')
const detail = choiceOf('detail')

const statusOf = (type: ClinicalType) => z.enum([...STATUSES[type], ENTERED_IN_ERROR])
/** May be missing: it is, of what was entered in error. */
function clinicalStatusOf(type: 'Condition' | 'AllergyIntolerance') {
  const codes: readonly string[] = STATUSES[type]
  return z.union([z.string(), concept]).refine(
    (status) => {
      const found = codeOf(status)
      return found === null || codes.includes(found)
    },
    `one of ${codes.join(', ')}`,
  )
}

/** Changes what the resource means (a negation, a doubt): what is not understood must not be shown as if it were not there. */
const modifierExtension = z
  .unknown()
  .refine(
    (list) => list == null || (Array.isArray(list) && list.length === 0),
    'no modifier extension: none is understood',
  )
  .optional()

/** A part of a resource that may carry a modifier extension of its own (BackboneElement of FHIR). */
const element = <S extends z.ZodRawShape>(shape: S) => z.looseObject({ modifierExtension, ...shape })

const onset = { onsetDateTime: time, onsetPeriod: period, onsetString: text, recordedDate: time }
const effective = { effectiveDateTime: time, effectivePeriod: period, effectiveInstant: time, issued: time }
const reasons = { reasonCode: concepts, reasonReference: references }
const category = z.union([concept, z.array(z.union([z.string(), concept]))])
const repeat = { frequency: number, frequencyMax: number, period: number, periodMax: number, periodUnit: text }
const dosages = z
  .array(
    element({
      text,
      patientInstruction: text,
      timing: element({ code: concept, repeat: z.looseObject(repeat).nullish() }).nullish(),
      route: concept,
      doseAndRate: z
        .array(
          z.looseObject({
            doseQuantity: quantity,
            doseRange: z.looseObject({ low: quantity, high: quantity }).nullish(),
          }),
        )
        .nullish(),
      asNeededBoolean: boolean,
      asNeededCodeableConcept: concept,
    }),
  )
  .nullish()
const medication = {
  contained: z.array(element({})).nullish(),
  medicationCodeableConcept: concept,
  medicationReference: z.looseObject({ reference: text, display: text }).nullish(),
}

const shapes = {
  Condition: {
    clinicalStatus: clinicalStatusOf('Condition'),
    verificationStatus: z.union([z.string(), concept]),
    severity: concept,
    code: concept,
    ...onset,
    abatementDateTime: time,
    abatementPeriod: period,
    abatementString: text,
  },
  AllergyIntolerance: {
    clinicalStatus: clinicalStatusOf('AllergyIntolerance'),
    verificationStatus: z.union([z.string(), concept]),
    criticality: text,
    code: concept,
    reaction: z.array(element({ manifestation: concepts, severity: text })).nullish(),
    ...onset,
  },
  MedicationRequest: {
    status: statusOf('MedicationRequest'),
    intent: text,
    doNotPerform: boolean,
    authoredOn: time,
    dosageInstruction: dosages,
    ...medication,
    ...reasons,
  },
  MedicationStatement: {
    status: statusOf('MedicationStatement'),
    effectiveDateTime: time,
    effectivePeriod: period,
    dateAsserted: time,
    dosage: dosages,
    ...medication,
    ...reasons,
  },
  Immunization: {
    status: statusOf('Immunization'),
    vaccineCode: concept,
    occurrenceDateTime: time,
    recorded: time,
    lotNumber: text,
    protocolApplied: z.array(element({ doseNumberPositiveInt: integer, doseNumberString: text })).nullish(),
  },
  Observation: {
    status: statusOf('Observation'),
    code: concept,
    ...effective,
    ...value.members,
    component: z.array(element({ code: concept, ...value.members }).refine(value.isOne, value.expected)).nullish(),
    interpretation: concepts,
    referenceRange: z.array(element({ text, low: quantity, high: quantity })).nullish(),
  },
  Encounter: {
    status: statusOf('Encounter'),
    class: coding.nullish(),
    type: concepts,
    period,
    serviceProvider: z.looseObject({ display: text }).nullish(),
    location: z.array(element({ location: z.looseObject({ display: text }).nullish() })).nullish(),
    ...reasons,
  },
  Procedure: {
    status: statusOf('Procedure'),
    code: concept,
    performedDateTime: time,
    performedPeriod: period,
    ...reasons,
  },
  DiagnosticReport: {
    status: statusOf('DiagnosticReport'),
    code: concept,
    ...effective,
    conclusion: text,
    result: references,
  },
  CarePlan: {
    status: statusOf('CarePlan'),
    intent: text,
    title: text,
    period,
    created: time,
    activity: z
      .array(
        element({
          detail: element({ code: concept, description: text, status: text, doNotPerform: boolean }).nullish(),
          reference: z.looseObject({ display: text }).nullish(),
        }),
      )
      .nullish(),
  },
  Goal: {
    lifecycleStatus: statusOf('Goal'),
    achievementStatus: concept,
    description: concept,
    startDate: time,
    statusDate: time,
    target: z
      .array(
        element({ measure: concept, dueDate: time, dueDuration: quantity, ...detail.members }).refine(
          detail.isOne,
          detail.expected,
        ),
      )
      .nullish(),
  },
} satisfies Record<ClinicalType, Record<string, z.ZodType>>

/** The element without which an entry says nothing. Encounters and care plans may go without. */
const NAMED_BY: Partial<Record<ClinicalType, string>> = {
  Condition: 'code',
  AllergyIntolerance: 'code',
  MedicationRequest: 'medication[x]',
  MedicationStatement: 'medication[x]',
  Immunization: 'vaccineCode',
  Observation: 'code',
  Procedure: 'code',
  DiagnosticReport: 'code',
  Goal: 'description',
}

function schemaOf(type: ClinicalType): z.ZodType {
  const schema = z.looseObject({ resourceType: z.literal(type), modifierExtension, category, ...shapes[type] })
  const name = NAMED_BY[type]
  const named = name
    ? schema.refine((resource) => conceptText(ANATOMY[type].code(resource)) !== null, {
        path: [name],
        error: 'a text or a code',
      })
    : schema
  return type === 'Observation' ? named.refine(value.isOne, value.expected) : named
}

/** What a resource of each type must be to become part of a chart. */
export const SCHEMAS: Readonly<Record<ClinicalType, z.ZodType>> = Object.fromEntries(
  (Object.keys(shapes) as ClinicalType[]).map((type) => [type, schemaOf(type)]),
) as Record<ClinicalType, z.ZodType>
