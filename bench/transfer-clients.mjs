import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { quietly } from './quietly.mjs'

/** All clients with one interface: `build(context, name)`, `forget(name)`, and the shell commands for push and pull. */
export function makeClients({ directory, docker }) {
  const tsbuild = program('tsbuild', resolve(import.meta.dirname, '../bin/tsbuild'), {
    TSBUILD_ROOT: join(directory, 'store'),
  })
  const buildah = program('buildah', 'buildah', {})
  const storage = `--root ${join(directory, 'containers')} --runroot ${join(directory, 'run')} --storage-driver vfs`
  return [
    { ...curl(directory), name: 'curl' },
    {
      name: 'docker',
      env: docker.env,
      build: (context, name) => quietly(docker, ['build', '-q', '-t', name, context]),
      tag: (from, to) => quietly(docker, ['tag', from, to]),
      forget: () => quietly(docker, ['system', 'prune', '-af']),
      push: (name) => `${docker.command} push -q ${name}`,
      run: (name) => `${docker.command} pull -q ${name} && ${docker.command} run --rm --network none ${name} /true`,
      fill: (context, name) =>
        `${docker.command} build -q --network host --build-arg BUILDKIT_INLINE_CACHE=1 -t ${name} ${context} && ${docker.command} push -q ${name}`,
      rebuild: (context, name) =>
        `${docker.command} build -q --network host --cache-from ${name} -t ${name} ${context} && ${docker.command} push -q ${name}`,
    },
    {
      name: 'buildah',
      env: buildah.env,
      build: (context, name) => shell(buildah, `buildah ${storage} build -q --isolation chroot -t ${name} ${context}`),
      tag: (from, to) => shell(buildah, `buildah ${storage} tag ${from} ${to}`),
      forget: () => shell(buildah, `buildah ${storage} rmi -af`),
      push: (name) => `buildah ${storage} push -q --tls-verify=false ${name}`,
    },
    {
      name: 'tsbuild',
      env: tsbuild.env,
      build: (context, name) => quietly(tsbuild, ['build', '-q', '-t', name, context]),
      tag: (from, to) => quietly(tsbuild, ['tag', from, to]),
      forget: () => {
        quietly(tsbuild, ['prune', '--all', '--force'])
        rmSync(join(directory, 'store'), { recursive: true, force: true })
      },
      push: (name) => `${tsbuild.command} push -q ${name}`,
      run: (name) => `${tsbuild.command} pull -q ${name} && ${tsbuild.command} run --rm --network none ${name} /true`,
      fill: (context, name) =>
        `${tsbuild.command} build -q --network host --cache-to type=registry,ref=${name}-cache,mode=max -t ${name} --push ${context}`,
      rebuild: (context, name) =>
        `${tsbuild.command} build -q --network host --cache-from type=registry,ref=${name}-cache -t ${name} --push ${context}`,
    },
  ]
}

/** The floor: the same bytes with plain HTTP requests. */
function curl(directory) {
  const script = `set -euo pipefail
location=$(curl -sS -o /dev/null -D - -X POST "http://$1/v2/raw/blobs/uploads/" | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
curl -sSf -o /dev/null -X PUT -H 'content-type: application/octet-stream' -T "$2" "$location&digest=$3"`
  return {
    env: process.env,
    pushBlob: (host, file, digest) => `bash -c '${script.replaceAll("'", "'\\''")}' - ${host} ${file} ${digest}`,
    pullBlob: (host, digest) => `curl -sSf -o ${join(directory, 'pulled')} http://${host}/v2/raw/blobs/${digest}`,
  }
}

function program(name, command, env) {
  return { name, command, env: { ...process.env, ...env } }
}

/** Runs a command like a measured one, without measuring it. */
export function shell({ env }, line) {
  return execFileSync('bash', ['-c', line], { env, encoding: 'utf8' })
}
