import { defineSlice, type ConfigOf } from '@wellgate/shared/config/slice'
import { processSlice } from '@wellgate/shared/config/slices'
import { z } from 'zod'

const upstream = (service: string) =>
  z.url().optional().describe(`the URL of the ${service} service; without it, its routes answer 404 not-configured`)
const perMinute = (fallback: number, what: string) =>
  z.coerce.number().int().min(1).default(fallback).describe(`${what} a minute and address (default ${fallback})`)

/** A network of no bits would believe everybody: refused as well. */
const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).refine((text) => !text.endsWith('/0'))
const addresses = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(address))
  .default([])

export const gatewaySlice = defineSlice({
  WELLGATE_UPSTREAM_IDENTITY: upstream('identity'),
  WELLGATE_UPSTREAM_PATIENTS: upstream('patients'),
  WELLGATE_UPSTREAM_RECORDS: upstream('records'),
  WELLGATE_UPSTREAM_INTEROP: upstream('interop'),
  WELLGATE_UPSTREAM_APPOINTMENTS: upstream('appointments'),
  WELLGATE_TRUSTED_PROXIES: addresses.describe(
    'addresses or networks (10.0.0.0/8), comma-separated: proxies in front, whose X-Forwarded-For is believed (default none)',
  ),
  WELLGATE_RATE_LIMIT: perMinute(6_000, 'requests'),
  WELLGATE_RATE_LIMIT_LOG_IN: perMinute(60, 'log-ins, refreshes and activations'),
})

export const gatewaySlices = [processSlice, gatewaySlice] as const
export type GatewayConfig = ConfigOf<typeof gatewaySlices>
