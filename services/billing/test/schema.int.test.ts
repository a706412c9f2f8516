import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { schemaDiff } from '@wellgate/shared/db/schema-agreement'
import { createTestDatabase } from '@wellgate/shared/testing/postgres'

const pathOf = (file: string): string => fileURLToPath(new URL(`../prisma/${file}`, import.meta.url))

it('schema.prisma says what the migrations make', async () => {
  const database = await createTestDatabase({ services: [{ name: 'billing', migrationsDir: pathOf('migrations/') }] })
  try {
    const connectionString = database.urls('billing').ownerUrl
    expect(await schemaDiff({ schemaPath: pathOf('schema.prisma'), connectionString, schema: 'billing' })).toBe('')
  } finally {
    await database.drop()
  }
})
