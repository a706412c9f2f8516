import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../render/objects.ts'

/** Our own definitions of the resources of clouds. */
export const CLOUDS = join(import.meta.dirname, 'clouds.yaml')

interface Schema {
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  [keyword: string]: unknown
}
interface Crd {
  kind: string
  spec: { group: string; names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] }
}

/** The folder of CustomResourceDefinitions: beside SAMPLES_DIR, or ../shared/crds beside the project. Not ours to copy. */
export function crdsDir(samples: string | undefined): string | null {
  const root = resolve(import.meta.dirname, '../../..')
  const folder = samples ? join(dirname(resolve(samples)), 'crds') : join(root, '../shared/crds')
  return existsSync(folder) ? folder : null
}

/** Closes every object that lists its fields, as the API server does with field validation `Strict`. */
function close(schema: Schema): Schema {
  const closed: Schema = { ...schema }
  if (schema.items) closed.items = close(schema.items)
  if (schema.properties) {
    closed.properties = Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, close(one)]))
    closed.additionalProperties = schema['x-kubernetes-preserve-unknown-fields'] === true
  } else if (typeof schema.additionalProperties === 'object')
    closed.additionalProperties = close(schema.additionalProperties)
  if (schema['x-kubernetes-int-or-string'] === true) delete closed['type']
  return closed
}

/** A check of custom resources against their definitions: closed objects, without CEL (npm run test:cluster has that). */
export function crdValidator(folder: string): (objects: readonly KubeObject[]) => string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false, allErrors: true })
  const schemas = new Map<string, Schema>()
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  for (const file of [CLOUDS, ...files.map((name) => join(folder, name))]) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const crd = document.toJS() as Crd | null
      if (crd?.kind !== 'CustomResourceDefinition') continue
      for (const { name, schema } of crd.spec.versions)
        schemas.set(`${crd.spec.group}/${name} ${crd.spec.names.kind}`, schema.openAPIV3Schema)
    }
  }
  const compiled = new Map<string, ValidateFunction>()
  const groups = new Set([...schemas.keys()].map((key) => key.split('/')[0]))
  return (objects) =>
    objects.flatMap((object) => {
      const key = `${object.apiVersion} ${object.kind}`
      const schema = schemas.get(key)
      if (!schema)
        return groups.has(object.apiVersion.split('/')[0])
          ? [`${object.kind}/${object.metadata.name}: ${key} is not defined`]
          : []
      const { metadata: _, ...properties } = close(schema).properties ?? {}
      const validate =
        compiled.get(key) ??
        ajv.compile({ ...close(schema), properties: { ...properties, metadata: { type: 'object' } } })
      compiled.set(key, validate)
      const valid: boolean = validate(object)
      if (valid) return []
      return (validate.errors ?? []).map(
        (error) =>
          `${object.kind}/${object.metadata.name}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
      )
    })
}
