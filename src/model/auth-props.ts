// What a user writes of the auth method by which the gateway process logs in. Words are Consul's own where it has them.
// S is the type of leaves that may be known late: what goes into the method alone, and into no manifest or text.

/** The process logs in by itself: no token is made, and none is in a state. */
export interface AuthProps<S = string> {
  /** How the process proves who it is: exactly one of the four. */
  readonly method: AuthMethodProps<S>;
  /** Name of an auth method that is there already. @default - one is made: `<gateway>-terminating-gateway` */
  readonly existing?: string;
  /** Consul's expression over the identity that says who may log in as this gateway. @default - derived from `method` */
  readonly selector?: string;
  /** Longest life of a token of a method that is made, from 1m to 24h, as "1h" or "30m". @default "1h" */
  readonly maxTokenTtl?: string;
}

export interface AuthMethodProps<S = string> {
  /** A JWT of any issuer. */
  readonly jwt?: JwtAuthProps<S>;
  /** A Kubernetes service account; needs `existing`, as the method's own configuration holds a secret. */
  readonly kubernetes?: KubernetesAuthProps;
  /** A Nomad workload identity. */
  readonly nomad?: NomadAuthProps<S>;
  /** An AWS IAM role or user. */
  readonly awsIam?: AwsIamAuthProps<S>;
}

/** A method that is made needs `audiences` and one of the last three. */
export interface JwtAuthProps<S = string> {
  /** The claim `sub` of the gateway's tokens. Of an `existing` method it is mapped as `subject`. */
  readonly subject: string;
  /** One of them must be in the claim `aud`. */
  readonly audiences?: readonly S[];
  /** The claim `iss`. @default - any */
  readonly issuer?: S;
  /** PEM of the issuer's public keys. */
  readonly publicKeys?: readonly S[];
  /** URL of the issuer's keys (JWKS). */
  readonly jwksUrl?: S;
  /** URL of an OpenID Connect issuer. */
  readonly discoveryUrl?: S;
}

export interface KubernetesAuthProps {
  /** Kubernetes namespace of the service account. */
  readonly namespace: string;
  /** Service account that the gateway's pods run as. */
  readonly serviceAccount: string;
}

/** A method that is made needs `jwksUrl`. */
export interface NomadAuthProps<S = string> {
  /** Id of the job. */
  readonly job: string;
  /** Nomad namespace of the job. @default "default" */
  readonly namespace?: string;
  /** As `http://nomad.example.com:4646/.well-known/jwks.json`. */
  readonly jwksUrl?: S;
  /** One of them must be in the identity's claim `aud`. @default ["consul.io"] */
  readonly audiences?: readonly S[];
}

/** From Consul 1.12 on. A method that is made needs `principalArns`; an `existing` one a `selector`. */
export interface AwsIamAuthProps<S = string> {
  /**
   * ARNs of roles and users that may log in; `*` at the end stands for the rest. Of a role with a path, as
   * `role/egress/prod`, Consul is told the name alone, unless `entityDetails` holds.
   */
  readonly principalArns?: readonly S[];
  /** Value that the signed request must carry. @default - none */
  readonly serverId?: string;
  /**
   * Consul asks IAM for the role or user: then `principalArns` may have paths and `*`, and the role needs the right
   * `iam:GetRole` on itself (a user `iam:GetUser`). Say it where an ARN with a path is known late.
   * @default - whether a `principalArns` has a path or a `*`
   */
  readonly entityDetails?: boolean;
  /** Where Consul's servers reach STS, as "https://sts.eu-central-1.amazonaws.com". @default - where the process would */
  readonly stsEndpoint?: S;
  /** Where Consul's servers reach IAM. @default - where the process would */
  readonly iamEndpoint?: S;
}

export const AUTH_KINDS = [
  "jwt",
  "kubernetes",
  "nomad",
  "awsIam",
] as const satisfies readonly (keyof AuthMethodProps)[];

/** Props of presets, each a leaf or a list of leaves, that may be late. */
export const AUTH_LEAVES = [
  ...(["audiences", "issuer", "publicKeys", "jwksUrl", "discoveryUrl"] as const),
  ...(["principalArns", "stsEndpoint", "iamEndpoint"] as const),
] as const;
