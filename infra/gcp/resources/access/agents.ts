import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Deployment } from '../../../contract/deployment.ts';

/**
 * Makes Google's service agents exist, because a grant to an absent member fails, and checks the project's number by their
 * e-mails: with a wrong one all grants would go to another project's agents.
 */
export function defineAgents({ project, projectNumber }: Deployment): {
  agents: gcp.projects.ServiceIdentity[];
  emails: pulumi.Output<string[]>;
} {
  const agents = ['pubsub', 'cloudscheduler'].map(
    (service) =>
      new gcp.projects.ServiceIdentity(`agent/${service}`, { project, service: `${service}.googleapis.com` }),
  );
  // Cloud Storage makes its agent when it is asked for it.
  const storage = gcp.storage.getProjectServiceAccountOutput({ project }).emailAddress;
  const emails = pulumi.all([...agents.map(({ email }) => email), storage]);
  return { agents, emails: emails.apply((found) => found.map((email) => checkNumber(email, projectNumber))) };
}

function checkNumber(email: string, projectNumber: string): string {
  if (email.startsWith(`service-${projectNumber}@`)) return email;
  throw new Error(`projectNumber is ${projectNumber}, but the project’s agent is ${email}: correct the input`);
}
