import { cleanText } from '../../builder/index.ts'
import { compileTemplate } from '../template/evaluate.ts'
import { jsonText } from './json-text.ts'
import { toGoValue } from './to-go-value.ts'

/** The output of `inspect`: indented JSON, one line with `json`, or a template for each document, taken literally. */
export function formatDocuments(
  documents: readonly unknown[],
  { format, toTerminal }: { readonly format: string | undefined; readonly toTerminal: boolean },
): string {
  if (format === undefined || format === '') return `${jsonText(documents, 4)}\n`
  if (format === 'json') return `${jsonText(documents)}\n`
  const render = compileTemplate(format, toTerminal ? cleanText : undefined)
  return documents.map((document) => `${render(toGoValue(document))}\n`).join('')
}
