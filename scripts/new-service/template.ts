import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Names } from './names.ts'

const FOLDER = join(import.meta.dirname, 'template')

/** Where the parts of the template go. Files end in `.txt` there, so that no tool takes them for code of ours. */
const PLACES: Readonly<Record<string, (names: Names) => string>> = {
  service: ({ kebab }) => `services/${kebab}`,
  contracts: ({ kebab }) => `packages/shared/src/contracts/${kebab}`,
  answers: () => 'packages/shared/test/golden/answers',
  events: () => 'packages/shared/test/golden/events',
}

/** Every file of a new service, by its path from the project's root. `day` is `yyyymmdd`, for the first migration. */
export function renderTemplate(names: Names, day: string): Map<string, string> {
  const words: Readonly<Record<string, string>> = { ...names, day }
  const render = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_, word: string) => {
      const value = words[word]
      if (value === undefined) throw new Error(`the template says {{${word}}}, which is nothing`)
      return value
    })
  const files = new Map<string, string>()
  for (const [part, placeOf] of Object.entries(PLACES)) {
    for (const file of readdirSync(join(FOLDER, part), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const source = join(file.parentPath, file.name)
      const path = render(relative(join(FOLDER, part), source).replace(/\.txt$/, ''))
      files.set(`${placeOf(names)}/${path}`, render(readFileSync(source, 'utf8')))
    }
  }
  return files
}
