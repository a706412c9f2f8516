/** Ids that the examples of bodies name, each of the thing that it is called after. */
export const exampleIds = {
  patientId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a01',
  facilityId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a02',
  providerId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a03',
  visitTypeId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a04',
  holdId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a05',
  invoiceId: '01990a3c-5e10-7a41-8c02-6b1f0e9d7a06',
} as const
