import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

/** Executes the program that started it, so that whoever runs it can open the file of that program. */
const plant = (tree: string) => {
  writeFileSync(join(tree, 'self'), '#!/proc/self/exe\n')
  chmodSync(join(tree, 'self'), 0o755)
}

const OVERWRITE = `for round in 1 2 3 4 5 6 7 8 9; do
    for process in /proc/[0-9]*; do case "$(readlink $process/exe)" in *sandbox*|*binary*) echo x > $process/exe;; esac; done
  done; echo x > /proc/1/exe; /self; echo x > /proc/$$/exe`

describe.each(useInsiders(plant))('$name', (insider) => {
  test('cannot overwrite the binary that runs it', async () => {
    const before = sha256(insider.binary())
    for (const privileged of [false, true]) {
      await insider.run(`cp /bin/busybox /tool; ${OVERWRITE}`, { privileged })
      const host = ['sh', '-c', `while :; do ${OVERWRITE}; done 2>/dev/null`]
      for (let round = 0; round < 5; round += 1) await insider.run(['/self'], { privileged, host })
    }
    expect(sha256(insider.binary())).toBe(before)
  })
})

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
