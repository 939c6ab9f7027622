/** Every kind of change in a layer: deletions, replaced directories, links, times, moved trees, touched files. */
const CHANGES = `FROM busybox
RUN mkdir -p /d/e /gone /moved /kept && echo 1 > /d/e/f && echo 2 > /gone/f && echo 3 > /moved/f && echo 4 > /same && echo 5 > /big && chmod 700 /kept && touch -d @1000000000 /same /d/e/f /d/e /d /gone/f /gone /moved/f /moved /kept /big /
RUN rm -r /gone && rm -r /d/e && mkdir /d/e && echo 6 > /d/e/g && mv /moved /elsewhere && ln /same /linked && echo 7 >> /big \
 && touch -d @1000000000 /kept && chown 5:6 /kept && mkdir /new && rmdir /new \
 && touch -d @1000000001 /d/e/g /d/e /d /elsewhere /big /
RUN chmod 644 /same && touch -d @1000000000 /same && rm /linked && mkdir /linked && touch -d @1000000002 /linked /
RUN --mount=type=tmpfs,target=/scratch --mount=type=cache,target=/cached echo x > /scratch/x && echo y > /cached/y && touch -d @1000000002 /
`

/** Steps that continue in the tree of the previous one: files in between, branches, moved directories. */
const CHAIN = `FROM busybox AS base
RUN mkdir -p /a/b/c /gone /opaque/kept && echo 1 > /a/b/c/f && echo 2 > /gone/f && echo 3 > /opaque/kept/f \
 && touch -d @1000000000 /opaque/kept/f /opaque/kept /opaque /gone/f /gone /a/b/c/f /a/b/c /a/b /a /
FROM base AS branch
RUN echo branch > /branch && touch -d @1000000001 /branch /
FROM base
COPY --chown=5:6 given /gone
COPY --chmod=700 given/file /a/b/c/f
COPY --from=branch /branch /gone/branch
RUN chmod 755 /a/b && chmod 755 /a/b/c && mv /opaque /away && mkdir /opaque && mv /away/kept /opaque/kept \
 && rm -r /away /gone && mkdir /gone && echo x > /gone/y && touch -d @1000000002 /gone/y /gone /opaque / /a
RUN mv /a/b/c/f /a/b/c/g && mkdir /a/b/c/f && touch -d @1000000003 /a/b/c/f /a/b/c && true
`

/** Owners of all kinds of files, also of links whose owner is recorded in their directory, changed in a later step. */
const OWNERS = `FROM busybox
RUN mkdir -p /o/d && echo 1 > /o/f && ln -s f /o/l && mknod /o/p p && mknod /o/n c 1 3 && ln -s f /o/d/l && ln -s f /l \
 && for id in 1 2 3 4 5 6 7 8 9; do echo $id > /o/$id && chown $id:$((id + 60000)) /o/$id; done \
 && find /o /l -exec touch -h -d @1000000000 {} + && touch -d @1000000000 /
RUN chown -h 7:8 /o/l /l && chown 9:10 /o/p /o/n && touch -d @1000000000 /
RUN chown 0:0 /o/1 && rm /o/l && ln -s f /o/l && mv /o/d/l /o/d/m && chown 1000:4 /o/d && touch -h -d @1000000001 /o/l && touch -d @1000000001 /o/d /o /
RUN chown -h 7:8 /l
USER 1000
RUN id -u > /o/d/who && touch -d @1000000000 /o/d/who /o/d
`

/** Dockerfiles, and the indexes of their layers with times of the build: those of COPY, in the parent directories. */
export const LAYERED: readonly (readonly [name: string, dockerfile: string, timed: readonly number[]])[] = [
  ['kinds of change', CHANGES, []],
  ['chains', CHAIN, [1, 2, 3]],
  ['owners', OWNERS, []],
]
