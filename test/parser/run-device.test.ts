import { expect, test } from 'vitest'
import { parseInstruction } from '../../parser/index.ts'

const devicesOf = (flag: string) => {
  const { instruction, diagnostics } = parseInstruction(`RUN --device=${flag} true`)
  const devices = instruction?.kind === 'run' ? instruction.devices : undefined
  return { devices, codes: diagnostics.map(({ code }) => code) }
}

// SPEC: BuildKit, TestParseDevice
test.each([
  ['vendor1.com/device=foo', 'vendor1.com/device=foo', false],
  ['vendor1.com/device', 'vendor1.com/device', false],
  ['vendor1.com/device=foo,required', 'vendor1.com/device=foo', true],
  ['vendor1.com/device=foo,required=true', 'vendor1.com/device=foo', true],
  ['vendor1.com/device=foo,required=false', 'vendor1.com/device=foo', false],
  ['name=vendor1.com/device=foo', 'vendor1.com/device=foo', false],
  ['name=vendor1.com/device=foo,REQUIRED', 'vendor1.com/device=foo', true],
  ['required,$NAME', '$NAME', true],
])('%s', (flag, name, required) => {
  expect(devicesOf(flag)).toEqual({ devices: [{ name, required }], codes: [] })
})

test.each([
  'vendor1.com/device=foo,name=vendor2.com/device=bar',
  'vendor1.com/device=foo,required=perhaps',
  'vendor1.com/device=foo,count=1',
  'vendor1.com/device=foo,bar',
  `'vendor1.com/device,"required'`,
])('"%s" is refused', (flag) => {
  expect(devicesOf(flag)).toEqual({ devices: undefined, codes: ['PARSE_FLAG_VALUE'] })
})
