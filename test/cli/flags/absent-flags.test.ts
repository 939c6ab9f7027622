import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { runInProcess } from '../support/run-in-process.ts'

const root = temporaryDirectory('kaniko')
const page = readFileSync(resolve(import.meta.dirname, '../../../docs/ci.md'), 'utf8')

/** Those of kaniko's executor, without the ones that `tsbuild build` has under the same name. */
const FLAGS =
  `cache cache-copy-layers cache-dir cache-repo cache-run-layers cache-ttl cleanup compressed-caching compression
  compression-level context context-sub-path credential-helpers custom-platform destination digest-file dockerfile force
  force-build-metadata git ignore-path ignore-var-run image-download-retry image-fs-extract-retry
  image-name-tag-with-digest-file image-name-with-digest-file insecure insecure-pull kaniko-dir log-format log-timestamp
  materialize no-push no-push-cache oci-layout-path preserve-context push-ignore-immutable-tag-errors push-retry
  registry-certificate registry-client-cert registry-map registry-mirror reproducible single-snapshot
  skip-default-registry-fallback skip-push-permission-check skip-tls-verify skip-tls-verify-pull
  skip-tls-verify-registry skip-unused-stages snapshot-mode tar-path use-new-run verbosity`.split(/\s+/)

test.each(FLAGS)('what replaces --%s of kaniko is in the hint and in the documentation', async (flag) => {
  const words = ['build', `--${flag}=x`, '.']
  const { stderr } = await runInProcess(words, { root: join(root, 'store'), env: {}, cwd: root })
  expect(stderr).toMatch(/hint: (Use|Omit|Set|Specify|Configure) /)
  expect(page).toContain(`--${flag}`)
})

test.each([
  ['--certificate-identity', 'Use --key FILE'],
  ['--insecure-ignore-tlog', 'no transparency log'],
])('what replaces %s of cosign is in the hint', async (flag, hint) => {
  const words = ['verify', `${flag}=x`, 'image']
  expect((await runInProcess(words, { root: join(root, 'store'), env: {}, cwd: root })).stderr).toContain(hint)
})
