import { join } from 'node:path'
import process from 'node:process'
import { findKustomize, K8S, objectsOf, OVERLAYS, render, type Overlay } from '../src/render/kustomize.ts'
import type { KubeObject } from '../src/render/objects.ts'

/** Neither kubectl nor kustomize comes from npm. Where CI asks for everything, their absence is a failure. */
export const kustomize = findKustomize()
export const canRender = kustomize !== undefined || process.env['WELLGATE_REQUIRE_ALL'] === '1'
export const SKIP_NOTE = kustomize ? '' : ' — needs kubectl or kustomize, which npm does not bring'

const cache = new Map<Overlay, KubeObject[]>()

/** An overlay's objects, fresh at each call: a mutation of one does not reach the next. */
export function overlay(name: Overlay): KubeObject[] {
  if (!kustomize) throw new Error('neither kubectl nor kustomize is here: install one of them')
  const objects = cache.get(name) ?? objectsOf(render(join(K8S, 'overlays', name), kustomize))
  cache.set(name, objects)
  return structuredClone(objects)
}

export { OVERLAYS }
