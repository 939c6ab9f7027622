import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LINT_RULES, lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

const folder = resolve(import.meta.dirname, '../../../docs/checks')

test('every check has a page, and every page has a check', () => {
  const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ''))
  expect(pages.sort()).toEqual(LINT_RULES.map(({ name }) => name).sort())
})

describe('the page of', () => {
  /** Definitions that the examples need but do not show. */
  const facts = {
    InvalidBaseImagePlatform: {
      baseImage: (reference: string) => ({
        env: {},
        hasShell: false,
        platform: reference === 'image-for-arm64-only' ? 'linux/arm64' : 'linux/amd64',
        wantedPlatform: 'linux/amd64',
      }),
    },
  }

  test.each(LINT_RULES)('$name has a bad example with a finding and a good one without', ({ name }) => {
    const page = readFileSync(join(folder, `${name}.md`), 'utf8')
    const [bad, good] = [...page.matchAll(/```dockerfile\n(.*?)```/gs)].map((match) => match[1] ?? '')
    const find = (example: string | undefined) => {
      const hasStage = /^from /im.test(example ?? '')
      const text = `# check=experimental=all\n\n${hasStage ? '' : 'FROM scratch\n'}${example}`
      const { dockerfile } = parseDockerfile(text)
      const ignorePatterns = /\.dockerignore: (\S+)/.exec(example ?? '')?.slice(1)
      const known = {
        ...(name in facts ? facts.InvalidBaseImagePlatform : {}),
        ...(ignorePatterns && { ignorePatterns }),
      }
      expect(dockerfile).toBeDefined()
      return dockerfile && lintDockerfile(dockerfile, known).findings.map(({ code }) => code)
    }
    expect(find(bad)).toContain(name)
    expect(find(good)).not.toContain(name)
  })
})
