import { appOf, ofKind, workloads, type KubeObject } from '../src/render/objects.ts'

export const http = (objects: readonly KubeObject[]) => find(objects, 'Deployment', 'patients-http')
export const consumers = (objects: readonly KubeObject[]) => find(objects, 'Deployment', 'records-consumers')
export const app = (object: KubeObject) => {
  const [workload] = workloads([object])
  if (!workload) throw new Error(`${object.kind} has no pods`)
  return appOf(workload)
}
export const drop = (objects: KubeObject[], kind: string, name: string) => {
  const at = objects.indexOf(find(objects, kind, name))
  objects.splice(at, 1)
}
export const map = (objects: readonly KubeObject[], prefix: string): Record<string, string> => {
  const data = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith(prefix))?.data
  if (!data) throw new Error(`no ConfigMap ${prefix}`)
  return data
}

export function job(objects: readonly KubeObject[]): KubeObject {
  const found = ofKind(objects, 'Job').find(({ metadata }) => metadata.name.startsWith('patients-migrate-'))
  if (!found) throw new Error('no migration of patients')
  return found
}
export const hpaOf = (objects: readonly KubeObject[]) => find(objects, 'HorizontalPodAutoscaler', 'patients-http')
export function triggerOf(objects: readonly KubeObject[]): Record<string, string> {
  const metadata = find(objects, 'ScaledObject', 'records-consumers').spec.triggers?.[0]?.metadata
  if (!metadata) throw new Error('no trigger')
  return metadata
}

export function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name)
  if (!found) throw new Error(`no ${kind}/${name}`)
  return found
}
