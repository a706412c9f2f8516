import type { CarePlan, Encounter, Medication, Procedure, Report } from '@wellgate/shared/contracts/records/models'
import type { z } from 'zod'
import type { OpenEntry } from '../entry.ts'
import { codeOf, conceptText, part, parts, period, text } from '../fhir.ts'
import { baseOf, linkedId, reasonsOf } from './base.ts'

export function medicationView(entry: OpenEntry): z.input<typeof Medication> {
  const { resource } = entry
  const statement = resource['resourceType'] === 'MedicationStatement'
  return {
    ...baseOf(statement ? 'MedicationStatement' : 'MedicationRequest', entry),
    intent: text(resource['intent']),
    dosages: parts(resource[statement ? 'dosage' : 'dosageInstruction']).flatMap(
      (dosage) =>
        text(dosage['text']) ?? text(dosage['patientInstruction']) ?? conceptText(part(dosage['timing'])['code']) ?? [],
    ),
    reasons: reasonsOf(resource),
  }
}

export function encounterView(entry: OpenEntry): z.input<typeof Encounter> {
  const { resource } = entry
  return {
    ...baseOf('Encounter', entry),
    class: text(part(resource['class'])['code']),
    period: period(resource['period']),
    reasons: reasonsOf(resource),
    facility:
      text(part(resource['serviceProvider'])['display']) ??
      parts(resource['location']).flatMap(({ location }) => text(part(location)['display']) ?? [])[0] ??
      null,
  }
}

export function procedureView(entry: OpenEntry): z.input<typeof Procedure> {
  const { resource } = entry
  const at = text(resource['performedDateTime'])
  return {
    ...baseOf('Procedure', entry),
    period: at ? { start: at, end: null } : period(resource['performedPeriod']),
    reasons: reasonsOf(resource),
  }
}

export function reportView(entry: OpenEntry): z.input<typeof Report> {
  const { resource } = entry
  return {
    ...baseOf('DiagnosticReport', entry),
    issued: text(resource['issued']),
    conclusion: text(resource['conclusion']),
    results: parts(resource['result']).map((reference) => ({
      observationId: linkedId(entry, reference),
      text: text(reference['display']),
    })),
  }
}

export function carePlanView(entry: OpenEntry): z.input<typeof CarePlan> {
  const { resource } = entry
  const base = baseOf('CarePlan', entry)
  const title = text(resource['title']) ?? base.code.text
  return {
    ...base,
    code: { ...base.code, text: title },
    intent: text(resource['intent']),
    period: period(resource['period']),
    activities: parts(resource['activity']).map(({ detail, reference }) => ({
      text:
        conceptText(part(detail)['code']) ??
        text(part(detail)['description']) ??
        text(part(reference)['display']) ??
        '',
      status: codeOf(part(detail)['status']),
    })),
  }
}
