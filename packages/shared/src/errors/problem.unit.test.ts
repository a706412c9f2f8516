import { expect, test } from 'vitest'
import { platformErrors } from './platform-errors.ts'
import { defineErrors, DomainError } from './problem.ts'

const errors = defineErrors({ 'not-open': [409, 'The account is not open.'] })

test('a factory makes an error with code, status and title of its table', () => {
  const error = errors['not-open']()
  expect(error).toBeInstanceOf(DomainError)
  expect(error).toMatchObject({
    name: 'DomainError',
    code: 'not-open',
    status: 409,
    title: 'The account is not open.',
    details: {},
  })
  expect(error.message).toBe('The account is not open.')
})

test('details go along, and each call makes an error of its own', () => {
  const details = {
    detail: 'Closed by the clinic.',
    fields: [{ field: 'body.id', expected: 'an open account' }],
    retryAfter: 3,
  }
  const error = errors['not-open'](details)
  expect(error.message).toBe('Closed by the clinic.')
  expect(error.details).toEqual(details)
  expect(errors['not-open']().details).toEqual({})
})

test('the codes of the platform are words with dashes, each with a sentence', () => {
  for (const [code, make] of Object.entries(platformErrors)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(make()).toMatchObject({ code, title: expect.stringMatching(/\.$/) })
  }
})
