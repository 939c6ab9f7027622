import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseLogFlags } from '../../cli/containers/log-flags.ts'
import { runToEnd, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await temporaryContainers()
})

async function textOf(ref: string): Promise<string> {
  let text = ''
  for await (const line of engine.containers.logs(ref)) text += line.text
  return text
}

describe('logs()', () => {
  test('keep the order, the streams and a last line without a newline', async () => {
    await runToEnd(engine.containers, {
      name: 'talker',
      command: ['sh', '-c', 'echo one; echo two >&2; sleep 0.1; printf three'],
    })
    const lines = []
    for await (const { stream, text } of engine.containers.logs('talker')) lines.push({ stream, text })
    expect(lines).toHaveLength(3)
    expect(lines).toContainEqual({ stream: 'stderr', text: 'two\n' })
    expect(lines.at(-1)).toEqual({ stream: 'stdout', text: 'three' })
  })

  test('keep what was printed before an error message before it', async () => {
    const command = ['sh', '-c', 'echo printed; echo failed >&2']
    await runToEnd(engine.containers, { name: 'complaining', command })
    const streams: string[] = []
    for await (const { stream } of engine.containers.logs('complaining')) streams.push(stream)
    expect(streams).toEqual(['stdout', 'stderr'])
  })

  test('return only the last lines on request', async () => {
    await runToEnd(engine.containers, { name: 'counter', command: ['seq', '1', '50'] })
    const texts: string[] = []
    for await (const { text } of engine.containers.logs('counter', { tail: 2 })) texts.push(text)
    expect(texts).toEqual(['49\n', '50\n'])
  })

  test('count a long line that arrived in pieces as one', async () => {
    const command = ['sh', '-c', 'seq 1 20000; head -c 50000 /dev/zero | tr "\\0" x; echo; echo end']
    await runToEnd(engine.containers, { name: 'long', command })
    let text = ''
    for await (const line of engine.containers.logs('long', { tail: 2 })) text += line.text
    expect(text).toBe(`${'x'.repeat(50_000)}\nend\n`)
    for await (const line of engine.containers.logs('long', { tail: 0 })) expect(line).toBeUndefined()
  })

  test('followed from the start are complete when the container exits', async () => {
    const { containers } = engine
    await containers.run({
      image: 'busybox',
      network: 'none',
      name: 'followed',
      command: ['sh', '-c', 'sleep 0.2; seq 1 20000; printf end'],
    })
    let text = ''
    for await (const line of containers.logs('followed', { follow: true })) text += line.text
    expect(text.split('\n').length).toBe(20_001)
    expect(text.endsWith('\n20000\nend')).toBe(true)
  })

  test('are split into files of the given size', async () => {
    await runToEnd(engine.containers, {
      name: 'rotated',
      log: { maxSizeBytes: 20_000, maxFiles: 3 },
      command: ['seq', '1', '5000'],
    })
    const texts: number[] = []
    for await (const { text } of engine.containers.logs('rotated')) texts.push(Number(text))
    expect(texts.length).toBeLessThan(1500)
    expect(texts.at(-1)).toBe(5000)
    expect(texts.every((number, index) => index === 0 || number === (texts[index - 1] ?? 0) + 1)).toBe(true)
  })
})

describe('the log', () => {
  async function followTo(name: string): Promise<readonly number[]> {
    const numbers: number[] = []
    for await (const { text } of engine.containers.logs(name, { follow: true })) numbers.push(Number(text))
    return numbers
  }

  test('is followed across all of its files, however often they rotate', async () => {
    const { containers } = engine
    const log = { maxSizeBytes: 2000, maxFiles: 300 }
    const command = ['sh', '-c', 'sleep 0.1; seq 1 5000']
    await containers.run({ image: 'busybox', network: 'none', name: 'hasty', log, command })
    expect(await followTo('hasty')).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1))
    await containers.remove('hasty')
  })

  test('the local driver has its own limits, and none keeps nothing', async () => {
    const { containers } = engine
    const { id } = await runToEnd(containers, { name: 'local', log: { driver: 'local' }, command: ['echo', 'kept'] })
    expect(await textOf(id)).toBe('kept\n')
    const { HostConfig } = await containers.inspect(id)
    const Config = { 'max-size': '20000000', 'max-file': '5' }
    expect(HostConfig).toMatchObject({ LogConfig: { Type: 'local', Config } })
    const silent = await runToEnd(containers, { name: 'silent', log: { driver: 'none' }, command: ['echo', 'seen'] })
    expect(silent.stdout).toBe('seen\n')
    expect(readdirSync((await containers.get('silent')).directory)).not.toContain('log.json')
    await expect(textOf('silent')).rejects.toMatchObject({ code: 'CONTAINER_NO_LOG' })
  })

  test('--log-opt reports unsupported options', () => {
    expect(parseLogFlags(undefined, ['max-size=1.5k', 'max-file=3'])).toEqual({
      driver: 'json-file',
      maxSizeBytes: 1500,
      maxFiles: 3,
    })
    expect(parseLogFlags(undefined, [])).toBeUndefined()
    for (const [driver, option] of [
      ['json-file', 'max-size=0'],
      ['json-file', 'max-size=3x'],
      ['json-file', 'max-file=0'],
      ['json-file', 'tag=x'],
      ['json-file', 'compress=true'],
      ['none', 'max-size=3m'],
      ['syslog', 'mode=blocking'],
    ] as const) {
      expect(() => parseLogFlags(driver, [option])).toThrow(expect.objectContaining({ code: 'CONTAINER_BAD_OPTION' }))
    }
  })
})
