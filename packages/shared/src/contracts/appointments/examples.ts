import { exampleIds } from '../example-ids.ts'

const { patientId, facilityId, providerId, visitTypeId, holdId } = exampleIds
const start = '2027-03-01T09:30:00-05:00'
const slot = { providerId, facilityId, visitTypeId, start } as const

export const examples = {
  slot,
  book: { holdId, reason: 'A cough that does not go away' },
  bookForPatient: { patientId, ...slot, reason: 'Called in the morning' },
  reschedule: { start: '2027-03-02T10:00:00-05:00' },
  rescheduleForPatient: { start: '2027-03-02T10:00:00-05:00', overrideReason: 'The provider is ill' },
  changeStatus: { action: 'arrive' },
  joinWaitList: { visitTypeId, from: '2027-03-01T00:00:00-05:00', to: '2027-03-15T00:00:00-05:00' },
  visitType: { name: 'Same-day visit', durationMinutes: 20, stepMinutes: 10, priceCode: 'VISIT-20', horizonDays: 30 },
  provider: { name: 'Noor Haddad, NP', visitTypeIds: [visitTypeId] },
  room: { name: 'Room 2', facilityId },
  availability: {
    weekly: [
      { weekday: 1, from: '08:00', to: '12:00' },
      { weekday: 1, from: '13:00', to: '17:00', validFrom: '2027-01-01', validTo: '2027-06-30' },
    ],
  },
  exception: { kind: 'off', providerId, start: '2027-07-05T00:00:00-04:00', end: '2027-07-12T00:00:00-04:00' },
} as const
