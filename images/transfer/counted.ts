/** Passes chunks on; `onProgress` receives the number of bytes so far. */
export async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onProgress: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0
  for await (const chunk of bytes) {
    doneBytes += chunk.length
    onProgress(doneBytes)
    yield chunk
  }
}
