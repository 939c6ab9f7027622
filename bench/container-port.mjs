import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'
import { median } from './median.mjs'
import { privateBytes } from './private-bytes.mjs'
import { quietly } from './quietly.mjs'

const SECONDS = 2
const ROUNDS = 3
const web = (port) => [
  process.execPath,
  '-e',
  `require("http").createServer((_, answer) => answer.end("x".repeat(1024))).listen(${port}, "0.0.0.0")`,
]
const iperf = (port) => ['/usr/bin/iperf3', '-s', '-p', String(port)]

/** The same server on the host's loopback and behind a published port, in turn. */
export async function measurePort({ tsbuild }) {
  const tasks = [
    { name: 'wrk, 16 connections, 1 KiB answers, requests/s', server: web, measure: wrk },
    { name: 'iperf3, one connection, Gbit/s', server: iperf, measure: (port) => iperf3(port) },
    { name: 'iperf3 -R (out of the container), Gbit/s', server: iperf, measure: (port) => iperf3(port, '-R') },
  ]
  console.log('| published port | direct | published | % | target, % |')
  console.log('|---|---|---|---|---|')
  for (const { name, server, measure } of tasks) {
    const [own, published] = [await freePort(), await freePort()]
    const direct = spawn(server(own)[0], server(own).slice(1), { stdio: 'ignore' })
    runPublished(tsbuild, { name: 'port', port: published, command: server(80) })
    try {
      await Promise.all([answers(own), answers(published)])
      const figures = { direct: [], published: [] }
      for (let round = 0; round < ROUNDS; round += 1) {
        figures.direct.push(measure(own))
        figures.published.push(measure(published))
      }
      const [theirs, ours] = [median(figures.direct), median(figures.published)]
      const texts = [short(theirs), short(ours), ((100 * ours) / theirs).toFixed(0), '60']
      console.log(`| ${[name, ...texts].join(' | ')} |`)
    } finally {
      direct.kill()
      quietly(tsbuild, ['rm', '-f', 'port'])
    }
  }
  await measureLeaks(tsbuild)
}

async function measureLeaks(tsbuild) {
  const port = await freePort()
  runPublished(tsbuild, { name: 'leak', port, command: web(80) })
  await answers(port)
  const { State } = JSON.parse(quietly(tsbuild, ['inspect', 'leak']))[0]
  const forwarder = forwarderOf(State.Pid)
  await fetchPage(port)
  const before = held(forwarder)
  for (let count = 0; count < 5000; count += 1) await fetchPage(port)
  await Promise.all(Array.from({ length: 500 }, () => fetchPage(port)))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const after = held(forwarder)
  console.log()
  console.log('| forwarder of the port | before | after 5,000 + 500 connections |')
  console.log('|---|---|---|')
  console.log(`| open descriptors (128 of them kept pipes at most) | ${before.descriptors} | ${after.descriptors} |`)
  console.log(`| private memory, kB | ${before.kilobytes} | ${after.kilobytes} |`)
  quietly(tsbuild, ['rm', '-f', 'leak'])
}

/** Uses programs of the host, which the small base does not have. */
function runPublished(tsbuild, { name, port, command }) {
  const places = ['/usr', '/lib', '/lib64', dirname(dirname(process.execPath))]
  const mounts = [...new Set(places)].flatMap((place) => ['-v', `${place}:${place}:ro`])
  quietly(tsbuild, ['run', '-d', '--name', name, '-p', `127.0.0.1:${port}:80`, ...mounts, 'bench-base', ...command])
}

function wrk(port) {
  const output = execFileSync('wrk', ['-t1', '-c16', `-d${SECONDS}s`, `http://127.0.0.1:${port}/`], {
    encoding: 'utf8',
  })
  return Number(output.match(/Requests\/sec: +([\d.]+)/)[1])
}

function iperf3(port, ...more) {
  const words = ['-J', '-c', '127.0.0.1', '-p', String(port), '-t', String(SECONDS), ...more]
  return JSON.parse(execFileSync('iperf3', words, { encoding: 'utf8' })).end.sum_received.bits_per_second / 1e9
}

function short(figure) {
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(1)
}

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A forwarder accepts connections before the server inside listens, and then closes them. */
async function answers(port) {
  for (let tries = 0; tries < 100; tries += 1) {
    const stays = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => resolve(false)).on('close', () => resolve(false))
      setTimeout(() => resolve(!socket.destroyed) || socket.destroy(), 100)
    })
    if (stays) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no process responds on port ${port}`)
}

function fetchPage(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
    socket
      .on('error', reject)
      .on('data', () => {})
      .on('close', resolve)
  })
}

/** The process of tsbuild, next to the container's first process, in its network. */
function forwarderOf(pid) {
  const network = readlinkSync(`/proc/${pid}/ns/net`)
  return readdirSync('/proc').find((other) => {
    try {
      const isOurs = readFileSync(`/proc/${other}/cmdline`, 'utf8').startsWith('tsbuild-sandbox')
      return isOurs && readlinkSync(`/proc/${other}/ns/net`) === network
    } catch {
      return false // not a process, or has just ended
    }
  })
}

function held(pid) {
  const kilobytes = Math.round(privateBytes(pid) / 1024)
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, kilobytes }
}
