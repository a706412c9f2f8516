import { defineErrors, type DomainError } from '@wellgate/shared/errors/problem'

/** What this service answers with besides the platform's codes. */
export const appointmentsErrors = defineErrors({
  'slot-taken': [409, 'This time is taken. The fields name the nearest free ones.'],
  'patient-busy': [409, 'The patient has another visit at this time.'],
  'too-many-holds': [409, 'You hold three times already: book or give one back first.'],
  'too-many-waiting': [409, 'You wait for ten times already: leave one of them first.'],
  'hold-used': [409, 'What was held is booked already.'],
  'hold-expired': [410, 'The hold has expired: look for a free time again.'],
  'nothing-offered': [409, 'Nothing is offered now.'],
  'offer-expired': [410, 'The offer is over. You wait on, and will be offered the next time that fits.'],
  'wrong-status': [409, 'The visit does not stand where this could follow.'],
  'in-the-past': [422, 'This time is over.'],
  'not-a-slot': [422, 'No visit of this kind can begin then: take a start from /v1/slots.'],
  'beyond-horizon': [422, 'This is further ahead than visits of this kind can be booked.'],
  'too-short-notice': [422, 'This is too late by the policy of the visit; the front desk can help.'],
  'not-offered': [422, 'The provider does not offer visits of this kind there.'],
  'unknown-visit-type': [422, 'There is no such visit type.'],
  'not-self-bookable': [403, 'Visits of this kind are booked by the front desk.'],
  'too-early': [
    422,
    'This can be said from a day before the visit on: a check-in until its end, a no-show after its start.',
  ],
  'range-too-long': [422, 'Look at no more than 92 days at once.'],
  'unknown-reference': [422, 'A provider, facility or visit type that is named does not exist.'],
})

/** `unknown-visit-type` of the field that names it, if one does; what is not offered any more is as what never was. */
export const unknownVisitType = (field: string | undefined): DomainError =>
  appointmentsErrors['unknown-visit-type'](
    field === undefined ? {} : { fields: [{ field, expected: 'a visit type out of /v1/visit-types' }] },
  )

/** `unknown-reference` of the field that names what there is not. */
export const unknownReference = (field: string, what: 'provider' | 'facility' | 'visit type'): DomainError =>
  appointmentsErrors['unknown-reference']({ fields: [{ field, expected: `a ${what} that there is` }] })
