import process from 'node:process'
import { createLogOutput } from '../src/observability/log-output.ts'
import { createLogger } from '../src/observability/logger.ts'

// Started by log-output.test.ts, which reads what it writes.
const output = createLogOutput()
process.on('exit', output.flush)
const log = createLogger({ service: 'records', destination: output })

switch (process.argv[2]) {
  case 'exits':
    for (let n = 0; n < 1_000; n++) log.info(`line ${n}`)
    process.exit(0)
  case 'killed':
    log.info('one')
    log.warn('two')
    log.info('three')
    process.kill(process.pid, 'SIGKILL')
    break
  case 'busy':
    log.info('one')
    for (const end = performance.now() + 50; performance.now() < end;);
    log.info('two')
    process.kill(process.pid, 'SIGKILL')
    break
  case 'outlives':
    log.info('one')
    process.stdin.on('end', () => {
      log.warn('two')
      log.info('three')
      setTimeout(() => process.exit(0), 50)
    })
    process.stdin.resume()
    break
  default:
    log.info('one')
    setInterval(() => undefined, 1_000)
}
