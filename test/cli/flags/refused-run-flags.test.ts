import { describe, expect, test } from 'vitest'
import { createFlags, runFlags } from '../../../cli/containers/run-flags.ts'
import type { FlagTable } from '../../../cli/flags/flag-table.ts'
import { parseFlags } from '../../../cli/flags/parse-flags.ts'

/** SPEC: docker/cli 28 cli/command/container/opts.go addFlags, and `docker run`'s own. */
const OF_DOCKER =
  `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile
  cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems device
  device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust dns dns-opt
  dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval health-retries
  health-start-interval health-start-period health-timeout hostname init interactive io-maxbandwidth io-maxiops ip ip6 ipc
  isolation kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory memory-reservation
  memory-swap memory-swappiness mount name net net-alias network network-alias no-healthcheck oom-kill-disable
  oom-score-adj pid pids-limit platform privileged publish publish-all pull read-only restart rm runtime security-opt
  shm-size stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit user userns uts volume volume-driver volumes-from
  workdir`.split(/\s+/)

const parse = (...args: readonly string[]) => parseFlags(runFlags, args, { env: {} })

describe('flags of docker run', () => {
  test('are all known, including those of create', () => {
    const known = (table: FlagTable) => Object.entries(table).flatMap(([name, { aliases = [] }]) => [name, ...aliases])
    expect(OF_DOCKER.filter((name) => !known(createFlags).includes(name))).toEqual([])
    const ofRun = ['detach', 'detach-keys', 'sig-proxy', ...OF_DOCKER]
    expect(ofRun.filter((name) => !known(runFlags).includes(name))).toEqual([])
  })

  test.each([
    ['--gpus', 'all', /--device/],
    ['--link', 'a', /container:NAME/],
    ['--mac-address', '02:42:ac:11:00:02', /pasta/],
    ['--net-alias', 'a', /container:NAME/],
    ['--blkio-weight', '300', /not supported/],
    ['--disable-content-trust=false', '', /signatures/],
    ['--runtime', 'runsc', /built in/],
  ])('%s %s is refused with what to use instead', (flag, value, message) => {
    const refusal = () => parse(flag, ...(value === '' ? [] : [value]))
    expect(refusal).toThrow(message)
    expect(refusal).not.toThrow(/unknown flag/)
  })

  test('that request the default are accepted', () => {
    const harmless = ['--cgroupns=private', '--runtime=runc', '--isolation=default', '--disable-content-trust']
    expect(() => parse(...harmless, '--blkio-weight=0', '--memory-swappiness=-1', '--pid=')).not.toThrow()
  })
})
