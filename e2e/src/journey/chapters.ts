import type { Portal } from '../portal.ts'
import type { Cast } from './cast.ts'
import type { Chapter, Say } from './import-to-screen.ts'
import { liveVisit } from './visit.ts'

/** What a patient lives after reading the record, for the tour and the tests alike. */
export function visitChapter(portal: Portal, cast: Cast, say: Say): Chapter {
  return async ({ token }) => {
    await liveVisit(portal, cast, token, say)
    // Billing continues here, with the visit that liveVisit gives back: invoice, half paid, plan, receipt, refund, ledger.
  }
}
