import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { forwarderOf, runServer } from './published-server.ts'
import { privateBytes, type TestEngine, temporaryContainers } from './temporary-containers.ts'

let engine: TestEngine
let port = 0
let forwarder = 0
let before = { descriptors: 0, privateBytes: 0 }

/** Echoes the data of each connection; sends nothing if the first byte is `-`. */
const ECHO = `exec node -e '
  require("net").createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => {})
    client.once("data", (first) => {
      if (first[0] === 45) return client.resume()
      client.write(first)
      client.pipe(client)
    })
  }).listen(80, () => console.log("ready"))'`

beforeAll(async () => {
  engine = await temporaryContainers()
  const { ports, state } = await runServer(engine, { name: 'echo', publish: ['80'], command: ECHO })
  port = ports[0]?.hostPort ?? 0
  forwarder = forwarderOf(state.supervisorPid)
  await echoed('a first one')
  before = measure()
})

describe('the forwarder of a published port', () => {
  test('answers clients that have closed their side, byte by byte and in bulk', async () => {
    const words = ['x', 'y'.repeat(16 << 10), 'z'.repeat((16 << 10) + 1), numbers(3_000_000)]
    for (const sent of words) expect(await echoed(sent)).toBe(sent)
    expect(await Promise.all(words.map(echoed))).toEqual(words)
  })

  test('keeps everything that a slow client has not read yet', async () => {
    const sent = numbers(20_000_000)
    const client = await open()
    client.pause()
    client.end(sent)
    await setTimeout(300)
    expect((await text(client)) === sent).toBe(true)
  })

  test('keeps the order of short and long messages on a connection', async () => {
    const client = await open()
    const answer = text(client)
    let sent = ''
    for (let round = 0; round < 40; round += 1) {
      const words = numbers(round % 4 === 3 ? 400_000 : 10 + round)
      sent += words
      if (!client.write(words)) await once(client, 'drain')
      if (round % 8 === 0) await setTimeout(1)
    }
    client.end()
    expect((await answer) === sent).toBe(true)
  })

  test('cleans up after clients that disconnect at any moment', async () => {
    const breakOff = async (words: string, first: (client: Socket) => void) => {
      const client = await open()
      if (words !== '') await new Promise((resolve) => client.write(words, resolve))
      first(client)
      await setTimeout(20)
      client.resetAndDestroy()
    }
    const ways: (() => Promise<void>)[] = [
      () => breakOff('-silent', () => {}),
      () => breakOff(numbers(1_000_000), (client) => client.pause()),
      () => breakOff('-silent', (client) => client.end()),
      () => breakOff('', () => {}),
    ]
    await Promise.all(Array.from({ length: 25 }, () => ways.map((way) => way())).flat())
    await expect.poll(() => measure().descriptors).toBeLessThanOrEqual(before.descriptors + KEPT)
  })

  test('then uses as much memory and as many descriptors as before, and still serves', async () => {
    expect(await echoed('still there')).toBe('still there')
    await expect.poll(() => measure().descriptors).toBeLessThanOrEqual(before.descriptors + KEPT)
    expect(measure().privateBytes).toBeLessThan(before.privateBytes + (1 << 20))
  })
})

/** Pipes of 64 directions stay open for the next connections. */
const KEPT = 2 * 64

async function open(): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  await once(client, 'connect')
  return client
}

async function echoed(words: string): Promise<string> {
  const client = await open()
  client.end(words)
  return text(client)
}

function measure() {
  return { descriptors: readdirSync(`/proc/${forwarder}/fd`).length, privateBytes: privateBytes(forwarder) }
}

/** A string of this length without repetitions. */
function numbers(length: number): string {
  const words: string[] = []
  for (let at = 0, number = 0; at < length; number += 1) {
    const word = `${number} `
    words.push(word)
    at += word.length
  }
  return words.join('').slice(0, length)
}
