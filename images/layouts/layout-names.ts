/** SPEC: image-spec annotations.md: the name of an image within its layout. */
export const REF_NAME = 'org.opencontainers.image.ref.name'

/** The full reference, as read by containerd and `docker load`. */
export const IMAGE_NAME = 'io.containerd.image.name'
