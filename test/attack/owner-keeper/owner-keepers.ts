import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { type Insider, useInsiders, type Witness } from '../processes/insiders.ts'

/** Where a process next to the command reports the owners of files. */
export function useOwnerKeepers(): readonly Insider[] {
  const insiders = useInsiders((tree) => {
    const source = join(import.meta.dirname, 'owner-keeper.c')
    execFileSync('cc', ['-w', '-static', '-pthread', '-o', join(tree, 'owner-keeper'), source])
  })
  return insiders.filter(({ hasSingleId }) => hasSingleId)
}

/**
 * Makes an attempt of owner-keeper.c. Fails if anything outside of the root was changed, if the process that answers
 * does not answer any more, or if it has grown.
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

/** The highest memory of those that answer while an attempt is made. */
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

/** They have the host's /proc as their working directory. */
function keepers(insider: Insider): readonly string[] {
  const link = (path: string) => {
    try {
      return readlinkSync(path)
    } catch {
      return '' // ended meanwhile
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

/** Everybody may write there, so that nothing but the border keeps them away. */
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
