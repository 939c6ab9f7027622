import { expect, test } from 'vitest'
import { splitCsv } from '../../notation/index.ts'

test.each([
  ['type=local,dest=out', ['type=local', 'dest=out']],
  ['"dest=a,b",type=tar', ['dest=a,b', 'type=tar']],
  ['"a ""b""",', ['a "b"', '']],
  ['a,,b', ['a', '', 'b']],
  ['a"b', undefined],
  ['"a', undefined],
  ['"a"b', undefined],
])('splitCsv(%s)', (line, fields) => expect(splitCsv(line)).toEqual(fields))
