import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../support/temporary-user.ts'

const room = temporaryDirectory('copy-user')
let user: TemporaryUser

beforeAll(() => {
  user = addUser()
  chmodSync(room, 0o755)
  execFileSync('sh', ['-c', `mkdir ${room}/root && cd ${room}/root && mkdir bin etc tmp && cp /bin/busybox bin/`])
  execFileSync('tar', ['-C', join(room, 'root'), '-cf', join(room, 'root.tar'), '.'])
})

afterAll(() => asUser('tsbuild rm -f -v web cold >/dev/null 2>&1 || true'))

function asUser(script: string): string {
  const whole = `set -e\nexport TSBUILD_ROOT=$HOME/store PATH=${dirname(user.program)}:$PATH\ncd $HOME\n${script}\n`
  writeFileSync(join(room, 'script'), whole)
  return execFileSync('su', [user.name, '-c', `sh ${room}/script`], { encoding: 'utf8' })
}

test('a non-root user copies into and out of containers, with the owners as seen in the container', () => {
  const out = asUser(`tsbuild import ${room}/root.tar box >/dev/null
    mkdir -p tree/sub; echo mine > tree/sub/file
    tsbuild run -d --network none --name web -v kept:/v --tmpfs /t box busybox sleep 1000 >/dev/null
    for place in /etc /v /t; do tsbuild cp tree web:$place; tsbuild cp /etc/passwd web:$place/of-others; done
    tsbuild exec web busybox stat -c '%n %u:%g' /etc/tree/sub/file /v/tree/sub/file /t/tree/sub/file /t/of-others
    tsbuild exec web busybox chown 7:8 /etc/tree/sub/file
    tsbuild cp web:/etc/tree/sub - | tar -tv --numeric-owner | grep -o ' [0-9]*/[0-9]* '
    tsbuild cp web:/etc/tree/sub/file back; stat -c %U back; cat back`)
  expect(
    out
      .replaceAll(user.name, 'USER')
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    ...['/etc/tree/sub/file', '/v/tree/sub/file', '/t/tree/sub/file', '/t/of-others'].map((path) => `${path} 0:0`),
    ...['0/0', '7/8', 'USER', 'mine', ''],
  ])
})

test('a non-root user copies into and out of a stopped container', () => {
  const out = asUser(`tsbuild create --network none --name cold box busybox cat /etc/passed >/dev/null
    echo passed > passed; tsbuild cp passed cold:/etc; tsbuild start -a cold
    tsbuild cp cold:/etc/passed again; cat again`)
  expect(out).toBe('passed\npassed\n')
})
