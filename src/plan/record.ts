// The record of a view's refreshes: which run its pointer showed when. Training, serving and proof read it the same way.
import { tickServedAt, type Refresh } from "../define/refresh.ts";
import type { Micros } from "../time.ts";

/** What a run read: enough to see later that a source is no longer what it was. */
export interface SourceSnapshot {
  readonly source: string;
  /** Each file with its size in bytes and its modification time; rows in memory have one entry with their hash as path. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly modified: Micros }[];
}

/** One run: the values of a view at tick `tick`. */
export interface Run {
  /** From 1, in order of computation, per view version. */
  readonly run: number;
  readonly tick: Micros;
  /** `backfill`: for a tick that is older than what is online, so the pointer never showed it. */
  readonly kind: "scheduled" | "backfill";
  readonly startedAt: Micros;
  readonly finishedAt: Micros;
  readonly snapshot: SourceSnapshot;
  /** Entities with a row in any window; of these, rewritten; entities whose last row left. */
  readonly entities: number;
  readonly written: number;
  readonly removed: number;
}

/** A move of the pointer: from `from` on (inclusive), requests are answered with `run`. */
export interface Move {
  readonly from: Micros;
  readonly run: number;
  readonly tick: Micros;
  readonly kind: "publish" | "rollback";
}

/** The record of one version of one view: all its moves, `from` never falling. */
export interface RefreshRecord {
  readonly view: string;
  readonly version: string;
  readonly moves: readonly Move[];
}

/** The move that holds at `at`; null before the first. */
export function moveAt(moves: readonly Move[], at: Micros): Move | null {
  let low = 0;
  let high = moves.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((moves[middle] as Move).from <= at) low = middle + 1;
    else high = middle;
  }
  return moves[low - 1] ?? null;
}

/**
 * The moment whose value a view shows at T in training: what the sweep is asked for. A streaming view shows T itself
 * (the sweep lets each row in `delay` after it was available). A refreshed view shows the tick of the run that the
 * record names, from the first publish of the schedule on; before it, and without a record, the newest tick that a
 * schedule without failures has published.
 */
export function momentAt(refresh: Refresh, record: RefreshRecord | null, at: Micros): Micros {
  if (refresh.kind === "streaming") return at;
  const move = record === null ? null : moveAt(record.moves, at);
  return move === null ? tickServedAt(refresh, at) : move.tick;
}

/** Up to when a view's value at a moment (see `momentAt`) knows its source, which is what `maxAge` bounds: the tick, or T less the stream's delay. */
export function asOfAt(refresh: Refresh, moment: Micros): Micros {
  return refresh.kind === "streaming" ? moment - refresh.delay : moment;
}

/** A version's moves, and the times from which on it was applied. */
export interface VersionMoves {
  readonly version: string;
  readonly refresh: Refresh;
  readonly since: Micros;
  readonly moves: readonly Move[];
}

/**
 * The moves of a view's newest version, after those of the versions before it, oldest first, as far back as they have its `refresh`:
 * until a version has published, the one before it is what was served. A version that is applied a second time shows the run that it
 * showed last, from then on.
 */
export function inheritedMoves(versions: readonly VersionMoves[]): readonly Move[] {
  const schedule = JSON.stringify(versions.at(-1)?.refresh);
  const first = versions.findLastIndex(({ refresh }) => JSON.stringify(refresh) !== schedule) + 1;
  let inherited: readonly Move[] = [];
  for (const [i, { version, since, moves }] of versions.entries()) {
    if (i < first) continue;
    const isFirst = versions.findIndex((other) => other.version === version) === i;
    const own = isFirst ? moves : movesFrom(moves, since);
    const begins = own[0]?.from ?? Infinity;
    inherited = [...inherited.filter(({ from }) => from < begins), ...own];
  }
  return inherited;
}

/** The moves that hold from `since` on, the first of them from then. */
function movesFrom(moves: readonly Move[], since: Micros): Move[] {
  const holds = moveAt(moves, since);
  return [...(holds === null ? [] : [{ ...holds, from: since }]), ...moves.filter(({ from }) => from > since)];
}
