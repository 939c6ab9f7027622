import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readDockerfile, readIgnorePatterns } from '../../../builder/context/read-dockerfile.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const context = { root: temporaryDirectory('unreadable'), hasIgnoreFile: true, close: async () => {} }

test('a link to itself in place of the Dockerfile or the ignore file is reported with its name and the reason', async () => {
  for (const name of ['Dockerfile', '.dockerignore']) symlinkSync(name, join(context.root, name))
  await expect(readDockerfile({ requested: undefined }, context)).rejects.toMatchObject(
    refused('Cannot read "Dockerfile": too many levels of symbolic links (expected a file of the build context)'),
  )
  await expect(readIgnorePatterns({}, context)).rejects.toMatchObject(
    refused('Cannot read ".dockerignore": too many levels of symbolic links (expected a file of the build context)'),
  )
})

test('a name that no file can have is reported with the reason', async () => {
  const path = join(context.root, 'x'.repeat(300))
  await expect(readDockerfile({ requested: { path } }, context)).rejects.toMatchObject(
    refused(`Cannot read "${path}": file name too long (expected a file)`),
  )
})

function refused(message: string): object {
  return { code: 'BUILD_REFUSED', message }
}
