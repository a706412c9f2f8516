import type { Lane } from '../contracts/event.ts'

export const LANES: readonly Lane[] = ['access', 'default']

/** The net under NOTIFY: how often who waits for a lane looks by itself. A revocation waits for a second at most. */
export const lookEveryMs = (lane: Lane): number => (lane === 'access' ? 1_000 : 2_000)
