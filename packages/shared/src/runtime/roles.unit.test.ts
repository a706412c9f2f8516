import { expect, test } from 'vitest'
import { parseRoles, PROCESS_ROLES } from './roles.ts'

test.each([
  [[], PROCESS_ROLES],
  [['--check-config'], PROCESS_ROLES],
  [['--roles', 'http'], ['http']],
  [['--roles=http,relay'], ['http', 'relay']],
  [
    ['--check-config', '--roles', 'consumers,relay'],
    ['consumers', 'relay'],
  ],
  [['--roles', 'http,http,'], ['http']],
])('%j runs %j', (argv, roles) => {
  expect([...parseRoles(argv)]).toEqual(roles)
})

test.each([
  [['--roles', 'http,cron,jobs'], 'not cron, jobs'],
  [['--roles=HTTP'], 'not HTTP'],
  [['--roles', '--check-config'], 'not --check-config'],
  [['--roles', ''], 'comma-separated'],
  [['--roles='], 'comma-separated'],
  [['--roles'], 'comma-separated'],
])('%j is refused, naming what is wrong and what there is', (argv, what) => {
  expect(() => parseRoles(argv)).toThrow(what)
  expect(() => parseRoles(argv)).toThrow('--roles takes http, consumers, relay')
})

test.each([
  [['--chek-config'], '--chek-config: not known'],
  [['http'], 'http: not known'],
  [['--roles', 'http', '--verbose', 'x'], '--verbose, x: not known'],
])('%j is refused: a service must not start by mistake', (argv, what) => {
  expect(() => parseRoles(argv)).toThrow(what)
})
