/** How a metric's series are picked: `service="records"`, or nothing. */
export type Selector = string

const braces = (selector: Selector): string => (selector === '' ? '' : `{${selector}}`)
const and = (...selectors: Selector[]): Selector => selectors.filter(Boolean).join(', ')

/** How much a counter grows a second, by labels; of all processes together. */
export const perSecond = (counter: string, by: string, selector: Selector = ''): string =>
  `sum by (${by}) (rate(${counter}${braces(selector)}[$__rate_interval]))`

/** How much a counter grew in a time, by labels; in whole things, though Prometheus extrapolates. */
export const grown = (counter: string, by: string, time: string, selector: Selector = ''): string =>
  `sum by (${by}) (increase(${counter}${braces(selector)}[${time}]))`

/** The highest of all processes, by labels. */
export const highest = (gauge: string, by: string, selector: Selector = ''): string =>
  `max by (${by}) (${gauge}${braces(selector)})`

/** A quantile of a histogram, in its unit, by labels. */
export const quantile = (q: number, histogram: string, by: string, selector: Selector = ''): string =>
  `histogram_quantile(${q}, ${perSecond(`${histogram}_bucket`, by === '' ? 'le' : `${by}, le`, selector)})`

const REQUESTS = 'http_request_duration_seconds_count'

/** The share of requests that were answered with 5xx, or by half an answer; 0 where there were requests and none failed. */
export const failedShare = (by: string, selector: Selector = ''): string => {
  const all = perSecond(REQUESTS, by, selector)
  return `(${perSecond(REQUESTS, by, and(selector, 'status_class=~"5xx|cut"'))} or 0 * ${all}) / ${all}`
}
