/** `1.24 GB`, in powers of 1000 as docker shows sizes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = Math.abs(bytes)
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  const text = unit === 0 ? String(value) : value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
  return `${bytes < 0 ? '−' : ''}${text} ${units[unit]}`
}

/** `0.4s`, `12s`, `3m 05s`, `2h 10m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.095 && seconds > 0 ? 2 : 1)}s`
  if (seconds < 59.5) return `${Math.round(seconds)}s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return `${minutes}m ${two(Math.round(seconds) % 60)}s`
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago`, then the date. */
export function formatAgo(timestamp: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(timestamp)) / 1000
  if (seconds < 45) return 'just now'
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`
  const days = Math.round(seconds / 86_400)
  return days < 14 ? `${days} day${days === 1 ? '' : 's'} ago` : timestamp.slice(0, 10)
}

/** In the reader's time zone. */
export function formatTime(timestamp: string): string {
  return new Date(timestamp).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
