import { contextParts, encodeAad } from './aad.ts'
import { decrypt, encrypt, randomKey, secretKey } from './aead.ts'
import { KeyringError } from './failures.ts'
import { changeKeyring, keyringStamp, readKeyring, type Keys } from './keyring-file.ts'
import { KmsError, type Kms } from './kms.ts'

export interface LocalKmsOptions {
  readonly path: string
  readonly production: boolean
  /** The operator's explicit word that a key file is good enough for this installation. */
  readonly allowInProduction: boolean
}

const FORMAT = Buffer.from([1])

const aadOf = (keyId: string, context: Readonly<Record<string, string>>) =>
  encodeAad(['wellgate-local-kms', keyId, ...contextParts(context)])

/**
 * A {@link Kms} over a keyring file, for development and small installations. Throws at once when the file is missing,
 * malformed, readable by others, or not allowed in production. The file is read again when it changes, so removing a key
 * revokes it and adding one needs no restart.
 */
export function openLocalKms({ path, production, allowInProduction }: LocalKmsOptions): Kms {
  if (production && !allowInProduction)
    throw new KeyringError(
      `Keyring ${path} is a plain file: in production use a KMS, or allow the local keyring explicitly`,
    )
  let ring = readKeyring(path)

  const keyOf = async (keyId: string) => {
    try {
      if ((await keyringStamp(path)) !== ring.stamp) ring = readKeyring(path)
    } catch (cause) {
      throw new KmsError('unavailable', `Keyring ${path} cannot be read`, { cause })
    }
    const key = Object.hasOwn(ring.keys, keyId) ? ring.keys[keyId] : undefined
    if (key === undefined) throw new KmsError('unknown-key', `Keyring ${path} has no key ${keyId}`)
    return secretKey(Buffer.from(key, 'base64'))
  }

  return {
    wrap: async (keyId, plaintext, context) => encrypt(await keyOf(keyId), aadOf(keyId, context), plaintext, FORMAT),
    async unwrap(keyId, wrapped, context) {
      const key = await keyOf(keyId)
      try {
        if (wrapped[0] !== FORMAT[0]) throw new RangeError('Unknown format')
        return decrypt(key, aadOf(keyId, context), wrapped, FORMAT.length)
      } catch (cause) {
        throw new KmsError('refused', `Key ${keyId} does not open this: other key, other context, or changed`, {
          cause,
        })
      }
    },
  }
}

/** Makes a keyring with a fresh key for each id; only its owner may read it. Rejects when the file is there. */
export async function createKeyring(path: string, keyIds: readonly string[]): Promise<void> {
  await changeKeyring(path, (present) => {
    if (present) throw new KeyringError(`Keyring ${path} is there already: it may hold the only copy of its keys`)
    return withFresh({}, keyIds)
  })
}

/** Adds a fresh key for each id that the keyring has not; what it has stays as it is. Returns the ids added. */
export async function addKeys(path: string, keyIds: readonly string[]): Promise<string[]> {
  let added: string[] = []
  await changeKeyring(path, (present) => {
    const keys = existing(path, present)
    added = [...new Set(keyIds)].filter((id) => !Object.hasOwn(keys, id))
    return added.length > 0 ? withFresh(keys, added) : undefined
  })
  return added
}

/**
 * Copies keys (`topic/<topic>`) from one keyring to another, for services that share them. Rejects, changing nothing, when
 * the source lacks one or the target holds a different key under the same id: what that one sealed would be lost.
 */
export async function copyKeys(from: string, to: string, keyIds: readonly string[]): Promise<void> {
  const source = readKeyring(from).keys
  await changeKeyring(to, (present) => {
    const keys = existing(to, present)
    const missing = keyIds.filter((id) => !Object.hasOwn(source, id))
    if (missing.length > 0) throw new KeyringError(`Keyring ${from} has no key ${missing.join(', ')}`)
    const differing = keyIds.filter((id) => Object.hasOwn(keys, id) && keys[id] !== source[id])
    if (differing.length > 0) throw new KeyringError(`Keyring ${to} holds another key as ${differing.join(', ')}`)
    if (keyIds.every((id) => Object.hasOwn(keys, id))) return undefined
    return Object.assign({ ...keys }, Object.fromEntries(keyIds.map((id) => [id, source[id] ?? ''])))
  })
}

function existing(path: string, keys: Keys | undefined): Keys {
  if (!keys) throw new KeyringError(`There is no keyring ${path}`)
  return keys
}

const withFresh = (keys: Keys, ids: readonly string[]): Keys => ({
  ...keys,
  ...Object.fromEntries(ids.map((id) => [id, randomKey().toString('base64')])),
})
