import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { commandTable } from '../../../cli/command-table.ts'
import { completionOf } from '../../../cli/completion/candidates.ts'
import { completionScripts } from '../../../cli/completion/scripts.ts'

describe('completionOf() offers matching words', () => {
  const rows: readonly [readonly string[], string | readonly string[]][] = [
    [['im'], ['image', 'images', 'import']],
    [['image', 'in'], ['inspect']],
    [
      ['build', '--pro'],
      ['--progress', '--provenance'],
    ],
    [
      ['build', '--progress', ''],
      ['auto', 'plain', 'tty', 'quiet', 'none', 'rawjson'],
    ],
    [['build', '--progress=p'], ['--progress=plain']],
    [['build', '-f', ''], 'file'],
    [['build', '-qf', ''], 'file'],
    [['build', '--file=x'], 'file'],
    [['build', '-o', 'x'], 'directory'],
    [['build', '-t', ''], []],
    [['build', '-q', ''], 'directory'],
    [['build', ''], 'directory'],
    [['-t', 'x', '--tar'], ['--target']],
    [['--root', '/r', 'image', 'rm', ''], 'image'],
    [['run', '-d', ''], 'image'],
    [['stop', ''], 'container'],
    [['no-such', ''], []],
    [['__com'], []],
    [['build', '--squ'], []],
  ]
  for (const [words, expected] of rows) {
    test(JSON.stringify(words), async () => {
      const completion = await completionOf(commandTable, words)
      if (typeof expected === 'string') expect(completion.kind).toBe(expected)
      else expect(completion.kind === 'words' && completion.words.map(({ word }) => word)).toEqual(expected)
    })
  }
})

describe('the bash script', () => {
  /** Completions of bash for a line, with a program that prints fixed candidates and records its calls. */
  function offered(line: string, answer: string): string[] {
    const script = `
      tsbuild() { printf '%s|' "$@" >&2; printf '%b' "$ANSWER"; }
      compopt() { :; }
      ${completionScripts.bash}
      COMP_LINE="$LINE"; COMP_POINT=\${#LINE}; _tsbuild; printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...process.env, LINE: line, ANSWER: answer }
    return execFileSync('bash', ['-c', script], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trimEnd()
      .split('\n')
  }

  test('offers the words without their descriptions', () => {
    expect(offered('tsbuild im', 'image\tManage images\nimages\tList images\n')).toEqual(['image', 'images'])
  })
  test('offers only the part after the last = or :, which bash treats as a word break', () => {
    expect(offered('tsbuild build --progress=p', '--progress=plain\t\n')).toEqual(['plain'])
    expect(offered('tsbuild rmi host:5000/a:', 'host:5000/a:v1\timage\n')).toEqual(['v1'])
  })
  test('falls back to paths', () => {
    expect(offered('tsbuild load -i /etc/host', ':file\n')).toContain('/etc/hostname')
    expect(offered('tsbuild build /et', ':directory\n')).toEqual(['/etc'])
  })
})
