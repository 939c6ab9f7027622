import { createHash } from 'node:crypto'
import type { BuildWarning } from '../request/builder.ts'
import { lineRanges } from './line-ranges.ts'
import { ruleUrl } from './rule-url.ts'

/** Level 1, with texts as bytes, as for Dockerfile checks. SPEC: moby/buildkit client, VertexWarning */
export function vertexWarning({ code, message, range, instructionRange = range, rule, source }: BuildWarning) {
  const line = range === undefined ? '' : ` (line ${range.start.line})`
  return {
    ...(source && { vertex: definitionVertex(source).digest }),
    level: 1,
    short: base64(`${code}: ${message}${line}`),
    ...(rule !== undefined && { detail: [base64(rule)], url: ruleUrl(code) }),
    ...(source && { sourceInfo: { filename: source.name, data: base64(source.text), language: 'Dockerfile' } }),
    ...(instructionRange && { range: lineRanges(instructionRange) }),
  }
}

/** The step to which buildx attaches the warnings about a Dockerfile. */
export function definitionVertex({ name }: NonNullable<BuildWarning['source']>) {
  const text = `[internal] load build definition from ${name}`
  return { digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, name: text }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
