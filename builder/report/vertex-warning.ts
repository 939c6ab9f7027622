import type { BuildWarning } from '../request/builder.ts'
import { ruleUrl } from './rule-url.ts'

/** Level 1, with the text as bytes, as for Dockerfile checks. SPEC: moby/buildkit client, VertexWarning */
export function vertexWarning({ code, message, range }: BuildWarning) {
  if (range === undefined) return { level: 1, short: base64(`${code}: ${message}`) }
  return {
    level: 1,
    short: base64(`${code}: ${message} (line ${range.start.line})`),
    ...(!code.includes('_') && { url: ruleUrl(code) }), // checks have a page, errors such as those of triggers do not
    range: [{ start: positionOf(range.start), end: positionOf(range.end) }],
  }
}

function positionOf({ line, column }: { readonly line: number; readonly column: number }) {
  return { line, character: column - 1 }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
