import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readHostTrust, TRUST_PATH } from '../../../../../builder/run/runners/command/host-trust.ts'
import { temporaryDirectory } from '../../../../support/temporary-directory.ts'

const folder = temporaryDirectory('trust')
const bundle = join(folder, 'ca.pem')
writeFileSync(bundle, 'OUR AUTHORITY')
const silent = () => {}

describe('readHostTrust()', () => {
  test('mounts nothing if no variable is set', () => {
    expect(readHostTrust({ PATH: '/bin' }, silent)).toEqual({ bundles: [], env: {} })
  })

  test.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'TSBUILD_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'PIP_CERT'])(
    'mounts the bundle in %s for all kinds of programs',
    (name) => {
      const trust = readHostTrust({ [name]: bundle }, silent)
      expect(trust.bundles).toContain(bundle)
      expect(trust.env).toMatchObject({
        SSL_CERT_FILE: TRUST_PATH,
        NODE_EXTRA_CA_CERTS: TRUST_PATH,
        PIP_CERT: TRUST_PATH,
        REQUESTS_CA_BUNDLE: TRUST_PATH,
        GIT_SSL_CAINFO: TRUST_PATH,
      })
    },
  )

  test('passes proxies in both spellings', () => {
    const trust = readHostTrust({ https_proxy: 'http://p:1', NO_PROXY: 'x' }, silent)
    expect(trust).toEqual({ bundles: [], env: { https_proxy: 'http://p:1', NO_PROXY: 'x' } })
  })

  test('warns about a missing bundle', () => {
    const warnings: string[] = []
    readHostTrust({ SSL_CERT_FILE: join(folder, 'absent') }, (message) => warnings.push(message))
    expect(warnings).toEqual([expect.stringContaining('Cannot read certificates')])
  })
})
