#!/usr/bin/env node
// One real Kafka broker on loopback, without containers: the jars come from Maven Central into a cache, once.
//   node scripts/kafka/kafka.js [--port 9092] [--advertised-port PORT] [--dir DIR] [--cache DIR] [--fetch-only] [--with-parent]
// Prints `kafka ready on 127.0.0.1:<port> (pid <pid>)` when it answers; Ctrl-C ends it. Without --dir its data is
// temporary; with --with-parent it ends when its standard input does. Needs java (17 or newer), and mvn for the first fetch. Never for production: no TLS, one replica.
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const VERSION = '4.1.1'
const JVM = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']

const USAGE = `npm run kafka -- [--port 9092] [--advertised-port PORT] [--dir DIR] [--cache DIR] [--fetch-only] [--with-parent]
  one Kafka broker on loopback, for tests and demos; without --dir its data is temporary; Ctrl-C ends it
  --advertised-port is where clients are sent: of a proxy that stands before it`

const options = readOptions()
if (options.help) {
  console.log(USAGE)
  process.exit(0)
}
const port = readPort('port')
const advertisedPort = options['advertised-port'] === undefined ? port : readPort('advertised-port')
const lib = join(options.cache, 'lib')
await fetchJars()
if (!options['fetch-only']) await runBroker(options.dir)

function readOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '9092' },
        'advertised-port': { type: 'string' },
        dir: { type: 'string' },
        cache: { type: 'string', default: join(homedir(), '.cache', 'wellgate', `kafka-${VERSION}`) },
        'with-parent': { type: 'boolean', default: false },
        'fetch-only': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`)
  }
}

function readPort(name) {
  const given = Number(options[name])
  return Number.isInteger(given) && given > 0 && given < 65_536
    ? given
    : fail(`--${name} takes a port, 1 to 65535, not "${options[name]}"\n${USAGE}`)
}

async function fetchJars() {
  if (existsSync(lib) && readdirSync(lib).some((name) => name.startsWith('kafka_2.13'))) return
  mkdirSync(options.cache, { recursive: true })
  // Into a folder of its own first, so that an interrupted fetch is not taken for a whole one.
  const incoming = mkdtempSync(join(options.cache, 'incoming-'))
  console.log(`fetching Kafka ${VERSION} from Maven Central into ${lib}`)
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${incoming}`], import.meta.dirname)
    if (!existsSync(lib)) renameSync(incoming, lib)
  } finally {
    rmSync(incoming, { recursive: true, force: true })
  }
}

async function runBroker(givenDir) {
  if (await answers(port)) fail(`port ${port} is taken: stop what listens there, or choose another with --port`)
  const dir = givenDir ?? mkdtempSync(join(tmpdir(), 'wellgate-kafka-'))
  mkdirSync(dir, { recursive: true })
  const config = join(dir, 'server.properties')
  writeFileSync(config, propertiesOf(await freePort(), join(dir, 'data')))
  const classpath = ['-cp', join(lib, '*')]
  if (!existsSync(join(dir, 'data', 'meta.properties'))) {
    const cluster = randomBytes(16).toString('base64url')
    // Joined by "=": a random identifier may begin with a dash, and be taken for an option.
    await run(
      'java',
      [...JVM, ...classpath, 'kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', config],
      dir,
    )
  }
  const broker = spawn('java', [...JVM, ...classpath, 'kafka.Kafka', config], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => broker.kill('SIGTERM'))
  if (options['with-parent']) process.stdin.on('end', () => broker.kill('SIGKILL')).resume()
  broker.on('error', (error) => fail(`java could not be started: ${error.message}`))
  broker.on('exit', (code) => {
    if (givenDir === undefined) rmSync(dir, { recursive: true, force: true })
    process.exit(code ?? 1)
  })
  while (!(await answers(port))) await sleep(50)
  console.log(`kafka ready on 127.0.0.1:${port} (pid ${broker.pid})`)
}

function propertiesOf(controllerPort, dataDir) {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // So that tests of a killed member or broker need not wait long.
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 2000,
    'group.min.session.timeout.ms': 1000,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', () => reject(new Error(`${command} is not installed`)))
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ${args[0]} ended with ${code}`))))
  })
}

/** Below the range that systems give to outgoing connections, which would take it before the broker does. */
async function freePort() {
  for (;;) {
    const free = randomInt(20_000, 30_000)
    if (free !== port && free !== advertisedPort && !(await answers(free))) return free
  }
}

function answers(at) {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** @returns {never} */
function fail(message) {
  console.error(message)
  process.exit(1)
}
