import type { ContainerRecord } from '../contract/record.ts'

/** The STATUS column of `docker ps`: `Up 3 minutes`, `Exited (0) 2 seconds ago`. */
export function statusText(record: ContainerRecord, nowMs: number): string {
  const { state } = record
  const since = (time: string | undefined) => humanDuration(nowMs - Date.parse(time ?? record.createdAt))
  switch (state.status) {
    case 'created':
      return 'Created'
    case 'running':
      return `Up ${since(state.startedAt)}${healthText(record)}`
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`
    case 'dead':
      return 'Dead'
  }
}

/** Docker's wording. SPEC: docker/go-units HumanDuration */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(Math.max(0, milliseconds) / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.trunc(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.round(seconds / 3600)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  const days = Math.trunc(seconds / 86_400)
  if (days < 14) return `${days} days`
  if (days < 60) return `${Math.trunc(days / 7)} weeks`
  if (days < 365 * 2) return `${Math.trunc(days / 30)} months`
  return `${Math.trunc(days / 365)} years`
}

/**
 * The COMMAND column, quoted; truncated to docker's 20 characters unless `full`. SPEC: moby container/view.go: arguments
 * with blanks are quoted, without escapes within them.
 */
export function commandText(record: ContainerRecord, full = false): string {
  const [path = '', ...words] = record.argv
  const command = [path, ...words.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' ')
  return JSON.stringify(full || command.length <= 20 ? command : `${command.slice(0, 19)}…`)
}

function healthText(record: ContainerRecord): string {
  const status = record.state.health?.status
  if (status === undefined) return ''
  return status === 'starting' ? ' (health: starting)' : ` (${status})`
}
