import { expect, test } from 'vitest'
import { crashed } from '../../sandbox-native/driver/errors.ts'

test('a binary that could not start a thread is reported as a shortage, without its panic message', () => {
  const stderr = `thread 'main' panicked at library/std/src/thread/mod.rs:1
failed to spawn thread: Os { code: 11, kind: WouldBlock, message: "Resource temporarily unavailable" }`
  const { code, message, hint } = crashed('SIGABRT', stderr)
  expect({ code, message }).toEqual({
    code: 'SANDBOX_CRASHED',
    message: 'Cannot finish the request: the kernel refused another thread',
  })
  expect(hint).toContain('limit of processes')
})

test('any other end of the binary is reported with what it printed', () => {
  const { message, hint } = crashed('SIGKILL', '')
  expect(message).toBe('Cannot finish the request: the binary ended early with SIGKILL')
  expect(hint).toContain('dmesg')
  expect(crashed('SIGABRT', 'panicked').message).toMatch(/with SIGABRT, saying: panicked$/)
})
