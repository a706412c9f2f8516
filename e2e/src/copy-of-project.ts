import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const LEFT_OUT = new Set(['node_modules', '.git', '.wellgate', '.turbo', '.library'])

/** A copy of the project to change at will. Packages are linked, not copied; the workspaces among them are the copy's own. */
export function copyProject(): { readonly root: string; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'wellgate-copy-'))
  cpSync(ROOT, root, { recursive: true, filter: (path) => path === ROOT || !LEFT_OUT.has(basename(path)) })
  linkPackages(ROOT, root)
  for (const folder of ['packages', 'services']) {
    for (const name of readdirSync(join(ROOT, folder))) linkPackages(join(ROOT, folder, name), join(root, folder, name))
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

function linkPackages(from: string, to: string): void {
  const [source, target] = [join(from, 'node_modules'), join(to, 'node_modules')]
  for (const name of entriesOf(source)) {
    mkdirSync(target, { recursive: true })
    if (name !== '@wellgate') {
      symlinkSync(join(source, name), join(target, name))
      continue
    }
    mkdirSync(join(target, name))
    // Relative, so that here they lead into the copy.
    for (const own of readdirSync(join(source, name)))
      symlinkSync(readlinkSync(join(source, name, own)), join(target, name, own))
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
