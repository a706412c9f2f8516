import { hash, verify } from '@node-rs/argon2'

/** Argon2id (the library's default variant) as the OWASP Password Storage Cheat Sheet asks: 19 MiB, 2 passes, 1 lane. */
export const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** A hash of random bytes that nobody kept: what a password is compared with where there is no account. */
export const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$33xwvsmwMgXamPjB4tHlCA$2gj/nHq3qDH7KMsLZiEhUfk1WuN+sy6Dwfx1M7VwtDA'

/** The PHC string that is stored of a password; nothing else of it is kept. */
export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2)

/** Whether the password is the hash's. Without a hash it takes as long, and is false. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const fits = await verify(stored ?? NOBODYS_HASH, password)
  return stored !== undefined && fits
}
