import { expect, test } from 'vitest'
import { parseExtraHost } from '../../notation/index.ts'

test.each([
  ['db:10.1.2.3', ['db', '10.1.2.3']],
  ['six=[fd00::1]', ['six', 'fd00::1']],
  ['six:fd00::1', ['six', 'fd00::1']],
  ['me:host-gateway', ['me', 'host-gateway']],
  ['db', undefined],
  ['db:', undefined],
  ['db:1.2.3', undefined],
  ['a b:1.2.3.4', undefined],
  ['a\n6.6.6.6 b:1.2.3.4', undefined],
])('parseExtraHost(%j)', (text, host) => expect(parseExtraHost(text)).toEqual(host))
