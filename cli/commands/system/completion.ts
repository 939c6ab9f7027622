import { defineCommand } from '../../command.ts'
import { completionScripts, type Shell } from '../../completion/scripts.ts'
import { usageError } from '../../errors.ts'

const shells: readonly Shell[] = ['bash', 'zsh', 'fish']

export const completion = defineCommand({
  usage: 'bash | zsh | fish',
  flags: {},
  positionals: { min: 1, max: 1 },
  notes: [
    'bash: source <(tsbuild completion bash)',
    'zsh:  tsbuild completion zsh > "$fpath[1]/_tsbuild"',
    'fish: tsbuild completion fish > ~/.config/fish/completions/tsbuild.fish',
  ].join('\n'),
  async run({ positionals, io }) {
    const shell = shells.find((candidate) => candidate === positionals[0])
    if (shell === undefined)
      throw usageError(`Cannot complete in "${positionals[0]}": unknown shell (expected ${shells.join(', ')})`)
    io.stdout.write(completionScripts[shell])
    return 0
  },
})
