import type { KubeObject } from '../render/objects.ts'
import type { Overlay } from '../render/kustomize.ts'

export interface Context {
  readonly overlay: Overlay
}

/** Looks at an overlay as it is applied, and says in a line each what is wrong. */
export type Policy = (objects: readonly KubeObject[], context: Context) => string[]
