import { compileTemplate } from '../template/evaluate.ts'
import { unescaped } from './format-rows.ts'

/** What `inspect` prints: JSON in full, on one line with `json`, or a template for each document. */
export function formatDocuments(documents: readonly unknown[], format: string | undefined): string {
  if (format === undefined || format === '') return `${JSON.stringify(documents, null, 4)}\n`
  if (format === 'json') return `${JSON.stringify(documents)}\n`
  const render = compileTemplate(unescaped(format))
  return documents.map((document) => `${render(document)}\n`).join('')
}
