import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from './objects.ts'

export const K8S = join(import.meta.dirname, '../../k8s')
export const OVERLAYS = ['local', 'eks', 'aks', 'onprem'] as const
export type Overlay = (typeof OVERLAYS)[number]

const PROGRAMS: readonly (readonly [string, ...string[]])[] = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
]

/** The program that renders here, or undefined: neither kubectl nor kustomize comes from npm. */
export function findKustomize(): readonly [string, ...string[]] | undefined {
  return PROGRAMS.find(([program, ...rest]) => spawnSync(program, [...rest, '--help']).status === 0)
}

/** An overlay as it is applied. @throws Error with kustomize's own words */
export function render(folder: string, program: readonly [string, ...string[]]): string {
  const [file, ...rest] = program
  const { status, stdout, stderr } = spawnSync(file, [...rest, folder], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`${folder} does not render: ${stderr}`)
  return stdout
}

/** The objects of a render. @throws Error when a document is not YAML */
export function objectsOf(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS({ maxAliasCount: -1 }) as KubeObject
  })
}
