import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type Insider, useInsiders, type Witness } from '../processes/insiders.ts'

/** Insiders for which a process outside of the sandbox emulates the owners of files. */
export function useOwnerKeepers(): readonly Insider[] {
  const insiders = useInsiders((tree) => {
    const source = join(import.meta.dirname, 'owner-keeper.c')
    execFileSync('cc', ['-w', '-static', '-pthread', '-o', join(tree, 'owner-keeper'), source])
  })
  return insiders.filter(({ hasSingleId }) => hasSingleId)
}

/**
 * Runs an attempt of owner-keeper.c. Fails if anything outside of the root was changed, or if the process that answers
 * no longer responds or has grown.
 */
export async function attempt(insider: Insider, name: string, more: { privileged?: boolean } = {}): Promise<Witness> {
  const outside = makeOutside(insider)
  const before = stateOf(outside)
  const script = `/owner-keeper ${name} ${outside}; echo "ended with $?"
    touch /asked; chown 77:88 /asked; stat -c %u:%g /asked; sleep 1`
  const watch = watchMemory(insider)
  const witness = await insider.run(script, more)
  const grownTo = watch.end()
  expect(witness.stdout, witness.stderr).toMatch(/ended with 0\n77:88\n$/)
  expect(stateOf(outside)).toEqual(before)
  expect(grownTo).toBeGreaterThan(0)
  expect(grownTo).toBeLessThan(MOST_MEMORY_KB)
  return witness
}

const MOST_MEMORY_KB = 48 << 10

/** The peak memory of the answering processes during an attempt. */
function watchMemory(insider: Insider) {
  let highest = 0
  const look = () => {
    for (const pid of keepers(insider)) highest = Math.max(highest, peakKb(pid))
  }
  const timer = setInterval(look, 20)
  return {
    end: () => {
      clearInterval(timer)
      return highest
    },
  }
}

/** Their working directory is the host's /proc. */
function keepers(insider: Insider): readonly string[] {
  const link = (path: string) => {
    try {
      return readlinkSync(path)
    } catch {
      return '' // has just ended
    }
  }
  const isKeeper = (pid: string) =>
    [insider.binary(), '/memfd:tsbuild-sandbox (deleted)'].includes(link(`/proc/${pid}/exe`)) &&
    link(`/proc/${pid}/cwd`) === '/proc'
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isKeeper(name))
}

function peakKb(pid: string): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Writable for all users, so that only the sandbox keeps a command out. */
function makeOutside(insider: Insider): string {
  const directory = join(dirname(insider.binary()), 'outside')
  mkdirSync(directory, { recursive: true })
  chmodSync(directory, 0o2777)
  writeFileSync(join(directory, 'file'), '')
  chmodSync(join(directory, 'file'), 0o666)
  return directory
}

function stateOf(directory: string) {
  return ['.', ...readdirSync(directory)].map((name) => {
    const { uid, gid, mode, ctimeMs } = statSync(join(directory, name))
    return { name, uid, gid, mode, ctimeMs }
  })
}
