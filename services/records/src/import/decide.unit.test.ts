import { describe, expect, it } from 'vitest'
import { decide } from './decide.ts'

const present = { patient_id: 'p', source_hash: 'h', locally_changed: false }

describe('what an imported resource does', () => {
  it.each([
    [undefined, { patientId: 'p', sourceHash: 'h' }, 'created'],
    [present, { patientId: 'p', sourceHash: 'h' }, 'unchanged'],
    [present, { patientId: 'p', sourceHash: 'other' }, 'updated'],
    [{ ...present, locally_changed: true }, { patientId: 'p', sourceHash: 'h' }, 'unchanged'],
    [{ ...present, locally_changed: true }, { patientId: 'p', sourceHash: 'other' }, 'locally-changed'],
    [{ ...present, source_hash: null }, { patientId: 'p', sourceHash: 'h' }, 'updated'],
    [present, { patientId: 'q', sourceHash: 'h' }, 'wrong-patient'],
    [{ ...present, locally_changed: true }, { patientId: 'q', sourceHash: 'x' }, 'wrong-patient'],
  ])('%j, %j: %s', (before, incoming, expected) => {
    const { outcome, code } = decide(before, incoming)
    expect(code ?? outcome).toBe(expected)
    expect(outcome === 'set-aside').toBe(code !== undefined)
  })
})
