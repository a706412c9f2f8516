import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { findKustomize } from '../render/kustomize.ts'
import { admitsOverlays, livesIn, refusesMistakes } from './checks.ts'
import { createKubectl } from './kubectl.ts'

/**
 * `npm run test:cluster`: deploy/k8s on a real API server with controllers and simulated kubelets, a cluster of its own
 * that is taken down again. The first time it builds Kubernetes, which takes a quarter of an hour and Go.
 */
const KUBE_UP = process.env['WELLGATE_KUBE_UP'] ?? join(import.meta.dirname, '../../../../shared/tools/kube-up')
const PORT = process.env['WELLGATE_KUBE_PORT'] ?? '17443'
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const kubeUp = (...args: string[]) =>
  spawnSync(KUBE_UP, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, WELLGATE_KUBE_PORT: PORT },
  })

function fail(message: string): never {
  process.stderr.write(`test:cluster: ${message}\n`)
  process.exit(1)
}

const program = findKustomize() ?? fail('needs kubectl or kustomize')
if (!existsSync(KUBE_UP)) fail(`needs kube-up (${KUBE_UP}); name it with WELLGATE_KUBE_UP`)
const up = kubeUp()
if (up.status !== 0) fail('kube-up did not bring the cluster up')
const kubeconfig = up.stdout.trim().split('\n').at(-1) ?? ''
try {
  const own = join(dirname(kubeconfig), '../../bin/kubectl')
  const kubectl = createKubectl(existsSync(own) ? own : 'kubectl', kubeconfig)
  admitsOverlays(kubectl, program, say)
  refusesMistakes(kubectl, program, say)
  await livesIn(kubectl, program, say)
  say('deploy/k8s lives in a cluster.')
} catch (error) {
  process.stderr.write(`test:cluster: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  kubeUp('--stop', '--reset')
}
