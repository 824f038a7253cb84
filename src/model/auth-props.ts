// What a user writes of the auth method by which the gateway process logs in. Words are Consul's own where it has them.

/** The process logs in by itself: no token is made, and none is in a state. */
export interface AuthProps {
  /** How the process proves who it is: exactly one of the four. */
  readonly method: AuthMethodProps;
  /** Name of an auth method that is there already. @default - one is made: `<gateway>-terminating-gateway` */
  readonly existing?: string;
  /** Consul's expression over the identity that says who may log in as this gateway. @default - derived from `method` */
  readonly selector?: string;
  /** Longest life of a token of a method that is made, from 1m to 24h, as "1h" or "30m". @default "1h" */
  readonly maxTokenTtl?: string;
}

export interface AuthMethodProps {
  /** A JWT of any issuer. */
  readonly jwt?: JwtAuthProps;
  /** A Kubernetes service account; needs `existing`, as the method's own configuration holds a secret. */
  readonly kubernetes?: KubernetesAuthProps;
  /** A Nomad workload identity. */
  readonly nomad?: NomadAuthProps;
  /** An AWS IAM role or user. */
  readonly awsIam?: AwsIamAuthProps;
}

/** A method that is made needs `audiences` and one of the last three. */
export interface JwtAuthProps {
  /** The claim `sub` of the gateway's tokens. Of an `existing` method it is mapped as `subject`. */
  readonly subject: string;
  /** One of them must be in the claim `aud`. */
  readonly audiences?: readonly string[];
  /** The claim `iss`. @default - any */
  readonly issuer?: string;
  /** PEM of the issuer's public keys. */
  readonly publicKeys?: readonly string[];
  /** URL of the issuer's keys (JWKS). */
  readonly jwksUrl?: string;
  /** URL of an OpenID Connect issuer. */
  readonly discoveryUrl?: string;
}

export interface KubernetesAuthProps {
  /** Kubernetes namespace of the service account. */
  readonly namespace: string;
  /** Service account that the gateway's pods run as. */
  readonly serviceAccount: string;
}

/** A method that is made needs `jwksUrl`. */
export interface NomadAuthProps {
  /** Id of the job. */
  readonly job: string;
  /** Nomad namespace of the job. @default "default" */
  readonly namespace?: string;
  /** As `http://nomad.example.com:4646/.well-known/jwks.json`. */
  readonly jwksUrl?: string;
  /** One of them must be in the identity's claim `aud`. @default ["consul.io"] */
  readonly audiences?: readonly string[];
}

/** From Consul 1.12 on. A method that is made needs `principalArns`; an `existing` one a `selector`. */
export interface AwsIamAuthProps {
  /**
   * ARNs of roles and users that may log in; `*` at the end stands for the rest. Of a role with a path, as
   * `role/egress/prod`, Consul is told the name alone, unless `entityDetails` holds.
   */
  readonly principalArns?: readonly string[];
  /** Value that the signed request must carry. @default - none */
  readonly serverId?: string;
  /**
   * Consul asks IAM for the role or user: then `principalArns` may have paths and `*`, and the role needs the right
   * `iam:GetRole` on itself (a user `iam:GetUser`). @default - whether a `principalArns` has a path or a `*`
   */
  readonly entityDetails?: boolean;
  /** Where Consul's servers reach STS, as "https://sts.eu-central-1.amazonaws.com". @default - where the process would */
  readonly stsEndpoint?: string;
  /** Where Consul's servers reach IAM. @default - where the process would */
  readonly iamEndpoint?: string;
}

export const AUTH_KINDS = [
  "jwt",
  "kubernetes",
  "nomad",
  "awsIam",
] as const satisfies readonly (keyof AuthMethodProps)[];
