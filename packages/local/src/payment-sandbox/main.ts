import process from 'node:process'
import { createPaymentSandbox } from './sandbox.ts'

/**
 * The sandbox as a process of its own. PAYMENT_SANDBOX_API_KEY and PAYMENT_SANDBOX_WEBHOOK_SECRET are required;
 * _WEBHOOK_URL, _PORT, _HOST, _STATE_FILE, _SETTLE_MS, _COPIES and _SHUFFLE_MS (all with the same prefix) are not.
 */
const variable = (name: string): string | undefined => process.env[`PAYMENT_SANDBOX_${name}`] || undefined
const number = (name: string, fallback: number): number => Number(variable(name) ?? fallback)

const apiKey = variable('API_KEY')
const webhookSecret = variable('WEBHOOK_SECRET')
if (apiKey === undefined || webhookSecret === undefined) {
  process.stderr.write('payment sandbox: set PAYMENT_SANDBOX_API_KEY and PAYMENT_SANDBOX_WEBHOOK_SECRET\n')
  process.exit(1)
}
const sandbox = await createPaymentSandbox({
  apiKey,
  webhookSecret,
  host: variable('HOST') ?? '127.0.0.1',
  port: number('PORT', 0),
  webhookUrl: variable('WEBHOOK_URL'),
  stateFile: variable('STATE_FILE'),
  settleMs: number('SETTLE_MS', 1_500),
  copies: number('COPIES', 1),
  shuffleMs: number('SHUFFLE_MS', 0),
})
process.stdout.write(`payment sandbox: listening on ${sandbox.url}\n`)
const stop = (): void => void sandbox.close().then(() => process.exit(0))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
// Started by `npm start`, it does not outlive it.
process.once('disconnect', stop)
