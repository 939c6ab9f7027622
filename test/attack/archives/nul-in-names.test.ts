import { expect, test } from 'vitest'
import { attempt } from '../../support/hostile-layer.ts'

const sparse = {
  'GNU.sparse.major': '0',
  'GNU.sparse.minor': '1',
  'GNU.sparse.numblocks': '1',
  'GNU.sparse.map': '0,5',
}

test.each([
  ['path', { path: 'file\0hidden' }],
  ['linkpath', { linkpath: 'file\0hidden' }],
  ['sparse name', { ...sparse, 'GNU.sparse.size': '100', 'GNU.sparse.name': 'file\0hidden' }],
  ['sparse name of a file without holes', { 'GNU.sparse.name': 'file\0hidden' }],
  ['name of an extended attribute', { 'SCHILY.xattr.user.a\0b': 'value' }],
])('an archive whose %s contains a NUL is refused as malformed', async (_, pax) => {
  const { code, message } = await attempt([{ name: 'file', data: '12345', pax }])
  expect(code, message).toBe('TREE_ARCHIVE')
})
