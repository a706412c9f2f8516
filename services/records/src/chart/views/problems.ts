import type { Allergy, Condition, Goal, Immunization } from '@wellgate/shared/contracts/records/models'
import type { z } from 'zod'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, conceptTexts, part, parts, period, text } from '../fhir.ts'
import { baseOf } from './base.ts'
import { valueOf } from './value.ts'

export function conditionView(entry: OpenEntry): z.input<typeof Condition> {
  const { resource } = entry
  return {
    ...baseOf('Condition', entry),
    verificationStatus: codeOf(resource['verificationStatus']),
    severity: conceptText(resource['severity']),
    onset: text(resource['onsetDateTime']) ?? period(resource['onsetPeriod']).start ?? text(resource['onsetString']),
    abatement:
      text(resource['abatementDateTime']) ??
      period(resource['abatementPeriod']).end ??
      text(resource['abatementString']),
  }
}

export function allergyView(entry: OpenEntry): z.input<typeof Allergy> {
  const { resource } = entry
  return {
    ...baseOf('AllergyIntolerance', entry),
    verificationStatus: codeOf(resource['verificationStatus']),
    criticality: text(resource['criticality']),
    reactions: parts(resource['reaction']).map((reaction) => ({
      manifestations: conceptTexts(reaction['manifestation']),
      severity: text(reaction['severity']),
    })),
  }
}

export function immunizationView(entry: OpenEntry): z.input<typeof Immunization> {
  const { resource } = entry
  const dose = parts(resource['protocolApplied'])[0] ?? {}
  const positive = dose['doseNumberPositiveInt']
  return {
    ...baseOf('Immunization', entry),
    lotNumber: text(resource['lotNumber']),
    doseNumber: typeof positive === 'number' ? String(positive) : text(dose['doseNumberString']),
  }
}

export function goalView(entry: OpenEntry): z.input<typeof Goal> {
  const { resource } = entry
  return {
    ...baseOf('Goal', entry),
    achievement: codeOf(resource['achievementStatus']),
    targets: parts(resource['target']).map((target) => ({
      measure: conceptText(target['measure']),
      detail: valueOf(target, 'detail'),
      due: text(target['dueDate']) ?? text(part(target['dueDuration'])['unit']),
    })),
  }
}
