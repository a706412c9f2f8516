import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { KEY_BYTES } from './aead.ts'
import { KeyringError } from './failures.ts'

/** Key id to base64 of 32 bytes. */
export type Keys = Record<string, string>

const isKey = (text: string): boolean => {
  const raw = Buffer.from(text, 'base64')
  return raw.length === KEY_BYTES && raw.toString('base64') === text
}

const KeyringFile = z.strictObject({
  version: z.literal(1),
  keys: z.record(z.string().min(1), z.string().refine(isKey)),
})

/** Windows has no such bits: there the folder's access list is all. */
const SHARED_BITS = process.platform === 'win32' ? 0 : 0o077

/**
 * Reads a keyring, and refuses one that anyone but its owner may use. Mode and content are of the same open file.
 * `stamp` changes whenever the file is replaced or written. Errors name the file and what is wrong, never its content.
 */
export function readKeyring(path: string): { keys: Keys; stamp: string } {
  const fd = openToRead(path)
  try {
    const stats = fstatSync(fd)
    if (stats.mode & SHARED_BITS)
      throw new KeyringError(
        `Keyring ${path} is open to others (mode ${(stats.mode & 0o777).toString(8)}): chmod 600 it`,
      )
    return { keys: parse(path, readFileSync(fd, 'utf8')), stamp: stampOf(stats) }
  } finally {
    closeSync(fd)
  }
}

function openToRead(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new KeyringError(`Keyring ${path} cannot be read: ${code}`, code)
  }
}

/** The present `stamp` of {@link readKeyring}, without reading. */
export const keyringStamp = async (path: string): Promise<string> => stampOf(await stat(path))

const stampOf = (stats: { ino: number; mtimeMs: number; ctimeMs: number; size: number; mode: number }): string =>
  [stats.ino, stats.mtimeMs, stats.ctimeMs, stats.size, stats.mode].join()

function parse(path: string, text: string): Keys {
  // The parser's own messages quote the input.
  const bad = (what: string): KeyringError => new KeyringError(`Keyring ${path} ${what}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw bad('is not JSON')
  }
  const file = KeyringFile.safeParse(json)
  if (!file.success) throw bad('must be {"version": 1, "keys": {"<key id>": "<base64 of 32 bytes>"}}')
  return file.data.keys
}

/**
 * Replaces a keyring in one step: `change` gets its present keys (undefined when there is no file) and returns the new
 * ones, or undefined to leave it. The lock file is the new content, moved into place; two writers never lose a key.
 */
export async function changeKeyring(path: string, change: (keys: Keys | undefined) => Keys | undefined): Promise<void> {
  const lock = `${path}.lock`
  const file = await open(lock, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new KeyringError(`Keyring ${path} is being changed by another process; if none runs, remove ${lock}`)
  })
  try {
    try {
      const keys = change(readIfPresent(path))
      if (!keys) return await rm(lock)
      await file.writeFile(`${JSON.stringify({ version: 1, keys }, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(lock, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(lock, { force: true })
    throw error
  }
}

function readIfPresent(path: string): Keys | undefined {
  try {
    return readKeyring(path).keys
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
