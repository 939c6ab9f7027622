import { cleanText, type DockerfileDescription, excerpt } from '../../builder/index.ts'

type Finding = DockerfileDescription['diagnostics'][number]

/** One finding with the lines that it refers to. */
export function findingText(finding: Finding, source: DockerfileDescription['source']): string {
  const { severity, code, message, hint, range } = finding
  const lines = [
    `${severity === 'error' ? 'ERROR' : 'WARNING'}: ${code}`,
    message,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...excerpt(source, range),
  ]
  return `${cleanText(lines.join('\n'))}\n`
}
