import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Forge, verifyWebhook } from '../../../server/webhooks/signatures.ts'

const secret = 'a shared secret'
const body = Buffer.from('{"ref":"refs/heads/main"}')
const hex = createHmac('sha256', secret).update(body).digest('hex')
const nowMs = 1_700_000_000_000
const standard = (key: string | Buffer, id = 'msg_1', timestamp = '1700000000'): Record<string, string> => ({
  'webhook-id': id,
  'webhook-timestamp': timestamp,
  'webhook-signature': `v1,AAAA v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
})

const good: readonly [string, Forge, Record<string, string>, string, string?][] = [
  ['GitHub', 'github', { 'x-hub-signature-256': `sha256=${hex}`, 'x-github-delivery': 'd1' }, 'd1'],
  ['Gitea', 'gitea', { 'x-gitea-signature': hex, 'x-gitea-delivery': 'd2' }, 'd2'],
  ['Forgejo', 'forgejo', { 'x-forgejo-signature': hex, 'x-forgejo-delivery': 'd3', 'x-gitea-signature': 'x' }, 'd3'],
  ['a Forgejo that signs as Gitea', 'forgejo', { 'x-gitea-signature': hex, 'x-gitea-delivery': 'd4' }, 'd4'],
  ['Bitbucket Cloud', 'bitbucket', { 'x-hub-signature': `sha256=${hex}`, 'x-request-uuid': 'd5' }, 'd5'],
  ['Bitbucket Data Center', 'bitbucket-server', { 'x-hub-signature': `sha256=${hex}`, 'x-request-id': 'd6' }, 'd6'],
  ['GitLab with a secret token', 'gitlab', { 'x-gitlab-token': secret, 'x-gitlab-webhook-uuid': 'd7' }, 'd7'],
  [
    'an old GitLab, whose recursive events share an ID',
    'gitlab',
    { 'x-gitlab-token': secret, 'x-gitlab-event-uuid': 'd8' },
    `d8 ${createHash('sha256').update(body).digest('hex')}`,
  ],
  ['GitLab with a signing token', 'gitlab', standard(secret), 'msg_1'],
  ['a plain signed webhook', 'generic', standard(secret), 'msg_1'],
  [
    'a plain one with an encoded key',
    'generic',
    standard(Buffer.from('key')),
    'msg_1',
    `whsec_${Buffer.from('key').toString('base64')}`,
  ],
]

const bad: readonly [string, Forge, Record<string, string>][] = [
  ['GitHub without a signature', 'github', {}],
  ['GitHub with a signature of SHA-1', 'github', { 'x-hub-signature': `sha1=${hex}` }],
  [
    'GitHub with one digit changed',
    'github',
    { 'x-hub-signature-256': `sha256=${hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}` },
  ],
  ['GitHub with the signature twice', 'github', { 'x-hub-signature-256': `sha256=${hex}, sha256=${hex}` }],
  [
    'Forgejo whose own signature is wrong, with a right one of Gitea',
    'forgejo',
    { 'x-forgejo-signature': 'x', 'x-gitea-signature': hex },
  ],
  ['GitLab with a wrong signature and the right token', 'gitlab', { ...standard('other'), 'x-gitlab-token': secret }],
  ['GitLab with the token of another project', 'gitlab', { 'x-gitlab-token': 'other' }],
  ['a plain one without an ID', 'generic', { ...standard(secret), 'webhook-id': '' }],
  ['a plain one whose ID was changed', 'generic', { ...standard(secret), 'webhook-id': 'msg_2' }],
]

const verify = (forge: Forge, headers: Record<string, string>, key = secret) =>
  verifyWebhook(forge, { body, header: (name) => headers[name] }, { secrets: [key], nowMs, toleranceSeconds: 300 })

describe('verifyWebhook()', () => {
  test.each(good)('accepts a signature of %s', (_, forge, headers, id, key) => {
    expect(verify(forge, headers, key)).toMatchObject({ deliveryId: id })
  })
  test.each(bad)('refuses %s', (_, forge, headers) => {
    expect(() => verify(forge, headers)).toThrow(expect.objectContaining({ code: 'SERVER_BAD_SIGNATURE' }))
  })
  test.each(['1699999600', '1700000400', '', 'soon'])('refuses a signed timestamp of %j', (timestamp) => {
    const code = timestamp === '' ? 'SERVER_BAD_SIGNATURE' : 'SERVER_REPLAYED'
    expect(() => verify('generic', standard(secret, 'm', timestamp))).toThrow(expect.objectContaining({ code }))
  })
})
