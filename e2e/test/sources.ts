import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../..')

export interface Source {
  /** From the project's root. */
  readonly path: string
  readonly text: string
  readonly lines: number
  /** What it imports: project paths without extension for our own files, package names for the rest. */
  readonly imports: readonly string[]
}

const SKIPPED = new Set(['node_modules', 'generated', 'dist', '.turbo', '.wellgate', '.git'])

function* walk(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    if (SKIPPED.has(name)) continue
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* walk(path)
    else yield path
  }
}

const IMPORT = /(?:from\s+|import\s+|import\()\s*['"]([^'"\n]+)['"]/g

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(ROOT, resolve(dirname(file), specifier)).replace(/\.ts$/, '')
  if (specifier.startsWith('@wellgate/shared/')) return specifier.replace('@wellgate/shared/', 'packages/shared/src/')
  return specifier
}

/** Every TypeScript and JavaScript source of ours under the folders, with what it imports. */
export function sources(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    [...walk(join(ROOT, folder))]
      .filter((path) => /\.(ts|js)$/.test(path))
      .map((path) => {
        const text = readFileSync(path, 'utf8')
        const imports = [...text.matchAll(IMPORT)].map((match) => targetOf(path, match[1] ?? ''))
        return { path: relative(ROOT, path), text, lines: text.trimEnd().split('\n').length, imports }
      }),
  )
}

export const isTest = ({ path }: Source): boolean => /\.test\.ts$|\/test\//.test(path)
