import type { DownloadBlobRequest } from './pull/resume-download.ts'

export type { DownloadBlobRequest } from './pull/resume-download.ts'

/**
 * Downloads into a file that survives the process: killed at any instant, the next call continues the bytes by Range
 * and the digest from its checkpoint. On wrong bytes: REGISTRY_DIGEST_MISMATCH, and the file is emptied.
 */
export async function downloadBlob(request: DownloadBlobRequest): Promise<void> {
  // sha.js comes with many small packages: only who downloads something large loads it.
  const { resumeDownload } = await import('./pull/resume-download.ts')
  await resumeDownload(request)
}
