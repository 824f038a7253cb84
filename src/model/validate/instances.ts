// Fields and rules of the places where an external service is: one address, or several instances.

import type { InstanceProps, ServiceProps } from "../props";
import { isIpAddress } from "./hosts";
import { ID } from "./names";
import { type Check, type Draft, join, object, optional, type Reading, report, required } from "./reading";
import { HOST, integer, leaf, text } from "./scalars";

export const PORT = integer(1, 65_535, "write the TCP port as a number");

export function instance<S>(): Check<InstanceProps<S>> {
  return object<InstanceProps<S>>({
    address: required(leaf<S>(HOST)),
    port: required(PORT),
    id: optional(text(ID)),
    node: optional(text(ID)),
    weight: optional(integer(1, 128, "the share of the load among the instances")),
  });
}

type ServiceDraft<S> = Draft<ServiceProps<S>>;

/** Exactly one of `instances` and `address` with `port`; one kind of address in one service. */
export function placeRules<S>(
  draft: ServiceDraft<S>,
  path: string,
  reading: Reading,
  given: ReadonlySet<string>,
): void {
  const single = ["address", "port"].filter((key) => given.has(key));
  if (given.has("instances")) {
    if (single.length > 0) {
      const hint = "make it one more element of instances";
      const got = `instances and ${single.join(" and ")}`;
      report(reading, { path, got, allowed: "either instances, or address and port", hint });
    } else if (draft.instances?.length === 0) {
      const hint = "give at least one instance, or remove the service";
      report(reading, { path: join(path, "instances"), got: "an empty list", allowed: "at least one instance", hint });
    }
    instanceRules(draft, path, reading);
    return;
  }
  if (single.length === 0) {
    const hint = "say where the external service is";
    report(reading, { path, got: "neither", allowed: "address and port, or instances", hint });
  }
  if (single.length === 1) {
    const missing = single[0] === "port" ? "address" : "port";
    report(reading, { path: join(path, missing), got: "nothing", allowed: "a value", hint: `add the ${missing}` });
  }
}

function instanceRules<S>(draft: ServiceDraft<S>, path: string, reading: Reading): void {
  const seen = new Map<string, number>();
  let kind: { readonly isIp: boolean; readonly at: string } | undefined;
  (draft.instances ?? []).forEach((instance, index) => {
    const at = `${path}.instances[${index}]`;
    const address = knownText(instance?.address, reading);
    if (address === undefined) return;
    const isIp = isIpAddress(address);
    kind ??= { isIp, at };
    if (kind.isIp !== isIp) {
      const got = `${isIp ? "an IP address" : "a hostname"} beside ${isIp ? "a hostname" : "an IP address"} at ${kind.at}`;
      const hint = "Envoy resolves all instances of a service in one way: make two services of it";
      report(reading, {
        path: `${at}.address`,
        got,
        allowed: "only IP addresses or only hostnames in one service",
        hint,
      });
    }
    if (instance?.port === undefined) return;
    const endpoint = `${address.toLowerCase()} ${instance.port}`;
    const first = seen.get(endpoint);
    if (first !== undefined) {
      const got = `the address and port of ${path}.instances[${first}]`;
      report(reading, {
        path: at,
        got,
        allowed: "each instance once",
        hint: "for a larger share of the load set weight",
      });
    }
    seen.set(endpoint, first ?? index);
  });
}

/** The text of a leaf, undefined where it is refused or late. */
export function knownText(value: unknown, reading: Reading): string | undefined {
  const known = value === undefined ? undefined : reading.peek(value);
  return typeof known === "string" ? known : undefined;
}
