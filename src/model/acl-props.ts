// What a user writes of the ACL policy, role and token of the gateway process.

export interface AclProps<S = string> {
  /** Make the ACL policy and role. @default true */
  readonly enabled?: boolean;
  /** Make a token too; its secret id is never read into the state. @default true */
  readonly token?: boolean;
  /**
   * Gateway processes that register themselves with this policy: each may write the nodes and sessions `<gateway>-<replica>` of all,
   * where `replica` is the `--replica` of `consul-tgw run`, by default the host's name. @default [] - something else registers them
   */
  readonly replicas?: readonly string[];
  /**
   * As `replicas`, where names are not known in advance (pods, autoscaling): every replica whose name starts with this, as
   * `egress-` for the pods of a deployment `egress`. @default - none: only those that are listed
   */
  readonly replicaPrefix?: string;
  /**
   * Give the token's secret away, encrypted: it is in the state then, for whoever has the private key, and is the construct's
   * `encryptedTokenSecret`. @default - the secret is never read
   */
  readonly exportToken?: TokenExportProps<S>;
}

export interface TokenExportProps<S = string> {
  /** PGP public key to encrypt to: the binary key in base64, as `gpg --export NAME | base64 -w0` prints it, or `keybase:NAME`. */
  readonly pgpKey: S;
}
