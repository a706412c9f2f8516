import process from 'node:process'
import { readProvisionConfig } from './provision-config.ts'
import { provision } from './provision.ts'
import { complain } from './complain.ts'

try {
  await provision(readProvisionConfig(process.env), (line) => process.stdout.write(`${line}\n`))
} catch (error) {
  complain('provision', error)
}
