import { exampleIds } from '../example-ids.ts'

const password = 'correct horse battery staple'

export const examples = {
  logIn: { email: 'maria@example.org', password },
  refreshSession: { refreshToken: 'the refreshToken of the last answer' },
  activateAccount: { code: 'K7QM-4T9X-2RWD', birthDate: '1984-05-17', email: 'maria@example.org', password },
  addStaff: {
    email: 'desk@clinic.example',
    password,
    roles: [{ role: 'front-desk', facilityId: exampleIds.facilityId }],
  },
  facility: { name: 'Alder Street Clinic', timeZone: 'America/New_York' },
} as const
