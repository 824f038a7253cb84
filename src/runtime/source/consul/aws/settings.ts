// How a bearer token for an auth method of type aws-iam is made: flags as `consul login` has them, AWS's own variables. Pure.

import { HEADER_VALUE } from "../../../../model/auth";
import { given } from "../../../../model/given";
import type { Issue, Result } from "../../../../model/issues";

export interface AwsFlags {
  readonly awsAutoBearerToken?: boolean;
  readonly awsRegion?: string;
  readonly awsStsEndpoint?: string;
  readonly awsServerIdHeaderValue?: string;
  readonly awsIncludeEntity?: boolean;
}

/** Every flag of a login at AWS. */
export const AWS_FLAGS = {
  awsAutoBearerToken: "--aws-auto-bearer-token",
  awsRegion: "--aws-region",
  awsStsEndpoint: "--aws-sts-endpoint",
  awsServerIdHeaderValue: "--aws-server-id-header-value",
  awsIncludeEntity: "--aws-include-entity",
} as const satisfies Record<keyof AwsFlags, string>;

export interface AwsSettings {
  /** The flag or variable that asked for it. */
  readonly from: string;
  /** @default - STS of all regions */
  readonly region?: string;
  /** URL without a path. @default - that of the region */
  readonly stsEndpoint?: string;
  /** What the request must say for this auth method. */
  readonly serverId?: string;
  /** The request for the role or user goes with it. */
  readonly includeEntity: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const SWITCH = "CONSUL_LOGIN_AWS_AUTO_BEARER_TOKEN";

/** Undefined where nobody asked for it; AWS's variables alone ask for nothing. */
export function parseAws(flags: AwsFlags, env: Environment): Result<AwsSettings | undefined> {
  const { awsAutoBearerToken: asked = isOn(env[SWITCH]) } = flags;
  const issues: Issue[] = [];
  if (!asked) {
    for (const [key, path] of Object.entries(AWS_FLAGS)) {
      if (key !== "awsAutoBearerToken" && flags[key as keyof AwsFlags] !== undefined) issues.push(needsSwitch(path));
    }
    return issues.length > 0 ? { ok: false, error: issues } : { ok: true, value: undefined };
  }
  const read = (flag: string | undefined, name: string, rule: Rule, ...variables: string[]): string | undefined => {
    const variable = variables.find((each) => env[each]);
    const value = flag ?? (variable === undefined ? undefined : env[variable]);
    if (value === undefined || rule.test.test(value)) return value;
    issues.push({ path: flag === undefined ? (variable ?? name) : name, got: JSON.stringify(value), ...rule.told });
    return undefined;
  };
  const { awsRegion, awsStsEndpoint, awsServerIdHeaderValue, awsIncludeEntity } = flags;
  const region = read(awsRegion, AWS_FLAGS.awsRegion, REGION, "AWS_REGION", "AWS_DEFAULT_REGION");
  const stsEndpoint = read(awsStsEndpoint, AWS_FLAGS.awsStsEndpoint, ENDPOINT, "AWS_ENDPOINT_URL_STS");
  const idVariable = "CONSUL_LOGIN_AWS_SERVER_ID_HEADER_VALUE";
  const serverId = read(awsServerIdHeaderValue, AWS_FLAGS.awsServerIdHeaderValue, HEADER, idVariable);
  if (issues.length > 0) return { ok: false, error: issues };
  const from = flags.awsAutoBearerToken === undefined ? SWITCH : AWS_FLAGS.awsAutoBearerToken;
  const includeEntity = awsIncludeEntity ?? isOn(env.CONSUL_LOGIN_AWS_INCLUDE_ENTITY);
  return { ok: true, value: { from, includeEntity, ...given({ region, stsEndpoint, serverId }) } };
}

interface Rule {
  readonly test: RegExp;
  readonly told: Pick<Issue, "allowed" | "hint">;
}

const REGION: Rule = {
  test: /^[a-z]{2}[a-z-]*-\d+$/,
  told: { allowed: "the name of a region", hint: "write it as eu-central-1" },
};

/** Who may be asked with the process's credentials. */
const ENDPOINT: Rule = {
  test: /^(https:\/\/[\w.-]+|http:\/\/(127(\.\d+){3}|localhost))(:\d+)?\/?$/,
  told: {
    allowed: "https:// and a host, or http:// on loopback, without a path",
    hint: "write it as https://sts.eu-central-1.amazonaws.com",
  },
};

const HEADER: Rule = {
  test: HEADER_VALUE,
  told: { allowed: "text that an HTTP header can hold", hint: "it is the ServerIDHeaderValue of the auth method" },
};

function isOn(text: string | undefined): boolean {
  return ["1", "t", "T", "true", "TRUE", "True"].includes(text ?? "");
}

function needsSwitch(path: string): Issue {
  const allowed = `together with ${AWS_FLAGS.awsAutoBearerToken}`;
  const hint = "pass that flag, or leave this one out";
  return { path, got: "no login with AWS credentials", allowed, hint };
}
