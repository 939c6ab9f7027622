/**
 * Settings of `docker inspect` that tsbuild does not have, with docker's values for unset ones: templates can name them.
 * `Runtime` is empty because the runtime is built in.
 */
export const unusedHostSettings = {
  VolumeDriver: '',
  ConsoleSize: [0, 0],
  Cgroup: '',
  Runtime: '',
  Isolation: '',
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: [],
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
} as const
