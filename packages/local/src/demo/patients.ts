import { chartOf, type Chart } from './fhir.ts'

/** A made-up patient of the demo: whom the portal's visitor logs in as. */
export interface DemoPatient {
  readonly email: string
  readonly birthDate: string
  readonly chart: Chart
}

/** Three made-up people. Nobody real; any likeness is chance. */
export function demoPatients(): DemoPatient[] {
  return [mariaSantos(), jamesOConnor(), aikoTanaka()]
}

function mariaSantos(): DemoPatient {
  const birthDate = '1961-04-12'
  const chart = chartOf(
    'maria-santos',
    {
      name: [{ use: 'official', family: 'Santos Oliveira', given: ['María', 'Elena'] }],
      gender: 'female',
      birthDate,
      identifier: [{ system: 'urn:demo:general-hospital', value: 'GH-104-221' }],
      telecom: [{ system: 'phone', value: '555-0134', use: 'mobile' }],
      address: [
        {
          use: 'home',
          line: ['18 Alder Street'],
          city: 'Springfield',
          state: 'MA',
          postalCode: '01103',
          country: 'US',
        },
      ],
    },
    'Ruth Abara',
  )
  const { add } = chart
  add.encounter('2025-03-04', 'Follow-up visit', '390906007')
  add.encounter('2026-03-10', 'Follow-up visit', '390906007')
  add.condition('2014-06', '44054006', 'Type 2 diabetes mellitus')
  add.condition('2011', '38341003', 'Hypertension')
  add.condition('2025-11-02', '36971009', 'Sinusitis', '2025-11-20')
  add.allergy('1998-05-01', '91936005', 'Allergy to penicillin', 'Hives')
  add.medication('2014-06-20', '860975', 'Metformin hydrochloride 500 MG', 'One tablet twice a day with meals')
  add.medication('2012-01-15', '314076', 'Lisinopril 10 MG', 'One tablet in the morning')
  add.immunization('2025-10-01', '140', 'Influenza, seasonal, injectable, preservative free')
  add.immunization('2024-10-03', '140', 'Influenza, seasonal, injectable, preservative free')
  for (const [on, a1c, systolic, diastolic, weight] of [
    ['2025-03-04', 8.1, 142, 88, 78.4],
    ['2025-09-09', 7.4, 136, 84, 76.9],
    ['2026-03-10', 6.9, 131, 82, 75.2],
  ] as const) {
    add.bloodPressure(on, systolic, diastolic)
    add.vital(on, '29463-7', 'Body weight', weight, 'kg', 'kg')
    const result = add.lab(on, '4548-4', 'Hemoglobin A1c', a1c, '%', '%')
    add.report(on, '55454-3', 'Hemoglobin A1c panel', [result])
  }
  add.procedure('2025-09-09', '722161008', 'Diabetic retinal screening')
  add.goal('2025-03-04', 'Hemoglobin A1c below 7.0 %')
  add.carePlan('2025-03-04', 'Diabetes self-management plan', ['Diabetic diet', 'Walk 30 minutes a day'])
  return { email: 'maria@demo.wellgate.local', birthDate, chart }
}

function jamesOConnor(): DemoPatient {
  const birthDate = '1988-11-30'
  const chart = chartOf(
    'james-oconnor',
    {
      name: [{ use: 'official', family: "O'Connor", given: ['James'] }],
      gender: 'male',
      birthDate,
      telecom: [{ system: 'email', value: 'james.oconnor@example.org' }],
      address: [
        {
          use: 'home',
          line: ['402 Birch Avenue', 'Apt 3B'],
          city: 'Springfield',
          state: 'MA',
          postalCode: '01105',
          country: 'US',
        },
      ],
    },
    'Samuel Lindqvist',
  )
  const { add } = chart
  add.encounter('2026-01-22', 'Asthma follow-up', '394701000')
  add.condition('1996', '195967001', 'Asthma')
  add.allergy('2001-09-01', '232347008', 'Allergy to dander', 'Sneezing')
  add.medication('2019-02-11', '745752', 'Albuterol 90 MCG inhaler', 'Two puffs when short of breath')
  add.immunization('2023-10-12', '217', 'COVID-19, mRNA vaccine')
  add.bloodPressure('2026-01-22', 118, 74)
  add.vital('2026-01-22', '8867-4', 'Heart rate', 66, '/min', '/min')
  add.vital('2026-01-22', '2708-6', 'Oxygen saturation', 98, '%', '%')
  add.procedure('2026-01-22', '127783003', 'Spirometry')
  return { email: 'james@demo.wellgate.local', birthDate, chart }
}

function aikoTanaka(): DemoPatient {
  const birthDate = '2001-07-08'
  const chart = chartOf(
    'aiko-tanaka',
    {
      name: [
        { use: 'official', family: 'Tanaka', given: ['Aiko'] },
        { use: 'usual', family: '田中', given: ['愛子'] },
      ],
      gender: 'female',
      birthDate,
      telecom: [{ system: 'phone', value: '555-0187', use: 'mobile' }],
    },
    'Ruth Abara',
  )
  const { add } = chart
  add.encounter('2026-05-19', 'General examination', '162673000')
  add.immunization('2026-05-19', '115', 'Tdap')
  add.bloodPressure('2026-05-19', 109, 68)
  const tsh = add.lab('2026-05-19', '3016-3', 'Thyrotropin', 2.1, 'mIU/L', 'm[IU]/L')
  const hemoglobin = add.lab('2026-05-19', '718-7', 'Hemoglobin', 12.9, 'g/dL', 'g/dL')
  add.report('2026-05-19', '24323-8', 'Annual laboratory panel', [tsh, hemoglobin])
  return { email: 'aiko@demo.wellgate.local', birthDate, chart }
}
