// What can be said about a gateway in Kubernetes, and the limits of its objects.

import { CONTAINER_RULES } from "./form-rules";
import type { ContainerOptions } from "./options";
import { fields, optional, type Rule, type Rules, text, wholeNumber } from "./rules";

export interface KubernetesOptions extends ContainerOptions {
  /** Of all objects. @default - the namespace that the files are applied to */
  readonly namespace?: string;
  /** Pods; without `stateClaim` each has an embedded CA of its own, so keep 1 where certificates are not Consul's. @default 1 */
  readonly replicas?: number;
  /** Key of a Secret that holds a Consul token; mounted as a file. @default - no token */
  readonly tokenSecret?: { readonly name: string; readonly key: string };
  /** PersistentVolumeClaim for the private state. @default - state ends with the pod */
  readonly stateClaim?: string;
  /** Whom the pod runs as; its token is mounted only to log in with. @default - the namespace's default account */
  readonly serviceAccount?: string;
}

/** RFC 1123 and RFC 1035 labels in one: what is a valid name of every kind of object. */
const LABEL: Rule = text("lower-case letters, digits and -, at most 63", /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const OBJECT_NAME: Rule = text("the name of an object", /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);

export const KUBERNETES_RULES: Rules<KubernetesOptions> = {
  ...CONTAINER_RULES,
  namespace: optional(LABEL),
  replicas: optional(wholeNumber(0, 1000)),
  tokenSecret: optional(fields({ name: OBJECT_NAME, key: text("a key of the Secret", /^[\w.-]+$/) })),
  stateClaim: optional(OBJECT_NAME),
  serviceAccount: optional(OBJECT_NAME),
};

/** A gateway's name must fit the objects' names. */
export const KUBERNETES_NAME: Rule = text(
  "a gateway name of lower-case letters, digits and -, at most 52 characters",
  /^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/,
);

/** The API server stores no larger object; the rest of the ConfigMap needs little. */
export const KUBERNETES_MANIFEST_BYTES = 1_000_000;
