import { demoId } from './ids.ts'

/** Just enough of FHIR R4 to write a believable record by hand. */
export type Resource = { resourceType: string; id: string } & Record<string, unknown>

export interface Chart {
  readonly patient: Resource
  readonly add: {
    encounter(on: string, what: string, code: string): string
    condition(since: string, code: string, text: string, until?: string): void
    allergy(since: string, code: string, text: string, reaction: string): void
    medication(since: string, rxnorm: string, text: string, dose: string): void
    immunization(on: string, cvx: string, text: string): void
    vital(on: string, loinc: string, text: string, value: number, unit: string, ucum: string): string
    lab(on: string, loinc: string, text: string, value: number, unit: string, ucum: string): string
    bloodPressure(on: string, systolic: number, diastolic: number): string
    procedure(on: string, code: string, text: string): void
    report(on: string, loinc: string, text: string, results: readonly string[]): void
    goal(since: string, text: string): void
    carePlan(since: string, text: string, activities: readonly string[]): void
  }
  bundle(): Record<string, unknown>
}

const SNOMED = 'http://snomed.info/sct'
const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

const coded = (system: string, code: string, text: string) => ({ coding: [{ system, code, display: text }], text })
const quantity = (value: number, unit: string, code: string) => ({ value, unit, system: UCUM, code })

/** A chart that grows line by line. Ids are derived from the name, so that a second import of it changes nothing. */
export function chartOf(slug: string, patient: Omit<Resource, 'id' | 'resourceType'>, doctor: string): Chart {
  let count = 0
  const nextId = (): string => demoId(`${slug}/${count++}`)
  const urn = (id: string): string => `urn:uuid:${id}`
  const resources: Resource[] = []
  const put = (resourceType: string, fields: Record<string, unknown>): string => {
    const id = nextId()
    resources.push({ resourceType, id, ...fields })
    return id
  }
  const [given = '', ...family] = doctor.split(' ')
  const patientId = put('Patient', patient)
  const doctorId = put('Practitioner', {
    active: true,
    name: [{ prefix: ['Dr.'], given: [given], family: family.join(' ') }],
  })
  const subject = { subject: { reference: urn(patientId) } }
  const performer = { performer: [{ reference: urn(doctorId) }] }
  const clinical = (status: string) => ({ coding: [{ system: `${TERMINOLOGY}/condition-clinical`, code: status }] })
  const category = (code: string) => [
    { coding: [{ system: `${TERMINOLOGY}/observation-category`, code, display: code }] },
  ]
  const observation = (on: string, kind: string, loinc: string, text: string, value: Record<string, unknown>): string =>
    put('Observation', {
      status: 'final',
      category: category(kind),
      code: coded(LOINC, loinc, text),
      ...subject,
      ...performer,
      effectiveDateTime: on,
      ...value,
    })

  const add: Chart['add'] = {
    encounter: (on, what, code) =>
      put('Encounter', {
        status: 'finished',
        class: { system: `${TERMINOLOGY}/v3-ActCode`, code: 'AMB' },
        type: [coded(SNOMED, code, what)],
        ...subject,
        participant: [{ individual: { reference: urn(doctorId) } }],
        period: { start: `${on}T09:00:00-05:00`, end: `${on}T09:30:00-05:00` },
      }),
    condition: (since, code, text, until) =>
      void put('Condition', {
        clinicalStatus: clinical(until ? 'resolved' : 'active'),
        verificationStatus: { coding: [{ system: `${TERMINOLOGY}/condition-ver-status`, code: 'confirmed' }] },
        code: coded(SNOMED, code, text),
        ...subject,
        onsetDateTime: since,
        ...(until ? { abatementDateTime: until } : {}),
      }),
    allergy: (since, code, text, reaction) =>
      void put('AllergyIntolerance', {
        clinicalStatus: { coding: [{ system: `${TERMINOLOGY}/allergyintolerance-clinical`, code: 'active' }] },
        criticality: 'high',
        code: coded(SNOMED, code, text),
        patient: subject.subject,
        recordedDate: since,
        reaction: [{ manifestation: [{ text: reaction }], severity: 'moderate' }],
      }),
    medication: (since, rxnorm, text, dose) =>
      void put('MedicationRequest', {
        status: 'active',
        intent: 'order',
        medicationCodeableConcept: coded('http://www.nlm.nih.gov/research/umls/rxnorm', rxnorm, text),
        ...subject,
        authoredOn: since,
        requester: { reference: urn(doctorId) },
        dosageInstruction: [{ text: dose }],
      }),
    immunization: (on, cvx, text) =>
      void put('Immunization', {
        status: 'completed',
        vaccineCode: coded('http://hl7.org/fhir/sid/cvx', cvx, text),
        patient: subject.subject,
        occurrenceDateTime: on,
        primarySource: true,
      }),
    vital: (on, loinc, text, value, unit, ucum) =>
      observation(on, 'vital-signs', loinc, text, { valueQuantity: quantity(value, unit, ucum) }),
    lab: (on, loinc, text, value, unit, ucum) =>
      observation(on, 'laboratory', loinc, text, { valueQuantity: quantity(value, unit, ucum) }),
    bloodPressure: (on, systolic, diastolic) =>
      observation(on, 'vital-signs', '85354-9', 'Blood pressure', {
        component: [
          {
            code: coded(LOINC, '8480-6', 'Systolic blood pressure'),
            valueQuantity: quantity(systolic, 'mmHg', 'mm[Hg]'),
          },
          {
            code: coded(LOINC, '8462-4', 'Diastolic blood pressure'),
            valueQuantity: quantity(diastolic, 'mmHg', 'mm[Hg]'),
          },
        ],
      }),
    procedure: (on, code, text) =>
      void put('Procedure', {
        status: 'completed',
        code: coded(SNOMED, code, text),
        ...subject,
        performedDateTime: on,
      }),
    report: (on, loinc, text, results) =>
      void put('DiagnosticReport', {
        status: 'final',
        category: [{ coding: [{ system: `${TERMINOLOGY}/v2-0074`, code: 'LAB', display: 'Laboratory' }] }],
        code: coded(LOINC, loinc, text),
        ...subject,
        effectiveDateTime: on,
        issued: `${on}T16:00:00-05:00`,
        result: results.map((id) => ({ reference: urn(id) })),
      }),
    goal: (since, text) =>
      void put('Goal', { lifecycleStatus: 'active', description: { text }, ...subject, startDate: since }),
    carePlan: (since, text, activities) =>
      void put('CarePlan', {
        status: 'active',
        intent: 'plan',
        title: text,
        category: [{ text }],
        ...subject,
        period: { start: since },
        activity: activities.map((activity) => ({
          detail: { status: 'in-progress', code: { text: activity }, description: activity },
        })),
      }),
  }

  return {
    patient: resources[0] as Resource,
    add,
    bundle: () => ({
      resourceType: 'Bundle',
      type: 'collection',
      entry: resources.map((resource) => ({ fullUrl: urn(resource.id), resource })),
    }),
  }
}
