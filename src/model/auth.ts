// How the gateway process logs in → the auth method and the binding rule in Consul, and what a manifest tells of them.

import type { AuthMethodProps, AuthProps, AwsIamAuthProps } from "./auth-props";
import { given } from "./given";
import type { PlanJson } from "./plan-types";
import { DEFAULT_TENANCY } from "./service-name";

/** What can be the value of an HTTP header, as the ServerIDHeaderValue of an auth method is. */
export const HEADER_VALUE = /^[!-~]([ -~]*[!-~])?$/;

/** Type and configuration of an auth method, exact CamelCase keys; undefined for one that is made elsewhere. */
export function authMethodOf<S>({
  method,
  existing,
}: AuthProps<S>): { readonly type: string; readonly config: Readonly<Record<string, PlanJson<S>>> } | undefined {
  if (existing !== undefined) return undefined;
  const { jwt, nomad, awsIam } = method;
  if (jwt !== undefined) {
    const { audiences = [], issuer, publicKeys, jwksUrl, discoveryUrl } = jwt;
    const config = {
      ...{ BoundAudiences: audiences, ClaimMappings: { sub: "subject" } },
      ...given({
        BoundIssuer: issuer,
        JWTValidationPubKeys: publicKeys,
        JWKSURL: jwksUrl,
        OIDCDiscoveryURL: discoveryUrl,
      }),
    };
    return { type: "jwt", config };
  }
  if (nomad !== undefined) {
    const { audiences = NOMAD_AUDIENCES, jwksUrl } = nomad;
    const config = {
      ...{ BoundAudiences: audiences, ClaimMappings: NOMAD_CLAIMS, JWTSupportedAlgs: ["RS256"] },
      ...given({ JWKSURL: jwksUrl }),
    };
    return { type: "jwt", config };
  }
  const { principalArns = [], serverId, stsEndpoint, iamEndpoint } = awsIam ?? {};
  return {
    type: "aws-iam",
    config: {
      BoundIAMPrincipalARNs: principalArns,
      ...(hasEntityDetails(awsIam) ? { EnableIAMEntityDetails: true } : {}),
      ...given({ ServerIDHeaderValue: serverId, STSEndpoint: stsEndpoint, IAMEndpoint: iamEndpoint }),
    },
  };
}

/** Consul refuses a `*` without them, and does not see the path of a role. */
export function hasEntityDetails({ entityDetails, principalArns = [] }: AwsIamAuthProps<unknown> = {}): boolean {
  return entityDetails ?? principalArns.some((arn) => typeof arn === "string" && /\*$|:role\/.+\//.test(arn));
}

/** What Nomad's own documentation sets up. */
const NOMAD_AUDIENCES = ["consul.io"];
const NOMAD_CLAIMS = { nomad_job_id: "nomad_job_id", nomad_namespace: "nomad_namespace" };

/** Who may log in as the gateway; undefined: whoever the method lets in. */
export function selectorOf({ method, selector }: AuthProps<unknown>): string | undefined {
  if (selector !== undefined) return selector;
  const { jwt, kubernetes, nomad } = method;
  if (jwt !== undefined) return `value.subject == "${jwt.subject}"`;
  if (kubernetes !== undefined) {
    const { namespace, serviceAccount } = kubernetes;
    return `serviceaccount.namespace == "${namespace}" and serviceaccount.name == "${serviceAccount}"`;
  }
  if (nomad === undefined) return undefined;
  return `value.nomad_namespace == "${nomad.namespace ?? DEFAULT_TENANCY}" and value.nomad_job_id == "${nomad.job}"`;
}

/** For whoever reads a manifest the method is there: it says what the process needs to log in, not how the method was made. */
export function asExisting({ method, selector }: AuthProps<unknown>, existing: string): AuthProps {
  const { jwt, nomad, awsIam, kubernetes } = method;
  const identity: AuthMethodProps =
    jwt !== undefined
      ? { jwt: { subject: jwt.subject } }
      : nomad !== undefined
        ? { nomad: { job: nomad.job, ...given({ namespace: nomad.namespace }) } }
        : awsIam !== undefined
          ? { awsIam: asSigned(awsIam) }
          : given({ kubernetes });
  return { existing, method: identity, ...given({ selector }) };
}

function asSigned(awsIam: AwsIamAuthProps<unknown>): AwsIamAuthProps {
  const { serverId } = awsIam;
  return { ...given({ serverId }), ...(hasEntityDetails(awsIam) ? { entityDetails: true } : {}) };
}
