import { expect, it, vi } from 'vitest'
import type { PaymentProcessor } from './processor.ts'
import { whenNeeded } from './when-needed.ts'

const some = { find: vi.fn<PaymentProcessor['find']>(() => Promise.resolve(undefined)) } as unknown as PaymentProcessor

it('is loaded at the first request, and once for those that come together', async () => {
  const load = vi.fn<() => Promise<PaymentProcessor>>(() => Promise.resolve(some))
  const processor = whenNeeded(load)
  expect(load).not.toHaveBeenCalled()
  await Promise.all([processor.find('pi_1'), processor.find('pi_2')])
  expect(load).toHaveBeenCalledOnce()
  expect(some.find).toHaveBeenCalledWith('pi_2')
})
