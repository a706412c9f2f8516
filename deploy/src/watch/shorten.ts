import { readFileSync } from 'node:fs'
import { parse, stringify } from 'yaml'

/** By how much an alert's patience shrinks: a quarter of an hour becomes twenty seconds. */
const FASTER = 45
/** A window must hold several scrapes, or it is always empty. */
const SHORTEST_SECONDS = 12
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

const shorter = (duration: string): string => {
  const [, amount = '0', unit = 's'] = /^(\d+)([smhd])$/.exec(duration) ?? []
  const seconds = Number(amount) * (UNIT_SECONDS[unit] ?? 1)
  return seconds === 0 ? '0s' : `${Math.max(SHORTEST_SECONDS, Math.round(seconds / FASTER))}s`
}

interface Rule {
  alert?: string
  expr: string
  for?: string
}

/**
 * The committed rules for a check that has no quarter of an hour: alerts look back and wait a forty-fifth as long, and
 * everything is evaluated as often as Prometheus is told. Thresholds stay, and so do the windows of what is recorded.
 */
export function shortened(file: URL): string {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { name: string; rules: Rule[] }[] }
  return stringify({
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) =>
        rule.alert === undefined
          ? rule
          : {
              ...rule,
              expr: rule.expr.replaceAll(/\[(\d+[smhd])\]/g, (_, window: string) => `[${shorter(window)}]`),
              for: shorter(rule.for ?? '0s'),
            },
      ),
    })),
  })
}
