const telecoms = [{ system: 'phone', value: '+1 555 0100', use: 'mobile' }] as const

export const examples = {
  registerPatient: {
    name: { family: 'Lindgren', given: ['Nora', 'Maria'] },
    birthDate: '1984-05-17',
    gender: 'female',
    identifiers: [{ system: 'https://hospital.example/mrn', value: '48-1137' }],
    addresses: [{ use: 'home', line: ['12 Alder Street'], city: 'Salem', state: 'MA', postalCode: '01970' }],
    telecoms,
  },
  searchPatients: { name: 'nora lindgren', birthDate: '1984-05-17' },
  updatePatient: { telecoms },
} as const
