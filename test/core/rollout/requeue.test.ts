import { describe, expect, it } from 'vitest';
import { type RequeueRequest, type RequeueResult, requeueAfter } from '#functions/core/rollout/requeue.ts';
import { at, iso } from '../../fixtures/times.ts';

const nothing: RequeueResult = { recorded: 0, attempted: 0, pending: 0, conflicts: 0, deferred: 0, unconfirmed: [] };
const LEFT_MS = 400_000;

function requeue(result: Partial<RequeueResult>, request: Partial<RequeueRequest> = {}, leftMs = LEFT_MS) {
  return requeueAfter({ runtime: 'codex', relaunch: false, ...request }, { ...nothing, ...result }, leftMs);
}

describe('requeueAfter', () => {
  it('returns nothing for a complete reconcile', () => {
    expect(requeue({ attempted: 5, recorded: 3 })).toBeUndefined();
    expect(requeue({ deferred: 5 })).toBeUndefined();
  });

  it('requeues at once, for the same tenants, if quota or time ran out', () => {
    expect(requeue({ pending: 1 }, { tenants: ['acme'] })).toEqual({
      requests: [{ runtime: 'codex', tenants: ['acme'], relaunch: false }],
      pauseMs: 0,
    });
  });

  it('requeues a prompted reconcile after launches and deferrals', () => {
    expect(requeue({ attempted: 1, deferred: 1 })).toEqual({
      requests: [{ runtime: 'codex', relaunch: false, prompted: true }],
      pauseMs: 0,
    });
    expect(requeue({ attempted: 1, deferred: 1 }, { tenants: ['acme'] })).toEqual({
      requests: [{ runtime: 'codex', tenants: ['acme'], relaunch: false }],
      pauseMs: 10_000,
    });
  });

  it('doubles the pause after conflicts only, and stops after five', () => {
    const pauses: number[] = [];
    let request: Partial<RequeueRequest> = {};
    for (let next = requeue({ conflicts: 1 }, request); next !== undefined; next = requeue({ conflicts: 1 }, request)) {
      pauses.push(next.pauseMs);
      request = next.requests[0] as Partial<RequeueRequest>;
    }
    expect(pauses).toEqual([4_000, 8_000, 16_000, 32_000, 64_000]);
    expect(requeue({ conflicts: 1 }, { conflicts: 4 }, 5_000)?.pauseMs).toBe(5_000);
  });

  it('restarts the pauses after conflicts with progress', () => {
    expect(requeue({ conflicts: 1, attempted: 1 }, { conflicts: 5 })).toEqual({
      requests: [{ runtime: 'codex', relaunch: false, conflicts: 0 }],
      pauseMs: 2_000,
    });
  });

  it('ignores conflicts of a routine reconcile', () => {
    expect(requeue({ conflicts: 1 }, { isRoutine: true })).toBeUndefined();
  });
});

describe('requeueAfter of a relaunch', () => {
  it('requeues exactly the unconfirmed tenants, with the request’s time', () => {
    const open = ['acme', 'globex'];
    expect(requeue({ unconfirmed: open, pending: 2 }, { relaunch: true, requestedAt: at(3) })).toEqual({
      requests: [{ runtime: 'codex', tenants: open, relaunch: true, requestedAt: iso(3) }],
      pauseMs: 0,
    });
    expect(requeue({ attempted: 5 }, { relaunch: true })).toBeUndefined();
  });

  it('pauses 10 s for failed storage, and until its deadline at the running cap', () => {
    expect(requeue({ unconfirmed: ['acme'] }, { relaunch: true })?.pauseMs).toBe(10_000);
    expect(requeue({ unconfirmed: ['acme'], deferred: 1 }, { relaunch: true })?.pauseMs).toBe(LEFT_MS);
    expect(requeue({ unconfirmed: ['acme'], deferred: 1, attempted: 1 }, { relaunch: true })?.pauseMs).toBe(10_000);
  });
});
