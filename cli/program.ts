import type { RenderOptions } from '../builder/index.ts'
import type { Engine, EngineOptions } from '../engine/index.ts'

/**
 * Everything behind the front door (main.ts, the flags, the help). In the bundle it is a file of its own, so that
 * `tsbuild version` and its like need not read it. Each command's code runs when it is called for.
 */
export const commands = {
  build: async () => (await import('./commands/build.ts')).build,
  graph: async () => (await import('./commands/graph.ts')).graph,
  imageLs: async () => (await import('./commands/image-ls.ts')).imageLs,
  imageInspect: async () => (await import('./commands/image-inspect.ts')).imageInspect,
  history: async () => (await import('./commands/history.ts')).history,
  tag: async () => (await import('./commands/tag.ts')).tag,
  imageRm: async () => (await import('./commands/image-rm.ts')).imageRm,
  imagePrune: async () => (await import('./commands/image-prune.ts')).imagePrune,
  save: async () => (await import('./commands/save.ts')).save,
  load: async () => (await import('./commands/load.ts')).load,
  importImage: async () => (await import('./commands/import.ts')).importImage,
  pull: async () => (await import('./commands/pull.ts')).pull,
  push: async () => (await import('./commands/push.ts')).push,
  login: async () => (await import('./commands/login.ts')).login,
  logout: async () => (await import('./commands/logout.ts')).logout,
  run: async () => (await import('./commands/run.ts')).run,
  create: async () => (await import('./commands/create.ts')).create,
  start: async () => (await import('./commands/start.ts')).start,
  exec: async () => (await import('./commands/exec.ts')).exec,
  attach: async () => (await import('./commands/attach.ts')).attach,
  ps: async () => (await import('./commands/ps.ts')).ps,
  logs: async () => (await import('./commands/logs.ts')).logs,
  stop: async () => (await import('./commands/stop.ts')).stop,
  kill: async () => (await import('./commands/kill.ts')).kill,
  restart: async () => (await import('./commands/stop.ts')).restart,
  wait: async () => (await import('./commands/wait.ts')).wait,
  inspect: async () => (await import('./commands/inspect.ts')).inspect,
  rm: async () => (await import('./commands/rm.ts')).rm,
  commit: async () => (await import('./commands/commit.ts')).commit,
  pause: async () => (await import('./commands/pause.ts')).pause,
  unpause: async () => (await import('./commands/pause.ts')).unpause,
  rename: async () => (await import('./commands/rename.ts')).rename,
  port: async () => (await import('./commands/port.ts')).port,
  containerInspect: async () => (await import('./commands/container-inspect.ts')).containerInspect,
  containerPrune: async () => (await import('./commands/container-prune.ts')).containerPrune,
  volumeCreate: async () => (await import('./commands/volume-create.ts')).volumeCreate,
  volumeLs: async () => (await import('./commands/volume-ls.ts')).volumeLs,
  volumeInspect: async () => (await import('./commands/volume-inspect.ts')).volumeInspect,
  volumeRm: async () => (await import('./commands/volume-rm.ts')).volumeRm,
  volumePrune: async () => (await import('./commands/volume-prune.ts')).volumePrune,
  top: async () => (await import('./commands/top.ts')).top,
  stats: async () => (await import('./commands/stats.ts')).stats,
  diff: async () => (await import('./commands/diff.ts')).diff,
  update: async () => (await import('./commands/update.ts')).update,
  cp: async () => (await import('./commands/cp.ts')).cp,
  exportContainer: async () => (await import('./commands/export.ts')).exportContainer,
  serve: async () => (await import('./commands/serve.ts')).serve,
  worker: async () => (await import('./commands/worker.ts')).worker,
  buildJob: async () => (await import('./commands/build-job.ts')).buildJob,
  du: async () => (await import('./commands/du.ts')).du,
  prune: async () => (await import('./commands/prune.ts')).prune,
  builderPrune: async () => (await import('./commands/builder-prune.ts')).builderPrune,
  events: async () => (await import('./commands/events.ts')).events,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  completion: async () => (await import('./commands/completion.ts')).completion,
  complete: async () => (await import('./commands/complete.ts')).complete,
  help: async () => (await import('./commands/help.ts')).help,
}

export async function openEngine(options: EngineOptions): Promise<Engine> {
  return (await import('../engine/index.ts')).openEngine(options)
}

export async function renderError(error: unknown, options: RenderOptions): Promise<string> {
  return (await import('../builder/index.ts')).renderError(error, options)
}
