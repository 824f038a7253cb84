// Credentials of the role of the EC2 instance that the process runs on, by its metadata service, version 2.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html

import { ask } from "./ask";
import { credentialsIn } from "./decode";
import type { AwsCredentials } from "./request";

const ROLES = "/latest/meta-data/iam/security-credentials/";

/** Rejects with what is wrong, free of secrets. */
export async function instanceCredentials(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const isIpv6 = env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE?.toLowerCase() === "ipv6";
  const standard = isIpv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  const base = (env.AWS_EC2_METADATA_SERVICE_ENDPOINT || standard).replace(/\/$/, "");
  try {
    const asked = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
    const session = await ask({ method: "PUT", url: `${base}/latest/api/token`, headers: asked }, signal);
    const headers = { "x-aws-ec2-metadata-token": session };
    const roles = await ask({ method: "GET", url: `${base}${ROLES}`, headers }, signal);
    const [role = ""] = roles.trim().split("\n");
    return credentialsIn(await ask({ method: "GET", url: `${base}${ROLES}${role}`, headers }, signal), base);
  } catch (error) {
    throw new Error(`no AWS credentials in the environment, and the instance's metadata: ${(error as Error).message}`);
  }
}
