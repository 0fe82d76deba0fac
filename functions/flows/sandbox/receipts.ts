import { formatRecord, RECORD_KEY } from '../../core/records/codec.ts';
import { names } from '../../core/records/object-names.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import type { PinnedMode } from '../../core/sandbox/options/types.ts';
import { type Ending, receiptOf, type Statement } from '../../core/sandbox/receipts.ts';
import { type RecordStore, StorageError } from '../../ports/sandbox.ts';
import type { Run } from './phases.ts';
import { translateStorageError } from './storage-errors.ts';

/** Stores a receipt. Does nothing in direct mode, which has no receipts bucket. */
export async function leaveReceipt(kind: ReceiptKind, run: Run, ending: Ending = {}): Promise<void> {
  const { mode } = run.options;
  if (mode.kind === 'direct') return;
  await store(mode, kind, formatRecord(receiptOf(kind, mode, statementOf(run, ending))), run.deps.records);
}

export function statementOf({ options, findings, deps }: Run, ending: Ending): Statement {
  const { version, isolation, now } = deps;
  return { launch: options.launch, findings, ending, version, isolation, now: now() };
}

/**
 * Creates the receipt, whose name only this attempt uses. Attack: an object under that name is an older workload's forgery
 * or a second process with this identity, so this run cannot prove what it runs. If a lost answer means that this run may
 * have created it, the run continues, and the reconcile evaluates the stored object.
 */
async function store(mode: PinnedMode, kind: ReceiptKind, body: string, records: RecordStore): Promise<void> {
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
