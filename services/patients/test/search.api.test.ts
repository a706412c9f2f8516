import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningTestService } from '@wellgate/shared/testing/service'
import { createPatientRepository } from '../src/patient/patient-repository.ts'
import { LOCAL, type PatientDocument } from '../src/patient/patient.ts'
import { createSearchKeys } from '../src/patient/search-keys.ts'
import { searchPatients } from '../src/patient/search-patients.ts'
import { withTx } from '@wellgate/shared/db/tx'
import { at, searchRoute, sendImport, start } from './support.ts'

let service: RunningTestService
let staff: ReturnType<typeof at>
beforeAll(async () => {
  service = await start()
  staff = at(service)
})
afterAll(() => service.stop())

const register = async (family: string, given: string[], birthDate = '1980-01-02') =>
  (await staff.register({ name: { family, given }, birthDate })).body as { id: string; mrn: string }
const idsOf = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id)

describe('searching by name and birth date', () => {
  it('sees neither case nor accents nor order, and needs every word whole', async () => {
    const { id } = await register('García Márquez', ['Gabriel', 'José'])
    const found = (names: string[]) =>
      Promise.all(names.map(async (name) => [name, ...idsOf(await staff.search({ name, birthDate: '1980-01-02' }))]))
    const hits = ['garcia', 'GABRIEL GARCÍA', 'Márquez, José', 'ma\u0301rquez', 'jose gabriel marquez garcia']
    expect(await found(hits)).toEqual(hits.map((name) => [name, id]))
    const misses = ['garci', 'garcia lopez', 'gabrielgarcia', 'mrs garcia']
    expect(await found(misses)).toEqual(misses.map((name) => [name]))
    expect(idsOf(await staff.search({ name: 'garcia', birthDate: '1980-01-03' }))).toEqual([])
  })

  it.each([
    ['Strauß', 'STRAUSS'],
    ['Ørsted', 'orsted'],
    ['Łukaszewicz', 'lukaszewicz'],
    ['שָׁלוֹם', 'שלום'],
    ['محمد بن علي', 'علي محمد'],
    ['🌸', '🌸'],
    ['Anna 🌸 Blum', 'blum anna'],
    ['x'.repeat(400), 'X'.repeat(400)],
  ])('finds %s', async (family, name) => {
    const { id } = await register(family, [], '1981-03-04')
    const { status, body } = await staff.search({ name, birthDate: '1981-03-04' })
    expect(status).toBe(200)
    expect(body.items).toContainEqual({ id, mrn: expect.any(String), name: family, birthDate: '1981-03-04' })
  })

  it('finds an imported patient under a maiden name, and by a date within a partial birth date', async () => {
    const name = [
      { use: 'official', family: 'Wyman', given: ['Alfreda'] },
      { use: 'maiden', family: 'Deckow' },
    ]
    const { patientId } = await sendImport(service, { resourceType: 'Patient', name, birthDate: '1982-05' })
    for (const words of ['Wyman', 'deckow', 'alfreda DECKOW']) {
      expect(idsOf(await staff.search({ name: words, birthDate: '1982-05-17' }))).toEqual([patientId])
    }
    expect(idsOf(await staff.search({ name: 'Wyman', birthDate: '1982-06-17' }))).toEqual([])
  })

  it('gives pages by id, each once, without a gap', async () => {
    const ids = []
    for (let made = 0; made < 7; made++) ids.push((await register('Many', [`Nr${made}`], '1983-01-01')).id)
    const found: string[] = []
    let cursor: string | null | undefined
    const sizes = []
    do {
      const page: Awaited<ReturnType<typeof staff.search>> = await staff.search({
        name: 'many',
        birthDate: '1983-01-01',
        limit: 3,
        ...(cursor ? { cursor } : {}),
      })
      sizes.push(page.body.items.length)
      found.push(...idsOf(page))
      cursor = page.body.next as string | null
    } while (cursor)
    expect(found).toEqual(ids.toSorted())
    expect(sizes).toEqual([3, 3, 1])
  })
})

describe('searching by MRN', () => {
  it('finds the one patient, however it is typed', async () => {
    const { id, mrn } = await register('Number', ['One'])
    for (const typed of [mrn, ` ${mrn.toLowerCase()} `, `${mrn.slice(0, 2)} ${mrn.slice(2, 6)}-${mrn.slice(6)}`]) {
      const { body } = await staff.search({ mrn: typed })
      expect(body).toEqual({ items: [{ id, mrn, name: 'One Number', birthDate: '1980-01-02' }], next: null })
    }
    expect(idsOf(await staff.search({ mrn, name: 'number', birthDate: '1980-01-02' }))).toEqual([id])
    expect(idsOf(await staff.search({ mrn, name: 'another' }))).toEqual([])
    expect(idsOf(await staff.search({ mrn, birthDate: '1980-01-03' }))).toEqual([])
    expect(idsOf(await staff.search({ mrn: 'A-4711' }))).toEqual([])
  })

  it('says when a digit is mistyped', async () => {
    const { mrn } = await register('Number', ['Two'])
    const wrong = `${mrn.slice(0, -1)}${(Number(mrn.at(-1)) + 1) % 10}`
    const { status, body } = await staff.search({ mrn: wrong })
    expect(status).toBe(400)
    expect(body.fields[0].field).toBe('body.mrn')
    expect(JSON.stringify(body)).not.toContain(wrong)
  })
})

describe('a search', () => {
  it.each([
    [{}],
    [{ name: 'Lovelace' }],
    [{ birthDate: '1980-01-02' }],
    [{ name: ' ', birthDate: '1980-01-02' }],
    [{ name: '\u0301', birthDate: '1980-01-02' }],
    [{ name: 'x'.repeat(10_000), birthDate: '1980-01-02' }],
    [{ name: 'Lovelace', birthDate: '1980-02-30' }],
    [{ name: 'Lovelace', birthDate: '1980-01-02', limit: 101 }],
    [{ name: 'Lovelace', birthDate: '1980-01-02', cursor: 'bogus' }],
    [{ name: 'Lovelace', birthDate: '1980-01-02', sort: 'name' }],
  ])('refuses %#', async (body) => {
    expect((await staff.search(body)).status).toBe(400)
  })

  it('is for front desk, clinicians and billers', async () => {
    const body = { name: 'Lovelace', birthDate: '1915-12-10' }
    const status = async (token?: string) =>
      (await service.call(searchRoute, { body, ...(token ? { token } : {}) })).status
    for (const role of ['front-desk', 'clinician', 'biller'] as const) {
      expect(await status(service.issueToken({ roles: [role] }))).toBe(200)
    }
    for (const role of ['auditor', 'admin'] as const)
      expect(await status(service.issueToken({ roles: [role] }))).toBe(403)
    expect(await status(service.issueToken({ patientId: randomUUID() }))).toBe(403)
    expect(await status()).toBe(401)
  })
})

describe('an index that hits by coincidence', () => {
  it('still gives exact pages', async () => {
    const { platform } = service.running
    // One bit: every second patient is a hit.
    const keys = createSearchKeys((label, bits) => platform.blindIndex(`narrow.${label}`, bits), 1)
    const patients = createPatientRepository({ sealer: platform.sealer, keys })
    const wanted: string[] = []
    for (let made = 0; made < 300; made++) {
      const id = platform.newId()
      const family = made % 60 === 59 ? 'Wanted' : `Other${made}`
      if (family === 'Wanted') wanted.push(id)
      const document: PatientDocument = {
        mrn: `narrow-${made}`,
        name: { family, given: [] },
        otherNames: [],
        birthDate: '1990-01-01',
        gender: 'unknown',
        identifiers: [],
        addresses: [],
        telecoms: [],
        deceased: null,
        resource: null,
      }
      const sealed = await patients.seal({ id, source: LOCAL, document })
      await withTx(platform.pool, (tx) => patients.insert(tx, sealed, null))
    }
    const criteria = { words: ['wanted'], birthDate: '1990-01-01' }
    const hits = await patients.candidates(platform.pool, criteria, { after: null, limit: 100 })
    // More than one reading of the index is needed for a page.
    expect(hits).toHaveLength(100)

    const found: string[] = []
    let cursor: string | undefined
    const sizes = []
    do {
      const page = await searchPatients(platform.pool, patients, {
        name: 'WANTED',
        birthDate: '1990-01-01',
        limit: 2,
        ...(cursor ? { cursor } : {}),
      })
      sizes.push(page.items.length)
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next ?? undefined
    } while (cursor)
    expect(found).toEqual(wanted)
    expect(sizes).toEqual([2, 2, 1])
  })
})
