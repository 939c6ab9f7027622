import { spawnSync } from 'node:child_process'
import type { ProcessTable } from '../contract/container.ts'
import { ContainerError } from '../contract/errors.ts'

/**
 * Output of the host's `ps` for given processes. SPEC: moby ContainerTop: tries `-q` first, else lists all processes.
 */
export function hostPs(options: readonly string[], pids: readonly number[]): ProcessTable {
  const words = options.join(' ').split(' ').filter(Boolean)
  // With another title, the PID column could not be found.
  const renamed = words.find((word) => /^[^\s=]+=\s*\S*PID/.test(word))
  if (renamed !== undefined) throw refused(`the title of "${renamed}" would hide the process IDs`)
  const text = runPs([...words, `-q${pids.join(',')}`]) ?? runPs(words, true) ?? ''
  return tableOf(text, new Set(pids.map(String)))
}

/** Undefined on failure, unless this is the last attempt. */
function runPs(words: readonly string[], isLast = false): string | undefined {
  const { error, status, stdout, stderr } = spawnSync('ps', words, { encoding: 'utf8', maxBuffer: 64 << 20 })
  if (error !== undefined)
    throw refused(`this machine's ps cannot be run: ${error.message}`, 'Install the Debian package procps')
  if (status === 0) return stdout
  if (!isLast) return undefined
  throw refused(`ps: ${stderr.split('\n').find((line) => line !== '') ?? `exit code ${status}`}`)
}

function tableOf(text: string, pids: ReadonlySet<string>): ProcessTable {
  const [titleLine = '', ...lines] = text.split('\n')
  const titles = fields(titleLine)
  const column = titles.indexOf('PID')
  if (column < 0) throw refused("Couldn't find PID field in ps output")
  const processes = lines
    .map(fields)
    .filter((row) => pids.has(row[column] ?? ''))
    .map((row) => [...row.slice(0, titles.length - 1), row.slice(titles.length - 1).join(' ')])
  return { titles, processes }
}

function fields(line: string): string[] {
  return line.split(/[ \t]+/).filter(Boolean)
}

function refused(found: string, hint?: string): ContainerError {
  const more = { ...(hint !== undefined && { hint }) }
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot list processes: ${found}`, { ...more, exitCode: 1 })
}
