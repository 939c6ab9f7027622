import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface GitRepository {
  /** Path of the bare repository. */
  readonly directory: string
  readonly url: string
  /** Commits files on top of the existing ones and pushes. Returns the commit ID. */
  commit(
    files: Readonly<Record<string, string>>,
    options?: { readonly message?: string; readonly branch?: string },
  ): string
  git(...words: string[]): string
}

/** Creates a bare repository below `root`, with a working copy next to it. */
export function createRepository(root: string, name: string): GitRepository {
  const directory = join(root, `${name}.git`)
  const copy = join(root, `${name}-copy`)
  mkdirSync(root, { recursive: true })
  run(root, 'init', '--quiet', '--bare', '--initial-branch=main', directory)
  run(root, 'clone', '--quiet', directory, copy)
  const git = (...words: string[]): string => run(copy, ...words)
  git('checkout', '--quiet', '-B', 'main')
  return {
    directory,
    url: `file://${directory}`,
    git,
    commit: (files, { message = 'a change', branch = 'main' } = {}) => {
      git('checkout', '--quiet', '-B', branch)
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(copy, path)), { recursive: true })
        rmSync(join(copy, path), { force: true })
        writeFileSync(join(copy, path), content)
      }
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      git('push', '--quiet', '--force', 'origin', branch)
      return git('rev-parse', 'HEAD').trim()
    },
  }
}

function run(cwd: string, ...words: string[]): string {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1' } // git-lfs configures filters system-wide
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...words], { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`)
  return stdout
}
