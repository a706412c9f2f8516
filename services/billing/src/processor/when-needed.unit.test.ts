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

it('is loaded again where it could not be', async () => {
  const load = vi
    .fn<() => Promise<PaymentProcessor>>(() => Promise.resolve(some))
    .mockRejectedValueOnce(new Error('no memory'))
  const processor = whenNeeded(load)
  await expect(processor.find('pi_1')).rejects.toThrow('no memory')
  await expect(processor.find('pi_1')).resolves.toBeUndefined()
})
