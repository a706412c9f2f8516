import { join } from 'node:path'

/** Two files in folders of their own, so that they can go to two stores: data is kept for years, keys for days. */
export const filesOf = (folder: string) => ({
  data: join(folder, 'data', 'wellgate.dump'),
  keys: join(folder, 'keys', 'wellgate.dump'),
})

/** The schemas of wrapped keys, as pg_dump's patterns have it. */
export const KEY_SCHEMAS = '*_keys'
