import { formatRecord, RECORD_KEY } from '../../core/records/codec.ts';
import { names } from '../../core/records/object-names.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { PinnedMode, SandboxOptions } from '../../core/sandbox/options/types.ts';
import { type Ending, type Findings, type Making, receiptOf } from '../../core/sandbox/receipts.ts';
import { type ArchiveFile, type SandboxDeps, StorageError } from '../../ports/sandbox.ts';
import { translateStorageError } from './storage-errors.ts';

/** Stores a receipt. Does nothing in direct mode, which has no receipts bucket. */
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
 * Creates the receipt, whose name only this attempt uses. Attack: an object under that name is an older workload's forgery
 * or a second process with this identity, so this run cannot prove what it runs. If a lost answer means that this run may
 * have created it, the run continues, and the reconcile evaluates the stored object.
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
