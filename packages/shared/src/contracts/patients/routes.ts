import { z } from 'zod'
import { PatientRef } from '../ids.ts'
import { route } from '../route.ts'
import { examples } from './examples.ts'
import {
  Address,
  BirthDate,
  Gender,
  HumanName,
  HumanNamePatch,
  Identifier,
  Patient,
  PatientMatch,
  Telecom,
} from './models.ts'

const addresses = z.array(Address).max(10)
const telecoms = z.array(Telecom).max(20)

export const patientsRoutes = [
  route({
    id: 'patients.register-patient',
    method: 'POST',
    path: '/v1/admin/patients',
    summary: 'Register a patient at the front desk; the MRN is issued here.',
    access: { kind: 'staff', roles: ['front-desk'] },
    action: 'create',
    idempotency: 'optional',
    body: z.strictObject({
      name: HumanName,
      birthDate: z.iso.date(),
      gender: Gender.default('unknown'),
      identifiers: z.array(Identifier).max(20).default([]),
      addresses: addresses.default([]),
      telecoms: telecoms.default([]),
    }),
    example: examples.registerPatient,
    answers: { 201: Patient },
    problems: [409, 422],
  }),
  route({
    id: 'patients.search-patients',
    method: 'POST',
    path: '/v1/admin/patients/search',
    summary:
      'Find patients by `mrn`, or by `name` with `birthDate`. Whole words of the name, in any order; case and accents do not matter.',
    access: { kind: 'staff', roles: ['front-desk', 'clinician', 'biller'] },
    action: 'search',
    body: z
      .strictObject({
        mrn: z.string().trim().min(1).max(40).optional(),
        name: z.string().trim().min(1).max(400).optional(),
        birthDate: z.iso.date().optional(),
        limit: z.int().min(1).max(100).default(20),
        cursor: z.string().max(500).optional(),
      })
      .refine((body) => body.mrn !== undefined || (body.name !== undefined && body.birthDate !== undefined), {
        message: '`mrn`, or `name` together with `birthDate`',
      }),
    example: examples.searchPatients,
    answers: { 200: z.object({ items: z.array(PatientMatch), next: z.string().nullable() }) },
  }),
  route({
    id: 'patients.read-patient',
    method: 'GET',
    path: '/v1/patients/:patientId',
    summary: 'Demographics of a patient.',
    access: { kind: 'patient', roles: ['front-desk', 'clinician', 'biller'] },
    action: 'read',
    params: z.object({ patientId: PatientRef }),
    answers: { 200: Patient },
  }),
  route({
    id: 'patients.update-patient',
    method: 'PATCH',
    path: '/v1/patients/:patientId',
    summary:
      'Correct demographics (JSON merge patch). A patient corrects addresses and telecoms; the front desk also the rest.',
    access: { kind: 'patient', roles: ['front-desk'] },
    action: 'update',
    params: z.object({ patientId: PatientRef }),
    ifMatch: true,
    body: z.strictObject({
      name: HumanNamePatch.optional(),
      birthDate: BirthDate.optional(),
      gender: Gender.optional(),
      addresses: addresses.nullable().optional(),
      telecoms: telecoms.nullable().optional(),
    }),
    example: examples.updatePatient,
    answers: { 200: Patient },
    problems: [403],
  }),
] as const
