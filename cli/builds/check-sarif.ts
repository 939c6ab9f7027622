import type { DockerfileDescription } from '../../builder/index.ts'

type Finding = DockerfileDescription['diagnostics'][number]

/** SPEC: SARIF 2.1.0, as code scanning of GitHub and GitLab reads it. */
export function checkSarif({ diagnostics, source, checks }: DockerfileDescription): unknown {
  const ids = [...new Set(diagnostics.map(({ code }) => code))]
  const rules = ids.map((id) => {
    const { description, url } = checks[id] ?? {}
    return {
      id,
      ...(description !== undefined && { shortDescription: { text: description } }),
      ...(url !== undefined && { helpUri: url }),
    }
  })
  const results = diagnostics.map(({ code, severity, message, range }) => ({
    ruleId: code,
    ruleIndex: ids.indexOf(code),
    level: severity,
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(source.name) }, region: regionOf(range) } }],
  }))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'tsbuild', rules } }, columnKind: 'utf16CodeUnits', results }],
  }
}

/** SPEC: RFC 3986: a relative reference, in which `#`, `?` and `:` would end the path. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function regionOf({ start, end }: Finding['range']): object {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
}
