import { fileURLToPath } from 'node:url'
import { schemaDiff } from '@wellgate/shared/db/schema-agreement'
import { createTestDatabase } from '@wellgate/shared/testing/postgres'
import { expect, test } from 'vitest'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

test('schema.prisma says what the migrations make', async () => {
  const database = await createTestDatabase({
    services: [{ name: 'identity', migrationsDir: path('../prisma/migrations/') }],
  })
  try {
    const connectionString = database.urls('identity').ownerUrl
    expect(
      await schemaDiff({ schemaPath: path('../prisma/schema.prisma'), connectionString, schema: 'identity' }),
    ).toBe('')
  } finally {
    await database.drop()
  }
})
