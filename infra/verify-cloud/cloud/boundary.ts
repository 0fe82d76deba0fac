import { differs, holds, type Subject, type Verdict } from '../runner/check.ts';
import { poll } from '../runner/poll.ts';
import { createAccount, createRole, tokenOf, whenAllowed } from './accounts.ts';
import { type RestCall, RestError } from './rest.ts';

/** IAM allows a change up to this long to be known everywhere. */
export const IAM_SECONDS = 900;

/** Creates an account, and a role that is not granted yet. */
export async function accountWith(subject: Subject, permissions: readonly string[]) {
  const [email, role] = [await createAccount(subject), await createRole(subject, permissions)];
  return { role, member: `serviceAccount:${email}`, token: await tokenOf(subject, email) };
}

/** The first calls succeed as soon as the grant is known; then the last one is refused with 403. */
export async function boundary(
  { cloud, signal }: Subject,
  { allowed, refused }: { allowed: readonly RestCall[]; refused: RestCall },
): Promise<Verdict> {
  for (const call of allowed) {
    await poll({ pollMs: cloud.pollMs, signal }, () => whenAllowed(() => cloud.rest(call)));
  }
  try {
    await cloud.rest(refused);
    return differs(`${refused.path.replace(/\?.*/, '')} is allowed, too`);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return error.status === 403
      ? holds('what was granted succeeds, the other call gets HTTP 403')
      : differs(`the other call gets HTTP ${error.status}, not 403`);
  }
}
