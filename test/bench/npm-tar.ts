import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';

/** `node npm-tar.ts <tar> <digest> <folder>`: what one writes with the usual library. */
type Tar = { x: (options: { file: string; cwd: string }) => Promise<void> };
const [path = '', expected = '', folder = ''] = process.argv.slice(2);
const hash = createHash('sha256');
for await (const chunk of createReadStream(path)) hash.update(chunk);
if (hash.digest('hex') !== expected) throw new Error('digest mismatch');
mkdirSync(folder);
await (createRequire(import.meta.url)('tar') as Tar).x({ file: path, cwd: folder });
