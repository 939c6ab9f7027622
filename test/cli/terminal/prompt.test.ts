import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { prompt } from '../../../cli/terminal/prompt.ts'

test.each([
  ['\x04', 'Cannot continue: the question was not answered'],
  ['\x7f\x04', 'Cannot continue: the question was not answered'],
])('the end of input in place of an answer (%j) is reported as such', async (typed, message) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const answer = prompt(
    { stdin, stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd: '/' },
    'Username: ',
  )
  stdin.write(typed)
  await expect(answer).rejects.toMatchObject({ code: 'CLI_NEEDS_TERMINAL', message })
})
