import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { eachName } from '../../cli/each-name.ts'

test('an interrupt does not affect the remaining names, and reports none of them', async () => {
  const controller = new AbortController()
  const interrupt = { signal: controller.signal, exitCode: () => 130, release: () => {} }
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const io = { stdin, stdout, stderr, env: {}, cwd: '/' }
  const done: string[] = []
  const work = async (name: string) => {
    done.push(name)
    if (name === 'b') controller.abort(new Error('Interrupted'))
    return `${name}\n`
  }
  const all = eachName({ positionals: ['a', 'b', 'c', 'd'], io, interrupt }, work)
  await expect(all).rejects.toThrow('Interrupted')
  expect({ done, printed: String(stdout.read()), errors: stderr.read() }).toEqual({
    done: ['a', 'b'],
    printed: 'a\nb\n',
    errors: null,
  })
})
