import { createHash, randomBytes } from 'node:crypto'

/** 256 random bits, base64url. They say nothing; what they stand for is in the database. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url')

/** What is stored of a refresh token. A plain hash is enough: 256 random bits cannot be guessed. */
export const hashRefreshToken = (token: string): Buffer => createHash('sha256').update(token).digest()
