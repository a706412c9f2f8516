import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { complain } from './complain.ts'

// A Secret's file is shared with the pod's group; the keyring must be its reader's alone (crypto/keyring-file.ts).
const [from, to] = process.argv.slice(2)
try {
  if (!from || !to) throw new Error('copy-keyring <from> <to>')
  writeFileSync(`${to}.new`, readFileSync(from), { mode: 0o600 })
  renameSync(`${to}.new`, to)
} catch (error) {
  complain('copy-keyring', error)
}
