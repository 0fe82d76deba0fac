import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SIMULATE = fileURLToPath(new URL('../simulate.ts', import.meta.url));

/** Measures each part in a process of its own, so that no part's memory counts for another. */
export async function measureParts(tenants: number, regions: number, say: (line: string) => void): Promise<number> {
  let worst = 0;
  for (const part of ['rollout', 'disturbed', 'hotfix', 'recheck', 'look']) {
    say(`${part} of ${tenants} tenants over ${regions} project-regions`);
    worst = Math.max(worst, await measure(part, tenants, regions));
  }
  return worst;
}

function measure(part: string, tenants: number, regions: number): Promise<number> {
  const counts = ['--tenants', String(tenants), '--project-regions', String(regions)];
  const child = spawn(process.execPath, [SIMULATE, ...counts, '--part', part], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
