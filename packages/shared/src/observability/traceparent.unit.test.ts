import { expect, test } from 'vitest'
import { formatTraceparent, parseTraceparent, unsampledTrace } from './traceparent.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

test.each([
  [`00-${TRACE}-${SPAN}-01`, true],
  [`00-${TRACE}-${SPAN}-00`, false],
  [`00-${TRACE}-${SPAN}-03`, true],
  [`cc-${TRACE}-${SPAN}-01-of-a-later-version`, true],
])('%s is read', (header, sampled) => {
  expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, sampled })
})

test.each([
  undefined,
  ['00'],
  '',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01\r\nx: y`,
  `cc-${TRACE}-${SPAN}-01-${'x'.repeat(100)}`,
])('%j is as if there were none', (header) => {
  expect(parseTraceparent(header)).toBeUndefined()
})

test('what is written can be read', () => {
  const context = unsampledTrace()
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context)
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(`00-${TRACE}-${SPAN}-01`)
})
