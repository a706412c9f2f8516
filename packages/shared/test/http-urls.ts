/** The header of a caller with a token. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Where the fixture has the chart of a patient. */
export const chart = (patient: string) => `/v1/patients/${patient}/chart`
