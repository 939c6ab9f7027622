import { readdirSync, readFileSync } from 'node:fs'

/** Runs around the whole suite: what the tests started or mounted must be gone when they end. */
export default function nothingLeft(): () => void {
  const before = new Set(remains())
  return () => {
    const left = remains().filter((line) => !before.has(line))
    if (left.length > 0) {
      process.exitCode = 1
      throw new Error(`Tests left behind:\n${left.join('\n')}`)
    }
  }
}

function remains(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('tsbuild'))
    .map((line) => `mount ${line.split(' ')[1]}`)
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const name = commandName(pid)
      return name.startsWith('tsbuild-') ? [`process ${pid} ${name}`] : []
    })
  const cgroups = ['/sys/fs/cgroup', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified'].flatMap((hierarchy) =>
    listDirectory(`${hierarchy}/tsbuild`).map((name) => `cgroup ${hierarchy}/tsbuild/${name}`),
  )
  return [...mounts, ...processes, ...cgroups]
}

function commandName(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return '' // ended meanwhile
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
  } catch {
    return []
  }
}
