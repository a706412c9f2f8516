import type { billingRoutes } from '@wellgate/shared/contracts/billing/routes'
import { withTx } from '@wellgate/shared/db/tx'
import { platformErrors } from '@wellgate/shared/errors/platform-errors'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { Deps } from '../deps.ts'
import { requireKnown } from '../patient-repository.ts'
import { findCoverage, putCoverage, sealCoverage, toCoverage } from './coverage-repository.ts'

/** The insurance of a patient on file. */
export function coverageHandlers({
  pool,
  sealer,
  currency,
}: Deps): Pick<Handlers<typeof billingRoutes>, 'billing.get-coverage' | 'billing.put-coverage'> {
  return {
    'billing.get-coverage': async ({ params: { patientId } }) => {
      const found = await findCoverage(pool, sealer, patientId)
      if (!found) throw platformErrors['not-found']()
      return { status: 200, body: toCoverage(patientId, found.fields, found.version, currency) }
    },
    'billing.put-coverage': async ({ params: { patientId }, body, actor, subject }) => {
      subject(patientId)
      await requireKnown(pool, patientId, 'params.patientId')
      const document = await sealCoverage(sealer, patientId, body)
      const put = { patientId, fields: body, document, by: actor.accountId }
      const version = await withTx(pool, (tx) => putCoverage(tx, put))
      return { status: 200, body: toCoverage(patientId, body, version, currency) }
    },
  }
}
