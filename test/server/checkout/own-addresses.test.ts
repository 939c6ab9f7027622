import { expect, test } from 'vitest'
import { ownAddresses } from '../../../server/checkout/own-addresses.ts'

const usual = (host: string): string[] => [`${host}:22`, `${host}:80`, `${host}:443`]

test.each([
  ['https://forge.example/team/app.git', usual('forge.example')],
  ['https://forge.example:8443/app.git', [...usual('forge.example'), 'forge.example:8443']],
  ['ssh://git@forge.example:2222/app.git', [...usual('forge.example'), 'forge.example:2222']],
  ['git@Forge.example:team/app.git', usual('forge.example')],
  ['https://[::1]/app.git', usual('[::1]')],
  ['file:///srv/git/app.git', []],
])('the server of %s has git at the ports of its protocols, and at no others', (url, expected) => {
  expect([...ownAddresses(url)].sort()).toEqual([...expected].sort())
})
