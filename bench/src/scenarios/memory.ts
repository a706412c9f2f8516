import { setTimeout as after } from 'node:timers/promises'
import { pidsOf, type Bench } from '../bench.ts'
import { childrenOf, memoryOf, spending } from '../cpu.ts'
import type { Result } from '../result.ts'

const GOAL_SERVICE_MB = 110
const GOAL_STACK_MB = 1_200
const IDLE_MS = 10_000
const mb = (bytes: number): number => Math.round(bytes / 1e6)

/** Memory after 10 s in which nobody asked anything, on a stack that was started a second time. */
export async function memory(bench: Bench): Promise<Result[]> {
  bench.say('memory: a second start, then 10 s of nothing')
  await bench.stack()
  await bench.stopStack()
  const stack = await bench.stack()
  await after(2_000)
  const idle = await spending(pidsOf(stack), stack.pidOf('postgres'), () => after(IDLE_MS))
  const services = Object.entries(pidsOf(stack)).map(([name, pid]) => ({ name, ...memoryOf(pid) }))
  const postmaster = stack.pidOf('postgres')
  const postgres = [postmaster, ...childrenOf(postmaster)].map(memoryOf)
  const sum = (list: readonly { rss: number; pss: number }[], field: 'rss' | 'pss'): number =>
    list.reduce((total, one) => total + one[field], 0)
  const most = Math.max(...services.map(({ rss }) => rss))
  const whole = sum(services, 'rss') + sum(postgres, 'pss')
  const perSecond = (ms: number): string => `${(ms / (IDLE_MS / 1000)).toFixed(1)} ms/s`
  return [
    {
      id: 'memory',
      what: 'largest service, idle (RSS)',
      value: `${mb(most)} MB`,
      goal: `<= ${GOAL_SERVICE_MB} MB`,
      met: mb(most) <= GOAL_SERVICE_MB,
      notes: [
        `RSS ${services.map(({ name, rss }) => `${name} ${mb(rss)}`).join(', ')} MB; PSS ${services.map(({ name, pss }) => `${name} ${mb(pss)}`).join(', ')} MB (the node binary's pages are shared)`,
        `idle CPU: ${Object.entries(idle.services)
          .map(([name, ms]) => `${name} ${perSecond(ms)}`)
          .join(', ')}, Postgres ${perSecond(idle.postgres)}`,
      ],
      data: { services, idle: { services: idle.services, postgres: idle.postgres } },
    },
    {
      id: 'memory-stack',
      what: `whole stack, idle (${services.length} of ten services)`,
      value: `${mb(whole)} MB`,
      goal: `<= ${GOAL_STACK_MB} MB`,
      met: mb(whole) <= GOAL_STACK_MB,
      notes: [
        `RSS of the services ${mb(sum(services, 'rss'))} MB (PSS ${mb(sum(services, 'pss'))} MB) + PSS of Postgres's ${postgres.length} processes ${mb(sum(postgres, 'pss'))} MB (sum of their RSS ${mb(sum(postgres, 'rss'))} MB counts shared_buffers in each); the goal is for ten services`,
      ],
      data: { whole, postgres: { processes: postgres.length, pss: sum(postgres, 'pss'), rss: sum(postgres, 'rss') } },
    },
  ]
}
