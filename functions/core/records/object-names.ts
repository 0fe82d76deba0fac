import type { ReceiptKind } from './receipt.ts';

/** The name of every object (docs/architecture.md, State): a contract between all writers and readers. */
export const names = {
  pin: (runtime: string, revision: number) => `${runtime}/${String(revision).padStart(8, '0')}.json`,
  pins: (runtime: string) => `${runtime}/`,

  guard: 'guard.json',
  assignment: (runtime: string, tenant: string) => `${runtime}/${tenant}.json`,
  assignments: (runtime: string) => `${runtime}/`,

  tenant: (runtime: string, tenant: string) => `tenants/${runtime}/${tenant}.json`,
  tenants: (runtime: string) => `tenants/${runtime}/`,
  allTenants: 'tenants/',
  hold: (runtime: string, tenant: string) => `holds/${runtime}/${tenant}.json`,
  holds: (runtime: string) => `holds/${runtime}/`,
  freezes: 'freezes/',
  freeze: (runtime: string) => `freezes/${runtime}.json`,
  launch: (runtime: string, tenant: string, launchId: string) => `launches/${runtime}/${tenant}/${launchId}.json`,
  quota: (project: string, region: string) => `quota/${project}/${region}.json`,
  reconcile: (runtime: string) => `reconciles/${runtime}.json`,
  reconciles: 'reconciles/',
  prompt: (runtime: string) => `prompts/${runtime}.json`,
  orphans: (runtime: string) => `orphans/${runtime}.json`,
  rejection: (messageId: string) => `rejections/${messageId}.json`,
  rejections: 'rejections/',
  /** Lists are ascending only, so an inverted publish time puts the newest rejection first. */
  rejectionByTime: (publishTime: string, messageId: string) =>
    `rejections-by-time/${invertedTime(publishTime)}-${messageId}.json`,
  rejectionsByTime: 'rejections-by-time/',

  receipt: (receipt: ReceiptName) =>
    `${receipt.tenant}/${receipt.runtime}/${receipt.execution}/${receipt.taskIndex}-${receipt.taskAttempt}-${receipt.kind}.json`,
};

const LATEST_MS = 9_999_999_999_999;

function invertedTime(timestamp: string): string {
  return String(LATEST_MS - Date.parse(timestamp)).padStart(13, '0');
}

export type ReceiptName = {
  tenant: string;
  runtime: string;
  /** The execution's id, as in `CLOUD_RUN_EXECUTION`. */
  execution: string;
  taskIndex: number;
  taskAttempt: number;
  kind: ReceiptKind;
};

const RECEIPT_NAME =
  /^([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)\/(\d{1,5})-(\d{1,5})-(adopted|refused|failed|superseded|finished)\.json$/;

/** Parses a receipt's name; undefined for any other object. Every receipt has exactly one name. */
export function parseReceiptName(object: string): ReceiptName | undefined {
  const match = RECEIPT_NAME.exec(object);
  if (match === null) return undefined;
  const [, tenant = '', runtime = '', execution = '', index, attempt, kind] = match;
  const taskIndex = Number(index);
  const name = { tenant, runtime, execution, taskIndex, taskAttempt: Number(attempt), kind: kind as ReceiptKind };
  return names.receipt(name) === object ? name : undefined;
}

/** The identifier that an object's name ends with: `tenants/codex/acme.json` → `acme`. */
export function baseName(object: string): string {
  return object.slice(object.lastIndexOf('/') + 1).replace(/\.json$/, '');
}
