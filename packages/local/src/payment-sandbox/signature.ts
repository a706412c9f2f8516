import { createHmac } from 'node:crypto'

/** The Stripe-Signature header of a webhook's body: `t=<epoch seconds>,v1=<HMAC-SHA256 of "t.body">`. */
export function signWebhook(secret: string, body: string, at: number = Math.floor(Date.now() / 1000)): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
