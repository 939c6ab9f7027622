import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

test('extended attributes of overlayfs are not taken from an archive', async () => {
  const { tree } = await attempt([
    {
      name: 'd/',
      type: '5',
      mode: 0o755,
      pax: {
        'SCHILY.xattr.trusted.overlay.redirect': '/etc',
        'SCHILY.xattr.trusted.overlay.opaque': 'y',
        'SCHILY.xattr.user.overlay.redirect': '/etc',
        'SCHILY.xattr.user.kept': 'yes',
      },
    },
  ])
  const python = `import os, sys; print(sorted(os.listxattr(sys.argv[1])))`
  expect(execFileSync('python3', ['-c', python, join(tree, 'd')], { encoding: 'utf8' })).toBe("['user.kept']\n")
})
