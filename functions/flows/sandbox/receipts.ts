import { formatRecord, RECORD_KEY } from '../../core/records/codec.ts';
import { names } from '../../core/records/object-names.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { PinnedMode, SandboxOptions } from '../../core/sandbox/options/types.ts';
import { type Ending, type Findings, type Making, receiptOf } from '../../core/sandbox/receipts.ts';
import { type ArchiveFile, type SandboxDeps, StorageError } from '../../ports/sandbox.ts';
import { translateStorageError } from './storage-errors.ts';

/** Leaves a receipt; resolves when it is stored. Outside pinned mode there is nowhere to leave one. */
export type LeaveReceipt = (kind: ReceiptKind, ending?: Ending) => Promise<void>;

type ReceiptDeps = Pick<SandboxDeps<ArchiveFile>, 'records' | 'now' | 'version' | 'isolation'>;

export function makingOf({ version, isolation, now }: Omit<ReceiptDeps, 'records'>): Making {
  return { version, isolation, now: now() };
}

export function receiptWriter({ mode, launch }: SandboxOptions, findings: Findings, deps: ReceiptDeps): LeaveReceipt {
  if (mode.kind === 'direct') return async () => undefined;
  return async (kind, ending = {}) => {
    const receipt = receiptOf(kind, mode, findings, ending, { launch, ...makingOf(deps) });
    await store(mode, kind, formatRecord(receipt), deps);
  };
}

/**
 * Create only: the name is this attempt's own. Somebody else's object there is an older workload's forgery, or a second
 * process with this one's identity; either way this run cannot prove what it runs. Where an attempt of our own may have
 * taken it (its answer was lost), the run goes on, and the pass judges what stands there.
 */
async function store(mode: PinnedMode, kind: ReceiptKind, body: string, { records }: ReceiptDeps): Promise<void> {
  const { tenant, runtime, task } = mode;
  const { execution, index: taskIndex, attempt: taskAttempt } = task;
  const name = names.receipt({ tenant, runtime, execution, taskIndex, taskAttempt, kind });
  try {
    const created = await records.create(mode.receipts, name, body, { [RECORD_KEY]: body });
    if (created !== 'taken') return;
  } catch (error) {
    throw error instanceof StorageError ? translateStorageError(error, 'receipt') : error;
  }
  throw new SandboxError('RECEIPT_TAKEN', 'the name of this run’s receipt is taken, and not by this run', {
    object: `gs://${mode.receipts}/${name}`,
  });
}
