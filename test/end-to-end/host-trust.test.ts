import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const MS_2020 = Date.UTC(2020, 0, 1)

test("the host's certificates leave nothing in the files of a step, not even the time of a directory", async () => {
  const context = temporaryDirectory('host-trust')
  const bundle = join(context, 'ca.pem')
  writeFileSync(bundle, 'OUR AUTHORITY\n')
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM busybox AS base
RUN mkdir -p /run && touch -t 202001010000.00 /run
FROM base AS step
RUN grep -c 'OUR AUTHORITY' $SSL_CERT_FILE >/seen
FROM busybox
COPY --from=step / /copied
RUN echo "seen: $(cat /copied/seen), run: $(stat -c %Y /copied/run), left: $(find /copied -name .tsbuild)."
`,
  )
  const tsbuild = createTsbuild({ SSL_CERT_FILE: bundle, TZ: 'UTC' })
  await importBusybox(tsbuild)
  const { stderr, exitCode } = await tsbuild.run('build', '--progress=plain', context)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain(`seen: 1, run: ${MS_2020 / 1000}, left: .`)
})
