import type { DockerfileDescription } from '../../builder/index.ts'

/** JUnit XML: a failed test case for each check with findings, or a single one that passes. */
export function checkJunit({ diagnostics, source }: DockerfileDescription): string {
  const found = [...new Set(diagnostics.map(({ code }) => code))].toSorted()
  const names = found.length === 0 ? ['Dockerfile checks'] : found
  const file = escaped(source.name)
  const cases = names.map((name) => {
    const findings = diagnostics.filter(({ code }) => code === name)
    const head = `    <testcase classname="${file}" name="${escaped(name)}"`
    return findings.length === 0 ? `${head}/>\n` : `${head}>\n${failure(findings, source.name)}    </testcase>\n`
  })
  const counts = `tests="${names.length}" failures="${found.length}"`
  const suite = `  <testsuite name="${file}" ${counts}>\n${cases.join('')}  </testsuite>\n`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n${suite}</testsuites>\n`
}

/** Jenkins reads the first failure of a test case only. */
function failure(findings: DockerfileDescription['diagnostics'], file: string): string {
  const lines = findings.map(({ range, message }) => `${file}:${range.start.line}: ${message}`)
  const type = findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning'
  const message = lines.length === 1 ? lines.join('') : `${lines.length} findings`
  return `      <failure type="${type}" message="${escaped(message)}">${escaped(lines.join('\n'))}</failure>\n`
}

/** SECURITY: text of the Dockerfile is escaped; characters that XML cannot represent are replaced. */
function escaped(text: string): string {
  const entity = (char: string) => `&#${char.codePointAt(0)};`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML 1.0 excludes
  const valid = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
  return valid.replace(/[<>&"'\n\r\t]/g, entity)
}
