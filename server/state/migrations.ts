/**
 * The history of the schema: released entries are never changed, new ones are appended. The version is the position +
 * 1.
 */
export const migrations: readonly string[] = [
  `
  create table projects (
    name text primary key,
    settings jsonb not null,
    webhook_secret bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  );
  create table project_secrets (
    project text not null references projects on delete cascade,
    name text not null,
    value bytea not null,
    primary key (project, name)
  );
  create table deliveries (
    id bigint generated always as identity primary key,
    project text references projects on delete cascade,
    source text not null,
    delivery_id text not null,
    body_digest bytea,
    event text not null,
    received_at timestamptz not null default now(),
    outcome text not null,
    reason text
  );
  create unique index deliveries_once on deliveries (source, coalesce(project, ''), delivery_id);
  create unique index deliveries_no_replay on deliveries (source, coalesce(project, ''), body_digest) where body_digest is not null;
  create index deliveries_of_project on deliveries (project, id desc);
  create table builds (
    id bigint generated always as identity primary key,
    project text not null references projects on delete cascade,
    state text not null default 'queued',
    trigger jsonb not null,
    ref text not null,
    commit_id text,
    title text,
    author text,
    no_cache boolean not null default false,
    priority integer not null default 0,
    delivery bigint references deliveries on delete set null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    attempt integer not null default 1,
    worker text,
    job_id uuid,
    stop_wanted text,
    failure jsonb,
    result jsonb,
    dockerfile jsonb,
    provenance jsonb,
    superseded_by bigint,
    has_log boolean not null default true
  );
  create unique index builds_once on builds (delivery, project, ref) where delivery is not null;
  create index builds_of_project on builds (project, id desc);
  create index builds_of_ref on builds (project, ref, id desc);
  create index builds_open on builds (id) where state in ('queued', 'running');
  create index builds_by_state on builds (state, id desc);
  create table build_events (
    build bigint not null references builds on delete cascade,
    seq integer not null,
    kind text not null,
    step text,
    data jsonb,
    log_offset bigint,
    log_line bigint,
    log bytea,
    primary key (build, seq)
  );
  create index build_events_logs on build_events (build, step, log_offset) where kind = 'log';
  create index build_events_others on build_events (build, seq) where kind <> 'log';
  create table build_images (
    build bigint not null references builds on delete cascade,
    position integer not null,
    document jsonb not null,
    primary key (build, position)
  );
  create table build_layers (
    build bigint not null references builds on delete cascade,
    diff_id text not null,
    document jsonb not null,
    primary key (build, diff_id)
  );
  create table build_bases (
    build bigint not null references builds on delete cascade,
    reference text not null,
    digest text,
    primary key (build, reference)
  );
  create index build_bases_by_reference on build_bases (reference);
  create table tokens (
    id bigint generated always as identity primary key,
    name text not null unique,
    hash bytea not null unique,
    scope text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz
  );
  create table sessions (
    hash bytea primary key,
    token bigint not null references tokens on delete cascade,
    expires_at timestamptz not null
  );
  create table workers (
    id text primary key,
    host text not null,
    slots integer not null,
    started_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    draining boolean not null default false
  );
  create table key_check (
    id boolean primary key default true check (id),
    value bytea not null
  );
  `,
  `
  create index build_events_of_step on build_events (build, step) where kind = 'step';
  `,
  'alter table builds add column traceparent text',
  'alter table builds add column retry_at timestamptz',
  `alter table projects
     add column old_webhook_secret bytea,
     add column old_webhook_secret_until timestamptz`,
  `create table pushed_tags (
    project text not null references projects on delete cascade,
    reference text not null,
    build bigint not null references builds on delete cascade,
    place bigint not null,
    primary key (project, reference)
  );
  create index pushed_tags_of_build on pushed_tags (build)`,
]
