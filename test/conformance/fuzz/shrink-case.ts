import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Removes lines, and commands in RUN lines, as long as the case still fails. */
export async function shrinkCase(folder: string, holds: () => Promise<boolean>): Promise<void> {
  for (const name of ['Dockerfile', 'setup.sh', 'Dockerfile']) {
    const path = join(folder, name)
    await shrinkList(readFileSync(path, 'utf8').split('\n'), async (lines) => {
      writeFileSync(path, lines.join('\n'))
      return holds()
    })
  }
  const path = join(folder, 'Dockerfile')
  const lines = readFileSync(path, 'utf8').split('\n')
  for (const [number, line] of lines.entries()) {
    if (!line.startsWith('RUN ')) continue
    const commands = await shrinkList(line.slice(4).split('; '), async (fewer) => {
      writeFileSync(path, lines.with(number, `RUN ${fewer.join('; ')}`).join('\n'))
      return fewer.length > 0 && holds()
    })
    lines[number] = `RUN ${commands.join('; ')}`
  }
  writeFileSync(path, lines.join('\n'))
}

async function shrinkList(items: readonly string[], holds: (fewer: readonly string[]) => Promise<boolean>) {
  let kept = items
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const fewer = kept.toSpliced(at, 1)
    if (await holds(fewer)) kept = fewer
  }
  await holds(kept)
  return kept
}
