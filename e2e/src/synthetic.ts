import { randomUUID } from 'node:crypto'

type Resource = { resourceType: string; id: string } & Record<string, unknown>

const SNOMED = 'http://snomed.info/sct'
const LOINC = 'http://loinc.org'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'

export interface Synthetic {
  readonly text: string
  readonly birthDate: string
  readonly resources: readonly Resource[]
}

/**
 * A bundle of a made-up patient with at least one resource of every supported type and as many observations as asked
 * for. Every text that tells of the patient is asked of `word`, so that a test may make each one a canary.
 */
export function syntheticBundle(word: (what: string) => string, observations = 1): Synthetic {
  const resources: Resource[] = []
  const put = (resourceType: string, fields: Record<string, unknown>): string => {
    const id = randomUUID()
    resources.push({ resourceType, id, ...fields })
    return `urn:uuid:${id}`
  }
  const coded = (system: string, what: string) => ({
    coding: [{ system, code: word(`${what}-code`), display: word(what) }],
    text: word(`${what}-text`),
  })
  const birthDate = '1974-02-03'
  const patient = put('Patient', {
    name: [{ use: 'official', family: word('family'), given: [word('given'), word('middle')] }],
    birthDate,
    gender: 'female',
    identifier: [{ system: 'urn:canary', value: word('identifier') }],
    telecom: [
      { system: 'phone', value: word('phone') },
      { system: 'email', value: `${word('email')}@example.org` },
    ],
    address: [{ line: [word('street')], city: word('city'), state: word('state'), postalCode: word('zip') }],
  })
  const doctor = put('Practitioner', { name: [{ family: word('doctor'), given: [word('doctor-given')] }] })
  const subject = { subject: { reference: patient } }
  const encounter = put('Encounter', {
    status: 'finished',
    class: { code: 'AMB' },
    type: [coded(SNOMED, 'visit')],
    ...subject,
    participant: [{ individual: { reference: doctor } }],
    period: { start: '2025-01-02T09:00:00-05:00', end: '2025-01-02T09:30:00-05:00' },
    reasonCode: [{ text: word('reason') }],
  })
  const at = { encounter: { reference: encounter } }
  put('Condition', {
    clinicalStatus: { coding: [{ code: 'active' }] },
    verificationStatus: { coding: [{ code: 'confirmed' }] },
    code: coded(SNOMED, 'condition'),
    ...subject,
    ...at,
    onsetDateTime: '2014-06',
    note: [{ text: word('condition-note') }],
  })
  put('AllergyIntolerance', {
    clinicalStatus: { coding: [{ code: 'active' }] },
    code: coded(SNOMED, 'allergy'),
    patient: subject.subject,
    recordedDate: '2010-05-06',
    reaction: [{ manifestation: [{ text: word('reaction') }] }],
  })
  put('MedicationRequest', {
    status: 'active',
    intent: 'order',
    medicationCodeableConcept: coded('http://www.nlm.nih.gov/research/umls/rxnorm', 'medication'),
    ...subject,
    authoredOn: '2020-01-01',
    dosageInstruction: [{ text: word('dose') }],
  })
  put('Immunization', {
    status: 'completed',
    vaccineCode: coded('http://hl7.org/fhir/sid/cvx', 'vaccine'),
    patient: subject.subject,
    occurrenceDateTime: '2024-10-01',
    lotNumber: word('lot'),
  })
  const results: string[] = []
  for (let n = 0; n < observations; n++) {
    const day = new Date(Date.UTC(2020, 0, 1 + n)).toISOString()
    const result = put('Observation', {
      status: 'final',
      category: [{ coding: [{ system: CATEGORY, code: n % 2 ? 'laboratory' : 'vital-signs' }] }],
      code: coded(LOINC, 'observation'),
      ...subject,
      ...at,
      effectiveDateTime: day,
      ...(n % 3
        ? { valueQuantity: { value: n + 0.25, unit: 'mg/dL', code: 'mg/dL' } }
        : { valueString: word('value') }),
    })
    if (n < 3) results.push(result)
  }
  put('Procedure', {
    status: 'completed',
    code: coded(SNOMED, 'procedure'),
    ...subject,
    performedDateTime: '2023-03-04',
  })
  put('DiagnosticReport', {
    status: 'final',
    code: coded(LOINC, 'report'),
    ...subject,
    effectiveDateTime: '2025-01-02',
    issued: '2025-01-03T10:00:00Z',
    conclusion: word('conclusion'),
    result: results.map((reference) => ({ reference })),
  })
  put('CarePlan', {
    status: 'active',
    intent: 'plan',
    title: word('plan'),
    category: [coded(SNOMED, 'plan-category')],
    ...subject,
    period: { start: '2025-01-02' },
    activity: [{ detail: { status: 'in-progress', code: { text: word('activity') } } }],
  })
  put('Goal', { lifecycleStatus: 'active', description: { text: word('goal') }, ...subject, startDate: '2025-01-02' })
  const text = JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })),
  })
  return { text, birthDate, resources }
}
