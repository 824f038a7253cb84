// Rules of this organisation. Each makes a function of the model alone, so they serve every engine and are tested without one.

import { BlockList, isIP } from "node:net";
import type { Issue, KnownGateway, Policy } from "consul-terminating-gateway/cdktf";

type Service = KnownGateway["services"][number];

/** No traffic leaves in plaintext, and no server goes unverified. */
export function requireTls(): Policy {
  return eachService((service, path) => {
    const hint = "give tls with the CA of the external service";
    if (service.upstream.mode === "plaintext") {
      return [{ path: `${path}.plaintext`, got: "no TLS", allowed: "TLS", hint }];
    }
    if (!service.upstream.insecureSkipVerify) return [];
    return [{ path: `${path}.tls.insecureSkipVerify`, got: "true", allowed: "false", hint }];
  });
}

/** Every service and every caller has a name. */
export function forbidWildcard(): Policy {
  const services = eachService((service, path) => {
    const hint = "name each service and each caller";
    const own = service.name === "*" ? [{ path, got: "a wildcard service", allowed: "services by name", hint }] : [];
    const open = service.intentions.some(({ source, action }) => source === "*" && action !== "deny");
    const got = "access for every caller";
    return open ? [...own, { path: `${path}.allowFrom`, got, allowed: "callers by name", hint }] : own;
  });
  return (model) => {
    if (model.defaultIntention === "deny") return services(model);
    const hint = "leave it out";
    return [...services(model), { path: "defaultIntention", got: '"allow"', allowed: '"deny"', hint }];
  };
}

export interface NetworkOptions {
  /** Hostnames that end in one of these, as `.example.com`, are approved as well. @default [] */
  readonly domains?: readonly string[];
  /** Approve an address that is known only at deployment, which nobody will look at again. @default false */
  readonly acceptLate?: boolean;
}

/**
 * External services are on approved networks only.
 * @param networks in CIDR notation, as `10.20.0.0/16`
 * @throws TypeError for what is no network
 */
export function onlyNetworks(networks: readonly string[], options: NetworkOptions = {}): Policy {
  const { domains = [], acceptLate = false } = options;
  const approved = blockListOf(networks);
  const isApproved = (address: string | undefined): boolean => {
    if (address === undefined) return acceptLate;
    const family = isIP(address);
    if (family === 0) return domains.some((domain) => address.endsWith(domain));
    return approved.check(address, family === 4 ? "ipv4" : "ipv6");
  };
  const allowed = [...networks, ...domains.map((domain) => `*${domain}`)].join(", ");
  return eachService(({ instances }, path) =>
    instances.flatMap(({ address }, index): readonly Issue[] => {
      if (isApproved(address)) return [];
      const got = address === undefined ? "an address that is known only at deployment" : `"${address}"`;
      const hint = "ask the network team to approve the destination";
      return [{ path: `${path}.instances[${index}].address`, got, allowed, hint }];
    }),
  );
}

/** The gateway's name tells whose it is. */
export function requireName(pattern: RegExp, example: string): Policy {
  return ({ name }) => {
    if (pattern.test(name)) return [];
    return [{ path: "name", got: `"${name}"`, allowed: String(pattern), hint: `name it as ${example}` }];
  };
}

/** Metadata that a gateway must have. */
export function requireMeta(keys: readonly string[]): Policy {
  return ({ meta }) =>
    keys
      .filter((key) => (meta[key] ?? "") === "")
      .map((key) => ({ path: `meta.${key}`, got: "nothing", allowed: "a text", hint: "every gateway has an owner" }));
}

function eachService(judge: (service: Service, path: string) => readonly Issue[]): Policy {
  return ({ services }) => services.flatMap((service) => judge(service, `services["${service.name}"]`));
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    if (isIP(address) === 0 || prefix === undefined) throw new TypeError(`${network} is no network, as 10.20.0.0/16`);
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
