// Names of services with their Enterprise namespace and partition: one text form, used as key everywhere.

import type { Issue, Result } from "./issues";

export interface ServiceName {
  readonly name: string;
  /** Absent: `default`. */
  readonly namespace?: string;
  /** Absent: `default`. */
  readonly partition?: string;
}

/** What Consul calls the namespace or partition that nobody named. */
export const DEFAULT_TENANCY = "default";

/** `name`, `ns/name` or `ap/ns/name`: the shortest that says all; the default namespace and partition are left out. */
export function formatServiceName(service: ServiceName): string {
  const { name, namespace = DEFAULT_TENANCY, partition = DEFAULT_TENANCY } = service;
  if (partition !== DEFAULT_TENANCY) return `${partition}/${namespace}/${name}`;
  return namespace === DEFAULT_TENANCY ? name : `${namespace}/${name}`;
}

/** Reads what formatServiceName wrote; `default` spelled out is read as absent. The parts' own rules are validate()'s. */
export function parseServiceName(text: string): Result<ServiceName, Issue> {
  const parts = text.split("/");
  const name = parts.at(-1);
  if (name === undefined || parts.length > 3 || parts.includes("")) return { ok: false, error: malformed(text) };
  const namespace = parts.at(-2);
  const partition = parts.at(-3);
  return {
    ok: true,
    value: {
      name,
      ...(namespace === undefined || namespace === DEFAULT_TENANCY ? {} : { namespace }),
      ...(partition === undefined || partition === DEFAULT_TENANCY ? {} : { partition }),
    },
  };
}

function malformed(text: string): Issue {
  return {
    path: "service",
    got: JSON.stringify(text),
    allowed: "name, namespace/name or partition/namespace/name",
    hint: "write each part once, separated by a single slash",
  };
}
