import { Writable } from 'node:stream'
import { openContainers } from '../../container/index.ts'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { killAtChange } from './kill-at-change.ts'

/** Performs one action on the container `victim`, and is killed at its N-th file change, if there are as many. */
const [root = '', doing = '', at = '0'] = process.argv.slice(2)
const native = openNative()
const store = await openStore(root, native.trees)
const containers = openContainers({ store, native })
const spec = { image: 'busybox', network: 'none', name: 'victim', command: ['sleep', '1000'] } as const
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

const work: Readonly<Record<string, () => Promise<unknown>>> = {
  create: () => containers.create({ ...spec, mounts: [{ kind: 'volume', target: '/data' }] }),
  run: () => containers.run({ ...spec, mounts: [{ kind: 'volume', target: '/data' }] }),
  foreground: async () => {
    const io = { stdout: nowhere(), stderr: nowhere() }
    const { session } = await containers.run({ ...spec, autoRemove: true, command: ['true'] }, io)
    await session?.ended
  },
  exec: () => containers.exec('victim', { argv: ['touch', '/touched'] }, { output: () => {} }),
  commit: () => containers.commit('victim', { reference: 'docker.io/library/committed:latest' }),
  stop: () => containers.stop('victim', { timeoutSeconds: 0 }),
  rename: () => containers.rename('victim', 'other'),
  remove: () => containers.remove('victim', { force: true, volumes: true }),
}

killAtChange(Number(at))
await work[doing]?.()
