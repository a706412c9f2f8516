import type { interopRoutes } from '@wellgate/shared/contracts/interop/routes'
import type { Handlers } from '@wellgate/shared/http/handlers'
import type { ImportDeps } from './import-deps.ts'
import { createReadImport } from './read-import.ts'
import { createReceiveImport } from './receive-import.ts'

const NOTHING = new Uint8Array()

export function importHandlers(deps: ImportDeps): Handlers<typeof interopRoutes> {
  const receive = createReceiveImport(deps)
  const read = createReadImport(deps)
  return {
    'interop.create-import': async (request) => {
      const { raw, query } = request
      const { id, patientId } = await receive(raw.body instanceof Uint8Array ? raw.body : NOTHING, query.source)
      request.subject(patientId)
      request.note({ importId: id })
      return { status: 202, body: { id } }
    },
    'interop.read-import': async (request) => {
      const found = await read(request.params.importId)
      request.subject(found.patientId)
      return { status: 200, body: found }
    },
  }
}
