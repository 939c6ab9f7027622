import { expect, test } from 'vitest'
import { expandWord, lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

test.each([
  ['replacements within replacements', `${'${a//?/'.repeat(6)}y${'}'.repeat(6)}`, 'variables make it too long'],
  ['replacements of a name beyond ASCII', '${é//?/$é}', 'variables make it too long'],
  ['one variable many times', '$a'.repeat(5000), 'variables make it too long'],
  [
    'a pattern of wildcards that matches nowhere',
    `\${a//${'x*'.repeat(500)}z/y}`,
    'matching its pattern takes too long',
  ],
])('%s is an error and exhausts neither memory nor time', (_, word, message) => {
  const value = 'x'.repeat(4096)
  const result = expandWord(word, new Map(['a', 'é'].map((name) => [name, value])))
  expect(result.problem?.message).toBe(message)
})

test('a Dockerfile in which a variable doubles with every line is checked to the end', () => {
  const { dockerfile } = parseDockerfile(`FROM a AS Build\nENV a=x\n${'ENV a=$a$a\n'.repeat(64)}`)
  if (dockerfile === undefined) throw new Error('does not parse')
  expect(lintDockerfile(dockerfile, {}).findings.map(({ code }) => code)).toEqual(['StageNameCasing'])
})
