/** Tar layers of OCI and Docker, uncompressed, gzip or zstd, including the deprecated non-distributable ones. */
export const LAYER_TYPE =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar)(?:[.+](?:gzip|zstd))?$/
