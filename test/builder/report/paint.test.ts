import { expect, test } from 'vitest'
import { paintFor } from '../../../builder/report/paint.ts'

test('BUILDKIT_COLORS sets the colors of running, failed and canceled steps, by name or as red, green, blue', () => {
  const paint = paintFor({ BUILDKIT_COLORS: 'run=green:error=120,0,255:cancel=magenta:warning=white' })
  expect(paint.done('x')).toBe('\x1b[32mx\x1b[39m')
  expect(paint.failed('x')).toBe('\x1b[38;2;120;0;255mx\x1b[39m')
  expect(paint.canceled('x')).toBe('\x1b[35mx\x1b[39m')
})

test.each(['run', 'run=purple', 'run=1,2', 'run=256,0,0', 'other=green', '', ':='])('"%s" changes no color', (text) => {
  expect(paintFor({ BUILDKIT_COLORS: text }).done('x')).toBe('\x1b[36mx\x1b[39m')
})

test('NO_COLOR wins', () => {
  expect(paintFor({ NO_COLOR: '1', BUILDKIT_COLORS: 'run=green' }).done('x')).toBe('x')
})
