import process from 'node:process'
import { provision, readProvisionConfig } from './provision.ts'
import { reasonOf } from './reason.ts'

try {
  await provision(readProvisionConfig(process.env), (line) => process.stdout.write(`${line}\n`))
} catch (error) {
  process.stderr.write(`provision: ${reasonOf(error)}\n`)
  process.exitCode = 1
}
