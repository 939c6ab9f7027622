import { expect, test } from 'vitest'
import { splitCsv, splitField } from '../../notation/index.ts'

test.each([
  ['type=local,dest=out', ['type=local', 'dest=out']],
  ['"dest=a,b",type=tar', ['dest=a,b', 'type=tar']],
  ['"a ""b""",', ['a "b"', '']],
  ['a,,b', ['a', '', 'b']],
  ['a"b', undefined],
  ['"a', undefined],
  ['"a"b', undefined],
])('splitCsv(%s)', (line, fields) => expect(splitCsv(line)).toEqual(fields))

test.each([
  ['Target=/A=b', ['target', '/A=b']],
  ['READONLY', ['readonly', undefined]],
  ['id=', ['id', '']],
  ['', ['', undefined]],
])('splitField(%s)', (field, pair) => expect(splitField(field)).toEqual(pair))
