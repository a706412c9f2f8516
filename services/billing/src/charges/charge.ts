import type { Charge, InvoiceLine, Price } from '@wellgate/shared/contracts/billing/models'
import { PatientId } from '@wellgate/shared/contracts/ids'
import type { Sealer } from '@wellgate/shared/crypto/sealer'
import { money } from '../money.ts'
import type { ChargeRow } from './charge-sql.ts'

/** What of a charge is sealed. */
export interface ChargeDocument {
  readonly code: string
  /** Null while the code has no price. */
  readonly description: string | null
  readonly quantity: number
}

const placeOf = (row: string, patient: string) => ({ table: 'charge', column: 'document', row, patient })

export const sealCharge = (sealer: Sealer, id: string, patientId: string, document: ChargeDocument): Promise<Buffer> =>
  sealer.sealValue(placeOf(id, patientId), document)

export const openCharge = (sealer: Sealer, row: ChargeRow): Promise<ChargeDocument> =>
  sealer.openValue(placeOf(row.id, row.patient_id), row.document)

/** What a charge is on its invoice, at the price of its code. */
export const lineOf = (price: Price, quantity: number, servicedOn: string): InvoiceLine => ({
  code: price.code,
  description: price.description,
  servicedOn,
  quantity,
  unitAmount: price.amount,
  amount: price.amount * quantity,
})

/** Opens charges for a list, keys first. */
export async function openCharges(sealer: Sealer, found: readonly ChargeRow[], currency: string): Promise<Charge[]> {
  if (found.length > 0) await sealer.prefetch([...new Set(found.map((row) => row.patient_id))])
  return found.map((row) => {
    const document = sealer.openValueSync<ChargeDocument>(placeOf(row.id, row.patient_id), row.document)
    return {
      id: row.id,
      patientId: PatientId.parse(row.patient_id),
      appointmentId: row.appointment_id,
      servicedOn: row.serviced_on,
      ...document,
      amount: row.amount === null ? null : money(row.amount, currency),
      status: row.status,
      invoiceId: row.invoice_id,
    }
  })
}
