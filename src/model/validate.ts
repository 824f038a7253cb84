// Props from a user → a valid model, or every mistake at once.

import { buildGateway, buildService, type Peek } from "./build";
import type { GatewayModel, ServiceModel } from "./gateway";
import type { Result } from "./issues";
import { manifestSizeIssues } from "./manifest-size";
import type { GatewayProps, ServiceProps } from "./props";
import { claimPlaces, type Named, noClaims } from "./validate/claims";
import { gateway } from "./validate/gateway";
import type { Reading } from "./validate/reading";
import { service } from "./validate/service";

export type { Peek } from "./build";

/**
 * Checks a whole declaration.
 * @param peek text of a leaf that may be late; while it returns undefined, rules about that text wait. Call validate()
 *   again when it is known.
 */
export function validate<S>(props: unknown, peek: Peek<S>): Result<GatewayModel<S>> {
  const reading = startReading(peek);
  const draft = gateway<S>()(props, "", reading);
  if (draft === undefined || reading.issues.length > 0) return { ok: false, error: reading.issues };
  const model = buildGateway(draft as GatewayProps<S>, peek);
  const oversize = manifestSizeIssues(model, peek);
  return oversize.length > 0 ? { ok: false, error: oversize } : { ok: true, value: model };
}

/** Where a service declared on its own belongs. */
export interface ServiceContext {
  /** First part of the names of nodes that the user did not name: `<owner>-external-…`. Unique among declarations. */
  readonly owner: string;
  /** The gateway's namespace. */
  readonly namespace?: string;
  /** TLS is said where the service is linked: neither `tls` nor `plaintext` is demanded. @default false */
  readonly linkedElsewhere?: boolean;
}

/**
 * Checks one service that is declared apart from its gateway; paths start with `service`.
 * Rules between services are checked when the gateway's whole declaration is validated.
 */
export function validateService<S>(props: unknown, context: ServiceContext, peek: Peek<S>): Result<ServiceModel<S>> {
  const { linkedElsewhere = false, ...owner } = context;
  const reading = startReading(peek);
  const draft = service<S>({ linkedElsewhere })(props, "service", reading);
  if (draft?.name !== undefined)
    claimPlaces(owner, draft as Named<S>, { path: "service", reading, claims: noClaims() });
  if (draft === undefined || reading.issues.length > 0) return { ok: false, error: reading.issues };
  return { ok: true, value: buildService(draft as ServiceProps<S>, owner, peek) };
}

function startReading<S>(peek: Peek<S>): Reading {
  return { issues: [], peek: (leaf) => peek(leaf as S) };
}
